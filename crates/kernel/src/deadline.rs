//! The limits of a matter: which run, which stand still, which were met, and how each date was
//! reached.
//!
//! Nothing is stored: a deadline follows from the acts, the limits of the procedure, the calendar
//! and the rates of the place. The same ledger yields the same dates in ten years.
//!
//! INVARIANT: a limit whose rate or calendar is missing is [`When::Unknown`] with the reason;
//! it is never left out and never guessed.

mod run;

use crate::clock::{Due, Unit};
use crate::matter::Matter;
use crate::names::Name;
use crate::procedure::{Binds, LimitKind, Procedure};
use crate::world::{Moment, World};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

pub use run::{extensions, of_limit};

/// One limit as it applies to one matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The limit.
    pub limit: Name,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// How it binds.
    pub sense: Sense,
    /// How many units were counted, where that is known, without extensions.
    pub amount: Option<u32>,
    /// The day it started; of a limit that is counted backward, the day it is counted from.
    pub started_on: Date,
    /// When it ends.
    pub when: When,
    /// Where it stands.
    pub progress: Progress,
    /// By what it was prolonged.
    pub extended: Vec<Extension>,
    /// How many days what its end brings about waits for the post; `None` while no rate says so, and nothing happens.
    pub post_days: Option<u32>,
}

/// Which way a limit binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// Something must be done until then.
    AtMost,
    /// Nothing may be done before it is over.
    AtLeast,
    /// Something must be done until so long before a day.
    Before,
}

/// One extension of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// How many units.
    pub amount: u32,
    /// The unit.
    pub unit: Unit,
    /// The day it was granted.
    pub on: Date,
    /// The act that granted it.
    pub cause: String,
}

/// When a limit ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// On a day, with the way to it.
    Day(Due),
    /// At an instant: limits in hours and minutes.
    Instant {
        /// The instant.
        at: Timestamp,
        /// The civil time of the office at that instant.
        civil: DateTime,
    },
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

/// All limits that have started, in the order of the law file, latest run of each.
pub fn deadlines(matter: &Matter, procedure: &Procedure, world: &World<'_>) -> Vec<Deadline> {
    procedure.limits.iter().filter_map(|limit| of_limit(limit, matter, procedure, world)).collect()
}

/// The earliest last day among limits that run, and whether all that is left stands still. A minimum period
/// is nobody's last day.
pub fn governing(deadlines: &[Deadline]) -> Option<&Deadline> {
    let open = || {
        deadlines
            .iter()
            .filter(|deadline| deadline.sense != Sense::AtLeast && !matches!(deadline.progress, Progress::Ended { .. }))
    };
    let law_first = |deadline: &&Deadline| (deadline.kind, deadline.last_day());
    open()
        .filter(|deadline| deadline.progress == Progress::Running)
        .min_by_key(law_first)
        .or_else(|| open().min_by_key(law_first))
}

impl Sense {
    /// Which way a limit binds.
    pub fn of(binds: &Binds) -> Sense {
        match binds {
            Binds::Within | Binds::OrRefused { .. } => Sense::AtMost,
            Binds::AtLeast { .. } => Sense::AtLeast,
            Binds::Before { .. } => Sense::Before,
        }
    }
}

impl When {
    /// The last day, where there is one.
    pub fn last_day(&self) -> Option<Date> {
        match self {
            When::Day(due) => due.on,
            When::Instant { civil, .. } => Some(civil.date()),
            When::Unknown(_) => None,
        }
    }

    /// Whether a moment lies after the end; `None` when no end can be stated.
    pub fn is_past(&self, moment: Moment) -> Option<bool> {
        match self {
            When::Day(due) => due.on.map(|last| moment.on() > last),
            When::Instant { at, .. } => Some(moment.at > *at),
            When::Unknown(_) => None,
        }
    }
}

impl Deadline {
    /// The last day, where there is one.
    pub fn last_day(&self) -> Option<Date> {
        self.when.last_day()
    }

    /// It runs, and its end has passed.
    pub fn is_over(&self, now: Moment) -> bool {
        self.progress == Progress::Running && self.when.is_past(now) == Some(true)
    }

    /// The first day on which its end may bring something about: the post has been waited for.
    pub fn lapses_on(&self) -> Option<Date> {
        if self.progress != Progress::Running {
            return None;
        }
        match &self.when {
            When::Instant { civil, .. } => Some(civil.date()),
            when => {
                let days = i64::from(self.post_days?) + 1;
                when.last_day()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
            }
        }
    }

    /// It runs, its end has passed, and so have the days of the post: what the end brings about may happen.
    pub fn has_lapsed(&self, now: Moment) -> bool {
        self.is_over(now) && self.lapses_on().is_some_and(|first| first <= now.on())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::{Amount, Anchor, Expiry, Limit, Post};
    use crate::sample::{Bench, limit, procedure};
    use crate::value::Value;
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
    fn what_was_posted_in_time_is_in_time_and_its_end_waits_for_the_post() {
        let posting = |bench: &mut Bench, waits: Option<&str>| {
            let cite = crate::procedure::Citation { statute: "民事诉讼法".into(), article: 85 };
            let answer = bench.procedure.limits.iter_mut().find(|limit| limit.name.as_str() == "answer").unwrap();
            answer.post = Some(Post { field: "posted-on".into(), waits: waits.map(Name::from), cite });
        };
        let asked = |waits: Option<&str>| {
            let mut bench = bench();
            posting(&mut bench, waits);
            bench.does("ask", CLERK, "2026-03-04", &[]).unwrap();
            bench
        };
        let lapses = |waits: Option<&str>| the(&asked(waits), "answer").unwrap().lapses_on();
        assert_eq!(lapses(None), Some(date(2026, 3, 10)), "the day after the last, the ninth");
        assert_eq!(lapses(Some("days")), Some(date(2026, 3, 13)), "three days later");
        assert_eq!(lapses(Some("unknown")), None, "nothing happens on a day that nobody stated");
        for (posted, late) in [("2026-03-09", false), ("2026-03-10", true)] {
            let mut bench = asked(Some("days"));
            let facts = [("posted-on", Value::Date(posted.parse().unwrap()))];
            bench.does("answer", "p1/party/", "2026-03-12", &facts).unwrap();
            let on = posted.parse().unwrap();
            assert_eq!(the(&bench, "answer").unwrap().progress, Progress::Ended { on, late: Some(late) });
            assert_eq!(due(&bench, "review"), Some(date(2026, 3, 17)), "the organ counts from receipt");
        }
        let mut bench = asked(Some("days"));
        let tomorrow = [("posted-on", Value::Date(date(2026, 3, 13)))];
        bench.does("answer", "p1/party/", "2026-03-12", &tomorrow).unwrap();
        let on = date(2026, 3, 12);
        assert_eq!(the(&bench, "answer").unwrap().progress, Progress::Ended { on, late: Some(true) });
    }

    #[test]
    fn a_limit_runs_only_in_its_stages_and_counts_from_what_starts_it() {
        let early = limit("early", Amount::Fixed(7), Unit::NaturalDay, &["apply"], &["waiting"]);
        let bench = || {
            let mut procedure = procedure();
            procedure.limits.push(early.clone());
            Bench::opened(procedure)
        };
        let mut goes_there = bench();
        assert_eq!(the(&goes_there, "early"), None, "not there yet");
        goes_there.does("ask", CLERK, "2026-03-04", &[]).unwrap();
        assert_eq!(due(&goes_there, "early"), Some(date(2026, 3, 9)), "seven days from the opening on the second");
        let mut goes_elsewhere = bench();
        goes_elsewhere.does("propose-yes", CLERK, "2026-03-04", &[]).unwrap();
        assert_eq!(the(&goes_elsewhere, "early"), None);
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
        let forwarding = limit("forwarding", Amount::Fixed(24), Unit::Hour, &[], &[]);
        bench.procedure.limits.push(Limit { from: Anchor::Field("asked-at".into()), ..forwarding });
        assert_eq!(the(&bench, "forwarding"), None, "no time was stated");
        for (asked, late) in [(date(2026, 3, 1).at(9, 0, 0, 0), false), (date(2026, 3, 1).at(8, 59, 0, 0), true)] {
            bench.matter = None;
            let facts = [("asked-at", Value::Time(asked)), ("venue", Value::Text("990101".into()))];
            bench.does("apply", "p1/party/", "2026-03-02", &facts).unwrap();
            let found = the(&bench, "forwarding").unwrap();
            assert_eq!(found.progress, Progress::Ended { on: date(2026, 3, 2), late: Some(late) });
            let When::Instant { at: end, .. } = found.when else { panic!("hours end at an instant") };
            let opened = bench.matter().history[0].act.moment.at;
            assert_eq!(end < opened, late);
        }
    }
}
