//! The table of a procedure (程序表): every step and every limit in one row each, as a jurist reads them against the law.
//!
//! It is written from the meaning of the file and stands at its end. Since it must say the same as the blocks, whoever
//! changes a block by mistake has to change the table by the same mistake.
//!
//! INVARIANT: a cell holds neither a line feed nor a bar; the same procedure gives the same bytes.

mod sentence;

use std::collections::BTreeSet;

use kernel::clock::StopKind;
use kernel::names::Name;
use kernel::procedure::{
    ActDef, ActKind, Amount, Anchor, Binds, Citation, Expiry, ExtendBy, Field, Guard, Limit, LimitKind, Procedure,
    Target,
};

use crate::words::Words;
use sentence::sentence;

/// The columns of the table of steps.
pub(crate) const STEPS: [&str; 9] = ["步骤", "谁", "从", "到", "期限", "文书", "救济", "不得同为", "依据"];

/// The columns of the table of limits.
pub(crate) const LIMITS: [&str; 7] = ["期限", "多久", "起算", "走在", "停扣续", "届满", "依据"];

/// Both tables of a procedure, as Markdown.
#[must_use]
pub fn tables(procedure: &Procedure) -> String {
    let mut text = drawn(&STEPS, &steps(procedure));
    if !procedure.limits.is_empty() {
        text.push('\n');
        text.push_str(&drawn(&LIMITS, &limits(procedure)));
    }
    text
}

/// The file with its tables as they must be: in the place where they stand, or under a heading of their own at the end.
#[must_use]
pub fn with_tables(text: &str, procedure: &Procedure) -> String {
    let begins = |columns: &[&str]| format!("| {} |", columns.join(" | "));
    let heads = [begins(&STEPS), begins(&LIMITS)];
    let mut kept = String::new();
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        inside = heads.iter().any(|head| line.trim_end() == head) || inside && line.starts_with('|');
        if !inside && line.trim_end() != HEADING {
            kept.push_str(line);
        }
    }
    format!("{}\n\n{HEADING}\n\n{}", kept.trim_end(), tables(procedure))
}

const HEADING: &str = "## 程序表";

fn drawn(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// One row for each act.
pub(crate) fn steps(procedure: &Procedure) -> Vec<Vec<String>> {
    let mut described = BTreeSet::new();
    let rows = procedure.acts.iter().map(|act| {
        let cells = [
            step(act),
            seats(procedure, act),
            from(procedure, act),
            to(procedure, act, &mut described),
            clocks(procedure, act),
            papers(procedure, act),
            remedy(procedure, act),
            apart(procedure, act),
            cites(&act.cites),
        ];
        cells.into_iter().map(plain).collect()
    });
    rows.collect()
}

/// One row for each limit.
pub(crate) fn limits(procedure: &Procedure) -> Vec<Vec<String>> {
    let rows = procedure.limits.iter().map(|limit| {
        let cells = [
            limit_name(procedure, limit),
            length(procedure, limit),
            start(procedure, limit),
            runs(procedure, limit),
            touches(procedure, limit),
            end(procedure, limit),
            limit.cite.iter().map(Citation::to_string).collect(),
        ];
        cells.into_iter().map(plain).collect()
    });
    rows.collect()
}

/// A text as it can stand in a cell.
fn plain(text: String) -> String {
    let text = text.replace('|', "｜").replace(['\n', '\r'], " ");
    if text.trim().is_empty() { "–".to_owned() } else { text.trim().to_owned() }
}

fn list(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("；")
}

fn some(label: &str, text: String) -> String {
    if text.is_empty() { text } else { format!("{label}{text}") }
}

/// Titles of what a procedure declares; where two are the same, with the name.
struct Titles<'p>(&'p Procedure);

impl Titles<'_> {
    fn of<'t>(names: &[Name], all: &dyn Fn() -> Vec<(&'t Name, &'t str)>) -> String {
        let known = all();
        let title = |name: &Name| {
            let found = known.iter().find(|(other, _)| *other == name);
            let Some((_, title)) = found else { return name.to_string() };
            let same = known.iter().filter(|(_, other)| other == title).count();
            if same > 1 { format!("{title}（{name}）") } else { (*title).to_owned() }
        };
        names.iter().map(title).collect::<Vec<_>>().join("、")
    }

    fn acts(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.acts.iter().map(|act| (&act.name, act.title.as_str())).collect())
    }

    fn stages(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.stages.iter().map(|stage| (&stage.name, stage.title.as_str())).collect())
    }

    fn seats(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.seats.iter().map(|seat| (&seat.name, seat.title.as_str())).collect())
    }

    fn limits(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.limits.iter().map(|limit| (&limit.name, limit.title.as_str())).collect())
    }

    fn marks(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.marks.iter().map(|mark| (&mark.name, mark.title.as_str())).collect())
    }

    fn papers(&self, names: &[Name]) -> String {
        Self::of(names, &|| self.0.papers.iter().map(|paper| (&paper.name, paper.title.as_str())).collect())
    }

    fn field(&self, name: &Name) -> String {
        self.0.field(name).map_or_else(|| name.to_string(), |field| format!("“{}”", field.title))
    }
}

const fn kind(act: &ActDef) -> &'static str {
    match act.kind {
        ActKind::Open => "开件",
        ActKind::Ask => "要求",
        ActKind::Answer => "答复",
        ActKind::Propose => "提出",
        ActKind::Decide => "决定",
        ActKind::Assign => "选定",
        ActKind::Record => "记录",
        ActKind::Expire => "届满",
    }
}

fn step(act: &ActDef) -> String {
    let mut notes = vec![kind(act).to_owned()];
    let flags = [(act.adverse, "不利"), (act.once, "一次"), (act.reroutes, "移送"), (act.needs_dossier, "卷要齐")];
    notes.extend(flags.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note.to_owned()));
    format!("{}（{}）", act.title, notes.join("，"))
}

fn seats(procedure: &Procedure, act: &ActDef) -> String {
    let titles = Titles(procedure);
    let second = act.with.as_ref().map(|field| format!("两人，另一人见{}", titles.field(field)));
    let slot = act.assigns.as_ref().map(|assigns| format!("选定 {} 自 {}", assigns.slot, assigns.register));
    let freed =
        |label: &str, slots: &[Name]| some(label, slots.iter().map(Name::to_string).collect::<Vec<_>>().join("、"));
    list([
        titles.seats(&act.by),
        second.unwrap_or_default(),
        slot.unwrap_or_default(),
        freed("空出 ", &act.releases),
        freed("办完 ", &act.frees),
    ])
}

fn from(procedure: &Procedure, act: &ActDef) -> String {
    let titles = Titles(procedure);
    let place = if act.kind == ActKind::Open { "开件".to_owned() } else { titles.stages(&act.within) };
    let condition = |guard: &Guard| {
        let basis = guard.cite.as_ref().map(|cite| format!("（{cite}）")).unwrap_or_default();
        format!("{}{basis}", sentence(procedure, &guard.when))
    };
    let conditions = act.guards.iter().map(condition).collect::<Vec<_>>().join("，并且");
    let answered =
        act.answers.as_ref().map(|answers| format!("逐条答复{}", titles.acts(std::slice::from_ref(&answers.act))));
    list([place, some("须：", conditions), answered.unwrap_or_default()])
}

/// Where the matter goes. What is named for the first time is said with whose turn it is and why it has no limit.
fn to<'p>(procedure: &'p Procedure, act: &'p ActDef, described: &mut BTreeSet<&'p Name>) -> String {
    let titles = Titles(procedure);
    let mut parts = Vec::new();
    match &act.to {
        Target::Stay => parts.push("不变".to_owned()),
        Target::Stage(stage) => {
            parts.push(titles.stages(std::slice::from_ref(stage)));
            parts.extend(procedure.stage(stage).filter(|_| described.insert(stage)).map(|stage| {
                let closed = if stage.closed { "办结" } else { "" };
                let turn = some("轮到", titles.seats(&stage.by));
                let reason = some("无期限：", stage.no_limit.clone().unwrap_or_default());
                format!("〔{}〕", list([closed.to_owned(), turn, reason, cites(&stage.cites)]))
            }));
        }
    }
    parts.push(some("留下待办：", titles.marks(&act.raises)));
    for name in &act.raises {
        parts.extend(procedure.mark(name).filter(|_| described.insert(name)).map(|mark| {
            let reason = some("无期限：", mark.no_limit.clone().unwrap_or_default());
            format!("〔{}〕", list([some("轮到", titles.seats(std::slice::from_ref(&mark.by))), reason]))
        }));
    }
    parts.push(some("了结待办：", titles.marks(&act.settles)));
    list(parts).replace("；〔", "〔")
}

/// What an act does to limits.
fn clocks(procedure: &Procedure, act: &ActDef) -> String {
    let titles = Titles(procedure);
    let of = |holds: &dyn Fn(&Limit) -> bool| {
        let names: Vec<Name> =
            procedure.limits.iter().filter(|limit| holds(limit)).map(|limit| limit.name.clone()).collect();
        titles.limits(&names)
    };
    let starts = of(&|limit| match &limit.from {
        Anchor::Acts(acts) => acts.contains(&act.name),
        Anchor::Field(field) => act.fields().any(|own| &own.name == field),
    });
    let held = of(&|limit| matches!(&limit.binds, Binds::AtLeast { holds, .. } if holds.contains(&act.name)));
    let extends = act.extends.iter().map(|extend| {
        let by = match &extend.by {
            ExtendBy::Fixed(by) => format!("{by}{}", extend.unit.zh()),
            ExtendBy::Field { field, at_most } => format!("{}，至多{at_most}{}", titles.field(field), extend.unit.zh()),
        };
        let basis = extend.cite.as_ref().map(|cite| format!("（{cite}）")).unwrap_or_default();
        format!("延长{}{by}，至多{}次{basis}", titles.limits(std::slice::from_ref(&extend.limit)), extend.times)
    });
    let mut parts = vec![
        some("起：", starts),
        some("办到：", of(&|limit| limit.met_by.contains(&act.name))),
        some("期满才能做：", held),
        some("停：", titles.limits(&act.stops)),
        some("扣除：", titles.limits(&act.deducts)),
        some("重算：", titles.limits(&act.restarts)),
        some("续：", titles.limits(&act.resumes)),
    ];
    parts.extend(extends);
    list(parts)
}

fn papers(procedure: &Procedure, act: &ActDef) -> String {
    let titles = Titles(procedure);
    let count = |holds: fn(&Field) -> bool| act.fields().filter(|field| holds(field)).count();
    let asked = count(|_| true);
    let form = match (asked, count(|field| field.required), count(|field| field.when.is_some())) {
        (0, ..) => String::new(),
        (_, required, 0) => format!("填{asked}项，必填{required}项"),
        (_, required, sometimes) => format!("填{asked}项，必填{required}项，{sometimes}项有条件才问"),
    };
    let issued = |name: &Name| {
        let paper = procedure.paper(name);
        paper.map_or_else(
            || name.to_string(),
            |paper| {
                let by = some("以此机关名义：", titles.seats(paper.in_name_of.as_slice()));
                let to = some("给", titles.seats(paper.to.as_slice()));
                let readers = some("可看：", titles.seats(&paper.readers));
                let notes = list([by, to, readers]);
                if notes.is_empty() { paper.title.clone() } else { format!("{}（{notes}）", paper.title) }
            },
        )
    };
    let veiled = |field: &Field| {
        (!field.veiled_from.is_empty()).then(|| format!("“{}”对{}保密", field.title, titles.seats(&field.veiled_from)))
    };
    let mut parts = vec![
        list(act.papers.iter().map(issued)),
        some("公开：", titles.papers(&act.publishes)),
        some("撤下：", titles.papers(&act.unpublishes)),
        act.voids.as_ref().map_or_else(String::new, |_| if act.reissues { "作废重发" } else { "作废" }.to_owned()),
        form,
    ];
    parts.extend(act.fields().filter_map(veiled));
    let seals = procedure.seal.iter().filter(|_| act.kind == ActKind::Open);
    parts.extend(seals.map(|seal| Words(procedure).seal(seal)));
    parts.extend(act.computes.iter().map(|compute| format!("算出“{}”", compute.title)));
    if act.needs_dossier {
        parts.push(some("卷要有：", dossier(procedure)));
    }
    parts.extend(act.notices.iter().map(|notice| format!("通知{}", titles.seats(std::slice::from_ref(&notice.to)))));
    list(parts)
}

/// What the case file must hold when it is asked for.
fn dossier(procedure: &Procedure) -> String {
    let items = procedure.dossier.iter().map(|item| {
        let must = match (&item.must, item.always) {
            (_, true) => "（必须）".to_owned(),
            (Some(must), false) => format!("（{}的必须）", sentence(procedure, must)),
            (None, false) => String::new(),
        };
        format!("{}{must}", item.title)
    });
    items.collect::<Vec<_>>().join("、")
}

fn remedy(procedure: &Procedure, act: &ActDef) -> String {
    let Some(remedy) = &act.remedy else { return String::new() };
    let by = remedy.act.as_ref().map(|act| format!("用“{}”", Titles(procedure).acts(std::slice::from_ref(act))));
    list([
        format!("{}（{}，{}）", remedy.text, remedy.body, remedy.term),
        by.unwrap_or_default(),
        remedy.cite.to_string(),
    ])
}

fn apart(procedure: &Procedure, act: &ActDef) -> String {
    let titles = Titles(procedure);
    let recused = act.recuses.as_ref().map(|field| format!("回避：{}", titles.field(field)));
    let alone = act.alone.as_ref().map(|reason| format!("可以一人办：{reason}"));
    list([titles.acts(&act.apart_from), alone.unwrap_or_default(), recused.unwrap_or_default()])
}

/// Articles; a statute is named once for all that follow.
fn cites(cites: &[Citation]) -> String {
    let mut text = String::new();
    let mut statute = "";
    for cite in cites {
        if !text.is_empty() {
            text.push('、');
        }
        let whole = cite.to_string();
        let article = whole.strip_prefix(&cite.statute).filter(|_| statute == cite.statute);
        text.push_str(article.unwrap_or(&whole));
        statute = &cite.statute;
    }
    text
}

fn limit_name(procedure: &Procedure, limit: &Limit) -> String {
    let kind = match limit.kind {
        LimitKind::Statutory => "法定",
        LimitKind::Promised => "承诺",
        LimitKind::Internal => "内部",
    };
    format!("{}（{kind}，{}）", limit.title, Titles(procedure).seats(std::slice::from_ref(&limit.by)))
}

fn length(procedure: &Procedure, limit: &Limit) -> String {
    let unit = limit.unit.zh();
    let amount = match &limit.amount {
        Amount::Fixed(amount) => format!("{amount}{unit}"),
        Amount::Rate(rate) => format!("当地标准 {rate}（{unit}）"),
        Amount::Field(field) => format!("{}（{unit}）", Titles(procedure).field(field)),
    };
    let sense = match &limit.binds {
        Binds::Within => String::new(),
        Binds::OrRefused { otherwise } => format!("过期不收：{otherwise}"),
        Binds::Before { field } => format!("在{}之前", Titles(procedure).field(field)),
        Binds::AtLeast { waived, .. } => {
            let waived = waived.as_ref().map(|waived| format!("，{}的可以不满", sentence(procedure, waived)));
            format!("不少于{}", waived.unwrap_or_default())
        }
    };
    let day_one = if limit.day_one { "当日计入" } else { "" };
    let rolls = if limit.rolls { "" } else { "不顺延" };
    list([amount, sense, day_one.to_owned(), rolls.to_owned()])
}

fn start(procedure: &Procedure, limit: &Limit) -> String {
    let titles = Titles(procedure);
    match &limit.from {
        Anchor::Acts(acts) => titles.acts(acts),
        Anchor::Field(field) => titles.field(field),
    }
}

fn runs(procedure: &Procedure, limit: &Limit) -> String {
    let titles = Titles(procedure);
    list([
        titles.stages(&limit.spans),
        some("待办：", titles.marks(limit.while_raised.as_slice())),
        some("到：", titles.acts(&limit.met_by)),
    ])
}

/// Acts and periods that stop, deduct, count anew, resume or prolong a limit.
fn touches(procedure: &Procedure, limit: &Limit) -> String {
    let titles = Titles(procedure);
    let by = |label: &str, names: fn(&ActDef) -> &Vec<Name>| {
        let acts = procedure.acts.iter().filter(|act| names(act).contains(&limit.name));
        some(label, titles.acts(&acts.map(|act| act.name.clone()).collect::<Vec<_>>()))
    };
    let prolonged = procedure.acts.iter().filter(|act| act.extends.iter().any(|extend| extend.limit == limit.name));
    let prolonged: Vec<Name> = prolonged.map(|act| act.name.clone()).collect();
    let mut parts = vec![
        by("停：", |act| &act.stops),
        by("扣：", |act| &act.deducts),
        by("重算：", |act| &act.restarts),
        by("续：", |act| &act.resumes),
        some("延：", titles.acts(&prolonged)),
    ];
    parts.extend(limit.without.iter().map(|period| {
        let kind = match period.kind {
            StopKind::Suspend => "停",
            StopKind::Deduct => "扣",
            StopKind::Restart => "重算",
            StopKind::Resume => "障碍消除后续",
        };
        let (from, until) = (titles.field(&period.from_field), titles.field(&period.until_field));
        format!("{kind}：{from}至{until}（{}）", period.cause)
    }));
    parts.extend(limit.post.iter().map(|post| {
        let waits = post.waits.as_ref().map(|rate| format!("，再等邮件：当地标准 {rate}")).unwrap_or_default();
        format!("期满前交邮不算过期：{}{waits}", titles.field(&post.field))
    }));
    list(parts)
}

fn end(procedure: &Procedure, limit: &Limit) -> String {
    let titles = Titles(procedure);
    let held = match &limit.binds {
        Binds::AtLeast { holds, .. } => some("期满才能：", titles.acts(holds)),
        _ => String::new(),
    };
    let expiry = match &limit.expiry {
        Expiry::Alarm if held.is_empty() => "亮灯".to_owned(),
        Expiry::Alarm => String::new(),
        Expiry::Act(act) => titles.acts(std::slice::from_ref(act)),
    };
    list([held, expiry])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_neither_bar_nor_line_feed() {
        assert_eq!(plain("甲|乙\n丙".to_owned()), "甲｜乙 丙");
        assert_eq!(plain("  ".to_owned()), "–");
    }

    #[test]
    fn a_statute_is_named_once() {
        let cite = |statute: &str, article| Citation { statute: statute.to_owned(), article };
        let list = [cite("甲法", 3), cite("甲法", 5), cite("乙法", 1)];
        assert_eq!(cites(&list), "甲法第三条、第五条、乙法第一条");
    }
}
