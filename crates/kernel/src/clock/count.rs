//! Counting: from the opening day through the stops to the last day.
//!
//! One run counts from one opening day; a restart begins another. The module knows no statute and no article; it is
//! told the unit and whether the last day rolls.
//!
//! INVARIANT: a term never ends before a stop inside it has ended, and a stop that begins after the end changes nothing.

use jiff::civil::Date;

use super::stops::Window;
use super::{Due, DueError, Roll, Step, StopKind, Term, Unit, days_between, plus_days, span};
use crate::calendar::Calendar;

/// What stays the same while one term is counted.
pub(super) struct Count<'a> {
    pub(super) term: Term,
    pub(super) roll: Roll,
    pub(super) calendar: &'a Calendar,
}

/// Where a count begins.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) anchor: Date,
    pub(super) day_one: bool,
}

impl Start {
    /// The day after which days are counted.
    fn origin(self) -> Result<Date, DueError> {
        if self.day_one { plus_days(self.anchor, -1) } else { Ok(self.anchor) }
    }
}

/// How one run from an anchor ended.
pub(super) enum Run {
    /// The last day, before rolling.
    Ends(Date),
    /// A stop is open.
    Stands,
    /// Counting starts anew.
    Restarts { at: Date },
}

/// The effect of one pause: the new last day, before rolling, and the days taken out.
struct Moved {
    last: Date,
    days: i64,
}

impl Count<'_> {
    /// Counts once from the start, through the stops in order, until the term ends, stands still or is restarted.
    pub(super) fn run(&self, start: Start, windows: &[Window], steps: &mut Vec<Step>) -> Result<Run, DueError> {
        let Start { anchor, day_one } = start;
        let origin = start.origin()?;
        steps.push(if day_one { Step::DayOneCounted { anchor } } else { Step::DayOneNotCounted { anchor } });
        let mut last = self.plain(start, steps)?;
        let mut stopped = 0;
        for window in windows {
            let from = window.from.max(origin);
            if window.until.is_some_and(|until| until <= origin) {
                continue;
            }
            if from > last && from > self.effective(last)? {
                steps.push(Step::StopAfterDue { from, cause: window.cause.clone() });
                continue;
            }
            let cause = window.cause.clone();
            match (window.until, window.kind) {
                (None, _) => {
                    steps.push(self.standing(origin, from, last, stopped, cause)?);
                    return Ok(Run::Stands);
                }
                (Some(at), StopKind::Restart) => {
                    steps.push(Step::Restarted { from, at, cause });
                    return Ok(Run::Restarts { at });
                }
                (Some(until), kind) => {
                    let moved = self.pause(last, from, until)?;
                    (stopped, last) = (stopped + moved.days, moved.last);
                    let (days, unit) = (moved.days, self.day_unit());
                    steps.push(Step::Stopped { from, until, kind, days, unit, cause, to: last });
                }
            }
        }
        Ok(Run::Ends(last))
    }

    /// The last day without any stop, before rolling.
    fn plain(&self, start: Start, steps: &mut Vec<Step>) -> Result<Date, DueError> {
        let Start { anchor, day_one } = start;
        let amount = i64::from(self.term.amount);
        let to = match self.term.unit {
            Unit::WorkingDay => {
                let (to, closed) = self.advance(start.origin()?, amount)?;
                if !closed.is_empty() {
                    steps.push(Step::SkippedClosedDays { days: closed });
                }
                to
            }
            Unit::Month | Unit::Year => {
                let out_of_range = |_| DueError::OutOfRange { from: anchor };
                let to = anchor.checked_add(span(amount, self.term.unit, anchor)?).map_err(out_of_range)?;
                // A month without the corresponding day ends on its last day, whether or not day one counts.
                if day_one && to.day() == anchor.day() { plus_days(to, -1)? } else { to }
            }
            _ => plus_days(start.origin()?, amount)?,
        };
        steps.push(Step::Counted { amount: self.term.amount, unit: self.term.unit, to });
        Ok(to)
    }

    /// The last day after a pause `from < day <= until` that began while the term still ran.
    fn pause(&self, last: Date, from: Date, until: Date) -> Result<Moved, DueError> {
        if self.term.unit == Unit::WorkingDay {
            let days = self.calendar.working_days_between(from, until)?;
            let (to, _) = self.advance(last, days)?;
            // Nothing was left on the day of the stop: the term ends when it resumes, never before.
            let last = if to < until { self.calendar.working_day_from(until)? } else { to };
            return Ok(Moved { last, days });
        }
        let days = days_between(from, until);
        // A stop between the last day and the day it rolled to begins inside the term as the law extends it.
        let base = if from > last { self.effective(last)? } else { last };
        Ok(Moved { last: plus_days(base, days)?, days })
    }

    /// The day after which nothing more can be done: the last day, rolled where it rolls.
    fn effective(&self, last: Date) -> Result<Date, DueError> {
        match self.roll {
            Roll::Forward => Ok(self.calendar.working_day_from(last)?),
            Roll::None => Ok(last),
        }
    }

    /// The step that says how far the clock had come when it stopped.
    fn standing(&self, origin: Date, since: Date, last: Date, stopped: i64, cause: String) -> Result<Step, DueError> {
        let end = if since > last { self.effective(last)? } else { last };
        let (gone, left) = if self.term.unit == Unit::WorkingDay {
            let gone = self.calendar.working_days_between(origin, since)?;
            (gone, self.calendar.working_days_between(since, end)?)
        } else {
            (days_between(origin, since), days_between(since, end))
        };
        Ok(Step::StillStopped { since, cause, used: gone - stopped, left, unit: self.day_unit() })
    }

    /// The `amount`-th working day after `from`, and the closed days passed on the way.
    fn advance(&self, from: Date, amount: i64) -> Result<(Date, Vec<Date>), DueError> {
        let mut day = from;
        let mut closed = Vec::new();
        let mut left = amount;
        while left > 0 {
            day = plus_days(day, 1)?;
            if self.calendar.is_working_day(day)? {
                left -= 1;
            } else {
                closed.push(day);
            }
        }
        Ok((day, closed))
    }

    /// The unit in which stops and remainders are told.
    fn day_unit(&self) -> Unit {
        if self.term.unit == Unit::WorkingDay { Unit::WorkingDay } else { Unit::NaturalDay }
    }

    /// Rolls the last day and says so.
    pub(super) fn finish(&self, last: Date, mut steps: Vec<Step>) -> Result<Due, DueError> {
        let on = self.effective(last)?;
        match self.roll {
            Roll::Forward if on != last => {
                let because = self.calendar.closed_because(last)?.unwrap_or_default().to_owned();
                steps.push(Step::Rolled { from: last, to: on, because });
            }
            Roll::Forward => {}
            // Told for the reader's sake only, so a calendar that is not published is no obstacle.
            Roll::None => {
                if let Ok(Some(because)) = self.calendar.closed_because(last) {
                    steps.push(Step::NotRolled { on: last, because: because.to_owned() });
                }
            }
        }
        Ok(Due { on: Some(on), unit: self.term.unit, steps })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{Stop, due};
    use super::*;
    use crate::calendar::{CalendarError, CalendarYear};

    /// 2026 with the Spring Festival alone: closed from 15 to 23 February, worked on the 14th and the 28th.
    fn calendar() -> Calendar {
        let festival = |day: i8| (date(2026, 2, day), "春节".to_owned());
        let mut calendar = Calendar::default();
        let year = CalendarYear {
            year: 2026,
            source: "示例".into(),
            holidays: (15..=23).map(festival).collect(),
            makeup_workdays: [14, 28].map(festival).into(),
        };
        calendar.publish(year).expect("a sound year");
        calendar
    }

    fn stop(from: Date, until: Option<Date>, kind: StopKind) -> Stop {
        Stop { from, until, kind, cause: "补正材料".into() }
    }

    fn run(anchor: Date, amount: u32, unit: Unit, stops: &[Stop]) -> Result<Due, DueError> {
        due(anchor, Term::new(amount, unit), Roll::Forward, false, stops, &calendar())
    }

    fn day(month: i8, day: i8) -> Date {
        date(2026, month, day)
    }

    #[test]
    fn seven_natural_days_into_the_spring_festival() {
        let found = run(day(2, 13), 7, Unit::NaturalDay, &[]).expect("a due date");
        assert_eq!(found.on, Some(day(2, 24)));
        let told: Vec<_> = found.steps.iter().map(Step::zh).collect();
        assert_eq!(
            told,
            [
                "2026年2月13日是开始的当日，不计入，从次日起算（民法典第二百零一条）。",
                "按自然日计算，第7日是2026年2月20日；期间内的休息日照算。",
                "最后一日2026年2月20日是春节，不上班，顺延到其后第一个工作日2026年2月24日（民法典第二百零三条）。",
            ]
        );
        let cites: Vec<_> = found.steps.iter().filter_map(Step::cite).collect();
        assert_eq!(cites, ["民法典:201", "民法典:203"]);
    }

    #[test]
    fn working_days_skip_the_festival_and_count_the_makeup_day() {
        let check = |anchor: Date, amount: u32, on: Date| {
            let found = run(anchor, amount, Unit::WorkingDay, &[]).expect("a due date");
            assert_eq!(found.on, Some(on), "{amount} from {anchor}");
        };
        check(day(2, 13), 1, day(2, 14));
        check(day(2, 13), 2, day(2, 24));
        check(day(2, 24), 4, day(2, 28));
        let found = run(day(2, 13), 2, Unit::WorkingDay, &[]).expect("a due date");
        let told = found.steps.get(1).map(Step::zh);
        assert_eq!(told.as_deref(), Some("不计休息日和节假日9天：2026年2月15日至2月23日。"));
    }

    #[test]
    fn months_end_on_the_corresponding_day_or_the_last() {
        let check = |anchor: Date, amount: u32, unit: Unit, day_one: bool, on: Date| {
            let term = Term::new(amount, unit);
            let found = due(anchor, term, Roll::None, day_one, &[], &calendar()).expect("a due date");
            assert_eq!(found.on, Some(on), "{amount} from {anchor}");
        };
        check(day(1, 31), 1, Unit::Month, false, day(2, 28));
        check(day(1, 30), 3, Unit::Month, false, day(4, 30));
        check(date(2024, 2, 29), 2, Unit::Year, false, day(2, 28));
        check(day(3, 1), 1, Unit::Month, true, day(3, 31));
        check(day(1, 31), 1, Unit::Month, true, day(2, 28));
        check(day(3, 1), 7, Unit::NaturalDay, true, day(3, 7));
    }

    #[test]
    fn custody_ends_on_the_day_itself() {
        let term = Term::new(7, Unit::NaturalDay);
        let found = due(day(2, 13), term, Roll::None, false, &[], &calendar()).expect("a due date");
        assert_eq!(found.on, Some(day(2, 20)));
        assert_eq!(found.steps.last(), Some(&Step::NotRolled { on: day(2, 20), because: "春节".into() }));
    }

    #[test]
    fn a_pause_moves_the_last_day() {
        let check = |unit: Unit, amount: u32, stops: &[Stop], on: Date| {
            let found = run(day(3, 2), amount, unit, stops).expect("a due date");
            assert_eq!(found.on, Some(on), "{stops:?}");
        };
        let pause = |from: Date, until: Date| stop(from, Some(until), StopKind::Suspend);
        // Monday 2 March + 7 = Monday 9; two days out: Wednesday 11.
        check(Unit::NaturalDay, 7, &[pause(day(3, 4), day(3, 6))], day(3, 11));
        // Overlapping pauses count once; separate ones add up.
        check(Unit::NaturalDay, 7, &[pause(day(3, 4), day(3, 6)), pause(day(3, 5), day(3, 7))], day(3, 12));
        check(Unit::NaturalDay, 7, &[pause(day(3, 10), day(3, 11)), pause(day(3, 4), day(3, 6))], day(3, 12));
        // Friday to Monday takes out one working day, not three.
        check(Unit::WorkingDay, 5, &[pause(day(3, 6), day(3, 9))], day(3, 10));
        // A pause before the opening day, or one that ends the day it began, changes nothing.
        check(Unit::NaturalDay, 7, &[pause(day(2, 25), day(3, 2)), pause(day(3, 4), day(3, 4))], day(3, 9));
        // One that began before counts from the opening day.
        check(Unit::NaturalDay, 7, &[pause(day(2, 25), day(3, 4))], day(3, 11));
    }

    #[test]
    fn a_pause_on_the_last_day_ends_the_term_no_earlier_than_it_resumes() {
        let pause = |from: Date, until: Date| [stop(from, Some(until), StopKind::Suspend)];
        // Last day Friday 20 March; stopped that day, resumed on Sunday: Monday.
        let found = run(day(3, 13), 7, Unit::NaturalDay, &pause(day(3, 20), day(3, 22))).expect("a due date");
        assert_eq!(found.on, Some(day(3, 23)));
        let found = run(day(3, 13), 5, Unit::WorkingDay, &pause(day(3, 20), day(3, 22))).expect("a due date");
        assert_eq!(found.on, Some(day(3, 23)));
        // Last day Saturday 21 rolls to Monday 23; stopped on that Monday, resumed on Friday 27: due then.
        let found = run(day(3, 14), 7, Unit::NaturalDay, &pause(day(3, 23), day(3, 27))).expect("a due date");
        assert_eq!(found.on, Some(day(3, 27)));
    }

    #[test]
    fn an_open_stop_has_no_due_date() {
        let found =
            run(day(3, 2), 7, Unit::NaturalDay, &[stop(day(3, 4), None, StopKind::Suspend)]).expect("an answer");
        assert_eq!(found.on, None);
        let told = found.steps.last().map(Step::zh);
        let expected = "因补正材料，自2026年3月4日起期限中止，至今未恢复；已用2日，还剩5日，恢复后接着计算。";
        assert_eq!(told.as_deref(), Some(expected));
        let stops = [stop(day(3, 3), Some(day(3, 5)), StopKind::Deduct), stop(day(3, 9), None, StopKind::Suspend)];
        let found = run(day(3, 2), 5, Unit::WorkingDay, &stops).expect("an answer");
        let (used, left) = match found.steps.last() {
            Some(Step::StillStopped { used, left, .. }) => (*used, *left),
            other => panic!("{other:?}"),
        };
        assert_eq!((used, left), (3, 2));
    }

    #[test]
    fn a_stop_after_the_end_changes_nothing() {
        let late = |kind: StopKind| [stop(day(3, 10), None, kind)];
        for kind in [StopKind::Suspend, StopKind::Restart] {
            let found = run(day(3, 2), 7, Unit::NaturalDay, &late(kind)).expect("a due date");
            assert_eq!(found.on, Some(day(3, 9)));
            assert!(found.steps.contains(&Step::StopAfterDue { from: day(3, 10), cause: "补正材料".into() }));
        }
    }

    #[test]
    fn a_restart_begins_anew() {
        let restart = stop(day(3, 4), Some(day(3, 11)), StopKind::Restart);
        let check = |stops: &[Stop], on: Option<Date>| {
            let found = run(day(3, 2), 7, Unit::NaturalDay, stops).expect("an answer");
            assert_eq!(found.on, on, "{stops:?}");
        };
        check(std::slice::from_ref(&restart), Some(day(3, 18)));
        let pause = |from: Date, until: Date| stop(from, Some(until), StopKind::Suspend);
        // What was paused before is gone with the count; a pause after it counts.
        check(&[restart.clone(), pause(day(3, 3), day(3, 4))], Some(day(3, 18)));
        check(&[restart.clone(), pause(day(3, 12), day(3, 13))], Some(day(3, 19)));
        check(&[restart.clone(), pause(day(3, 10), day(3, 13))], Some(day(3, 20)));
        check(&[restart, stop(day(3, 12), Some(day(3, 16)), StopKind::Restart)], Some(day(3, 23)));
        check(&[stop(day(3, 4), None, StopKind::Restart)], None);
    }

    #[test]
    fn what_cannot_be_counted_is_named() {
        let check = |found: Result<Due, DueError>, expected: DueError| {
            assert!(expected.zh().ends_with('。'));
            assert_eq!(found, Err(expected));
        };
        check(run(day(3, 2), 0, Unit::NaturalDay, &[]), DueError::ZeroTerm { unit: Unit::NaturalDay });
        check(run(day(3, 2), 24, Unit::Hour, &[]), DueError::NotADayTerm { unit: Unit::Hour });
        let unpublished = DueError::Calendar(CalendarError::YearNotPublished { year: 2027 });
        check(run(day(12, 28), 7, Unit::NaturalDay, &[]), unpublished.clone());
        check(run(day(12, 28), 7, Unit::WorkingDay, &[]), unpublished);
        let upside_down = stop(day(3, 5), Some(day(3, 4)), StopKind::Suspend);
        let expected = DueError::StopEndsBeforeItBegins { from: day(3, 5), until: day(3, 4) };
        check(run(day(3, 2), 7, Unit::NaturalDay, &[upside_down]), expected);
        check(run(day(3, 2), u32::MAX, Unit::NaturalDay, &[]), DueError::OutOfRange { from: day(3, 2) });
        check(run(day(3, 2), u32::MAX, Unit::Year, &[]), DueError::OutOfRange { from: day(3, 2) });
    }
}
