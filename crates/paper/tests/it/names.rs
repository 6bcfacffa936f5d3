//! Templates and law files agree on names.

use std::collections::BTreeSet;

use crate::bench::templates;
use crate::law::LAW;

/// What the press itself needs, beside the papers of the law.
const FRAME: [&str; 4] = ["cover.typ", "catalogue.typ", "back-cover.typ", "house.typ"];

/// What the other law files print with: the text stands in the law file.
const SHARED: [&str; 6] = [
    "common/decision.typ",
    "common/form.typ",
    "common/letter.typ",
    "common/notice.typ",
    "common/receipt.typ",
    "common/record.typ",
];

/// Every `"…"` of a text, with what stands before and after it.
fn quoted(text: &str) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('"').map(|open| at + open) {
        let Some(close) = text[open + 1..].find('"').map(|close| open + 1 + close) else { break };
        found.push((&text[..open], &text[open + 1..close], &text[close + 1..]));
        at = close + 1;
    }
    found
}

#[test]
fn every_paper_has_its_template_and_every_template_its_use() {
    let templates = templates();
    let mut open: Vec<String> = FRAME.iter().chain(&SHARED).map(|name| (*name).to_owned()).collect();
    for (name, paper) in &LAW.papers {
        assert!(templates.contains_key(&paper.template), "`{name}` has no template {}", paper.template);
        open.push(paper.template.clone());
    }
    let mut used = BTreeSet::new();
    while let Some(path) = open.pop() {
        let text = templates.get(&path).unwrap_or_else(|| panic!("{path} is imported and not there"));
        if used.insert(path) {
            let imports = quoted(text).into_iter().filter(|(before, ..)| before.ends_with("#import "));
            open.extend(imports.map(|(_, path, _)| path.trim_start_matches('/').to_owned()));
        }
    }
    let unused: Vec<&String> = templates.keys().filter(|path| !used.contains(*path)).collect();
    assert!(unused.is_empty(), "used by no paper: {unused:?}");
}

#[test]
fn a_template_asks_for_fields_of_the_law_only() {
    let asks = ["fact(data, ", "told(data, "]; // act-fact, own-fact and first-fact end the same way
    for (path, text) in templates().iter().filter(|(path, _)| path.contains('/') && !path.starts_with("house/")) {
        for (before, word, after) in quoted(text) {
            let asked = asks.iter().any(|ask| before.ends_with(ask));
            // ("key", "标题") of a list of pairs; a third part makes it a column of a list.
            let key = word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-.".contains(&byte));
            let pair = key && before.ends_with('(') && after.starts_with(", \"") && !columns(after);
            if (asked || pair) && !word.is_empty() {
                assert!(known(word), "{path} asks for `{word}`, which no law file declares");
            }
        }
    }
}

#[test]
fn a_template_names_acts_of_the_law_only() {
    let titles: BTreeSet<&str> = LAW.acts.values().map(|act| act.title.as_str()).collect();
    for (path, text) in templates() {
        for call in text.split("day-of(data, ").skip(1) {
            for (_, title, _) in quoted(call.split(')').next().unwrap_or_default()) {
                assert!(titles.contains(title), "{path} names the act `{title}`, which no law file declares");
            }
        }
    }
}

/// Whether after a key comes a title and then something else.
fn columns(after: &str) -> bool {
    after.split('"').nth(2).is_some_and(|rest| rest.starts_with(','))
}

fn known(key: &str) -> bool {
    let derived = key.strip_suffix(".sex").or_else(|| key.strip_suffix(".birth"));
    let slot = key.strip_prefix("former-").unwrap_or(key);
    let slot = slot
        .split_once('.')
        .filter(|(slot, what)| LAW.slots.contains(*slot) && ["name", "firm", "licence", "phone"].contains(what));
    LAW.fields.contains_key(key)
        || derived.is_some_and(|who| LAW.fields.contains_key(&format!("{who}.id-number")))
        || slot.is_some()
}
