//! Draws a diagnostic as plain text: place, line, carets, origin, help.
//!
//! INVARIANT: carets stand under what they point at in a terminal where Chinese characters are two columns wide.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Severity};

/// Draws one diagnostic. `text` is the file it points into; `origin` the file its expectation comes from, when that
/// is another one.
#[must_use]
pub fn render(diagnostic: &Diagnostic, text: &str) -> String {
    render_with(diagnostic, text, |_| None)
}

/// As [`render`], with the text of other files for expectations that come from there.
#[must_use]
pub fn render_with<'a>(diagnostic: &Diagnostic, text: &'a str, other: impl Fn(&str) -> Option<&'a str>) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "错误",
        Severity::Warning => "警告",
    };
    let mut drawing = format!("{severity}[{}] {}\n", diagnostic.code, diagnostic.message);
    excerpt(&mut drawing, &diagnostic.path, text, &diagnostic.span);
    if let Some(heading) = &diagnostic.heading {
        drawing.push_str(&format!("  条文：{heading}\n"));
    }
    if let Some(origin) = &diagnostic.expected_from {
        drawing.push_str(&format!("  依据：{}\n", origin.note));
        let source = if origin.path == diagnostic.path { Some(text) } else { other(&origin.path) };
        match source {
            Some(source) => excerpt(&mut drawing, &origin.path, source, &origin.span),
            None => drawing.push_str(&format!("  --> {}\n", origin.path)),
        }
    }
    if !diagnostic.run.is_empty() {
        drawing.push_str(&format!("  走法：{}\n", diagnostic.run.join(" → ")));
    }
    if let Some(help) = &diagnostic.help {
        drawing.push_str(&format!("  建议：{help}\n"));
    }
    drawing
}

fn excerpt(drawing: &mut String, path: &str, text: &str, span: &Range<usize>) {
    let (line, column) = line_column(text, span.start);
    drawing.push_str(&format!("  --> {path}:{line}:{column}\n"));
    let start = floor(text, span.start);
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(line_start..).unwrap_or_default();
    let shown = rest.lines().next().unwrap_or_default();
    let before = text.get(line_start..start).unwrap_or_default();
    let line_end = line_start + shown.len();
    let marked = text.get(start..floor(text, span.end).clamp(start, line_end.max(start))).unwrap_or_default();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let (indent, carets) = (width(before), width(marked).max(1));
    drawing.push_str(&format!(
        " {margin} |\n {number} | {shown}\n {margin} | {}{}\n",
        " ".repeat(indent),
        "^".repeat(carets)
    ));
}

/// Line and column of a byte, both counted from 1; the column counts characters.
#[must_use]
pub fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..floor(text, at)).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Columns a text takes in a terminal: East Asian wide and fullwidth characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA000..=0xA4CF
        | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6
        | 0x20000..=0x3FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn carets_stand_under_chinese_text() {
        let text = "第一行\nstage \"审查\" by=\"x\"\n";
        let start = text.find("审查").unwrap_or_default();
        let diagnostic = Diagnostic::new(Code::UnknownName, "a.md", start..start + 6, "没有“审查”").help("写上");
        assert_eq!(
            render(&diagnostic, text),
            "错误[unknown-name] 没有“审查”\n  --> a.md:2:8\n   |\n 2 | stage \"审查\" by=\"x\"\n   |        ^^^^\n  建议：写上\n"
        );
    }

    #[test]
    fn a_span_past_the_line_or_the_file_is_clipped() {
        let diagnostic = Diagnostic::new(Code::Syntax, "a.md", 2..99, "x");
        assert!(render(&diagnostic, "abc\ndef").contains(" 1 | abc\n   |   ^\n"));
        assert!(render(&diagnostic, "").contains("a.md:1:1"));
    }
}
