//! Statutes as text: the imported corpus, by article.
//!
//! One Markdown file holds one statute: a title `# 中华人民共和国…`, notes on its version, chapter headings, and
//! paragraphs of which some begin with `第…条`. This module reads that form and answers whether an article exists. It
//! does not say how a statute counts its days (that is `statutes.md`).
//!
//! INVARIANT: every paragraph belongs to the version note, to a heading, or to exactly one article.

use std::collections::BTreeMap;

use crate::numeral;

/// The text of a statute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatuteText {
    /// Name by which it is cited, the name of its file: 法律援助法.
    pub name: String,
    /// 中华人民共和国法律援助法.
    pub title: String,
    /// When it was adopted and revised, as written; paragraphs joined by line feeds.
    pub version_note: String,
    /// Its articles in order; the items of a decision that numbers no articles.
    pub articles: Vec<Article>,
}

/// One article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// 43.
    pub number: u32,
    /// 1 for 第十七条之一.
    pub ordinal: Option<u32>,
    /// `第四十三条`, `第十七条之一`.
    pub label: String,
    /// All its paragraphs without the label, joined by line feeds.
    pub text: String,
    /// The nearest headings above, outermost first: `第四章　程序和实施`.
    pub chapter: String,
}

/// Answers whether an article exists.
pub trait Corpus {
    /// Whether the statute has the article; `None` when the statute, or that part of it, is not imported.
    fn has(&self, statute: &str, article: u32) -> Option<bool>;
}

/// No statute is imported: every question is open.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCorpus;

impl Corpus for NoCorpus {
    fn has(&self, _statute: &str, _article: u32) -> Option<bool> {
        None
    }
}

/// Statutes in memory, by name.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    texts: BTreeMap<String, StatuteText>,
}

impl Texts {
    /// A corpus of these statutes.
    pub fn new(texts: impl IntoIterator<Item = StatuteText>) -> Self {
        Self { texts: texts.into_iter().map(|text| (text.name.clone(), text)).collect() }
    }

    /// The statute cited by that name: the file of that name, or a part of the law with that title (`民法典` is found
    /// in `民法典总则编`).
    #[must_use]
    pub fn statute(&self, name: &str) -> Option<&StatuteText> {
        self.texts.get(name).or_else(|| self.texts.values().find(|text| short_title(&text.title) == name))
    }

    /// An article of a statute.
    #[must_use]
    pub fn article(&self, statute: &str, number: u32) -> Option<&Article> {
        self.statute(statute)?.articles.iter().find(|article| article.number == number && article.ordinal.is_none())
    }
}

impl Corpus for Texts {
    fn has(&self, statute: &str, article: u32) -> Option<bool> {
        let text = self.statute(statute)?;
        let found = text.articles.iter().any(|known| known.number == article);
        let whole = text.name == statute && !text.articles.is_empty();
        // Of a part of a law, only what it holds is known.
        if found || whole { Some(found) } else { None }
    }
}

fn short_title(title: &str) -> &str {
    title.strip_prefix("中华人民共和国").unwrap_or(title)
}

/// Reads the text of one statute. `name` is the name by which it is cited. Never fails: a text without articles has
/// none.
#[must_use]
pub fn read_statute_text(name: &str, text: &str) -> StatuteText {
    let mut statute = StatuteText {
        name: name.to_owned(),
        title: name.to_owned(),
        version_note: String::new(),
        articles: Vec::new(),
    };
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut titled = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("<!--")) {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if level > 0 {
            let heading = line.get(level..).unwrap_or_default().trim().to_owned();
            if titled {
                headings.retain(|(above, _)| *above < level);
                headings.push((level, heading));
            } else {
                statute.title = heading;
                titled = true;
            }
            continue;
        }
        if let Some((number, ordinal, rest)) = begins_article(line) {
            let label = line.get(..line.len() - rest.len()).unwrap_or_default().to_owned();
            let chapter = headings.iter().map(|(_, heading)| heading.as_str()).collect::<Vec<_>>().join("　");
            statute.articles.push(Article { number, ordinal, label, text: rest.trim().to_owned(), chapter });
            continue;
        }
        let target = match statute.articles.last_mut() {
            Some(article) => &mut article.text,
            None => &mut statute.version_note,
        };
        if !target.is_empty() {
            target.push('\n');
        }
        target.push_str(line);
    }
    if statute.articles.is_empty() {
        number_items(&mut statute);
    }
    statute
}

/// A decision numbers no articles but items (一、二、), which are cited as its articles are.
fn number_items(decision: &mut StatuteText) {
    let text = std::mem::take(&mut decision.version_note);
    for line in text.lines() {
        let item = line.split_once('、').and_then(|(number, rest)| Some((numeral::parse(number)?, number, rest)));
        let next = u32::try_from(decision.articles.len()).unwrap_or(u32::MAX).saturating_add(1);
        match (item.filter(|(number, _, _)| *number == next), decision.articles.last_mut()) {
            (Some((number, written, rest)), _) => decision.articles.push(Article {
                number,
                ordinal: None,
                label: format!("{written}、"),
                text: rest.to_owned(),
                chapter: String::new(),
            }),
            (None, Some(article)) => {
                article.text.push('\n');
                article.text.push_str(line);
            }
            (None, None) => {
                if !decision.version_note.is_empty() {
                    decision.version_note.push('\n');
                }
                decision.version_note.push_str(line);
            }
        }
    }
}

/// An article begins a line with its number (from 1), followed by a space of either width or by nothing.
fn begins_article(line: &str) -> Option<(u32, Option<u32>, &str)> {
    let found = numeral::article(line).filter(|(number, ..)| *number > 0)?;
    let separated = found.2.is_empty() || found.2.starts_with(|next: char| next.is_whitespace());
    separated.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<!-- source: x -->\n# 中华人民共和国某法\n\n2021年通过\n\n2023年修正\n\n## 第一章　总则\n\n\
        第一条　为了某事，制定本法。\n\n第二条 本法所称：\n\n（一）甲；\n\n## 第二章　分则\n\n### 第一节　节\n\n\
        第二条之一　补充。\n\n第三条所称的事，不是新的一条。\n\n第零条　也不是。\n";

    #[test]
    fn articles_keep_their_paragraphs_and_headings() {
        let statute = read_statute_text("某法", TEXT);
        assert_eq!(statute.title, "中华人民共和国某法");
        assert_eq!(statute.version_note, "2021年通过\n2023年修正");
        let found: Vec<_> =
            statute.articles.iter().map(|a| (a.label.as_str(), a.text.as_str(), a.chapter.as_str())).collect();
        assert_eq!(
            found,
            [
                ("第一条", "为了某事，制定本法。", "第一章　总则"),
                ("第二条", "本法所称：\n（一）甲；", "第一章　总则"),
                ("第二条之一", "补充。\n第三条所称的事，不是新的一条。\n第零条　也不是。", "第二章　分则　第一节　节"),
            ]
        );
    }

    #[test]
    fn a_decision_numbers_items() {
        let text = "# 某决定\n\n（2005年通过）\n\n为了某事，决定：\n\n一、甲：\n\n（一）乙；\n\n二、丙。\n";
        let statute = read_statute_text("某决定", text);
        let found: Vec<_> = statute.articles.iter().map(|item| (item.label.as_str(), item.text.as_str())).collect();
        assert_eq!(found, [("一、", "甲：\n（一）乙；"), ("二、", "丙。")]);
        assert_eq!(statute.version_note, "（2005年通过）\n为了某事，决定：");
    }

    #[test]
    fn a_part_of_a_law_knows_only_what_it_holds() {
        let texts =
            Texts::new([read_statute_text("某法总则编", TEXT), read_statute_text("乙法", "# 乙法\n\n第一条　乙。")]);
        let check = |statute: &str, article: u32, expected: Option<bool>| {
            assert_eq!(texts.has(statute, article), expected, "{statute} {article}");
        };
        check("某法", 2, Some(true));
        check("某法", 900, None);
        check("乙法", 1, Some(true));
        check("乙法", 900, Some(false));
        check("丙法", 1, None);
    }
}
