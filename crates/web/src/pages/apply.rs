//! Applying: one step at a time, check the answers, done.
//!
//! The steps come from the sections of the law file. A step keeps what was typed, right or wrong.
//!
//! INVARIANT: what was typed is in the page that comes back.

use askama::Template;

use super::shell::PublicShell;
use crate::components::Link;
use crate::components::clock::DeadlineCard;
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::{ReceiptCard, Steps, SummaryList};

/// One step of the form.
#[derive(Debug, Clone, Template)]
#[template(path = "public/apply-step.html")]
pub struct ApplyStep {
    /// The frame.
    pub shell: PublicShell,
    /// Where one is.
    pub steps: Steps,
    /// Heading of the section.
    pub heading: String,
    /// A sentence of help; empty for none.
    pub lead: String,
    /// Where it is sent (multipart).
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// When the draft was kept, such as `已于 10:32 保存`; empty before the first time.
    pub saved: String,
    /// The step before.
    pub previous_href: Option<String>,
}

/// Check the answers before they are sent.
#[derive(Debug, Clone, Template)]
#[template(path = "public/apply-review.html")]
pub struct ApplyReview {
    /// The frame.
    pub shell: PublicShell,
    /// Where one is.
    pub steps: Steps,
    /// The answers by section, with ways to change them.
    pub sections: Vec<SummaryList>,
    /// What is still wrong; linked to the steps by the address in `id`.
    pub open_points: Vec<Link>,
    /// What one declares by sending.
    pub declaration: Vec<String>,
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Words of the button.
    pub submit: String,
    /// The step before.
    pub previous_href: String,
}

/// Received.
#[derive(Debug, Clone, Template)]
#[template(path = "public/done.html")]
pub struct Done {
    /// The frame.
    pub shell: PublicShell,
    /// What was received.
    pub heading: String,
    /// Number of the matter.
    pub number: String,
    /// The receipt.
    pub receipt: ReceiptCard,
    /// What happens next, in order.
    pub next: Vec<String>,
    /// The limit the office is under now.
    pub deadline: DeadlineCard,
    /// The page to follow it.
    pub follow: Link,
}
