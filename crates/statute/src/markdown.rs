//! A law file as Markdown: headings with their articles, prose, blocks and tables, each with its bytes.
//!
//! It knows nothing of what the blocks mean.
//!
//! INVARIANT: every span is a range of bytes of the file, also on Chinese text.

use std::ops::Range;

use kernel::procedure::Citation;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::numeral;

/// A heading and what stands under it, up to the next heading.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub heading: Option<Heading>,
    pub prose: Vec<String>,
    /// Bytes of the text inside each `kdl` block.
    pub blocks: Vec<Range<usize>>,
    pub tables: Vec<Table>,
}

/// `## 审查 | 法律援助法第四十三条`.
#[derive(Debug)]
pub(crate) struct Heading {
    /// As written, with the articles: what a diagnostic names.
    pub text: String,
    /// Without the articles.
    pub title: String,
    pub cites: Vec<(Citation, Range<usize>)>,
    /// The part after `|` where it cannot be read as articles.
    pub unread: Option<Range<usize>>,
}

/// A table of worked cases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub text: String,
    pub span: Range<usize>,
}

/// Reads a file.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut reading = Reading { text, parts: vec![Part::default()], inside: Inside::Nothing, span: 0..0 };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reading.take(event, range);
    }
    reading.parts
}

enum Inside {
    Nothing,
    Heading,
    Paragraph,
    Block,
    Table(Table, Vec<Cell>),
}

struct Reading<'a> {
    text: &'a str,
    parts: Vec<Part>,
    inside: Inside,
    /// Bytes of the text seen since the present element began.
    span: Range<usize>,
}

impl Reading<'_> {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { .. }) => self.begin(Inside::Heading, range.end),
            Event::Start(Tag::Paragraph) => self.begin(Inside::Paragraph, range.end),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if language.as_ref() == "kdl" => {
                self.begin(Inside::Block, range.end);
            }
            Event::Start(Tag::Table(_)) => self.begin(Inside::Table(Table::default(), Vec::new()), range.end),
            Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::InlineHtml(_) => self.grow(range),
            Event::End(end) => self.end(end, range),
            _ => {}
        }
    }

    fn begin(&mut self, inside: Inside, end: usize) {
        self.inside = inside;
        self.span = end..end;
    }

    fn grow(&mut self, range: Range<usize>) {
        if self.span.start == self.span.end {
            self.span = range;
        } else {
            self.span = self.span.start.min(range.start)..self.span.end.max(range.end);
        }
    }

    fn end(&mut self, end: TagEnd, range: Range<usize>) {
        let slice = self.text.get(self.span.clone()).unwrap_or_default();
        let cell_text = self.text.get(range.clone()).unwrap_or_default();
        match (&mut self.inside, end) {
            (Inside::Heading, TagEnd::Heading(_)) => {
                let heading = heading(slice, self.span.start);
                self.parts.push(Part { heading: Some(heading), ..Part::default() });
            }
            (Inside::Paragraph, TagEnd::Paragraph) => {
                let prose = slice.lines().map(str::trim).collect::<String>();
                if let Some(part) = self.parts.last_mut() {
                    part.prose.push(prose);
                }
            }
            (Inside::Block, TagEnd::CodeBlock) => {
                let span = self.span.clone();
                if let Some(part) = self.parts.last_mut() {
                    part.blocks.push(span);
                }
            }
            (Inside::Table(_, cells), TagEnd::TableCell) => {
                cells.push(cell(cell_text, range.start));
                return;
            }
            (Inside::Table(table, cells), TagEnd::TableHead) => {
                table.header = std::mem::take(cells);
                return;
            }
            (Inside::Table(table, cells), TagEnd::TableRow) => {
                table.rows.push(std::mem::take(cells));
                return;
            }
            (Inside::Table(table, _), TagEnd::Table) => {
                let table = std::mem::take(table);
                if let Some(part) = self.parts.last_mut() {
                    part.tables.push(table);
                }
            }
            _ => return,
        }
        self.inside = Inside::Nothing;
    }
}

fn cell(source: &str, start: usize) -> Cell {
    let text = source.trim_matches(|character: char| character.is_whitespace() || character == '|');
    let at = start + source.find(text).unwrap_or(0);
    Cell { text: text.to_owned(), span: at..at + text.len() }
}

fn heading(source: &str, start: usize) -> Heading {
    let text = source.trim().to_owned();
    let Some((title, articles)) = source.split_once('|') else {
        return Heading { title: text.clone(), text, cites: Vec::new(), unread: None };
    };
    let at = start + title.len() + 1 + (articles.len() - articles.trim_start().len());
    let articles = articles.trim();
    let (cites, unread) = match cites(articles, at) {
        Some(cites) => (cites, None),
        None => (Vec::new(), Some(at..at + articles.len())),
    };
    Heading { text, title: title.trim().to_owned(), cites, unread }
}

/// `法律援助法第四十三条、第四十四条、行政复议法第二十条`.
fn cites(text: &str, start: usize) -> Option<Vec<(Citation, Range<usize>)>> {
    let mut statute = None;
    let mut cites = Vec::new();
    let mut at = start;
    for part in text.split('、') {
        let mark = part.find('第')?;
        let (name, number) = part.split_at(mark);
        let name = name.trim().trim_matches(['《', '》']);
        if !name.is_empty() {
            statute = Some(name.to_owned());
        }
        let (article, _, rest) = numeral::article(number)?;
        if !rest.trim().is_empty() {
            return None;
        }
        cites.push((Citation { statute: statute.clone()?, article }, at..at + part.len()));
        at += part.len() + '、'.len_utf8();
    }
    Some(cites)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# 名\n\n前言，\n第二行。\n\n## 审查 | 法律援助法第四十三条、第四十四条\n\n```kdl\nstage \"审查\"\n```\n\n| 案例 | due |\n|---|---|\n| 春节 | 2026-02-24 |\n| 空 | |\n";

    #[test]
    fn spans_are_bytes_of_the_file() {
        let parts = parts(FILE);
        let [_, first, second] = parts.as_slice() else { panic!("three parts, found {}", parts.len()) };
        assert_eq!(first.prose, ["前言，第二行。"]);
        let heading = second.heading.as_ref().expect("a heading");
        assert_eq!(heading.title, "审查");
        let cited: Vec<_> = heading.cites.iter().map(|(cite, span)| (cite.to_string(), &FILE[span.clone()])).collect();
        assert_eq!(
            cited,
            [
                ("法律援助法第四十三条".to_owned(), "法律援助法第四十三条"),
                ("法律援助法第四十四条".to_owned(), "第四十四条")
            ]
        );
        assert_eq!(&FILE[second.blocks[0].clone()], "stage \"审查\"\n");
        let table = &second.tables[0];
        assert_eq!(&FILE[table.rows[0][1].span.clone()], "2026-02-24");
        assert_eq!((table.rows[1][0].text.as_str(), table.rows[1][1].text.as_str()), ("空", ""));
    }

    #[test]
    fn what_stands_behind_the_bar_must_be_articles() {
        let parts = parts("## 甲 | 第四十三条\n\n## 乙 | 法律援助法四十三条\n");
        let unread: Vec<_> = parts.iter().filter_map(|part| part.heading.as_ref()?.unread.clone()).collect();
        assert_eq!(unread.len(), 2);
    }
}
