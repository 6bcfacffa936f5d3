//! The prose of the repository: it is there, it names what is there, and its commands are the ones that run.

use crate::house::house;
use std::collections::BTreeMap;
use tidy::{Finding, Rule, TextFile, has_word};

/// What a person looks for first.
const REQUIRED: &[&str] = &[
    "README.md",
    "README.zh.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "docs/guides/glossary.md",
];

/// The parts of a decision page.
const PARTS: &[&str] = &["## Status", "## Context", "## Decision", "## Consequences"];

/// The longest a decision page may be: a page.
const DECISION_LINES_MAX: usize = 60;

#[test]
fn the_pages_a_person_looks_for_are_there() {
    let rule = Rule {
        must: "the pages everybody looks for first are there",
        because: "a house without a door plate is entered through the window",
        instead: "write the page",
    };
    let missing = REQUIRED.iter().filter(|path| house().text(path).is_none_or(|text| text.trim().is_empty()));
    rule.holds_unless(missing.map(|path| Finding { place: (*path).to_owned(), what: "is missing".to_owned() }));
}

#[test]
fn the_map_says_of_every_crate_what_it_does_not_know() {
    let rule = Rule {
        must: "ARCHITECTURE.md has a section for every crate, with a line that begins `Does not know:`",
        because: "code shows what is there; only the map can show what is deliberately absent",
        instead: "write the section",
    };
    let map = house().text("ARCHITECTURE.md").unwrap_or_default();
    let crates = house().texts("crates/", &["/Cargo.toml"]).filter_map(|file| file.path.split('/').nth(1));
    rule.holds_unless(crates.filter_map(|name| {
        let heading = format!("### `{name}`");
        let section = map.split_once(&heading).map(|(_, rest)| rest.split("\n### ").next().unwrap_or(rest));
        let what = match section {
            None => "has no section".to_owned(),
            Some(section) if !section.contains("Does not know:") => "does not say what it does not know".to_owned(),
            Some(_) => return None,
        };
        Some(Finding { place: "ARCHITECTURE.md".to_owned(), what: format!("`{name}` {what}") })
    }));
}

/// The commands in the shell blocks of a page, in order.
fn commands(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn the_two_commands_of_the_readme_are_the_ones_that_run() {
    let rule = Rule {
        must: "README has two commands, its twin has the same, and .ci/run ends in exactly the second",
        because: "there is one way to run the checks; two ways drift apart",
        instead: "change all three together",
    };
    let of = |path: &str| house().text(path).map(commands).unwrap_or_default();
    let (english, chinese) = (of("README.md"), of("README.zh.md"));
    let run = house().text(".ci/run").unwrap_or_default();
    let last = run.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut findings = Vec::new();
    let mut find = |place: &str, what: String| findings.push(Finding { place: place.to_owned(), what });
    if english.len() != 2 {
        find("README.md", format!("has {} commands", english.len()));
    }
    if english != chinese {
        find("README.zh.md", format!("has {chinese:?}, README.md has {english:?}"));
    }
    if english.get(1).is_none_or(|test| last.trim_start_matches("exec ") != *test) {
        find(".ci/run", format!("ends in `{last}`, README.md says {:?}", english.get(1)));
    }
    rule.holds_unless(findings);
}

#[test]
fn every_decision_says_what_it_costs() {
    let rule = Rule {
        must: "a decision page is at most a page and has Status, Context, Decision and Consequences, good (+) and bad (-)",
        because: "a decision without its price is an advertisement",
        instead: "add the part; name the price honestly",
    };
    rule.holds_unless(house().texts("docs/decisions/", &[".md"]).flat_map(|file| {
        let absent = PARTS.iter().filter(|part| !file.text.contains(&format!("\n{part}\n")));
        let absent = absent.map(|part| file.as_a_whole(format!("has no `{part}`")));
        let consequences = file.text.split("## Consequences").nth(1).unwrap_or_default();
        let one_sided = ["\n+ ", "\n- "].into_iter().filter(|mark| !consequences.contains(mark));
        let one_sided = one_sided.map(|mark| file.as_a_whole(format!("has no consequence marked `{}`", mark.trim())));
        let long = (file.text.lines().count() > DECISION_LINES_MAX).then(|| file.as_a_whole("is longer than a page"));
        absent.chain(one_sided).chain(long).collect::<Vec<_>>()
    }));
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let rule = Rule {
        must: "a link or picture in a page of the repository names a file that is there",
        because: "a page that sends its reader nowhere is worse than none",
        instead: "correct the path, or write what it names (pictures are made by the journeys in e2e)",
    };
    rule.holds_unless(house().texts("", &[".md"]).flat_map(|file| {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        file.lines().flat_map(move |(number, line)| {
            let broken = targets(line).filter(move |target| !leads_somewhere(folder, target));
            broken.map(move |target| file.at(number, format!("`{target}`")))
        })
    }));
}

/// The relative targets of the links in a line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let rests = line.match_indices("](").filter_map(|(start, _)| line.get(start + 2..));
    let targets = rests.filter_map(|rest| rest.split(')').next());
    let relative = targets.filter(|target| !target.contains("://") && !target.starts_with(['#', 'm']));
    relative.map(|target| target.split('#').next().unwrap_or(target))
}

fn leads_somewhere(folder: &str, target: &str) -> bool {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let below = format!("{path}/");
    house().paths().iter().any(|known| *known == path || known.starts_with(&below))
}

#[test]
fn links_are_read() {
    let check = |line, expected: &[&str]| assert_eq!(targets(line).collect::<Vec<_>>(), expected, "{line}");
    check("see [map](ARCHITECTURE.md) and ![x](docs/img/x.png)", &["ARCHITECTURE.md", "docs/img/x.png"]);
    check("[out](https://example.org/) [here](#top)", &[]);
    check("[part](a.md#b)", &["a.md"]);
}

#[test]
fn a_term_has_one_meaning() {
    let rule = Rule {
        must: "a term stands once in the glossary, in English and in Chinese",
        because: "one noun with two meanings is how two rooms begin to disagree",
        instead: "choose another word for one of them",
    };
    let Some(file) = house().texts("docs/guides/glossary.md", &[]).next() else { return };
    rule.holds_unless(repeated(file, 0).into_iter().chain(repeated(file, 1)));
}

fn repeated(file: &TextFile, column: usize) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for (number, line) in file.lines().filter(|(_, line)| line.starts_with("| `")) {
        let term = line.trim_matches('|').split('|').nth(column).unwrap_or_default().trim();
        if let Some(first) = seen.insert(term, number) {
            findings.push(file.at(number, format!("{term} stands in line {first} already")));
        }
    }
    findings
}

#[test]
fn every_command_in_a_page_is_one_of_the_program() {
    let rule = Rule {
        must: "a page names a command `xiezhi …` only if the program has it",
        because: "an operator will type it on a bad day",
        instead: "write the command that is there",
    };
    let cli = house().text("crates/xiezhi/src/cli.rs").unwrap_or_default();
    let has = |command: &str| is_command(cli, command);
    rule.holds_unless(house().texts("", &[".md"]).flat_map(|file| {
        let lines = file.lines().flat_map(|(number, line)| commands_named(line).map(move |command| (number, command)));
        let unknown: Vec<_> = lines.filter(|(_, command)| !has(command)).collect();
        unknown.into_iter().map(|(number, command)| file.at(number, format!("`xiezhi {command}`")))
    }));
}

/// Whether the command line has it: a command, or a command of a group by both its words.
fn is_command(cli: &str, command: &str) -> bool {
    let variant = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    let listed = |group: &str, word: &str| {
        let body =
            cli.split_once(&format!("pub enum {group} {{")).map(|(_, rest)| rest.split("\n}").next().unwrap_or(rest));
        body.is_some_and(|body| {
            body.lines().any(|line| has_word(line, word) && line.starts_with("    ") && !line.contains("//"))
        })
    };
    let mut words = command.split(' ').map(variant);
    let first = words.next().unwrap_or_default();
    let group = format!("{first}Command");
    let is_group = cli.contains(&format!("pub enum {group} {{"));
    listed("Command", &first) && (!is_group || words.next().is_some_and(|second| listed(&group, &second)))
}

/// The commands of the program that a line of prose names, with the word that follows where there is one.
fn commands_named(line: &str) -> impl Iterator<Item = String> {
    let rests = ["`xiezhi ", "-p xiezhi -- "]
        .into_iter()
        .flat_map(move |mark| line.match_indices(mark).filter_map(move |(start, _)| line.get(start + mark.len()..)));
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase());
    let commands = rests.map(move |rest| {
        let rest = rest.split('`').next().unwrap_or(rest);
        rest.split(' ').take(2).take_while(plain).collect::<Vec<_>>().join(" ")
    });
    commands.filter(|command| !command.is_empty())
}

#[test]
fn commands_are_read() {
    let check = |line, expected: &[&str]| assert_eq!(commands_named(line).collect::<Vec<_>>(), expected, "{line}");
    check("run `xiezhi verify receipt 凭证.json`, then `xiezhi law import DIR`", &["verify receipt", "law import"]);
    check("cargo run -p xiezhi -- demo", &["demo"]);
    check("`xiezhi rebuild --data DIR`", &["rebuild"]);
    check("`xiezhi <命令> --help`", &[]);
}

#[test]
fn commands_of_a_group_need_both_words() {
    let cli = "pub enum Command {\n    Demo(Demo),\n    Verify {\n    },\n}\npub enum VerifyCommand {\n    Ledger(Data),\n}\n";
    let check = |command, expected| assert_eq!(is_command(cli, command), expected, "{command}");
    check("demo", true);
    check("demo data", true);
    check("verify ledger", true);
    check("verify", false);
    check("verify receipt", false);
    check("ledger", false);
}
