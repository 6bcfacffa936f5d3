//! SECURITY.md promises nothing that no test shows: every test it names is there, and every promise names one.

use crate::house::house;
use std::collections::BTreeSet;
use tidy::{Finding, Rule};

const PAGE: &str = "SECURITY.md";

/// `crate::name` of every test of the repository. A test without a name of its own is called what its function is.
fn tests() -> BTreeSet<(String, String)> {
    let files = house().texts("crates/", &[".rs"]);
    let found = files.flat_map(|file| {
        let room = file.path.split('/').nth(1).unwrap_or_default();
        let mut is_next = false;
        let mut names = Vec::new();
        for (_, line) in file.lines() {
            let line = line.trim();
            let function = line.trim_start_matches("pub ").trim_start_matches("async ").strip_prefix("fn ");
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_next = true;
            } else if let Some(function) = function {
                if is_next {
                    let name = function.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                    names.push((room.to_owned(), name.to_owned()));
                }
                is_next = false;
            }
        }
        names
    });
    found.collect()
}

/// The tests a line names.
fn named(line: &str) -> Vec<(String, String)> {
    let spans = line.split('`').skip(1).step_by(2);
    let pairs = spans.filter_map(|span| span.split_once("::"));
    pairs.map(|(room, name)| (room.to_owned(), name.to_owned())).filter(|(room, _)| room != "crate").collect()
}

#[test]
fn every_promise_names_a_test_that_is_there() {
    let rule = Rule {
        must: "a row of SECURITY.md names a test, and the test is in the sources",
        because: "a promise nobody tries is a hope",
        instead: "write the test, correct its name, or take the promise back",
    };
    let page = house().texts(PAGE, &[]).next();
    let known = tests();
    let findings: Vec<Finding> = page.map_or_else(
        || vec![Finding { place: PAGE.to_owned(), what: "is missing".to_owned() }],
        |page| {
            let is_row = |line: &str| line.starts_with("| ") && !line.contains("| shown by |");
            let unsaid = page.lines().filter(|(_, line)| is_row(line) && named(line).is_empty());
            let unsaid = unsaid.map(|(number, _)| page.at(number, "names no test"));
            let gone = page.lines().flat_map(|(number, line)| named(line).into_iter().map(move |test| (number, test)));
            let gone = gone.filter(|(_, test)| !known.contains(test));
            let gone = gone.map(|(number, (room, name))| page.at(number, format!("`{room}::{name}` is no test")));
            unsaid.chain(gone).collect()
        },
    );
    rule.holds_unless(findings);
}

#[test]
fn names_of_tests_are_read() {
    let pair = |room: &str, name: &str| (room.to_owned(), name.to_owned());
    assert_eq!(named("| a | `web::b` and `acts::c_d` |"), [pair("web", "b"), pair("acts", "c_d")]);
    assert_eq!(named("a test is written `crate::name`, `docs`"), []);
    assert!(tests().contains(&pair("tidy", "names_of_tests_are_read")));
    assert!(!tests().contains(&pair("tidy", "pair")));
}
