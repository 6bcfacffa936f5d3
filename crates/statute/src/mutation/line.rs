//! One line of a block, cut into what a hand could change: the node, its argument, its properties.

use std::ops::Range;

/// A line of KDL with its words; positions are bytes of the file.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// From 1.
    pub number: usize,
    /// The line with its line feed.
    pub span: Range<usize>,
    pub node: String,
    /// The first argument, without quotation marks.
    pub name: Option<String>,
    pub properties: Vec<Property>,
    /// It opens a block that later lines close.
    pub opens: bool,
}

/// `key="value"`.
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub key: String,
    pub value: String,
    /// With the space before it.
    pub span: Range<usize>,
    /// The value, without quotation marks.
    pub value_span: Range<usize>,
}

impl Line {
    pub(super) fn property(&self, key: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.key == key)
    }
}

/// The lines of all `kdl` blocks of a file.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut inside = false;
    let mut at = 0;
    for (number, written) in (1..).zip(text.split_inclusive('\n')) {
        let span = at..at + written.len();
        at = span.end;
        if written.starts_with("```") {
            inside = written.trim_end() == "```kdl";
        } else if inside && let Some(line) = line(written, number, span) {
            lines.push(line);
        }
    }
    lines
}

fn line(written: &str, number: usize, span: Range<usize>) -> Option<Line> {
    let words = words(written);
    let (node, rest) = words.split_first()?;
    let node = written.get(node.clone())?;
    if !node.starts_with(|first: char| first.is_ascii_lowercase()) {
        return None;
    }
    let mut line = Line {
        number,
        node: node.to_owned(),
        name: None,
        properties: Vec::new(),
        opens: written.trim_end().ends_with('{'),
        span: span.clone(),
    };
    for word in rest {
        let text = written.get(word.clone())?;
        match text.split_once('=').filter(|(key, _)| !key.contains('"')) {
            Some((key, value)) => {
                let quoted = value.starts_with('"');
                let start = span.start + word.start + key.len() + 1 + usize::from(quoted);
                let end = span.start + word.end - usize::from(quoted);
                line.properties.push(Property {
                    key: key.to_owned(),
                    value: value.trim_matches('"').to_owned(),
                    span: span.start + word.start - 1..span.start + word.end,
                    value_span: start..end,
                });
            }
            None if line.name.is_none() => line.name = Some(text.trim_matches('"').to_owned()),
            None => {}
        }
    }
    Some(line)
}

/// The words of a line; a quoted text is one word.
fn words(written: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut begun = None;
    let mut quoted = false;
    for (at, character) in written.char_indices() {
        let between = character.is_whitespace() && !quoted;
        match (begun, between) {
            (None, false) => begun = Some(at),
            (Some(start), true) => {
                words.push(start..at);
                begun = None;
            }
            _ => {}
        }
        if character == '"' {
            quoted = !quoted;
        }
    }
    words.extend(begun.map(|start| start..written.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_its_properties() {
        let text = "```kdl\nact \"grant\" title=\"给予 援助\" once=#true in=\"a,b\" {\n}\n```\n";
        let lines = lines(text);
        let [line] = lines.as_slice() else { panic!("one line, found {}", lines.len()) };
        assert_eq!((line.node.as_str(), line.name.as_deref(), line.opens), ("act", Some("grant"), true));
        let title = line.property("title").expect("a title");
        assert_eq!((title.value.as_str(), &text[title.value_span.clone()]), ("给予 援助", "给予 援助"));
        let once = line.property("once").expect("once");
        assert_eq!((&text[once.span.clone()], &text[once.value_span.clone()]), (" once=#true", "#true"));
    }
}
