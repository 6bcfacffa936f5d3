//! The second factor: the page that asks for it after the password, and the page on which somebody adds one.
//!
//! A secret and recovery codes are shown when they are made, and never again.
//!
//! INVARIANT: nothing that was typed as a code is written back into a page.

use askama::Template;

use super::shell::WorkShell;
use crate::components::Markup;
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::Notice;
use crate::components::ways::PasskeyForm;

/// What is asked after the password.
#[derive(Debug, Clone, Template)]
#[template(path = "work/code.html")]
pub struct Code {
    /// The frame, without person and navigation.
    pub shell: WorkShell,
    /// Where a code is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// A code, or a recovery code; none for an account that has a passkey only.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Where to go afterwards; field `next`.
    pub next: String,
    /// Answering with a passkey; none where the account has none.
    pub passkey: Option<PasskeyForm>,
}

/// What is asked before a sensitive form goes on.
#[derive(Debug, Clone, Template)]
#[template(path = "work/confirm.html")]
pub struct Confirm {
    /// The frame.
    pub shell: WorkShell,
    /// Where the waiting form was sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The waiting form.
    pub kept: String,
    /// Password, or code.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Answering with a passkey; none where the account has none.
    pub passkey: Option<PasskeyForm>,
}

/// A code generator that is offered.
#[derive(Debug, Clone)]
pub struct NewGenerator {
    /// The secret as a picture.
    pub picture: Markup,
    /// The secret in letters, in groups of four.
    pub letters: String,
    /// The secret, sealed; field `sealed`.
    pub sealed: String,
    /// The first code.
    pub fields: Vec<FieldView>,
}

/// A code generator that is there.
#[derive(Debug, Clone)]
pub struct OwnGenerator {
    /// Since when, last used, how many recovery codes are left.
    pub about: Vec<String>,
    /// Where it is sent that the recovery codes are made anew.
    pub renew: String,
    /// Where it is sent that it is taken off.
    pub remove: String,
    /// Password and code.
    pub fields: Vec<FieldView>,
}

/// The second factor of one's own account.
#[derive(Debug, Clone, Template)]
#[template(path = "work/factor.html")]
pub struct Factor {
    /// The frame.
    pub shell: WorkShell,
    /// What is due or done.
    pub notice: Option<Notice>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Where the first code is sent.
    pub action: String,
    /// Fresh recovery codes; empty when none were made just now.
    pub codes: Vec<String>,
    /// Where one goes on after writing them down.
    pub onward: String,
    /// One that is offered; none where there is one.
    pub new: Option<NewGenerator>,
    /// One that is there.
    pub own: Option<OwnGenerator>,
    /// A passkey in its place, for whoever must have one of the two.
    pub passkey: Option<PasskeyForm>,
}
