//! The grammar of the law files as data, for editors: every node, what it asks, and which words are allowed.
//!
//! It is read off the same catalogue as the reference page ([`crate::reference`]); nothing is listed here.
//!
//! INVARIANT: a node or property that can be read is in the grammar, and nothing else is.

use crate::reference::catalogues;
use crate::sheet::{Asked, Entry};

/// One node of one kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrammarNode {
    /// The kind of file: `procedure`, `place`, `calendar`, `statutes`.
    pub file: &'static str,
    /// From the top, with ` > ` between: `act > section`.
    pub path: String,
    /// What it says, in one sentence.
    pub doc: &'static str,
    /// Arguments, in order.
    pub arguments: Vec<GrammarValue>,
    /// Properties, in the order they are read.
    pub properties: Vec<GrammarValue>,
    /// Nodes that may stand in it.
    pub children: Vec<&'static str>,
}

/// An argument or a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrammarValue {
    /// The property; empty for an argument.
    pub name: &'static str,
    /// What is written: 文字, 日期, 席位的名称….
    pub form: String,
    /// The words that are allowed, where there are only some.
    pub words: Vec<String>,
    /// It must be there.
    pub needed: bool,
    /// What it says.
    pub doc: &'static str,
}

/// The whole grammar.
#[must_use]
pub fn grammar() -> Vec<GrammarNode> {
    let files = catalogues();
    files.into_iter().flat_map(|(file, _, entries)| entries.into_iter().map(move |entry| node(file, entry))).collect()
}

fn node(file: &'static str, entry: Entry) -> GrammarNode {
    let (properties, arguments): (Vec<&Asked>, Vec<&Asked>) =
        entry.asked.iter().partition(|asked| asked.name.is_some());
    GrammarNode {
        file,
        arguments: arguments.into_iter().map(value).collect(),
        properties: properties.into_iter().map(value).collect(),
        children: entry.children.clone(),
        path: entry.path,
        doc: entry.doc,
    }
}

fn value(asked: &Asked) -> GrammarValue {
    GrammarValue {
        name: asked.name.unwrap_or_default(),
        words: words(&asked.form),
        form: asked.form.clone(),
        needed: asked.needed,
        doc: asked.doc,
    }
}

/// The words of a form that is a list of words, each in backticks.
fn words(form: &str) -> Vec<String> {
    if form == "真假" {
        return vec!["#true".to_owned(), "#false".to_owned()];
    }
    let bare = |word: &str| word.strip_prefix('`').and_then(|word| word.strip_suffix('`')).map(str::to_owned);
    form.split('、').map(bare).collect::<Option<Vec<String>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_off_the_form() {
        assert_eq!(words("`a`、`b-c`"), ["a", "b-c"]);
        assert_eq!(words("席位的名称"), [""; 0]);
        assert_eq!(words("真假"), ["#true", "#false"]);
    }

    #[test]
    fn the_grammar_has_every_file_and_the_words_of_a_seat() {
        let grammar = grammar();
        for file in ["procedure", "place", "calendar", "statutes"] {
            assert!(grammar.iter().any(|node| node.file == file), "{file}");
        }
        let seat = grammar.iter().find(|node| node.path == "matter > seat").expect("seat");
        let place = seat.properties.iter().find(|property| property.name == "where").expect("where");
        assert!(place.needed && place.words.contains(&"party".to_owned()), "{place:?}");
        assert_eq!(seat.arguments.len(), 1);
    }
}
