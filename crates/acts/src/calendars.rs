//! A new or corrected calendar (放假、调休的通知): kept in a chain of its own, and its effect on open matters.
//!
//! A notice is an act: its text stands in the chain `calendar/<year>`, and the program reads it over the year that is
//! built in. Every running limit whose last day it moves gets one act on its matter, with the day before and after; the
//! dates themselves are never stored, so nothing else has to be mended.
//!
//! INVARIANT: the matters are told first and the notice is kept last: an interrupted run, started again, finds the old
//! calendar still in force and does what is left.

use crate::bureau::{Bureau, Law};
use crate::load::LoadError;
use crate::rows::plain_world;
use crate::side;
use crate::system::{self, Signer, SystemAct, SystemError, day_fact, day_told};
use jiff::civil::Date;
use kernel::calendar::{Calendar, CalendarError, CalendarYear};
use kernel::deadline::{Deadline, Progress, When, deadlines};
use kernel::ledger::sm3;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name};
use kernel::procedure::{LimitKind, Procedure};
use kernel::system as words;
use kernel::value::{Facts, Value};
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{StorageError, Store};

/// The chains of notices, one for each year.
const CHAIN: &str = "calendar/";

/// A limit whose last day moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLimit {
    /// The limit.
    pub limit: Name,
    /// Its title.
    pub title: String,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// The last day as it was; none when no calendar said.
    pub before: Option<Date>,
    /// The last day as it is.
    pub after: Option<Date>,
}

/// A matter in which something moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedMatter {
    /// The matter.
    pub matter: MatterId,
    /// Its number.
    pub number: Option<String>,
    /// What moves.
    pub limits: Vec<MovedLimit>,
}

/// The effect of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The year.
    pub year: i16,
    /// Version of the calendar before.
    pub before: String,
    /// Version of the calendar with it.
    pub after: String,
    /// The matters, in the order of their identities.
    pub moved: Vec<MovedMatter>,
}

/// Why a notice is not applied.
#[derive(Debug, thiserror::Error)]
pub enum CalendarRefusal {
    /// It contradicts itself.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The corridor.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl From<LoadError> for CalendarRefusal {
    fn from(error: LoadError) -> Self {
        CalendarRefusal::System(error.into())
    }
}

impl From<StorageError> for CalendarRefusal {
    fn from(error: StorageError) -> Self {
        CalendarRefusal::System(error.into())
    }
}

/// The latest notice of every year that a store keeps, as it was written.
///
/// # Errors
/// What the store says.
pub fn kept(store: &Store) -> Result<Vec<String>, StorageError> {
    let mut notices = Vec::new();
    let mut after = store::MatterId(CHAIN.to_owned());
    loop {
        let page = store.matters_after(Some(&after), 100)?;
        for id in &page {
            if !id.as_str().starts_with(CHAIN) {
                return Ok(notices);
            }
            let last = store.acts_of(id)?.pop();
            notices.extend(last.and_then(|act| source_of(&act.open)));
        }
        let Some(last) = page.last() else { return Ok(notices) };
        after = last.clone();
    }
}

/// The text of a notice behind its salt.
fn source_of(open: &[u8]) -> Option<String> {
    let (_, content) = open.split_at_checked(32)?;
    let json: Json = serde_json::from_slice(content).ok()?;
    json.get("source")?.as_str().map(str::to_owned)
}

/// A calendar with one year put in place of what it had.
///
/// # Errors
/// When the year contradicts itself.
pub fn corrected(calendar: &Calendar, year: &CalendarYear) -> Result<Calendar, CalendarError> {
    let mut corrected = calendar.clone();
    corrected.correct(year.clone())?;
    Ok(corrected)
}

/// What a notice would move. Writes nothing.
///
/// # Errors
/// A year that contradicts itself, a matter that cannot be read.
pub fn rehearse(bureau: &Bureau, year: &CalendarYear) -> Result<Correction, CalendarRefusal> {
    let after = corrected(&bureau.law.calendar, year)?;
    let mut correction = Correction {
        year: year.year,
        before: bureau.law.calendar.version().to_owned(),
        after: after.version().to_owned(),
        moved: Vec::new(),
    };
    if correction.before == correction.after {
        return Ok(correction);
    }
    let law = Law { calendar: after, ..Law::clone(&bureau.law) };
    for id in system::open_matters(bureau, None)? {
        let loaded = system::loaded(bureau, &id)?;
        let limits = moved(&bureau.law, &law, &loaded.matter, &loaded.procedure);
        if !limits.is_empty() {
            correction.moved.push(MovedMatter { matter: id, number: loaded.matter.number.clone(), limits });
        }
    }
    Ok(correction)
}

/// Applies a notice: one act on every matter in which a last day moves, then the notice itself. Answers what moved.
///
/// # Errors
/// As [`rehearse`]; a matter that somebody acts on meanwhile is refused, and the whole can be done again.
pub fn apply(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    year: &CalendarYear,
    source: &str,
) -> Result<Correction, CalendarRefusal> {
    let correction = rehearse(bureau, year)?;
    let calendar = corrected(&bureau.law.calendar, year)?;
    let ahead = Bureau { law: Arc::new(Law { calendar, ..Law::clone(&bureau.law) }), ..bureau.clone() };
    for one in &correction.moved {
        let loaded = system::loaded(&ahead, &one.matter)?;
        let act = act(&loaded.procedure, year, &correction, one);
        system::append(&ahead, now, signer, &loaded, act)?;
    }
    keep(&ahead, now, signer, &correction, source)?;
    Ok(correction)
}

fn act<'a>(procedure: &'a Procedure, year: &CalendarYear, correction: &Correction, one: &MovedMatter) -> SystemAct<'a> {
    let basis = if year.source.is_empty() { format!("{}年放假安排", year.year) } else { year.source.clone() };
    let mut facts = Facts::from([
        (words::BASIS.into(), Value::Text(basis)),
        (words::BEFORE.into(), Value::Text(correction.before.clone())),
        (words::AFTER.into(), Value::Text(correction.after.clone())),
    ]);
    for limit in &one.limits {
        facts.insert(words::due_before(&limit.limit), day_fact(limit.before, NO_DAY));
        facts.insert(words::due_after(&limit.limit), day_fact(limit.after, NO_DAY));
    }
    let told = |inner: bool| {
        let limits = one.limits.iter().filter(|limit| inner || limit.kind != LimitKind::Internal);
        let told = limits.map(|limit| {
            format!("“{}”由{}改为{}", limit.title, day_told(limit.before, NO_DAY), day_told(limit.after, NO_DAY))
        });
        told.collect::<Vec<_>>().join("；")
    };
    let of_party = told(false);
    SystemAct {
        name: words::CALENDAR_CORRECTED,
        procedure,
        facts,
        key: correction.after.clone(),
        to_owner: format!("{}年放假安排有变，办件{{number}}的{}。", year.year, told(true)),
        to_party: if of_party.is_empty() {
            String::new()
        } else {
            format!("因{}年放假安排，您的办件{{number}}的{of_party}。", year.year)
        },
    }
}

/// What stands for a last day that no calendar gives.
const NO_DAY: &str = "还没有日历，算不出来";

fn keep(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    correction: &Correction,
    source: &str,
) -> Result<(), CalendarRefusal> {
    let chain = store::MatterId(format!("{CHAIN}{}", correction.year));
    let last = bureau.store.acts_of(&chain)?.pop();
    if last.and_then(|act| source_of(&act.open)).as_deref() == Some(source) {
        return Ok(());
    }
    let mut body = Map::new();
    body.insert("act".into(), json!("apply-calendar"));
    body.insert("author".into(), json!(signer.person.as_str()));
    body.insert("seat".into(), json!(signer.post.seat.as_str()));
    body.insert("office".into(), json!(signer.post.office.as_str()));
    body.insert("year".into(), json!(correction.year));
    body.insert("source-sm3".into(), json!(sm3(source.as_bytes()).to_string()));
    body.insert("before".into(), json!(correction.before));
    body.insert("after".into(), json!(correction.after));
    side::append(bureau, now, &chain, body, &json!({ "source": source }), Vec::new()).map_err(SystemError::from)?;
    Ok(())
}

/// The running limits of a matter whose last day is another one under the other law.
fn moved(before: &Law, after: &Law, matter: &Matter, procedure: &Procedure) -> Vec<MovedLimit> {
    let nobody = BTreeMap::new();
    let was = deadlines(matter, procedure, &plain_world(before, &nobody));
    let is = deadlines(matter, procedure, &plain_world(after, &nobody));
    let day = |deadline: &Deadline| match &deadline.when {
        When::Day(due) => due.on,
        When::Instant { .. } | When::Unknown(_) => None,
    };
    let mut found = Vec::new();
    for (was, is) in was.iter().zip(&is) {
        let (from, to) = (day(was), day(is));
        if is.progress == Progress::Running && from != to {
            let title = procedure.limit(&is.limit).map(|limit| limit.title.clone()).unwrap_or_default();
            found.push(MovedLimit { limit: is.limit.clone(), title, kind: is.kind, before: from, after: to });
        }
    }
    found
}
