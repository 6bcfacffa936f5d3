//! The law files as text: what the checker of `statute` cannot see because it is about more than one file, or about
//! files that are no law.

use crate::house::house;
use std::collections::BTreeSet;
use tidy::{Rule, TextFile, quoted_after};

/// The folders of law files that hold procedures, after the Ministry's own division of the work.
const FUNCTIONS: &[&str] = &[
    "law/coordination/",
    "law/legislation/",
    "law/enforcement/",
    "law/corrections/",
    "law/services/",
    "law/organisation/",
];

fn procedures() -> impl Iterator<Item = &'static TextFile> {
    FUNCTIONS.iter().flat_map(|folder| house().texts(folder, &[".md"]))
}

/// Every name written in a list after `mark` in a file.
fn names_after(file: &TextFile, mark: &str) -> BTreeSet<String> {
    let lists = file.text.lines().flat_map(|line| quoted_after(line, mark).collect::<Vec<_>>());
    lists.flat_map(|list| list.split(',')).map(|name| name.trim().to_owned()).collect()
}

#[test]
fn every_list_to_choose_from_is_used() {
    let rule = Rule {
        must: "a list of choices is read by a field",
        because: "a list nobody asks from is a rule nobody follows, and a jurist will read it as law",
        instead: "ask from it, or delete it",
    };
    rule.holds_unless(procedures().flat_map(|file| {
        let used = names_after(file, "from=");
        let lists = file.lines().filter_map(|(number, line)| Some((number, line.strip_prefix("choices \"")?)));
        let named = lists.filter_map(|(number, rest)| Some((number, rest.split('"').next()?)));
        // The channels are asked by the program, on every opening act.
        let unused: Vec<_> = named.filter(|(_, name)| !used.contains(*name) && *name != "channels").collect();
        unused.into_iter().map(|(number, name)| file.at(number, format!("nothing asks from `{name}`")))
    }));
}

#[test]
fn every_paper_is_issued_and_every_issued_paper_has_a_template() {
    let rule = Rule {
        must: "a declared paper is issued by an act, and its template is a file in law/papers",
        because: "a paper nobody can issue, or nobody can print, is found by a clerk on the last day",
        instead: "name it in `paper=` of an act, write the template, or delete the declaration",
    };
    rule.holds_unless(procedures().flat_map(|file| {
        let issued = names_after(file, "paper=");
        file.lines().filter(|(_, line)| line.starts_with("paper \"")).flat_map(move |(number, line)| {
            let name = quoted_after(line, "paper ").next().unwrap_or_default();
            let template = quoted_after(line, "template=").next().unwrap_or_default();
            let unissued = (!issued.contains(name)).then(|| file.at(number, format!("no act issues `{name}`")));
            let path = format!("law/papers/{template}");
            let unprinted = house().text(&path).is_none().then(|| file.at(number, format!("there is no {path}")));
            unissued.into_iter().chain(unprinted).collect::<Vec<_>>()
        })
    }));
}

#[test]
fn every_template_prints_something() {
    let rule = Rule {
        must: "a template in law/papers is named by a law file, by another template or by the program",
        because: "a form nobody prints goes stale unseen",
        instead: "name it in a `paper` node, or delete it",
    };
    let readers = procedures().chain(house().texts("law/papers/", &[".typ"])).chain(house().texts("crates/", &[".rs"]));
    let texts: Vec<&TextFile> = readers.filter(|file| !file.path.contains("/tests/")).collect();
    let dead = house().texts("law/papers/", &[".typ"]).filter(|file| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        !texts.iter().any(|other| other.path != file.path && other.text.contains(name))
    });
    rule.holds_unless(dead.map(|file| file.as_a_whole("nothing names it")));
}

#[test]
fn the_cities_of_the_repository_are_made_up() {
    let rule = Rule {
        must: "every region in law/places has a code that begins with 99",
        because: "no demonstration may look like the statement of a real city",
        instead: "use codes that begin with 99; a real city keeps its file outside this repository",
    };
    let marks = ["place ", "region ", "area="];
    rule.holds_unless(house().texts("law/places/", &[".md"]).flat_map(|file| {
        file.lines().flat_map(move |(number, line)| {
            let codes = marks.iter().flat_map(move |mark| quoted_after(line, mark));
            let real = codes.filter(|code| !code.starts_with("99"));
            real.map(move |code| file.at(number, format!("`{code}`"))).collect::<Vec<_>>()
        })
    }));
}

#[test]
fn every_statutory_limit_says_when_it_was_checked() {
    let rule = Rule {
        must: "a limit with a citation says on which day a person last read the article",
        because: "a number that was right once is the most expensive kind of wrong",
        instead: "read the article and write `checked=\"YYYY-MM-DD\"`",
    };
    rule.holds_unless(procedures().flat_map(|file| {
        // What the law leaves to the office is internal: there is an article to point to and no number in it.
        let binds = |line: &str| {
            line.starts_with("limit \"") && line.contains(" cite=") && !line.contains(" kind=\"internal\"")
        };
        let limits = file.lines().filter(move |(_, line)| binds(line));
        limits.filter(|(_, line)| !line.contains(" checked=\"")).map(|(number, _)| file.at(number, "no `checked` date"))
    }));
}
