//! Following a matter: find it, prove the phone, read the one page.
//!
//! The page answers whose turn it is, until when and why, what has happened, what one may do, and who looked
//! at one's data.
//!
//! INVARIANT: the find page answers the same whether or not the number exists.

use askama::Template;

use super::shell::PublicShell;
use crate::components::Link;
use crate::components::clock::{DeadlineCard, Timeline};
use crate::components::field::{ErrorSummary, FieldView, FormKeys};
use crate::components::parts::{ArticleQuote, FileList, Notice, SummaryList, Tag};

/// Number and phone, to be sent a code.
#[derive(Debug, Clone, Template)]
#[template(path = "public/status-find.html")]
pub struct StatusFind {
    /// The frame.
    pub shell: PublicShell,
    /// Where it is sent.
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// Number and phone.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Other ways to one's own matters.
    pub ways: Vec<Link>,
}

/// The code from the phone.
#[derive(Debug, Clone, Template)]
#[template(path = "public/status-code.html")]
pub struct StatusCode {
    /// The frame.
    pub shell: PublicShell,
    /// Phone, masked.
    pub phone: String,
    /// How long the code holds, such as `10分钟内有效`.
    pub valid: String,
    /// Where it is sent.
    pub action: String,
    /// Ask for another code.
    pub again_action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The code.
    pub field: FieldView,
    /// What is wrong.
    pub errors: ErrorSummary,
}

/// Something the party may do now.
#[derive(Debug, Clone)]
pub struct PartyAction {
    /// What.
    pub label: String,
    /// One line.
    pub about: String,
    /// The form.
    pub href: String,
    /// The thing we wait for.
    pub urgent: bool,
}

/// Someone looked at the data of the party.
#[derive(Debug, Clone)]
pub struct Look {
    /// When, written out.
    pub when: String,
    /// Who: office, seat and surname.
    pub who: String,
    /// What was looked at.
    pub what: String,
    /// For what.
    pub purpose: String,
    /// The reason given.
    pub why: String,
}

/// The one page of a matter.
#[derive(Debug, Clone, Template)]
#[template(path = "public/status.html")]
pub struct Status {
    /// The frame.
    pub shell: PublicShell,
    /// Number of the matter.
    pub number: String,
    /// What it is about.
    pub heading: String,
    /// Where it stands.
    pub state: Tag,
    /// That the file is sealed by law, and who reads it; empty where it is not.
    pub sealed: String,
    /// What has just been done, or a decision to be read.
    pub notice: Option<Notice>,
    /// The clocks, the one that matters first.
    pub deadlines: Vec<DeadlineCard>,
    /// What the party may do.
    pub actions: Vec<PartyAction>,
    /// What has happened.
    pub timeline: Timeline,
    /// Papers to take away.
    pub papers: FileList,
    /// What was handed in.
    pub facts: SummaryList,
    /// How often somebody looked at my data.
    pub looks: usize,
    /// Who to call.
    pub contact: Vec<String>,
    /// Proof for the form that closes the page in this browser.
    pub csrf: String,
}

/// Who looked at the data of the party, for what and why (谁看过我的材料).
#[derive(Debug, Clone, Template)]
#[template(path = "public/looks.html")]
pub struct Looks {
    /// The frame.
    pub shell: PublicShell,
    /// Number of the matter.
    pub number: String,
    /// The looks, the latest first.
    pub looks: Vec<Look>,
    /// Who to call about them.
    pub contact: Vec<String>,
}

/// A form of the public side that does one act: object, supplement, ask for another lawyer, rate.
#[derive(Debug, Clone, Template)]
#[template(path = "public/act.html")]
pub struct PartyAct {
    /// The frame.
    pub shell: PublicShell,
    /// What is done, as heading.
    pub heading: String,
    /// The matter it belongs to.
    pub matter: String,
    /// What it means and what follows.
    pub lead: Vec<String>,
    /// Where it is sent (multipart).
    pub action: String,
    /// Hidden fields.
    pub keys: FormKeys,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub errors: ErrorSummary,
    /// Words of the button.
    pub submit: String,
    /// Give up and go back.
    pub cancel_href: String,
    /// The article that grants it.
    pub articles: Vec<ArticleQuote>,
}
