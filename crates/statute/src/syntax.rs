//! KDL blocks: one block falls into its top-level nodes, and each is parsed by itself, so that one slip costs one node.
//!
//! It knows nothing of what the nodes mean. Slips a jurist makes (a bare `true`, a Chinese quotation mark, a quotation
//! mark without its partner) are found here and named in words; the parser's own wording is not shown.
//!
//! INVARIANT: spans handed on are bytes of the file, whatever was put right on the way.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use kdl::{KdlDocument, KdlEntry, KdlError, KdlNode};

use crate::diagnostic::{Code, Diagnostic};

/// A parsed piece of a block.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub document: Rc<KdlDocument>,
    text: String,
    base: usize,
    inserted: Vec<usize>,
}

/// A node that could not be parsed: its kind and name as far as they can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ghost {
    pub node: String,
    pub name: Option<String>,
}

/// What a block yields.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub chunks: Vec<Chunk>,
    pub ghosts: Vec<Ghost>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Nodes parsed before, by their text: a file is read twice, and of a file that changed most nodes have not.
#[derive(Debug, Default)]
pub(crate) struct Memory(RefCell<BTreeMap<String, Rc<KdlDocument>>>);

impl Memory {
    fn parsed(&self, text: &str) -> Result<Rc<KdlDocument>, KdlError> {
        if let Some(known) = self.0.borrow().get(text) {
            return Ok(Rc::clone(known));
        }
        let parsed = Rc::new(KdlDocument::parse_v2(text)?);
        self.0.borrow_mut().insert(text.to_owned(), Rc::clone(&parsed));
        Ok(parsed)
    }
}

/// Parses the block that stands at `span` of `file`.
pub(crate) fn block(path: &str, file: &str, span: Range<usize>, memory: &Memory) -> Block {
    let text = file.get(span.clone()).unwrap_or_default();
    let mut block = Block::default();
    for piece in pieces(text) {
        let source = text.get(piece.clone()).unwrap_or_default();
        parse_piece(path, source, span.start + piece.start, memory, &mut block);
    }
    block
}

/// Top-level nodes: each begins on a line without indentation that is not a closing brace.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begins = line.chars().next().is_some_and(|first| !first.is_whitespace() && first != '}');
        if begins && at > 0 {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
}

fn parse_piece(path: &str, source: &str, base: usize, memory: &Memory, block: &mut Block) {
    let slips = slips(source);
    for slip in &slips {
        block.diagnostics.push(slip.diagnostic(path, base));
    }
    let (text, inserted) = mended(source, &slips);
    let error = match memory.parsed(&text) {
        Ok(document) => {
            block.chunks.push(Chunk { document, text, base, inserted });
            return;
        }
        Err(error) => error,
    };
    let wrong_lines: Vec<usize> = if slips.iter().any(|slip| slip.kind != SlipKind::BareKeyword) {
        slips.iter().map(|slip| slip.span.start).collect()
    } else {
        let found = error.diagnostics.first().map_or(0, |first| first.span.offset());
        let found = unshift(&inserted, found).min(source.len());
        block.diagnostics.push(unparsed(path, source, base, found));
        vec![found]
    };
    let (text, inserted) = mended(&blanked(source, &wrong_lines), &slips);
    match memory.parsed(&text) {
        Ok(document) if !document.nodes().is_empty() => {
            block.chunks.push(Chunk { document, text, base, inserted });
        }
        _ => block.ghosts.push(ghost(source)),
    }
}

/// What can still be read of a node that cannot be parsed.
fn ghost(source: &str) -> Ghost {
    let mut words = source.split_whitespace();
    let node = words.next().unwrap_or_default().to_owned();
    let name = words.next().map(|word| word.trim_matches(['"', '“', '”', '{']).to_owned());
    Ghost { node, name: name.filter(|name| !name.is_empty()) }
}

/// The source with the lines of these positions emptied, where a line can be spared.
fn blanked(source: &str, positions: &[usize]) -> String {
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let hit = positions.iter().any(|position| (at..at + line.len()).contains(position));
        if hit && at > 0 && line.matches('{').count() == line.matches('}').count() {
            let kept = line.trim_end_matches('\n');
            text.extend(std::iter::repeat_n(' ', kept.len()));
            text.push_str(line.get(kept.len()..).unwrap_or_default());
        } else {
            text.push_str(line);
        }
        at += line.len();
    }
    text
}

fn unparsed(path: &str, source: &str, base: usize, found: usize) -> Diagnostic {
    let (open, close) = braces(source);
    let first_line = source.lines().next().unwrap_or_default();
    if open > close {
        let span = base..base + first_line.len();
        return Diagnostic::new(Code::Syntax, path, span, "花括号没有配对：有“{”而没有对应的“}”")
            .help("在这一段的末尾单独一行补上 `}`。");
    }
    if close > open {
        let at = source.rfind('}').unwrap_or(0);
        return Diagnostic::new(Code::Syntax, path, base + at..base + at + 1, "花括号没有配对：多了一个“}”")
            .help("删去多出的 `}`，或者补上前面缺的 `{`。");
    }
    let mut found = found;
    while !source.is_char_boundary(found) {
        found -= 1;
    }
    let before = source.get(..found).unwrap_or_default().trim_end();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = source.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let span = base + line_start + indent..base + line_start + line.trim_end().len();
    Diagnostic::new(Code::Syntax, path, span, "这一行不合写法，读不下去")
        .help("一个节点的写法是：名称 \"参数\" 属性=\"值\" 属性=#true；文字要加英文双引号，属性之间用空格分开。")
}

/// How many braces open and close outside texts.
fn braces(source: &str) -> (usize, usize) {
    let mut quoted = false;
    let (mut open, mut close) = (0, 0);
    let mut escaped = false;
    for character in source.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => open += 1,
            '}' if !quoted => close += 1,
            _ => {}
        }
    }
    (open, close)
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum SlipKind {
    BareKeyword,
    FullWidth,
    OpenQuote,
}

#[derive(Debug)]
struct Slip {
    kind: SlipKind,
    span: Range<usize>,
    word: String,
}

impl Slip {
    fn diagnostic(&self, path: &str, base: usize) -> Diagnostic {
        let span = base + self.span.start..base + self.span.end;
        let word = &self.word;
        match self.kind {
            SlipKind::BareKeyword => Diagnostic::new(Code::BareKeyword, path, span, format!("“{word}”前面少了井号"))
                .help(format!("写成 `#{word}`。")),
            SlipKind::FullWidth => Diagnostic::new(Code::Syntax, path, span, format!("这里用了全角符号 `{word}`"))
                .help("节点、属性和引号一律用半角（英文）符号；全角符号只能写在双引号里面。"),
            SlipKind::OpenQuote => Diagnostic::new(Code::Syntax, path, span, "双引号没有配对，文字没有结束")
                .help("在文字末尾补上英文双引号 `\"`；一段文字不能换行。"),
        }
    }
}

/// Slips outside texts and comments.
fn slips(source: &str) -> Vec<Slip> {
    let mut slips = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        line_slips(line, at, &mut slips);
        at += line.len();
    }
    slips
}

fn line_slips(line: &str, base: usize, slips: &mut Vec<Slip>) {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        if quote.is_some() {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quote = None,
                _ => {}
            }
            continue;
        }
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        match character {
            '"' => quote = Some(at),
            '/' if rest.starts_with("//") => return,
            '“' | '”' | '＝' | '｛' | '｝' | '，' | '；' | '（' | '）' | '：' | '＃' => slips.push(Slip {
                kind: SlipKind::FullWidth,
                span: base + at..base + at + character.len_utf8(),
                word: character.to_string(),
            }),
            't' | 'f' | 'n' if before.is_some_and(|before| before == '=' || before == ' ') => {
                let word =
                    rest.split(|next: char| !next.is_ascii_alphanumeric() && next != '-').next().unwrap_or_default();
                if ["true", "false", "null"].contains(&word)
                    && !rest.get(word.len()..).unwrap_or_default().starts_with('=')
                {
                    let span = base + at..base + at + word.len();
                    slips.push(Slip { kind: SlipKind::BareKeyword, span, word: word.to_owned() });
                }
            }
            _ => {}
        }
    }
    if let Some(at) = quote {
        let span = base + at..base + line.trim_end().len();
        slips.push(Slip { kind: SlipKind::OpenQuote, span, word: String::new() });
    }
}

/// The source with a number sign put before every bare keyword, and where.
fn mended(source: &str, slips: &[Slip]) -> (String, Vec<usize>) {
    let mut text = source.to_owned();
    let mut inserted = Vec::new();
    for slip in slips.iter().filter(|slip| slip.kind == SlipKind::BareKeyword) {
        let at = slip.span.start + inserted.len();
        if text.get(at..).is_some_and(|rest| rest.starts_with(&slip.word)) {
            text.insert(at, '#');
            inserted.push(at);
        }
    }
    (text, inserted)
}

fn unshift(inserted: &[usize], at: usize) -> usize {
    at - inserted.iter().filter(|position| **position < at).count()
}

impl Chunk {
    /// Bytes of the file for bytes of the parsed text.
    fn file_range(&self, start: usize, end: usize) -> Range<usize> {
        self.base + unshift(&self.inserted, start)..self.base + unshift(&self.inserted, end)
    }

    /// Where the name of a node stands.
    pub(crate) fn name_span(&self, node: &KdlNode) -> Range<usize> {
        let span = node.name().span();
        self.file_range(span.offset(), span.offset() + span.len())
    }

    /// Where the name of a property stands; for an argument, the argument.
    pub(crate) fn key_span(&self, entry: &KdlEntry) -> Range<usize> {
        match entry.name() {
            Some(name) => self.file_range(name.span().offset(), name.span().offset() + name.span().len()),
            None => self.value_span(entry).0,
        }
    }

    /// Where the value of an entry stands, without its quotation marks, and whether each byte of the value is a byte
    /// of the file (no escapes in between).
    pub(crate) fn value_span(&self, entry: &KdlEntry) -> (Range<usize>, bool) {
        let span = entry.span();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let slice = self.text.get(start..end).unwrap_or_default();
        let lead = slice.len() - slice.trim_start().len();
        let skip = match entry.name() {
            Some(_) => slice.find('=').map_or(0, |at| at + 1),
            None => lead,
        };
        let value = slice.get(skip..).unwrap_or_default().trim_end();
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let from = start + skip;
        match inner {
            Some(inner) => (self.file_range(from + 1, from + 1 + inner.len()), !inner.contains('\\')),
            None => (self.file_range(from, from + value.len()), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Block, Vec<String>) {
        let block = block("a.md", text, 0..text.len(), &Memory::default());
        let found =
            block.diagnostics.iter().map(|d| format!("{} {:?} {}", d.code, &text[d.span.clone()], d.message)).collect();
        (block, found)
    }

    #[test]
    fn value_spans_are_bytes_also_on_chinese_text_and_after_a_mended_keyword() {
        let text = "前言\nstage \"审查\" once=true title=\"受理审查\" 数=7 by=\"甲,乙\"\n";
        let block = block("a.md", text, 7..text.len(), &Memory::default());
        let chunk = &block.chunks[0];
        let node = &chunk.document.nodes()[0];
        let values: Vec<&str> = node.entries().iter().map(|entry| &text[chunk.value_span(entry).0]).collect();
        assert_eq!(values, ["审查", "true", "受理审查", "7", "甲,乙"]);
        let keys: Vec<&str> = node.entries().iter().map(|entry| &text[chunk.key_span(entry)]).collect();
        assert_eq!(keys, ["审查", "once", "title", "数", "by"]);
        assert_eq!(&text[chunk.name_span(node)], "stage");
        assert_eq!(block.diagnostics[0].code, "bare-keyword");
    }

    #[test]
    fn one_slip_costs_one_line_or_one_node() {
        let (block, found) =
            parse("act \"a\" {\n    text \"x\" title=“名”\n    text \"y\"\n}\nact \"b\" {\n    text \"z\"\n");
        assert_eq!(block.chunks.len(), 1);
        assert_eq!(block.ghosts, [Ghost { node: "act".into(), name: Some("b".into()) }]);
        assert_eq!(
            found,
            [
                "syntax \"“\" 这里用了全角符号 `“`",
                "syntax \"”\" 这里用了全角符号 `”`",
                "syntax \"act \\\"b\\\" {\" 花括号没有配对：有“{”而没有对应的“}”",
            ]
        );
        let (_, found) = parse("stage \"a title=\"x\"\nstage \"b\"\n");
        assert_eq!(found, ["syntax \"\\\"\" 双引号没有配对，文字没有结束"]);
    }
}
