//! Components: the dozen parts every page is made of, each a struct with its own template.
//!
//! A component holds words that are ready to be read (dates written out, money with two decimals), never a
//! domain type, and knows nothing of routes or sessions. It writes itself: a page template says `{{ field }}`.
//!
//! INVARIANT: a component escapes every value it was given; only [`Markup`] is written as it is, and only our
//! own drawing code makes one.

pub mod clock;
pub mod field;
pub mod parts;
pub mod table;
pub mod ways;

use std::fmt;

use askama::filters::HtmlSafe;

/// Markup made by our own drawing code (QR, flow chart), written without escaping.
#[derive(Debug, Clone)]
pub struct Markup(String);

impl Markup {
    /// Marks text as markup of our own making. Never call it with anything a person typed.
    #[must_use]
    pub fn drawn(markup: String) -> Self {
        Self(markup)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// A label with an address inside this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is read.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link from its two parts.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

impl HtmlSafe for clock::DeadlineCard {}
impl HtmlSafe for clock::Light {}
impl HtmlSafe for clock::Timeline {}
impl HtmlSafe for field::ErrorSummary {}
impl HtmlSafe for field::FieldView {}
impl HtmlSafe for field::FormKeys {}
impl HtmlSafe for parts::ArticleQuote {}
impl HtmlSafe for parts::Counter {}
impl HtmlSafe for parts::FileList {}
impl HtmlSafe for parts::FlowChart {}
impl HtmlSafe for parts::Notice {}
impl HtmlSafe for parts::Press {}
impl HtmlSafe for parts::ReceiptCard {}
impl HtmlSafe for parts::Steps {}
impl HtmlSafe for parts::SummaryList {}
impl HtmlSafe for parts::Tabs {}
impl HtmlSafe for parts::Tag {}
impl HtmlSafe for table::Pager {}
impl HtmlSafe for table::Table {}
impl HtmlSafe for ways::PasskeyForm {}
impl HtmlSafe for ways::WaysIn {}
