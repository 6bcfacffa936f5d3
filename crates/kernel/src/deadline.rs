//! The limits of a matter: which run, which stand still, which were met, and how each date was
//! reached.
//!
//! Nothing is stored: a deadline follows from the acts, the limits of the procedure, the calendar
//! and the rates of the place. The same ledger yields the same dates in ten years.
//!
//! INVARIANT: a limit whose rate or calendar is missing is [`When::Unknown`] with the reason;
//! it is never left out and never guessed.

use crate::clock::{self, Due, Roll, Stop, StopKind, Term, Unit};
use crate::matter::{Done, Matter};
use crate::names::Name;
use crate::procedure::{Amount, Anchor, Limit, LimitKind, Procedure};
use crate::value::Value;
use crate::world::World;
use jiff::Timestamp;
use jiff::civil::Date;

/// One limit as it applies to one matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The limit.
    pub limit: Name,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// How many units were counted, where that is known.
    pub amount: Option<u32>,
    /// The day it started.
    pub started_on: Date,
    /// When it ends.
    pub when: When,
    /// Where it stands.
    pub progress: Progress,
}

/// When a limit ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// On a day, with the way to it.
    Day(Due),
    /// At an instant: limits in hours and minutes.
    Instant(Timestamp),
    /// No date can be stated, and why.
    Unknown(String),
}

/// Where a limit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It runs.
    Running,
    /// It stands still.
    Stopped {
        /// Since this day.
        since: Date,
        /// Because of this act.
        cause: String,
    },
    /// It ended, in time or late.
    Ended {
        /// The day.
        on: Date,
        /// Whether that was after the last day; unknown when no date can be stated.
        late: Option<bool>,
    },
}

/// One run of a limit, from an anchor to its end.
struct Run {
    started: Date,
    stops: Vec<Stop>,
    stopped_in: Option<Name>,
    ended: Option<Date>,
}

/// All limits that have started, in the order of the law file, latest run of each.
pub fn deadlines(matter: &Matter, procedure: &Procedure, world: &World<'_>) -> Vec<Deadline> {
    procedure
        .limits
        .iter()
        .filter_map(|limit| match &limit.from {
            Anchor::Acts(anchors) => {
                let run = run_of(limit, anchors, matter, procedure)?;
                Some(deadline_of(limit, run, world))
            }
            Anchor::Field(field) => stated(limit, field, matter),
        })
        .collect()
}

/// The earliest last day among limits that run, and whether all that is left stands still.
pub fn governing(deadlines: &[Deadline]) -> Option<&Deadline> {
    let open = || deadlines.iter().filter(|deadline| !matches!(deadline.progress, Progress::Ended { .. }));
    let law_first = |deadline: &&Deadline| (deadline.kind, deadline.last_day());
    open()
        .filter(|deadline| deadline.progress == Progress::Running)
        .min_by_key(law_first)
        .or_else(|| open().min_by_key(law_first))
}

fn run_of(limit: &Limit, anchors: &[Name], matter: &Matter, procedure: &Procedure) -> Option<Run> {
    let mut run: Option<Run> = None;
    for done in &matter.history {
        let on = done.act.moment.on();
        if anchors.contains(&done.act.name) {
            run = Some(Run { started: on, stops: Vec::new(), stopped_in: None, ended: None });
        } else if let Some(run) = run.as_mut().filter(|run| run.ended.is_none()) {
            step(run, limit, done, procedure);
        }
    }
    run
}

/// What one act does to a run.
fn step(run: &mut Run, limit: &Limit, done: &Done, procedure: &Procedure) {
    let on = done.act.moment.on();
    let Some(def) = procedure.act(&done.act.name) else { return };
    if def.stops.contains(&limit.name) {
        run.stops.push(Stop { from: on, until: None, kind: StopKind::Suspend, cause: def.title.clone() });
        run.stopped_in = Some(done.act.to.clone());
        return;
    }
    if def.resumes.contains(&limit.name) {
        close_stop(run, on);
    }
    let still_stopped = run.stopped_in.as_ref() == Some(&done.act.to);
    if !limit.spans.contains(&done.act.to) && !still_stopped {
        close_stop(run, on);
        run.ended = Some(on);
    }
}

fn close_stop(run: &mut Run, on: Date) {
    run.stopped_in = None;
    if let Some(stop) = run.stops.iter_mut().rev().find(|stop| stop.until.is_none()) {
        stop.until = Some(on);
    }
}

fn deadline_of(limit: &Limit, run: Run, world: &World<'_>) -> Deadline {
    let amount = amount_on(limit, run.started, world);
    let when = match &amount {
        Err(why) => When::Unknown(why.clone()),
        Ok(amount) => {
            let term = Term { amount: *amount, unit: limit.unit };
            let roll = if limit.rolls { Roll::Forward } else { Roll::None };
            match clock::due(run.started, term, roll, limit.day_one, &run.stops, world.calendar) {
                Ok(due) => When::Day(due),
                Err(why) => When::Unknown(why.zh()),
            }
        }
    };
    let progress = match (run.ended, run.stops.iter().find(|stop| stop.until.is_none())) {
        (Some(on), _) => Progress::Ended { on, late: when.last_day().map(|last| on > last) },
        (None, Some(stop)) => Progress::Stopped { since: stop.from, cause: stop.cause.clone() },
        (None, None) => Progress::Running,
    };
    Deadline {
        limit: limit.name.clone(),
        kind: limit.kind,
        amount: amount.ok(),
        started_on: run.started,
        when,
        progress,
    }
}

/// A limit that starts at a time stated on opening and is met by the opening itself.
fn stated(limit: &Limit, field: &Name, matter: &Matter) -> Option<Deadline> {
    let opening = matter.history.first()?;
    let Some(Value::Time(started)) = opening.facts.get(field) else { return None };
    let Amount::Fixed(amount) = limit.amount else { return None };
    let seconds = match limit.unit {
        Unit::Minute => i64::from(amount) * 60,
        Unit::Hour => i64::from(amount) * 3600,
        Unit::NaturalDay | Unit::WorkingDay | Unit::Month | Unit::Year => return None,
    };
    // The offset of the office at the opening: both times are civil times of the same place.
    let civil = opening.act.moment.civil;
    let elapsed = civil.duration_since(*started).as_secs();
    let end = opening.act.moment.at.checked_add(jiff::SignedDuration::from_secs(seconds - elapsed)).ok()?;
    Some(Deadline {
        limit: limit.name.clone(),
        kind: limit.kind,
        amount: Some(amount),
        started_on: started.date(),
        when: When::Instant(end),
        progress: Progress::Ended { on: civil.date(), late: Some(elapsed > seconds) },
    })
}

fn amount_on(limit: &Limit, on: Date, world: &World<'_>) -> Result<u32, String> {
    match &limit.amount {
        Amount::Fixed(amount) => Ok(*amount),
        Amount::Rate(rate) => {
            let found =
                world.place.rate(rate, None, on).map_err(|_| format!("{on} 没有在施行的“{rate}”标准，请先录入"))?;
            u32::try_from(found.value).map_err(|_| format!("“{rate}”的数值不能作为期限"))
        }
    }
}

impl When {
    /// The last day, where there is one.
    pub fn last_day(&self) -> Option<Date> {
        match self {
            When::Day(due) => due.on,
            When::Instant(_) | When::Unknown(_) => None,
        }
    }
}

impl Deadline {
    /// The last day, where there is one.
    pub fn last_day(&self) -> Option<Date> {
        self.when.last_day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::Expiry;
    use crate::sample::{Bench, limit, procedure};
    use jiff::civil::date;

    const CLERK: &str = "c1/clerk/east";

    fn the(bench: &Bench, name: &str) -> Option<Deadline> {
        let found = deadlines(bench.matter(), &bench.procedure, &bench.world());
        found.into_iter().find(|deadline| deadline.limit.as_str() == name)
    }

    fn due(bench: &Bench, name: &str) -> Option<Date> {
        the(bench, name)?.last_day()
    }

    /// With a second limit of three days as the place has it, for the answer.
    fn bench() -> Bench {
        let mut procedure = procedure();
        let days = limit("answer", Amount::Rate("days".into()), Unit::NaturalDay, &["ask"], &["waiting"]);
        procedure.limits.push(Limit { kind: LimitKind::Internal, expiry: Expiry::Act("answer".into()), ..days });
        Bench::opened(procedure)
    }

    #[test]
    fn a_limit_runs_stands_still_and_runs_on() {
        let mut bench = bench();
        assert_eq!(due(&bench, "review"), Some(date(2026, 3, 9)));
        assert_eq!(the(&bench, "answer"), None, "what has not started is no limit");
        bench.does("ask", CLERK, "2026-03-04", &[]).unwrap();
        let review = the(&bench, "review").unwrap();
        assert_eq!(review.progress, Progress::Stopped { since: date(2026, 3, 4), cause: "ask".into() });
        assert_eq!(
            (review.last_day(), due(&bench, "answer")),
            (None, Some(date(2026, 3, 9))),
            "the seventh is a Saturday"
        );
        bench.does("answer", "p1/party/", "2026-03-06", &[]).unwrap();
        assert_eq!(due(&bench, "review"), Some(date(2026, 3, 11)));
        let answered = the(&bench, "answer").unwrap();
        assert_eq!(answered.progress, Progress::Ended { on: date(2026, 3, 6), late: Some(false) });
        assert_eq!(answered.amount, Some(3));
    }

    #[test]
    fn leaving_its_stages_ends_a_limit_in_time_or_late() {
        for (day, late) in [("2026-03-09", false), ("2026-03-10", true)] {
            let mut bench = bench();
            bench.does("propose-yes", CLERK, "2026-03-03", &[]).unwrap();
            assert_eq!(the(&bench, "review").unwrap().progress, Progress::Running, "it spans the approval too");
            bench.does("decide", "h1/head/east", day, &[]).unwrap();
            let on = day.parse().unwrap();
            assert_eq!(the(&bench, "review").unwrap().progress, Progress::Ended { on, late: Some(late) });
        }
    }

    #[test]
    fn what_is_not_known_is_said_with_its_reason() {
        let mut bench = bench();
        bench.place.rates.retain(|rate| rate.name.as_str() != "days");
        bench.does("ask", CLERK, "2026-03-04", &[]).unwrap();
        let When::Unknown(why) = the(&bench, "answer").unwrap().when else { panic!("a date out of nothing") };
        assert!(why.contains("2026-03-04") && why.contains("days"), "{why}");
        bench.calendar = crate::calendar::Calendar::default();
        bench.does("answer", "p1/party/", "2026-03-05", &[]).unwrap();
        let review = the(&bench, "review").unwrap();
        let When::Unknown(why) = &review.when else { panic!("a date out of nothing") };
        assert!(why.contains("2026年"), "{why}");
        assert_eq!(governing(std::slice::from_ref(&review)), Some(&review), "an unknown limit still governs");
    }

    #[test]
    fn the_law_governs_before_the_promise_and_a_running_limit_before_one_that_stands() {
        let mut bench = bench();
        let promised = limit("promised", Amount::Fixed(1), Unit::WorkingDay, &["apply"], &["review"]);
        bench.procedure.limits.insert(0, Limit { kind: LimitKind::Promised, ..promised });
        let all = |bench: &Bench| deadlines(bench.matter(), &bench.procedure, &bench.world());
        let name = |all: &[Deadline]| governing(all).unwrap().limit.to_string();
        assert_eq!(name(&all(&bench)), "review");
        bench.does("ask", CLERK, "2026-03-03", &[]).unwrap();
        assert_eq!(name(&all(&bench)), "answer");
        assert_eq!(governing(&[]), None);
    }

    #[test]
    fn hours_from_a_stated_time_are_met_by_the_opening() {
        let mut bench = bench();
        let forwarding = limit("forwarding", Amount::Fixed(24), Unit::Hour, &[], &["review"]);
        bench.procedure.limits.push(Limit { from: Anchor::Field("asked-at".into()), ..forwarding });
        assert_eq!(the(&bench, "forwarding"), None, "no time was stated");
        for (asked, late) in [(date(2026, 3, 1).at(9, 0, 0, 0), false), (date(2026, 3, 1).at(8, 59, 0, 0), true)] {
            bench.matter = None;
            let facts = [("asked-at", Value::Time(asked)), ("venue", Value::Text("990101".into()))];
            bench.does("apply", "p1/party/", "2026-03-02", &facts).unwrap();
            let found = the(&bench, "forwarding").unwrap();
            assert_eq!(found.progress, Progress::Ended { on: date(2026, 3, 2), late: Some(late) });
            let When::Instant(end) = found.when else { panic!("hours end at an instant") };
            let opened = bench.matter().history[0].act.moment.at;
            assert_eq!(end < opened, late);
        }
    }
}
