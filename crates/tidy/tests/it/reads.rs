//! The pages read the store and never write it: `docs/decisions/web-reads-projections.md`.
//!
//! Not a type check: it reads the sources of `web` as text and knows the store by the name of its field. A store that is
//! handed on under another name is therefore a finding too.

use crate::house::house;
use std::collections::BTreeSet;
use tidy::{Finding, Rule, TextFile};

/// What the pages may ask the store. None of these writes; whatever writes goes through `acts`.
const READS: &[&str] = &[
    "act",
    "activity",
    "acts_of",
    "article",
    "articles",
    "assignment_load",
    "counters",
    "find_articles",
    "find_by_number",
    "last_place",
    "latest_checkpoint",
    "log_progress",
    "log_size",
    "matter",
    "matters",
    "message_count",
    "messages",
    "messages_to",
    "notice",
    "notices",
    "numbers",
    "register_as_of",
    "statutes",
    "vacancies",
    "worklist",
];

#[test]
fn the_pages_read_the_store_and_never_write_it() {
    let rule = Rule {
        must: "`web` calls only reading methods of the store, and always as `.store.<method>(`",
        because: "what happens happens in `acts`, where it is permitted, decided and recorded; a page that writes goes round it",
        instead: "write a function in `acts` and call that; for a new reading method add it to READS here",
    };
    let pages = || house().texts("crates/web/src/", &[".rs"]);
    let asked: BTreeSet<String> = pages().flat_map(calls).filter_map(|(_, called)| called).collect();
    let strays = pages().flat_map(|file| {
        calls(file).into_iter().filter_map(move |(line, called)| match called {
            None => Some(file.at(line, "hands the store on")),
            Some(called) if !READS.contains(&called.as_str()) => Some(file.at(line, format!("`store.{called}(`"))),
            Some(_) => None,
        })
    });
    let unused = READS.iter().filter(|read| !asked.contains(**read));
    let unused =
        unused.map(|read| Finding { place: "READS".to_owned(), what: format!("`{read}` is not used any more") });
    rule.holds_unless(strays.chain(unused));
}

/// Every place where a field `store` is used: its line, and the method called on it.
fn calls(file: &TextFile) -> Vec<(usize, Option<String>)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let lines: Vec<(usize, &str)> = file.program_lines().collect();
    let text: String = lines.iter().flat_map(|(_, line)| [line.trim(), "\n"]).collect();
    let places = text.match_indices(".store").filter_map(|(start, mark)| {
        let (before, rest) = (text.get(..start)?, text.get(start + mark.len()..)?);
        if rest.starts_with(is_part) {
            return None;
        }
        let line = lines.get(before.matches('\n').count()).map_or(0, |(number, _)| *number);
        let called = rest.trim_start().strip_prefix('.').and_then(|rest| rest.split_once('('));
        Some((line, called.map(|(name, _)| name.to_owned()).filter(|name| name.chars().all(is_part))))
    });
    places.collect()
}

#[test]
fn calls_on_the_store_are_seen() {
    let check = |text: &str, expected: &[(usize, Option<&str>)]| {
        let file = TextFile { path: "a.rs".to_owned(), text: text.to_owned() };
        let expected: Vec<_> = expected.iter().map(|(line, called)| (*line, called.map(str::to_owned))).collect();
        assert_eq!(calls(&file), expected, "{text}");
    };
    check("let a = app.bureau.store.matter(&id)?;", &[(1, Some("matter"))]);
    check("let a = bureau\n    .store\n    .append(act);", &[(2, Some("append"))]);
    check("keep(&app.bureau.store);", &[(1, None)]);
    check("a.stored.len(); store::Sort::Due;", &[]);
    check("// bureau.store.append(x)", &[]);
}
