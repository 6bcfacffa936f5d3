//! `xiezhi law import`: statutes as text, article by article, with their words.

use crate::answer::{Answer, Complaint, OrSay};
use crate::{boot, cli, edge};
use kernel::ledger::sm3;
use serde_json::json;
use statute::{Article, StatuteText, Texts, read_statute_text};
use std::path::Path;
use store::{ArticleRow, StatuteRow, Store};

/// A setting that says that a statute of the store is only a part of the law of that name.
const PART: &str = "corpus-part/";

/// What was imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Statutes.
    pub statutes: usize,
    /// Articles.
    pub articles: usize,
}

/// Imports a folder of statutes.
///
/// # Errors
/// When the folder or the store cannot be used.
pub fn import(asked: &cli::Import) -> Result<Answer, Complaint> {
    let (store, _) = boot::store(&asked.data, asked.place.as_deref())?;
    let counted = into_store(&store, &asked.corpus)?;
    Ok(Answer {
        holds: true,
        text: format!("已导入法律{}部、{}条", counted.statutes, counted.articles),
        data: json!({ "statutes": counted.statutes, "articles": counted.articles }),
    })
}

/// Imports a folder into a store. A text that is already there is left as it is.
///
/// # Errors
/// When the folder or the store cannot be used.
pub fn into_store(store: &Store, folder: &Path) -> Result<Counted, Complaint> {
    let known = store.statutes().or_say("数据库读不了")?;
    let mut counted = Counted::default();
    for (statute, source) in read_folder(folder)? {
        let name = cited_name(&statute).to_owned();
        let source_hash = sm3(source.as_bytes()).to_string();
        counted.statutes += 1;
        counted.articles += statute.articles.len();
        if known.iter().any(|row| row.name == name && row.source_hash == source_hash) {
            continue;
        }
        if name != statute.name {
            store.put_setting(&format!("{PART}{name}"), &statute.name).or_say("数据库写不了")?;
        }
        let rows = statute.articles.iter().map(row).collect();
        let row = StatuteRow { name, source_hash, imported_at: edge::now().at.as_millisecond() };
        store.put_statute(row, rows).or_say(&format!("导入不了{}", statute.name))?;
    }
    Ok(counted)
}

/// The statutes of a folder, with their source.
///
/// # Errors
/// When the folder cannot be read, or holds no statute.
pub fn read_folder(folder: &Path) -> Result<Vec<(StatuteText, String)>, Complaint> {
    let unreadable = format!("法律全文目录{}读不了", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).or_say(&unreadable)? {
        let path = entry.or_say(&unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let source = std::fs::read_to_string(&path).or_say(&format!("{}读不了", path.display()))?;
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        texts.push((read_statute_text(name, &source), source));
    }
    if texts.is_empty() {
        return Err(Complaint::fact(format!("{}里没有法律全文（*.md），请检查路径", folder.display())));
    }
    Ok(texts)
}

/// What the store knows, as a corpus that answers whether an article exists.
///
/// # Errors
/// When the store cannot be read.
pub fn from_store(store: &Store) -> Result<Texts, Complaint> {
    let mut texts = Vec::new();
    for statute in store.statutes().or_say("数据库读不了")? {
        let part = store.setting(&format!("{PART}{}", statute.name)).or_say("数据库读不了")?;
        let articles = store.articles(&statute.name).or_say("数据库读不了")?;
        texts.push(StatuteText {
            title: statute.name.clone(),
            name: part.unwrap_or(statute.name),
            version_note: String::new(),
            articles: articles.into_iter().filter_map(article).collect(),
        });
    }
    Ok(Texts::new(texts))
}

/// The name by which a statute is cited: a file that holds a part of a law (民法典总则编) is cited by the law's name.
fn cited_name(statute: &StatuteText) -> &str {
    let short = statute.title.strip_prefix("中华人民共和国").unwrap_or(&statute.title);
    if !short.is_empty() && statute.name.len() > short.len() && statute.name.starts_with(short) {
        short
    } else {
        &statute.name
    }
}

fn row(article: &Article) -> ArticleRow {
    ArticleRow {
        number: i32::try_from(article.number).unwrap_or(i32::MAX),
        ordinal: article.label.clone(),
        text: article.text.clone(),
        tokens: search::words(&format!("{} {}", article.label, article.text)),
    }
}

fn article(row: ArticleRow) -> Option<Article> {
    // 第十七条之一 is an article of its own beside 第十七条.
    let ordinal = row.ordinal.contains('之').then_some(1);
    Some(Article {
        number: u32::try_from(row.number).ok()?,
        ordinal,
        label: row.ordinal,
        text: row.text,
        chapter: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_law_is_cited_by_the_name_of_the_law() {
        let check = |name: &str, title: &str, expected: &str| {
            assert_eq!(cited_name(&read_statute_text(name, &format!("# {title}\n"))), expected);
        };
        check("民法典总则编", "中华人民共和国民法典", "民法典");
        check("法律援助法", "中华人民共和国法律援助法", "法律援助法");
        check("优化营商环境条例", "优化营商环境条例", "优化营商环境条例");
    }
}
