//! Dense tables for clerks, and the line that turns their pages.
//!
//! Columns and cells are words; sorting and filtering happened elsewhere. Not meant for layout.
//!
//! INVARIANT: a row has as many cells as the table has columns; the first column is 序号.

use askama::Template;

use super::Link;
use super::clock::Light;
use super::parts::{Press, Tag};

/// One head of a column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The words.
    pub label: String,
    /// Figures, aligned right.
    pub numeric: bool,
    /// Address that sorts by this column.
    pub sort: Option<String>,
    /// Direction when sorted by it now: `ascending` or `descending`.
    pub sorted: Option<&'static str>,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), numeric: false, sort: None, sorted: None }
    }

    /// A column of figures.
    #[must_use]
    pub fn figures(label: impl Into<String>) -> Self {
        Self { numeric: true, ..Self::new(label) }
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words that may wrap over lines.
    Long(String),
    /// Words that may wrap, with a tag behind them.
    Marked {
        /// The words.
        text: String,
        /// The tag.
        tag: Tag,
    },
    /// A figure, aligned right.
    Figure(String),
    /// The link that names the row.
    Head(Link),
    /// Any other link.
    Link(Link),
    /// Several links.
    Links(Vec<Link>),
    /// A light.
    Light(Light),
    /// A tag.
    Tag(Tag),
    /// Buttons.
    Press(Press),
    /// Struck through, with the reason it does not count.
    Void {
        /// What is struck.
        text: String,
        /// Why.
        reason: String,
    },
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }
}

/// A table of words.
#[derive(Debug, Clone, Template)]
#[template(path = "components/table.html")]
pub struct Table {
    /// Unique within the page.
    pub id: String,
    /// What the table lists; read aloud, and shown above it.
    pub caption: String,
    /// The heads.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// The totals row; empty for none.
    pub foot: Vec<Cell>,
    /// What to say when there is no row.
    pub empty: String,
}

/// One field kept while pages are turned.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// The line `第 1/3 页 共 52 条`.
#[derive(Debug, Clone, Template)]
#[template(path = "components/pager.html")]
pub struct Pager {
    /// This page, from 1.
    pub page: u32,
    /// How many pages.
    pub pages: u32,
    /// How many rows in all.
    pub total: u64,
    /// Address of the first page, unless this is it.
    pub first: Option<String>,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the page after.
    pub next: Option<String>,
    /// Address of the last page, unless this is it.
    pub last: Option<String>,
    /// Address of the list, for the jump form (field `page`).
    pub action: String,
    /// The filter, kept in the jump form.
    pub kept: Vec<Kept>,
}
