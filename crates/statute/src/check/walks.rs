//! Walks: runs of acts written in the law file, performed with the kernel's own decisions on a made-up matter.
//!
//! Who is not named is whoever usually sits in the seat; what is not stated and must be is answered with something
//! ordinary; the day is that of the act before unless it is written. Nothing is simplified: a form is read, an act is
//! decided and folded, and a date is reckoned as for a real matter.
//!
//! INVARIANT: a walk that answers as written went through the same functions that decide real matters.

mod form;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{DateTime, date};
use jiff::tz::{Offset, TimeZone};
use kernel::deadline::{Deadline, Progress, deadlines};
use kernel::decide::{Refusal, Request, decide};
use kernel::intake::Problem;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, PersonId};
use kernel::procedure::{ActDef, ActKind, Expiry, Procedure};
use kernel::value::{Facts, Value};
use kernel::world::{Actor, Moment, Place, World};

use crate::book::{Book, WalkStep};
use crate::decode::case::CLOCK;

/// Hours the office is ahead of UTC.
const OFFSET_HOURS: i8 = 8;

/// Where a walk led.
pub(super) struct Walked {
    /// None when already the opening was refused.
    matter: Option<Matter>,
    deadlines: Vec<Deadline>,
    /// The moment of the last step.
    now: Moment,
    /// What the last step brought about by itself.
    expired: Vec<Name>,
    /// Why the last act was refused, where it was.
    refused: Option<No>,
}

/// Why an act was not done.
enum No {
    Refused(Refusal),
    Form(Vec<Problem>),
}

/// A walk under way.
struct Walking<'a> {
    book: &'a Book,
    procedure: &'a Procedure,
    place: &'a Place,
    matter: Option<Matter>,
    at: DateTime,
    numbers: u32,
}

/// Performs a walk. The last act may be refused: that is an answer.
pub(super) fn walk(book: &Book, procedure: &Procedure, place: &Place, steps: &[WalkStep]) -> Result<Walked, String> {
    let at = procedure.in_force_from.max(date(2026, 3, 2)).at(10, 0, 0, 0);
    let mut walking = Walking { book, procedure, place, matter: None, at, numbers: 0 };
    let (mut refused, mut expired, mut last) = (None, Vec::new(), at);
    for (count, step) in (1..).zip(steps) {
        if let Some(no) = &refused {
            return Err(format!("第{}步不能做：{}", count - 1, told(no)));
        }
        if let Some(at) = step.at {
            walking.at = at;
        }
        last = walking.at;
        expired.clear();
        if step.act == CLOCK {
            expired = walking.clock()?;
        } else {
            let def = procedure.act(&Name::new(&step.act)).ok_or_else(|| format!("没有行为 `{}`", step.act))?;
            refused = walking.perform(def, step)?.err();
        }
        walking.at = walking.at.checked_add(jiff::SignedDuration::from_mins(1)).unwrap_or(walking.at);
    }
    let candidates = BTreeMap::new();
    let world = World { calendar: &book.calendar, place, candidates: &candidates };
    let found = walking.matter.as_ref().map(|matter| deadlines(matter, procedure, &world)).unwrap_or_default();
    Ok(Walked { matter: walking.matter, deadlines: found, now: moment(last), expired, refused })
}

fn moment(civil: DateTime) -> Moment {
    let zone = TimeZone::fixed(Offset::constant(OFFSET_HOURS));
    Moment { at: civil.to_zoned(zone).map(|zoned| zoned.timestamp()).unwrap_or_default(), civil }
}

fn told(no: &No) -> String {
    match no {
        No::Refused(Refusal::Condition { otherwise, .. }) => otherwise.clone(),
        No::Refused(refusal) => refusal.to_string(),
        No::Form(problems) => {
            problems.iter().map(|problem| problem.fault.zh(problem.field.as_str())).collect::<Vec<_>>().join("；")
        }
    }
}

impl Walking<'_> {
    fn perform(&mut self, def: &ActDef, step: &WalkStep) -> Result<Result<(), No>, String> {
        let actor = people::actor(self, def, step.by.as_deref());
        let reading = form::read(self, def, step, &actor)?;
        if !reading.problems.is_empty() {
            return Ok(Err(No::Form(reading.problems)));
        }
        Ok(self.decide(def, &actor, reading.facts).map_err(No::Refused))
    }

    fn decide(&mut self, def: &ActDef, actor: &Actor, facts: Facts) -> Result<(), Refusal> {
        let candidates = people::candidates(def);
        let world = World { calendar: &self.book.calendar, place: self.place, candidates: &candidates };
        let parties = people::parties(self.procedure);
        let opens = def.kind == ActKind::Open;
        let nobody = BTreeMap::new();
        let request = Request {
            act: &def.name,
            actor,
            facts: &facts,
            parties: if opens { &parties } else { &nobody },
            channel: None,
            moment: moment(self.at),
            program: "check",
        };
        let outcome = decide(self.procedure, self.matter.as_ref(), &request, &world)?;
        let mut act = outcome.act;
        for (slot, series) in outcome.draws {
            self.numbers += 1;
            let seq = self.numbers.to_string();
            act.numbers.insert(slot, series.pattern.replace("{seq}", &seq).replace("{year}", "2026"));
        }
        match &mut self.matter {
            Some(matter) => matter.apply(act, facts),
            None => self.matter = Matter::fold(&MatterId::new("walk"), [(act, facts)]).ok(),
        }
        Ok(())
    }

    /// What the end of limits brings about until now, each once.
    fn clock(&mut self) -> Result<Vec<Name>, String> {
        let candidates = BTreeMap::new();
        let world = World { calendar: &self.book.calendar, place: self.place, candidates: &candidates };
        let matter = self.matter.as_ref().ok_or("还没有开件")?;
        let over = deadlines(matter, self.procedure, &world);
        let over = over.into_iter().filter(|deadline| deadline.has_lapsed(moment(self.at)));
        let acts: BTreeSet<Name> = over
            .filter_map(|deadline| match &self.procedure.limit(&deadline.limit)?.expiry {
                Expiry::Act(act) => Some(act.clone()),
                Expiry::Alarm => None,
            })
            .collect();
        let mut done = Vec::new();
        for name in acts {
            let Some(def) = self.procedure.act(&name) else { continue };
            let seat = def.by.first().cloned().unwrap_or_default();
            let actor = Actor { person: PersonId::new("clock"), seat, office: None };
            // What one end brings about may leave nothing for another to do.
            if self.decide(def, &actor, Facts::new()).is_ok() {
                done.push(name);
            }
        }
        Ok(done)
    }
}

impl Walked {
    /// The answer, in the words in which it was expected: the same questions, answered by what happened.
    pub(super) fn answer(&self, expected: &str) -> String {
        let parts: Vec<&str> = expected.split(';').map(str::trim).collect();
        let expects_no = parts.iter().any(|part| part.starts_with("no "));
        if let Some(no) = self.refused.as_ref().filter(|_| !expects_no) {
            return format!("no {}（{}）", words(no).first().copied().unwrap_or_default(), told(no));
        }
        let same = parts.iter().map(|part| self.part(part)).collect::<Vec<_>>();
        if same.iter().zip(&parts).all(|(found, part)| found == part) { expected.to_owned() } else { same.join("; ") }
    }

    fn part(&self, part: &str) -> String {
        let (kind, rest) = part.split_once(' ').unwrap_or((part, ""));
        let (name, _) = rest.split_once(' ').unwrap_or((rest, ""));
        let of = |name: &str| self.deadlines.iter().find(|deadline| deadline.limit == Name::new(name));
        let was = |holds: bool| if holds { part.to_owned() } else { format!("{kind} {name}：没有") };
        match kind {
            "stage" => format!("stage {}", self.stage()),
            "due" => {
                let found = of(name).map_or_else(|| "没有起算".to_owned(), due);
                // A limit in hours ends at a moment; a walk may name the day alone.
                let by_day = found.split('T').next().filter(|_| !rest.contains('T')).map(str::to_owned);
                format!("due {name} {}", by_day.unwrap_or(found))
            }
            "stopped" => was(of(name).is_some_and(|found| matches!(found.progress, Progress::Stopped { .. }))),
            "ended" => was(of(name).is_some_and(|found| matches!(found.progress, Progress::Ended { .. }))),
            "late" => {
                let late = |found: &Deadline| {
                    found.is_over(self.now) || matches!(found.progress, Progress::Ended { late: Some(true), .. })
                };
                was(of(name).is_some_and(late))
            }
            "kept" => {
                was(of(name).is_some_and(|found| matches!(found.progress, Progress::Ended { late: Some(false), .. })))
            }
            "raised" => was(self.matter.as_ref().is_some_and(|matter| matter.raised.contains_key(&Name::new(name)))),
            "expired" => was(self.expired.contains(&Name::new(name))),
            "no" => match &self.refused {
                Some(no) if words(no).contains(&name) => part.to_owned(),
                Some(no) => format!("no {}（{}）", words(no).first().copied().unwrap_or_default(), told(no)),
                None => format!("stage {}", self.stage()),
            },
            _ => match part.split_once('=') {
                Some((field, _)) => format!("{field}={}", self.fact(field)),
                None => format!("不懂“{part}”"),
            },
        }
    }

    fn stage(&self) -> &str {
        self.matter.as_ref().map_or("（没有开件）", |matter| matter.stage.as_str())
    }

    fn fact(&self, field: &str) -> String {
        match self.matter.as_ref().and_then(|matter| matter.facts.get(&Name::new(field))) {
            None => "没有".to_owned(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Fen(fen)) => kernel::money::Fen(*fen).to_string(),
            Some(Value::Int(number)) => number.to_string(),
            Some(Value::Date(day)) => day.to_string(),
            Some(Value::Time(time)) => time.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Choices(names)) => names.join("+"),
            Some(Value::Files(files)) => files.len().to_string(),
        }
    }
}

fn due(deadline: &Deadline) -> String {
    match &deadline.when {
        kernel::deadline::When::Instant { civil, .. } => civil.strftime("%Y-%m-%dT%H:%M").to_string(),
        kernel::deadline::When::Unknown(why) => why.clone(),
        when => when.last_day().map_or_else(|| "停着".to_owned(), |day| day.to_string()),
    }
}

/// The words a walk may use for a refusal, the best first.
fn words(no: &No) -> &'static [&'static str] {
    let refusal = match no {
        No::Form(_) => return &["incomplete"],
        No::Refused(refusal) => refusal,
    };
    match refusal {
        Refusal::NotInStage { .. } | Refusal::UnknownAct(_) | Refusal::NotInForce(_) => &["stage"],
        Refusal::NotYourSeat { .. } | Refusal::NotYourMatter { .. } => &["seat"],
        Refusal::Recused => &["recused", "seat"],
        Refusal::OnlyOnce(_) => &["once"],
        Refusal::NotApart(_) => &["apart"],
        Refusal::Condition { .. } | Refusal::Unreadable(_) => &["condition"],
        Refusal::NeedsTwo(_) => &["two"],
        Refusal::NoSuchItem(_) => &["item"],
        Refusal::TooEarly { .. } => &["early"],
        Refusal::TooNear { .. } => &["too-near"],
        Refusal::TooLate { .. } => &["late"],
        Refusal::ExtendedAlready { .. } | Refusal::ExtendsTooFar { .. } => &["extended"],
        Refusal::LimitOver { .. } | Refusal::NotRunning(_) => &["over"],
        Refusal::Incomplete(_) | Refusal::NoSuchNumber(_) => &["incomplete"],
        Refusal::NoOffice { .. } => &["office"],
        Refusal::NoOneLeft(_) => &["nobody"],
        Refusal::NoDate(_) | Refusal::NoGoverningDay(_) | Refusal::AmountOutOfRange => &["date"],
    }
}
