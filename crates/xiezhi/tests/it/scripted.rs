//! Ten thousand pieces of markup typed into every text field, shown by a real browser: `e2e/attacks`, against this binary.

use crate::journeys::walk;

#[test]
fn what_is_typed_is_never_taken_for_markup() {
    walk("attacks/scripted.test.mjs");
}
