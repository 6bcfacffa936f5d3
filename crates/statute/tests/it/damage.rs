//! Reading and checking never fail, whatever is handed in.

use statute::{NoCorpus, Source, check, read};

use crate::paths;

/// The law with one file replaced, and without the other procedures.
fn with(path: &str, text: &str) -> Vec<Source> {
    let around = |source: &Source| {
        let beside = ["calendar/", "places/", "papers/", "statutes.md"];
        source.path == path || beside.iter().any(|beside| source.path.starts_with(beside))
    };
    let mut sources: Vec<Source> = paths::law().into_iter().filter(around).collect();
    for source in sources.iter_mut().filter(|source| source.path == path) {
        text.clone_into(&mut source.text);
    }
    sources
}

#[test]
fn a_damaged_file_is_reported_and_nothing_breaks() {
    let path = "services/legal-aid.md";
    let sources = paths::law();
    let whole = &sources.iter().find(|source| source.path == path).expect("the file").text;
    let steps: usize = std::env::var("XIEZHI_DAMAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(6);
    for step in 1..=steps {
        let mut at = whole.len() * step / (steps + 1);
        while !whole.is_char_boundary(at) {
            at -= 1;
        }
        let (before, after) = whole.split_at(at);
        let lost = after.chars().next().map_or(0, char::len_utf8);
        for text in [
            before.to_owned(),
            format!("{before}{}", &after[lost..]),
            format!("{before}\"{after}"),
            format!("{before}{{{after}"),
        ] {
            let (book, diagnostics) = read(&with(path, &text));
            let (more, _) = check(&book, &NoCorpus, jiff::civil::date(2026, 11, 22));
            for diagnostic in diagnostics.iter().chain(&more).filter(|diagnostic| diagnostic.path == path) {
                assert!(text.get(diagnostic.span.clone()).is_some(), "a span on characters: {diagnostic:?}");
            }
        }
    }
}

#[test]
fn nothing_and_nonsense_can_be_read() {
    for text in [
        "",
        "```kdl\n",
        "```kdl\n}}}{{{\n```",
        "# 标题 | \n```kdl\nmatter\n```",
        "```kdl\nact \"\\u{202e}\" by=\"\"\"\n```",
        "\u{feff}# x",
    ] {
        for path in ["services/x.md", "places/x.md", "calendar/x.md", "statutes.md", "x", ""] {
            let (book, _) = read(&[Source::new(path, text)]);
            let _ = check(&book, &NoCorpus, jiff::civil::date(2026, 11, 22));
        }
    }
}
