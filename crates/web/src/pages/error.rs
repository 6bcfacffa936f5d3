//! The page for what went wrong: what happened, what to do, and that nothing is lost.
//!
//! Which error says what is decided where errors are mapped; here it is laid out, the same for both sides.
//!
//! INVARIANT: an error page always offers a way out.

use askama::Template;

use super::shell::PublicShell;
use crate::components::Link;
use crate::components::parts::SummaryList;

/// An error, for the reader.
#[derive(Debug, Clone, Template)]
#[template(path = "public/error.html")]
pub struct Error {
    /// The frame.
    pub shell: PublicShell,
    /// HTTP status.
    pub status: u16,
    /// What happened, in a sentence.
    pub heading: String,
    /// Why, and what it means.
    pub lines: Vec<String>,
    /// What to do, the best first; never empty.
    pub ways: Vec<Link>,
    /// What was typed and is kept, to be copied over.
    pub kept: Option<SummaryList>,
    /// Reference for the telephone; empty for none.
    pub reference: String,
}
