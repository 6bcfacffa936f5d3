//! What changed between two editions of a procedure, as a jurist reads it: chapter by chapter, in words, from what to
//! what, with the article.
//!
//! Each edition is described as a list of things with aspects ([`describe`]); the comparison knows nothing of
//! procedures and looks at two such lists. What becomes of open matters is decided elsewhere.
//!
//! INVARIANT: two editions that decide differently are never said to be the same: a thing that differs in no aspect
//! that has words is reported with how it is written.

mod describe;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kernel::clock::zh_date;
use kernel::procedure::{Citation, Procedure};

use crate::words::cited;

/// Where a jurist looks for a change, in the order of a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chapter {
    /// Name, statute, days in force, competence, number.
    Matter,
    /// Who works on it.
    Seats,
    /// Stages.
    Stages,
    /// Acts.
    Acts,
    /// Limits of time.
    Limits,
    /// What is asked in forms.
    Fields,
    /// Lists to choose from.
    Choices,
    /// Requests beside the stage.
    Marks,
    /// Papers.
    Papers,
    /// The case file.
    Dossier,
    /// Guide and screening.
    Guide,
    /// Readings that are not certain.
    OpenPoints,
}

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// One aspect of it is another.
    Changed,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where a jurist looks for it.
    pub chapter: Chapter,
    /// What became of it.
    pub kind: ChangeKind,
    /// The name in the law file.
    pub name: String,
    /// 审查决定期限.
    pub subject: String,
    /// 多久; empty for what is new or gone.
    pub aspect: String,
    /// As it was; empty for what is new.
    pub from: String,
    /// As it is; empty for what is gone.
    pub to: String,
    /// The articles it rests on, those of the new edition where it has any.
    pub cites: Vec<Citation>,
}

/// One thing of a procedure, described.
pub(crate) struct Thing {
    chapter: Chapter,
    /// Its name, with that of the act or list it stands in.
    key: String,
    subject: String,
    /// The act or list it stands in: what is new or gone as a whole is not told field by field.
    owner: Option<(Chapter, String)>,
    aspects: Vec<(&'static str, String)>,
    cites: Vec<Citation>,
    /// How it is written, for differences without words.
    whole: String,
}

impl Chapter {
    /// The heading of the chapter.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Matter => "事项",
            Self::Seats => "谁来办",
            Self::Stages => "环节",
            Self::Acts => "行为",
            Self::Limits => "期限",
            Self::Fields => "表单和材料",
            Self::Choices => "选项",
            Self::Marks => "待办",
            Self::Papers => "文书",
            Self::Dossier => "卷宗",
            Self::Guide => "办事指南和自测",
            Self::OpenPoints => "待核",
        }
    }

    /// The word used in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matter => "matter",
            Self::Seats => "seats",
            Self::Stages => "stages",
            Self::Acts => "acts",
            Self::Limits => "limits",
            Self::Fields => "fields",
            Self::Choices => "choices",
            Self::Marks => "marks",
            Self::Papers => "papers",
            Self::Dossier => "dossier",
            Self::Guide => "guide",
            Self::OpenPoints => "open-points",
        }
    }
}

impl ChangeKind {
    /// The word used in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Everything that differs, by chapter, in the order of the newer file.
#[must_use]
pub fn changes(before: &Procedure, after: &Procedure) -> Vec<Change> {
    let (old, new) = (describe::things(before), describe::things(after));
    let index = |things: &[Thing]| -> BTreeMap<(Chapter, String), usize> {
        things.iter().enumerate().map(|(at, thing)| ((thing.chapter, thing.key.clone()), at)).collect()
    };
    let (old_at, new_at) = (index(&old), index(&new));
    let is_whole = |thing: &Thing, other: &BTreeMap<(Chapter, String), usize>| {
        thing.owner.as_ref().is_some_and(|owner| !other.contains_key(owner))
    };
    let mut found = Vec::new();
    for thing in &new {
        match old_at.get(&(thing.chapter, thing.key.clone())).and_then(|at| old.get(*at)) {
            Some(was) => compare(was, thing, &mut found),
            None if is_whole(thing, &old_at) => {}
            None => found.push(alone(thing, ChangeKind::Added)),
        }
    }
    for thing in &old {
        if !new_at.contains_key(&(thing.chapter, thing.key.clone())) && !is_whole(thing, &new_at) {
            found.push(alone(thing, ChangeKind::Removed));
        }
    }
    found.sort_by_key(|change| change.chapter);
    found
}

fn alone(thing: &Thing, kind: ChangeKind) -> Change {
    // What is not so of a new thing, and its name, need not be said.
    let said = |(aspect, text): &&(&str, String)| !text.is_empty() && text != "否" && *aspect != "名称";
    let told = thing.aspects.iter().filter(said);
    let told: Vec<String> = told.map(|(aspect, text)| format!("{aspect}：{text}")).collect();
    let (from, to) = match kind {
        ChangeKind::Removed => (told.join("；"), String::new()),
        _ => (String::new(), told.join("；")),
    };
    let (name, subject, cites) = (thing.key.clone(), thing.subject.clone(), thing.cites.clone());
    Change { chapter: thing.chapter, kind, name, subject, aspect: String::new(), from, to, cites }
}

fn compare(was: &Thing, is: &Thing, found: &mut Vec<Change>) {
    let cites = if is.cites.is_empty() { was.cites.clone() } else { is.cites.clone() };
    let change = |aspect: &str, from: String, to: String| Change {
        chapter: is.chapter,
        kind: ChangeKind::Changed,
        name: is.key.clone(),
        subject: is.subject.clone(),
        aspect: aspect.to_owned(),
        from,
        to,
        cites: cites.clone(),
    };
    let before = found.len();
    for (aspect, text) in &is.aspects {
        let old = was.aspects.iter().find(|(other, _)| other == aspect).map(|(_, text)| text.as_str());
        let old = old.unwrap_or_default();
        if old != text {
            found.push(change(aspect, old.to_owned(), text.clone()));
        }
    }
    if found.len() == before && was.whole != is.whole {
        found.push(change("写法", was.whole.clone(), is.whole.clone()));
    }
}

/// The changes in words, under the heading of each chapter, with what the edition says of itself first.
#[must_use]
pub fn changes_told(before: &Procedure, after: &Procedure, changes: &[Change]) -> String {
    let since = |procedure: &Procedure| format!("{}起的一版", zh_date(procedure.in_force_from));
    let mut page = format!("# {}：{} → {}\n\n", after.title, since(before), since(after));
    for (text, cite) in &after.succession.changes {
        page.push_str(&format!("> {text}{}\n", bracketed(cite.as_ref())));
    }
    if !after.succession.changes.is_empty() {
        page.push('\n');
    }
    if changes.is_empty() {
        page.push_str("规则相同。\n");
        return page;
    }
    page.push_str(&format!("共{}处不同。\n", changes.len()));
    let mut chapter = None;
    for change in changes {
        if chapter != Some(change.chapter) {
            page.push_str(&format!("\n## {}\n\n", change.chapter.zh()));
            chapter = Some(change.chapter);
        }
        page.push_str(&line(change));
    }
    page
}

fn line(change: &Change) -> String {
    // What an aspect is about need not be said again behind it.
    let cites = if change.aspect == "依据" { String::new() } else { bracketed(&change.cites) };
    let shown = |text: &str| if text.is_empty() { "（没有）".to_owned() } else { text.replace('\n', " ") };
    match change.kind {
        ChangeKind::Added if change.to.is_empty() => format!("- 新增“{}”{cites}\n", change.subject),
        ChangeKind::Added => format!("- 新增“{}”：{}{cites}\n", change.subject, shown(&change.to)),
        ChangeKind::Removed => format!("- 删去“{}”：{}{cites}\n", change.subject, shown(&change.from)),
        ChangeKind::Changed => {
            let said =
                item_by_item(change).unwrap_or_else(|| format!("{} → {}", shown(&change.from), shown(&change.to)));
            format!("- “{}”的{}：{said}{cites}\n", change.subject, change.aspect)
        }
    }
}

/// Aspects that are lists, and what parts their items.
const LISTS: [(&str, char); 13] = [
    ("条件", '；'),
    ("告知", '；'),
    ("延长", '；'),
    ("扣除的期间", '；'),
    ("谁可以办", '；'),
    ("谁可以做", '、'),
    ("在哪些环节", '、'),
    ("不得同为", '、'),
    ("留下待办", '、'),
    ("了结待办", '、'),
    ("文书", '、'),
    ("谁可以打开", '、'),
    ("依据", '、'),
];

/// What was put into a list and taken out of it; none when nothing of it stayed.
fn item_by_item(change: &Change) -> Option<String> {
    let (_, parting) = LISTS.iter().find(|(aspect, _)| *aspect == change.aspect)?;
    let items = |text: &'_ str| -> Vec<String> { text.split(*parting).map(str::to_owned).collect() };
    let (was, is) = (items(&change.from), items(&change.to));
    if !was.iter().any(|item| is.contains(item)) {
        return None;
    }
    let lacking = |of: &[String], other: &[String]| {
        let items: Vec<&str> = of.iter().filter(|item| !other.contains(item)).map(String::as_str).collect();
        items.join(&parting.to_string())
    };
    let (gone, new) = (lacking(&was, &is), lacking(&is, &was));
    Some(match (gone.is_empty(), new.is_empty()) {
        (true, true) => "次序不同".to_owned(),
        (true, false) => format!("加上 {new}"),
        (false, true) => format!("去掉 {gone}"),
        (false, false) => format!("去掉 {gone}，加上 {new}"),
    })
}

fn bracketed<'c>(cites: impl IntoIterator<Item = &'c Citation>) -> String {
    let words = cited(cites);
    if words.is_empty() { words } else { format!("（{words}）") }
}
