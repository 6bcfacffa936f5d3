//! The search for characters that no font could show.
//!
//! A shaped glyph with number 0 is the font's empty box. PDF/A export would
//! refuse it too, but with a message in a foreign language and only when the
//! export is PDF/A; this check looks at the set pages and covers both kinds.

use typst::layout::{Frame, FrameItem};
use typst::text::TextItem;
use typst_layout::PagedDocument;

/// Whether a character leaves no mark by its nature: blanks, controls, joiners,
/// variation selectors. It needs no glyph.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A text as it can be set: a control character that came with a paste (the
/// line break excepted) is a blank, a byte order mark is nothing.
pub(crate) fn settable(text: &str) -> String {
    text.chars().filter(|c| *c != '\u{feff}').map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// A character that came out as an empty box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The character.
    pub character: char,
    /// The words around it, so that a clerk finds the place.
    pub context: String,
    /// The page, counted from 1.
    pub page: usize,
}

/// The first character of `document` that is not in any font.
pub(crate) fn missing(document: &PagedDocument) -> Option<Missing> {
    document.pages().iter().enumerate().find_map(|(index, page)| {
        in_frame(&page.frame).map(|(character, context)| Missing { character, context, page: index + 1 })
    })
}

fn in_frame(frame: &Frame) -> Option<(char, String)> {
    frame.items().find_map(|(_, item)| match item {
        FrameItem::Group(group) => in_frame(&group.frame),
        FrameItem::Text(text) => in_text(text),
        _ => None,
    })
}

fn in_text(text: &TextItem) -> Option<(char, String)> {
    let glyph = text.glyphs.iter().find(|glyph| glyph.id == 0)?;
    let cluster = text.text.get(glyph.range()).unwrap_or_default();
    let character = cluster.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character, text.text.chars().take(20).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_control_character_does_not_stop_a_paper() {
        let check = |text: &str, expected: &str| assert_eq!(settable(text), expected);
        check("一\n二", "一\n二");
        check("一\r\n二", "一 \n二");
        check("\u{feff}王\u{7}某\t", "王 某 ");
    }
}
