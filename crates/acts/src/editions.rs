//! What a new edition does to open matters: tried first, signed afterwards.
//!
//! A matter goes over when the edition says so for the stage it is in ([`kernel::procedure::Succession`]), and only
//! when nothing is lost on the way: its stage, its running limits, its open requests and its answers must be there in
//! the new edition, and the conditions of what can be done next must be readable. What is not so needs a person.
//!
//! INVARIANT: a rehearsal writes nothing, and what is signed is what was rehearsed on the same acts.

use crate::bureau::Bureau;
use crate::rows::plain_world;
use crate::system::{self, Signer, SystemAct, SystemError, day_fact, day_told};
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::deadline::{Deadline, Progress, deadlines};
use kernel::decide::unreadable_by;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name};
use kernel::procedure::{ActKind, Field, LimitKind, Procedure};
use kernel::system as words;
use kernel::value::{Facts, Value};
use kernel::world::{Moment, World};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays on its edition.
    Unchanged,
    /// It goes over.
    Moves,
    /// It would go over, and something would be lost.
    NeedsPerson(Vec<Obstacle>),
}

/// Why a person must look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The new edition has no such stage.
    StageGone(String),
    /// A limit that runs has no counterpart.
    LimitGone(String),
    /// A limit that runs would not have started.
    LimitNotStarted(String),
    /// A limit that runs would have ended.
    LimitEnded(String),
    /// An open request has no counterpart.
    MarkGone(String),
    /// An answer would be of another kind.
    AnswerDiffers(String),
    /// A condition of an act that is possible next cannot be read.
    Unreadable {
        /// The act.
        act: String,
        /// What it reads.
        why: String,
    },
}

/// A limit under both editions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitDates {
    /// The limit.
    pub limit: Name,
    /// Its title.
    pub title: String,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// The last day, where there is one.
    pub before: Option<Date>,
    /// The last day under the new edition.
    pub after: Option<Date>,
    /// How it stands without a day: 停着, 没有这个期限, 已办结.
    pub before_told: String,
    /// How it would stand.
    pub after_told: String,
}

/// One matter under a new edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// The matter.
    pub matter: MatterId,
    /// Its number.
    pub number: Option<String>,
    /// Its stage.
    pub stage: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// The limits that run, before and after; the same when it stays.
    pub limits: Vec<LimitDates>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Matters that went over.
    pub moved: Vec<Rehearsed>,
    /// Matters that stay on their edition, those left for a person among them.
    pub stayed: Vec<Rehearsed>,
}

/// Why an edition is not adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// It is not in force yet.
    #[error("the edition is in force from {0}")]
    NotYet(Date),
    /// Some matters need a person; nothing was written.
    #[error("{} matters need a person", .0.len())]
    NeedPerson(Vec<Rehearsed>),
    /// A number to be left is not among those that need a person.
    #[error("`{0}` needs no person")]
    NothingToLeave(String),
    /// The corridor.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl Obstacle {
    /// What a person reads.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Obstacle::StageGone(stage) => format!("新版没有环节“{stage}”"),
            Obstacle::LimitGone(limit) => format!("正在走的期限“{limit}”在新版没有对应的"),
            Obstacle::LimitNotStarted(limit) => format!("期限“{limit}”按新版还没有起算"),
            Obstacle::LimitEnded(limit) => format!("正在走的期限“{limit}”按新版已经办结"),
            Obstacle::MarkGone(mark) => format!("悬着的待办“{mark}”在新版没有对应的"),
            Obstacle::AnswerDiffers(field) => format!("已经填的“{field}”在新版是另一种"),
            Obstacle::Unreadable { act, why } => format!("“{act}”的条件读不到：{why}"),
        }
    }
}

impl LimitDates {
    /// Whether the new edition changes when it ends.
    #[must_use]
    pub fn differ(&self) -> bool {
        self.before != self.after || self.before_told != self.after_told
    }
}

impl Rehearsed {
    /// Whether a date moves.
    #[must_use]
    pub fn dates_move(&self) -> bool {
        self.verdict == Verdict::Moves && self.limits.iter().any(LimitDates::differ)
    }
}

/// Tries an edition on every open matter of its procedure that is on another one. Writes nothing.
///
/// # Errors
/// When a matter cannot be read.
pub fn rehearse(bureau: &Bureau, new: &Procedure, on: Date) -> Result<Vec<Rehearsed>, SystemError> {
    let mut found = Vec::new();
    for id in system::open_matters(bureau, Some(&new.id))? {
        let loaded = system::loaded(bureau, &id)?;
        if loaded.matter.edition != new.edition {
            found.push(rehearsed(bureau, &loaded.matter, &loaded.procedure, new, on));
        }
    }
    Ok(found)
}

/// Adopts an edition: one act on every matter that goes over. `leave` are numbers of matters that need a person and
/// stay for now.
///
/// # Errors
/// [`AdoptError::NeedPerson`] when a matter needs a person and is not left; nothing is written then.
pub fn adopt(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    new: &Procedure,
    leave: &BTreeSet<String>,
) -> Result<Adopted, AdoptError> {
    if now.on() < new.in_force_from {
        return Err(AdoptError::NotYet(new.in_force_from));
    }
    let rehearsed = rehearse(bureau, new, now.on())?;
    let needs = |one: &Rehearsed| matches!(one.verdict, Verdict::NeedsPerson(_));
    let is_left = |one: &Rehearsed| one.number.as_ref().is_some_and(|number| leave.contains(number));
    if let Some(number) =
        leave.iter().find(|number| !rehearsed.iter().any(|one| needs(one) && one.number.as_ref() == Some(number)))
    {
        return Err(AdoptError::NothingToLeave(number.clone()));
    }
    let (open, rest): (Vec<Rehearsed>, Vec<Rehearsed>) =
        rehearsed.into_iter().partition(|one| needs(one) && !is_left(one));
    if !open.is_empty() {
        return Err(AdoptError::NeedPerson(open));
    }
    let mut adopted = Adopted::default();
    for one in rest {
        if one.verdict == Verdict::Moves {
            go_over(bureau, now, signer, new, &one)?;
            adopted.moved.push(one);
        } else {
            adopted.stayed.push(one);
        }
    }
    Ok(adopted)
}

fn go_over(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    new: &Procedure,
    one: &Rehearsed,
) -> Result<bool, SystemError> {
    let loaded = system::loaded(bureau, &one.matter)?;
    let reason = new.succession.basis.clone().unwrap_or_default();
    let cite = new.succession.cite.as_ref().map(|cite| format!("（{cite}）")).unwrap_or_default();
    let basis = format!("{}起施行的新版；过渡：{reason}{cite}", zh_date(new.in_force_from));
    let mut facts = Facts::from([
        (words::BASIS.into(), Value::Text(basis)),
        (words::BEFORE.into(), Value::Text(system::short(loaded.matter.edition))),
        (words::AFTER.into(), Value::Text(system::short(new.edition))),
    ]);
    for dates in one.limits.iter().filter(|dates| dates.differ()) {
        facts.insert(words::due_before(&dates.limit), day_fact(dates.before, &dates.before_told));
        facts.insert(words::due_after(&dates.limit), day_fact(dates.after, &dates.after_told));
    }
    let moved = |inner: bool| -> String {
        let told = one.limits.iter().filter(|dates| dates.differ() && (inner || dates.kind != LimitKind::Internal));
        let told = told.map(|dates| {
            let (from, to) = (day_told(dates.before, &dates.before_told), day_told(dates.after, &dates.after_told));
            format!("“{}”由{from}改为{to}", dates.title)
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { "期限不变".to_owned() } else { told.join("；") }
    };
    let act = SystemAct {
        name: words::EDITION_MOVED,
        procedure: new,
        facts,
        key: new.edition.to_string(),
        to_owner: format!("办件{{number}}已转为按新版“{}”办理：{}。", new.title, moved(true)),
        to_party: format!("您的办件{{number}}从今天起按新规定办理：{}。", moved(false)),
    };
    system::append(bureau, now, signer, &loaded, act)
}

fn rehearsed(bureau: &Bureau, matter: &Matter, old: &Procedure, new: &Procedure, on: Date) -> Rehearsed {
    let nobody = BTreeMap::new();
    let world = plain_world(&bureau.law, &nobody);
    let goes = new.succession.moves_in.contains(&matter.stage);
    let before = deadlines(matter, old, &world);
    let after = if goes { deadlines(matter, new, &world) } else { before.clone() };
    let obstacles = if goes { obstacles(matter, old, new, (&before, &after), &world, on) } else { Vec::new() };
    let stage = old.stage(&matter.stage).map_or_else(|| matter.stage.to_string(), |stage| stage.title.clone());
    Rehearsed {
        matter: matter.id.clone(),
        number: matter.number.clone(),
        stage,
        verdict: match (goes, obstacles.is_empty()) {
            (false, _) => Verdict::Unchanged,
            (true, true) => Verdict::Moves,
            (true, false) => Verdict::NeedsPerson(obstacles),
        },
        limits: dates(&before, &after, if goes { new } else { old }, old),
    }
}

fn runs(deadline: &Deadline) -> bool {
    !matches!(deadline.progress, Progress::Ended { .. })
}

fn of<'d>(deadlines: &'d [Deadline], limit: &Name) -> Option<&'d Deadline> {
    deadlines.iter().find(|deadline| &deadline.limit == limit)
}

/// Limits that run under one of the editions, in the order of the new one.
fn dates(before: &[Deadline], after: &[Deadline], new: &Procedure, old: &Procedure) -> Vec<LimitDates> {
    let gone = before.iter().filter(|deadline| of(after, &deadline.limit).is_none());
    let limits = after.iter().chain(gone).map(|deadline| &deadline.limit);
    let row = |limit: &Name| {
        let (was, is) = (of(before, limit), of(after, limit));
        if !was.is_some_and(runs) && !is.is_some_and(runs) {
            return None;
        }
        let def = new.limit(limit).or_else(|| old.limit(limit))?;
        let day = |deadline: Option<&Deadline>| deadline.filter(|it| runs(it)).and_then(Deadline::last_day);
        Some(LimitDates {
            limit: limit.clone(),
            title: def.title.clone(),
            kind: def.kind,
            before: day(was),
            after: day(is),
            before_told: stands(was),
            after_told: stands(is),
        })
    };
    limits.filter_map(row).collect()
}

/// How a limit stands, where that is not a day.
fn stands(deadline: Option<&Deadline>) -> String {
    let Some(deadline) = deadline else { return "没有这个期限".to_owned() };
    match (&deadline.progress, &deadline.when) {
        (Progress::Ended { on, .. }, _) => format!("{}已办结", zh_date(*on)),
        (Progress::Stopped { since, .. }, _) => format!("{}起停着", zh_date(*since)),
        (Progress::Running, kernel::deadline::When::Unknown(why)) => why.clone(),
        (Progress::Running, _) => String::new(),
    }
}

fn obstacles(
    matter: &Matter,
    old: &Procedure,
    new: &Procedure,
    (before, after): (&[Deadline], &[Deadline]),
    world: &World<'_>,
    on: Date,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    if new.stage(&matter.stage).is_none() {
        let title = old.stage(&matter.stage).map_or_else(|| matter.stage.to_string(), |it| it.title.clone());
        found.push(Obstacle::StageGone(title));
    }
    for deadline in before.iter().filter(|deadline| runs(deadline)) {
        let title = old.limit(&deadline.limit).map(|limit| limit.title.clone()).unwrap_or_default();
        match (new.limit(&deadline.limit), of(after, &deadline.limit)) {
            (None, _) => found.push(Obstacle::LimitGone(title)),
            (Some(_), None) => found.push(Obstacle::LimitNotStarted(title)),
            (Some(_), Some(after)) if !runs(after) => found.push(Obstacle::LimitEnded(title)),
            _ => {}
        }
    }
    for mark in matter.raised.keys().filter(|mark| new.mark(mark).is_none()) {
        found.push(Obstacle::MarkGone(old.mark(mark).map_or_else(|| mark.to_string(), |it| it.title.clone())));
    }
    for field in matter.facts.keys() {
        if let (Some(was), Some(is)) = (old.field(field), new.field(field))
            && !same_kind(was, is)
        {
            found.push(Obstacle::AnswerDiffers(was.title.clone()));
        }
    }
    let next = new.acts.iter().filter(|act| act.kind != ActKind::Open && act.within.contains(&matter.stage));
    for act in next {
        if let Some((_, why)) = unreadable_by(new, act, matter, world, on) {
            let why = match why {
                kernel::guard::GuardError::NotCollected(field) => {
                    let title = new.field(&field).map_or_else(|| field.to_string(), |it| it.title.clone());
                    format!("没有填过“{title}”")
                }
                kernel::guard::GuardError::NoRate { rate, on, .. } => format!("{on}没有在施行的标准“{rate}”"),
                kernel::guard::GuardError::Mismatch => "比较的两边种类不同".to_owned(),
            };
            found.push(Obstacle::Unreadable { act: act.title.clone(), why });
        }
    }
    found
}

fn same_kind(was: &Field, is: &Field) -> bool {
    std::mem::discriminant(&was.kind) == std::mem::discriminant(&is.kind)
}
