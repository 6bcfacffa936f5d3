//! The smaller parts: notice, tag, summary list, tabs, counter, receipt, article, files, steps, flow chart.
//!
//! Each says one thing to one reader. None of them is a form, except the one that asks for a reason before a
//! masked value is shown.
//!
//! INVARIANT: a masked value is not in the page until it has been asked for with a reason.

use askama::Template;

use super::{Link, Markup};

/// How a notice or tag is meant; always said in words as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Plain.
    Plain,
    /// Worth knowing.
    Info,
    /// Went well.
    Good,
    /// Take care.
    Care,
    /// Went wrong, or cannot be undone.
    Grave,
}

impl Tone {
    /// Class name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Info => "info",
            Self::Good => "good",
            Self::Care => "care",
            Self::Grave => "grave",
        }
    }

    /// True for what interrupts the reader.
    #[must_use]
    pub fn is_grave(self) -> bool {
        self == Self::Grave
    }

    /// Icon in the sprite.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Plain | Self::Info => "i-info",
            Self::Good => "i-done",
            Self::Care => "i-care",
            Self::Grave => "i-grave",
        }
    }
}

/// A message to the reader of the page.
#[derive(Debug, Clone, Template)]
#[template(path = "components/notice.html")]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The point of it.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// Ways onward.
    pub links: Vec<Link>,
}

/// A short state, such as `农民工 免核查`.
#[derive(Debug, Clone, Template)]
#[template(path = "components/tag.html")]
pub struct Tag {
    /// How it is meant.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

impl Tag {
    /// A tag from its two parts.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// A file to open or download.
#[derive(Debug, Clone)]
pub struct FileLink {
    /// Its name.
    pub name: String,
    /// Kind and size, such as `PDF，86 KB`.
    pub about: String,
    /// Address.
    pub href: String,
    /// A remark, such as `2026年10月8日 送达`; empty for none.
    pub note: String,
    /// What lies beside it, such as its signature.
    pub beside: Option<Link>,
}

/// A list of files.
#[derive(Debug, Clone, Template)]
#[template(path = "components/file-list.html")]
pub struct FileList {
    /// The files.
    pub files: Vec<FileLink>,
    /// What to say when there are none.
    pub empty: String,
}

/// The value beside a key.
#[derive(Debug, Clone)]
pub enum SummaryValue {
    /// Words.
    Text(String),
    /// Several lines.
    Lines(Vec<String>),
    /// A link.
    Link(Link),
    /// Files.
    Files(FileList),
    /// Partly hidden; the form asks for a reason (field `reason`) before it is shown.
    Masked {
        /// What may be seen, such as `110105********0026`.
        shown: String,
        /// Id of the reason field, unique within the page.
        id: String,
        /// Where the form is sent.
        action: String,
        /// Name of the field asked for, sent as `field`.
        field: String,
        /// Proof that the form came from our page.
        csrf: String,
        /// What it may be seen for: the word sent as `purpose`, and its text.
        purposes: Vec<(String, String)>,
    },
    /// Shown in full after a reason was given.
    Unmasked {
        /// The value.
        value: String,
        /// The recorded reason.
        reason: String,
    },
}

/// One key with its value.
#[derive(Debug, Clone)]
pub struct SummaryRow {
    /// The key.
    pub key: String,
    /// The value.
    pub value: SummaryValue,
    /// Where it can be changed.
    pub change: Option<String>,
}

impl SummaryRow {
    /// Words beside a key.
    #[must_use]
    pub fn text(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: SummaryValue::Text(value.into()), change: None }
    }

    /// The same row with a way to change it.
    #[must_use]
    pub fn changed_at(mut self, href: impl Into<String>) -> Self {
        self.change = Some(href.into());
        self
    }
}

/// Keys with their values.
#[derive(Debug, Clone, Template)]
#[template(path = "components/summary.html")]
pub struct SummaryList {
    /// Heading; empty for none.
    pub title: String,
    /// The rows.
    pub rows: Vec<SummaryRow>,
}

/// One tab, a link.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The words.
    pub label: String,
    /// Address.
    pub href: String,
    /// Shown now.
    pub current: bool,
    /// How many things lie behind it.
    pub count: Option<u32>,
}

/// Tabs: links to views of one thing.
#[derive(Debug, Clone, Template)]
#[template(path = "components/tabs.html")]
pub struct Tabs {
    /// What the tabs divide, read aloud.
    pub label: String,
    /// The tabs.
    pub tabs: Vec<Tab>,
}

/// A number that opens the list it counts.
#[derive(Debug, Clone, Template)]
#[template(path = "components/counter.html")]
pub struct Counter {
    /// What is counted.
    pub label: String,
    /// How many.
    pub count: u64,
    /// The list.
    pub href: String,
    /// How it is meant.
    pub tone: Tone,
    /// A second line; empty for none.
    pub note: String,
}

/// The receipt of an act, to keep and to check.
#[derive(Debug, Clone, Template)]
#[template(path = "components/receipt.html")]
pub struct ReceiptCard {
    /// Number of the matter.
    pub number: String,
    /// What was received, such as `法律援助申请`.
    pub what: String,
    /// When, written out.
    pub received_at: String,
    /// Short form of the fingerprint, in groups of four.
    pub fingerprint: String,
    /// The QR drawing.
    pub qr: Markup,
    /// What the QR says, for who cannot see it.
    pub qr_text: String,
    /// Receipt as a file.
    pub download: Link,
    /// Paper receipt as PDF.
    pub paper: Option<Link>,
    /// Page that checks it.
    pub verify_href: String,
}

/// The text of an article.
#[derive(Debug, Clone, Template)]
#[template(path = "components/article.html")]
pub struct ArticleQuote {
    /// Name of the statute without brackets.
    pub statute: String,
    /// Article, such as `第四十三条`.
    pub article: String,
    /// Paragraphs of its text.
    pub text: Vec<String>,
    /// Where the whole statute is read.
    pub href: String,
    /// Why it is shown here; empty for none.
    pub why: String,
}

/// Where one is in a row of steps.
#[derive(Debug, Clone, Template)]
#[template(path = "components/steps.html")]
pub struct Steps {
    /// Names of the steps.
    pub names: Vec<String>,
    /// The one at hand, from 1.
    pub now: usize,
}

/// A flow chart with its words.
#[derive(Debug, Clone, Template)]
#[template(path = "components/flow.html")]
pub struct FlowChart {
    /// Id, unique within the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The drawing.
    pub svg: Markup,
    /// The same in sentences, for who cannot see it.
    pub sentences: Vec<String>,
}

/// A form that is nothing but buttons.
#[derive(Debug, Clone, Template)]
#[template(path = "components/press.html")]
pub struct Press {
    /// Where it is sent.
    pub action: String,
    /// Proof that it came from our page.
    pub csrf: String,
    /// Which thing it is about, sent as `id`; empty for all.
    pub id: String,
    /// Name under which the button pressed is sent.
    pub name: String,
    /// The buttons: value and words.
    pub buttons: Vec<(String, String)>,
    /// What it is about, read aloud after the words; empty for nothing.
    pub about: String,
}
