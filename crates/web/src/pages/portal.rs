//! The public way in: portal, service guide, the check in five questions, the list of lawyers.
//!
//! The guide is generated from the law file; this page only lays it out. The check does not decide anything.
//!
//! INVARIANT: a limit, a condition or a remedy is shown with its article.

use askama::Template;

use super::shell::PublicShell;
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldView};
use crate::components::parts::{ArticleQuote, FlowChart, Notice, Tag};
use crate::components::table::Pager;

/// One service of the portal.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name in plain words.
    pub name: String,
    /// One line.
    pub about: String,
    /// Its guide.
    pub href: String,
    /// The limit, such as `7日内答复，不收费`; empty for none.
    pub limit: String,
}

/// The services of one function of the bureau.
#[derive(Debug, Clone)]
pub struct ServiceGroup {
    /// They are opened by offices: a person reads the guide and follows, and does not apply.
    pub by_offices: bool,
    /// The function, such as `公共法律服务`.
    pub function: String,
    /// The services.
    pub services: Vec<Service>,
}

/// The first page.
#[derive(Debug, Clone, Template)]
#[template(path = "public/portal.html")]
pub struct Portal {
    /// The frame.
    pub shell: PublicShell,
    /// Heading.
    pub heading: String,
    /// One or two sentences.
    pub lead: String,
    /// The main thing one can start.
    pub start: Link,
    /// A half-filled form to go on with, if this browser has one.
    pub draft: Option<Link>,
    /// Follow a matter.
    pub follow_href: String,
    /// Check a receipt.
    pub verify_href: String,
    /// The lawyers one may choose from.
    pub lawyers_href: String,
    /// Whom one may choose from, such as `可以选的承办律师`.
    pub lawyers_label: String,
    /// Everything else, by function.
    pub groups: Vec<ServiceGroup>,
    /// News of the office.
    pub notices: Vec<Notice>,
}

impl Portal {
    fn has_office_matters(&self) -> bool {
        self.groups.iter().any(|group| group.by_offices)
    }
}

/// Something to hand in.
#[derive(Debug, Clone)]
pub struct Material {
    /// Its name.
    pub name: String,
    /// When it is needed, and what may stand in for it.
    pub about: String,
    /// `必须`, `按需`, `可承诺代替`.
    pub need: Tag,
    /// The article that asks for it.
    pub article: Option<Link>,
}

/// One condition of who may ask.
#[derive(Debug, Clone)]
pub struct Condition {
    /// In plain words.
    pub text: String,
    /// The article.
    pub article: Link,
}

/// One limit: what the law says and what the city promises.
#[derive(Debug, Clone)]
pub struct Limit {
    /// What must be done.
    pub duty: String,
    /// The limit of the law.
    pub statutory: String,
    /// What the city promises; empty when it promises no more.
    pub promised: String,
    /// The article.
    pub article: Link,
}

/// The service guide (办事指南).
#[derive(Debug, Clone, Template)]
#[template(path = "public/guide.html")]
pub struct Guide {
    /// The frame.
    pub shell: PublicShell,
    /// Name of the service.
    pub heading: String,
    /// What it is, in one or two sentences.
    pub lead: String,
    /// The ways to start applying, the ordinary one first; none where offices open it.
    pub ways_in: Vec<Link>,
    /// Check first; none when there is nothing to check.
    pub check_href: Option<String>,
    /// The office that decides.
    pub office: String,
    /// Address and hours.
    pub office_lines: Vec<String>,
    /// Telephone.
    pub phone: String,
    /// The fee in words.
    pub fee: String,
    /// Who may ask.
    pub conditions: Vec<Condition>,
    /// Who need not show hardship.
    pub exempt: Vec<Condition>,
    /// What to hand in.
    pub materials: Vec<Material>,
    /// How long it takes.
    pub limits: Vec<Limit>,
    /// The flow chart.
    pub flow: FlowChart,
    /// What to do if one is not content.
    pub remedies: Vec<Condition>,
    /// The articles behind it all.
    pub articles: Vec<ArticleQuote>,
    /// Edition of the law file, checked on which day.
    pub edition: String,
}

/// What the check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// Aid is likely.
    Likely,
    /// Aid is unlikely.
    Unlikely,
    /// A person must be asked.
    Ask,
}

/// The answer of the check.
#[derive(Debug, Clone)]
pub struct ScreeningResult {
    /// Which of the three.
    pub likelihood: Likelihood,
    /// In a sentence.
    pub title: String,
    /// Why, in plain words.
    pub lines: Vec<String>,
    /// The article of the row that fired.
    pub article: ArticleQuote,
    /// What to do next, the main thing first.
    pub next: Vec<Link>,
}

/// The check in five questions.
#[derive(Debug, Clone, Template)]
#[template(path = "public/screening.html")]
pub struct Screening {
    /// The frame.
    pub shell: PublicShell,
    /// Heading.
    pub heading: String,
    /// Where the answers are sent (`get`: nothing is stored).
    pub action: String,
    /// The questions.
    pub questions: Vec<FieldView>,
    /// What is missing.
    pub errors: ErrorSummary,
    /// The answer, once there is one.
    pub result: Option<ScreeningResult>,
}

/// One lawyer open to choice.
#[derive(Debug, Clone)]
pub struct LawyerCard {
    /// Name.
    pub name: String,
    /// Law firm.
    pub firm: String,
    /// Years of practice in words.
    pub years: String,
    /// Fields of work.
    pub fields: Vec<String>,
    /// Matters at hand and the cap, such as `手上3件，最多6件`.
    pub load: String,
    /// Can be chosen now; otherwise the reason stands in `why_not`.
    pub open: bool,
    /// Why not, such as `请假至2026年10月20日`.
    pub why_not: String,
}

/// The lawyers of the city open to choice (点援).
#[derive(Debug, Clone, Template)]
#[template(path = "public/lawyers.html")]
pub struct Lawyers {
    /// The frame.
    pub shell: PublicShell,
    /// Heading.
    pub heading: String,
    /// How the choice works.
    pub lead: String,
    /// Fields to filter by.
    pub filter: FieldView,
    /// Where the filter is sent.
    pub action: String,
    /// The lawyers.
    pub lawyers: Vec<LawyerCard>,
}

/// A paper that stands published.
#[derive(Debug, Clone)]
pub struct NoticeCard {
    /// Its title.
    pub title: String,
    /// The paper.
    pub href: String,
    /// The matter it belongs to, such as `行政处罚：无证经营`.
    pub about: String,
    /// Who published it.
    pub office: String,
    /// Its number; empty for none.
    pub number: String,
    /// The day it was published.
    pub on: String,
}

/// What stands published (公示公告).
#[derive(Debug, Clone, Template)]
#[template(path = "public/notices.html")]
pub struct Notices {
    /// The frame.
    pub shell: PublicShell,
    /// Heading.
    pub heading: String,
    /// One or two sentences.
    pub lead: String,
    /// Of which procedure.
    pub filter: FieldView,
    /// Where the filter leads.
    pub action: String,
    /// The papers of this page.
    pub notices: Vec<NoticeCard>,
    /// The pages.
    pub pager: Pager,
}
