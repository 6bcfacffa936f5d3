//! Checking a receipt or a paper: upload it, or paste the receipt, and read each check.
//!
//! The check is done elsewhere; here each finding is said in words. No account is needed.
//!
//! INVARIANT: a receipt holds only when every check holds.

use askama::Template;

use super::shell::PublicShell;
use crate::components::field::{ErrorSummary, FieldView};
use crate::components::parts::SummaryList;

/// One check of a receipt.
#[derive(Debug, Clone)]
pub struct ReceiptCheck {
    /// What was checked, in plain words.
    pub what: String,
    /// It holds.
    pub holds: bool,
    /// What was found.
    pub finding: String,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct VerifyResult {
    /// All checks hold.
    pub holds: bool,
    /// In a sentence.
    pub title: String,
    /// The checks in order.
    pub checks: Vec<ReceiptCheck>,
    /// What the receipt says.
    pub facts: Option<SummaryList>,
    /// What to do now.
    pub advice: String,
}

/// The page that checks a receipt or a paper.
#[derive(Debug, Clone, Template)]
#[template(path = "public/verify.html")]
pub struct Verify {
    /// The frame.
    pub shell: PublicShell,
    /// Where it is sent (multipart).
    pub action: String,
    /// File and text.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// The result, once there is one.
    pub result: Option<VerifyResult>,
    /// Where the keys of the offices are.
    pub keys: String,
    /// The commands for checking offline.
    pub commands: Vec<String>,
}
