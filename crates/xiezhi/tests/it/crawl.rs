//! A thousand planted people, and everybody who might come across them: the crawler in `e2e/attacks`, against this binary.
//!
//! It needs Node and pdftotext, as the journeys do; what it looks for and who may see what is written there.

use crate::journeys::walk;

#[test]
fn no_role_comes_across_what_it_may_not_see() {
    walk("attacks/crawl.test.mjs");
}
