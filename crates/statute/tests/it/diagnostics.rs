//! Every diagnostic has a page with a bad example, and the example gives exactly the message of the page.
//!
//! A block ```` ```kdl ```` replaces the nodes of the same kind and name in `tests/base/procedure.kdl`, or adds them; a
//! block ```` ```markdown path ```` is a file of its own. `XIEZHI_BLESS=1` writes the messages anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use statute::{Code, Source, Texts, check, read, read_statute_text};

use crate::law::drawn;

fn base(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/base").join(name);
    std::fs::read_to_string(path).expect("the base")
}

/// A law of ten articles.
pub fn corpus() -> Texts {
    let articles: String = "一二三四五六七八九十".chars().map(|number| format!("第{number}条　某事。\n\n")).collect();
    Texts::new([read_statute_text("甲法", &format!("# 中华人民共和国甲法\n\n{articles}"))])
}

/// The files an example stands among.
pub fn surroundings() -> BTreeMap<String, String> {
    let file = |path: &str, name: &str| (path.to_owned(), base(name));
    let mut files: BTreeMap<String, String> = [
        file("statutes.md", "statutes.md"),
        file("places/990100.md", "place.md"),
        file("calendar/2026.md", "calendar.md"),
    ]
    .into();
    files.insert("papers/demo/refusal.typ".to_owned(), String::new());
    files
}

/// All problems of these files, of one code where one is named.
pub fn report(files: &BTreeMap<String, String>, code: Option<Code>) -> String {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let (book, mut diagnostics) = read(&sources);
    let (more, _) = check(&book, &corpus(), jiff::civil::date(2026, 11, 22));
    diagnostics.extend(more);
    diagnostics.sort_by(|a, b| (&a.path, a.span.start).cmp(&(&b.path, b.span.start)));
    // An example is a few nodes: nobody writes the table of it.
    let tables = Code::TableMissing;
    diagnostics.retain(|found| code.map_or(found.code != tables.name(), |code| found.code == code.name()));
    drawn(&diagnostics, &sources)
}

fn nodes(text: &str) -> Vec<String> {
    let mut nodes: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let begins = line.chars().next().is_some_and(|first| !first.is_whitespace() && first != '}');
        match nodes.last_mut() {
            Some(node) if !begins => node.push_str(line),
            _ => nodes.push(line.to_owned()),
        }
    }
    nodes
}

fn key(node: &str) -> String {
    let mut words = node.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let name = words.next().filter(|word| word.starts_with('"')).unwrap_or_default();
    format!("{kind} {name}")
}

/// The base procedure with the nodes of an example in front of the rest.
pub fn procedure(example: &str) -> String {
    let own: Vec<String> = nodes(example).iter().map(|node| key(node)).collect();
    let base: String = nodes(&base("procedure.kdl")).into_iter().filter(|node| !own.contains(&key(node))).collect();
    format!("## 示例 | 甲法第一条\n\n```kdl\n{example}{base}```\n")
}

fn page(code: Code) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics").join(format!("{}.md", code.name()))
}

/// The blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String, String)> = None;
    for line in page.split_inclusive('\n') {
        let ticks: String = line.chars().take_while(|character| *character == '`').collect();
        match open.take() {
            Some((fence, info, text)) if ticks == fence => blocks.push((info, text)),
            Some((fence, info, text)) => open = Some((fence, info, text + line)),
            None if ticks.len() >= 3 => {
                open = Some((ticks.clone(), line.trim_start_matches('`').trim().to_owned(), String::new()))
            }
            None => {}
        }
    }
    blocks
}

#[test]
fn every_page_shows_the_exact_message() {
    let bless = std::env::var_os("XIEZHI_BLESS").is_some();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let path = page(*code);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no page {}", path.display()));
        let mut files = surroundings();
        let mut shown = None;
        for (info, block) in blocks(&text) {
            match info.split_once(' ').unwrap_or((&info, "")) {
                ("kdl", _) => {
                    files.insert("services/demo.md".to_owned(), procedure(&block));
                }
                ("markdown", path) => {
                    files.insert(path.to_owned(), block);
                }
                ("text", _) => shown = Some(block),
                _ => {}
            }
        }
        let found = report(&files, Some(*code));
        if found.is_empty() {
            wrong.push(format!("{}: the example is not reported, but: {}", code.name(), report(&files, None)));
        } else if shown.as_deref() != Some(&found) && bless {
            let kept = text.split("## 报告").next().unwrap_or_default();
            std::fs::write(&path, format!("{kept}## 报告\n\n```text\n{found}```\n")).expect("the page");
        } else if shown.as_deref() != Some(&found) {
            wrong.push(format!("{}: found\n{found}", code.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_belongs_to_a_diagnostic() {
    let folder = page(Code::Syntax);
    for entry in std::fs::read_dir(folder.parent().expect("a folder")).expect("the pages") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        assert!(Code::ALL.iter().any(|code| name == format!("{}.md", code.name())), "{name}");
    }
}

#[test]
fn the_base_of_the_examples_holds() {
    let mut files = surroundings();
    files.insert("services/demo.md".to_owned(), procedure(""));
    assert_eq!(report(&files, None), "");
}
