//! The imported statutes: all of them parse, and their articles are counted against the index.

use std::collections::BTreeMap;
use std::path::Path;

use statute::{Corpus, StatuteText, Texts, read_statute_text};

use crate::paths;

/// The statutes of the shared data.
pub fn texts(data: &Path) -> Vec<StatuteText> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(data.join("laws")).expect("the laws") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        texts.push(read_statute_text(&name, &std::fs::read_to_string(&path).expect("a text")));
    }
    texts.sort_by(|a, b| a.name.cmp(&b.name));
    texts
}

/// What the index says: articles by name.
fn index(data: &Path) -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(data.join("laws-INDEX.md")).expect("the index");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Some(((*cells.get(1)?).to_owned(), cells.get(4)?.parse().ok()?))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_statute_parses_and_its_articles_are_counted() {
    let Some(data) = paths::shared("the corpus of statutes") else { return };
    let (texts, index) = (texts(&data), index(&data));
    let mut disagreements = Vec::new();
    let mut articles = 0;
    for text in &texts {
        articles += text.articles.len();
        let expected = index.get(&text.name).copied();
        // The index counts articles; a decision has items.
        let counted = text.articles.iter().filter(|article| article.label.ends_with('条') || article.ordinal.is_some());
        if expected != Some(counted.count()) {
            disagreements.push(format!("{}: {} articles, index {expected:?}", text.name, text.articles.len()));
        }
        let plain: Vec<u32> = text.articles.iter().filter(|a| a.ordinal.is_none()).map(|a| a.number).collect();
        let in_order: Vec<u32> = (1..).take(plain.len()).collect();
        assert_eq!(plain, in_order, "{}: articles without gap", text.name);
        assert!(text.articles.iter().all(|article| !article.text.is_empty()), "{}: no empty article", text.name);
    }
    println!(
        "{} statutes, {articles} articles; {} disagreements with the index: {disagreements:#?}",
        texts.len(),
        disagreements.len()
    );
    assert_eq!((texts.len(), disagreements), (83, Vec::new()));
}

#[test]
fn articles_can_be_looked_up() {
    let Some(data) = paths::shared("the corpus of statutes") else { return };
    let texts = Texts::new(texts(&data));
    let article = texts.article("法律援助法", 43).expect("第四十三条");
    assert_eq!(article.label, "第四十三条");
    assert!(article.text.starts_with("法律援助机构应当自收到法律援助申请之日起七日内进行审查"), "{}", article.text);
    assert_eq!(article.chapter, "第四章　程序和实施");
    for (statute, number, expected) in [
        ("法律援助法", 71, Some(true)),
        ("法律援助法", 900, Some(false)),
        ("民法典", 203, Some(true)),
        ("民法典", 1200, None),
        ("刑法", 17, Some(true)),
        ("没有这部法", 1, None),
    ] {
        assert_eq!(texts.has(statute, number), expected, "{statute} {number}");
    }
}
