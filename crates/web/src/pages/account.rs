//! What somebody who works here sees of their own account: the password and where they are signed in.
//!
//! It shows nobody else's account, and no password that was typed.
//!
//! INVARIANT: who must change the password first is shown only the form for that.

use askama::Template;

use super::shell::WorkShell;
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::Notice;
use crate::components::table::Table;

/// One's own account.
#[derive(Debug, Clone, Template)]
#[template(path = "work/account.html")]
pub struct Account {
    /// The frame.
    pub shell: WorkShell,
    /// Heading.
    pub heading: String,
    /// What is due or done.
    pub notice: Option<Notice>,
    /// Where a new password is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Old password and new.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Where to go afterwards; field `next`.
    pub next: String,
    /// What there is beside the password; none while something is due.
    pub second: Option<Notice>,
    /// Where one is signed in; none while the password is due.
    pub sessions: Option<Table>,
    /// Where it is sent that the other sessions end.
    pub leave_others: String,
}
