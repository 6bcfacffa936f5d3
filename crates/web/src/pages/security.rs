//! How the house stands against what is asked of it, for its three administrators.
//!
//! It shows no secret and nobody's matters; the form on it is for the security administrator alone.
//!
//! INVARIANT: every state is said in words, and never by colour alone.

use askama::Template;

use super::shell::WorkShell;
use crate::components::field::{FieldView, FormKeys};
use crate::components::parts::Notice;
use crate::components::table::Table;

/// The form that takes the second factors off somebody who lost them.
#[derive(Debug, Clone)]
pub struct TakeOff {
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Nobody else has one.
    pub nobody: bool,
    /// Whose.
    pub fields: Vec<FieldView>,
}

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "work/security.html")]
pub struct Security {
    /// The frame.
    pub shell: WorkShell,
    /// What was done, and how it stands in a sentence.
    pub notices: Vec<Notice>,
    /// The rows.
    pub table: Table,
    /// Taking second factors off; none for who may not.
    pub take_off: Option<TakeOff>,
}
