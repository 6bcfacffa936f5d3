//! How a source file reads: its header, its length, its names, and what has no place in it.

use crate::house::house;
use std::process::Command;
use tidy::{Finding, Rule, TextFile, has_word};

/// The longest a file may be, tests included.
const LINES_MAX: usize = 600;

/// Files that may be longer, with the reason. A file that became short again must leave the list.
const LONG_FILES: &[(&str, &str)] = &[];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "manager", "misc", "service", "handler", "data", "info"];

/// Marks of work that is not done, or of a hand on the machine.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "HACK", "todo!", "unimplemented!", "dbg!", "#[ignore"];

fn rust() -> impl Iterator<Item = &'static TextFile> {
    // This file names what it looks for.
    house().texts("", &[".rs"]).filter(|file| file.path != "crates/tidy/tests/it/sources.rs")
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let rule = Rule {
        must: "a source file opens with `//!`",
        because: "what a file is for, what it is not and what always holds cannot be read off its code",
        instead: "write: what it is for, what it deliberately is not, `INVARIANT:`",
    };
    let bare = rust().filter(|file| !file.text.starts_with("//!"));
    rule.holds_unless(bare.map(|file| file.as_a_whole("does not open with `//!`")));
}

#[test]
fn no_source_file_is_longer_than_can_be_read_at_once() {
    let rule = Rule {
        must: "a source file has at most 600 lines, and the list of longer ones has no short file in it",
        because: "a long file is two files nobody has separated; a list of excuses must expire",
        instead: "split by noun; or give the reason in LONG_FILES; or take the file off that list",
    };
    let excused = |path: &str| LONG_FILES.iter().any(|(other, _)| *other == path);
    let long = rust().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LINES_MAX && !excused(&file.path)).then(|| file.as_a_whole(format!("has {lines} lines")))
    });
    let expired = LONG_FILES.iter().filter_map(|(path, _)| {
        let lines = house().text(path).map_or(0, |text| text.lines().count());
        let what = format!("has {lines} lines and needs no excuse");
        (lines <= LINES_MAX).then(|| Finding { place: (*path).to_owned(), what })
    });
    rule.holds_unless(long.chain(expired));
}

#[test]
fn nothing_is_named_after_nothing() {
    let rule = Rule {
        must: "no module, folder or crate is called `utils`, `common`, `helpers`, `manager`, `service`, `handler`, `data`",
        because: "whatever has no better place ends up in a drawer with such a name",
        instead: "find the noun, or put the code where it is used",
    };
    rule.holds_unless(rust().filter_map(|file| {
        let path = file.path.trim_end_matches(".rs");
        let name = path.split('/').find(|part| EMPTY_NAMES.contains(part))?;
        Some(file.as_a_whole(format!("`{name}` names nothing")))
    }));
}

#[test]
fn nothing_is_left_unfinished() {
    let rule = Rule {
        must: "no source file holds a mark of unfinished work or a test that does not run",
        because: "a stub looks like a promise kept",
        instead: "finish it, or leave it out and say so in an issue",
    };
    rule.holds_unless(rust().flat_map(|file| {
        file.lines().flat_map(move |(number, line)| {
            let found = UNFINISHED.iter().filter(move |mark| has_word(line, mark));
            found.map(move |mark| file.at(number, format!("`{mark}`")))
        })
    }));
}

#[test]
fn a_lint_is_expected_with_a_reason_and_never_allowed() {
    let rule = Rule {
        must: "a lint is set aside by `#[expect(lint, reason = \"…\")]` only",
        because: "`expect` complains when it is no longer needed; the reason is for the next reader",
        instead: "fix the code, or expect the lint and say why",
    };
    rule.holds_unless(rust().flat_map(|file| {
        let attributes = file.lines().filter(|(_, line)| line.trim_start().starts_with('#'));
        attributes.filter_map(|(number, line)| {
            let bare = line.contains("[allow(");
            let silent = line.contains("[expect(") && !attribute(file, number).contains("reason =");
            (bare || silent).then(|| file.at(number, line.trim()))
        })
    }));
}

/// The attribute that starts at a line, to its end.
fn attribute(file: &TextFile, number: usize) -> String {
    let mut whole = String::new();
    for (_, line) in file.lines().skip(number - 1) {
        whole.push_str(line);
        if line.contains(")]") {
            break;
        }
    }
    whole
}

#[test]
fn no_code_is_commented_out() {
    let rule = Rule {
        must: "a comment is a sentence, not code that once was",
        because: "the history keeps what was; a reader must not wonder what it is for",
        instead: "delete it",
    };
    rule.holds_unless(rust().flat_map(|file| {
        file.lines().filter_map(|(number, line)| {
            let comment = line.trim_start().strip_prefix("// ")?;
            looks_like_code(comment).then(|| file.at(number, comment))
        })
    }));
}

fn looks_like_code(comment: &str) -> bool {
    let comment = comment.trim();
    let starts = ["let ", "use ", "fn ", "pub ", "return ", "} else", "#["];
    let ends = comment.ends_with([';', '{', '}']);
    ends && (starts.iter().any(|start| comment.starts_with(start)) || comment.contains("();") || comment == "}")
}

#[test]
fn what_looks_like_code() {
    let check = |comment, expected| assert_eq!(looks_like_code(comment), expected, "{comment}");
    check("let x = 1;", true);
    check("foo.bar();", true);
    check("}", true);
    check("The rota moves on; the choice does not.", false);
    check("INVARIANT: a key is never replaced: what it sealed would be lost.", false);
}

#[test]
fn tests_neither_sleep_nor_reach_out() {
    let rule = Rule {
        must: "a test does not sleep",
        because: "a sleep is too long on every good day and too short on the bad one",
        instead: "hand in the time, or wait for the event itself",
    };
    rule.holds_unless(rust().filter(|file| file.path.contains("/tests/")).flat_map(|file| {
        let found = file.lines().filter(|(_, line)| has_word(line, "sleep("));
        found.map(|(number, line)| file.at(number, line.trim()))
    }));
}

#[test]
fn the_sources_are_formatted() {
    let rule = Rule {
        must: "the sources stand as `cargo fmt` leaves them",
        because: "nobody should discuss, or read a change of, white space",
        instead: "run `cargo fmt`",
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |args: &[&str]| Command::new(&cargo).current_dir(house().root()).args(args).output();
    if !run(&["fmt", "--version"]).is_ok_and(|output| output.status.success()) {
        println!("skipped: no rustfmt on this machine");
        return;
    }
    let unformatted = match run(&["fmt", "--all", "--check", "--", "--files-with-diff", "--color", "never"]) {
        Err(error) => vec![format!("cargo fmt cannot be started: {error}")],
        Ok(output) => {
            let printed = [output.stdout, output.stderr].concat();
            let printed = String::from_utf8_lossy(&printed).into_owned();
            if output.status.success() { Vec::new() } else { printed.lines().map(str::to_owned).collect() }
        }
    };
    rule.holds_unless(unformatted.into_iter().map(|line| {
        let place = line.rsplit_once("/crates/").map_or_else(|| line.clone(), |(_, below)| format!("crates/{below}"));
        Finding { place, what: "is not formatted".to_owned() }
    }));
}
