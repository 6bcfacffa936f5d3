//! The legal clock: the last day on which something may still be done, and how that day was reached.
//!
//! A due date follows from the day that starts the term, the term, the stops, and the calendar – nothing else.
//! There is no clock of the machine here: today is handed in where it matters ([`light`]). Which statute
//! counts a bare "day" as a working day is [`Counting`]; the statutes themselves are declared in the law files.
//!
//! Rules: 民法典第二百零一条 (day one is not counted; hours run from the moment), 第二百零二条 (months and years end on the
//! corresponding day or the month's last), 第二百零三条 (a last day that is closed rolls forward); 刑事诉讼法第一百零五条 (a term
//! in custody does not roll).
//!
//! INVARIANT: with [`Roll::Forward`] a due date is never a closed day; every due date carries the steps that reach it.

mod count;
mod light;
mod step;
mod stops;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::calendar::{Calendar, CalendarError};

pub use light::{Light, Reading, days_left, light, working_days_left};
pub use step::{Step, zh_date};
pub use stops::{Stop, StopKind};

use count::{Count, Run, Start};
use stops::windows;

/// What a term is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unit {
    /// Minutes from a moment.
    Minute,
    /// Hours from a moment.
    Hour,
    /// Every day counts (自然日).
    NaturalDay,
    /// Only working days count (工作日).
    WorkingDay,
    /// Months, to the corresponding day.
    Month,
    /// Years, to the corresponding day.
    Year,
}

impl Unit {
    /// The name used in data: `natural-day`, `working-day`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::NaturalDay => "natural-day",
            Self::WorkingDay => "working-day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The measure word that follows a number: `日`, `个工作日`, `个月`, ….
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Minute => "分钟",
            Self::Hour => "小时",
            Self::NaturalDay => "日",
            Self::WorkingDay => "个工作日",
            Self::Month => "个月",
            Self::Year => "年",
        }
    }
}

/// A length of time as the law writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    /// How many units; never zero in a term that can be counted.
    pub amount: u32,
    /// The unit.
    pub unit: Unit,
}

impl Term {
    /// A term of `amount` units.
    #[must_use]
    pub const fn new(amount: u32, unit: Unit) -> Self {
        Self { amount, unit }
    }

    /// `7日`, `5个工作日`, `3个月`.
    #[must_use]
    pub fn zh(self) -> String {
        format!("{}{}", self.amount, self.unit.zh())
    }
}

/// How a statute counts a bare "day" (日).
///
/// A term that itself says 工作日 is a working-day term under every statute and does not ask this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counting {
    /// The statute converts nothing: every bare day is a natural day (法律援助法, 人民调解法, …).
    NaturalDays,
    /// Terms of exactly these amounts are working days (行政复议法第八十八条: 3, 5, 7, 10).
    WorkingDaysFor(BTreeSet<u32>),
    /// Terms up to and including this amount are working days (行政强制法第六十九条: 10).
    WorkingDaysUpTo(u32),
    /// All terms in days are working days (行政许可法第八十二条).
    AllWorkingDays,
}

impl Counting {
    /// The unit of a bare term of `amount` days under this statute.
    #[must_use]
    pub fn unit_of_days(&self, amount: u32) -> Unit {
        let working = match self {
            Self::NaturalDays => false,
            Self::WorkingDaysFor(amounts) => amounts.contains(&amount),
            Self::WorkingDaysUpTo(most) => amount <= *most,
            Self::AllWorkingDays => true,
        };
        if working { Unit::WorkingDay } else { Unit::NaturalDay }
    }
}

/// What happens when the last day is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Roll {
    /// The term ends on the next working day (民法典第二百零三条).
    Forward,
    /// The term ends on the day itself: custody is not lengthened by a holiday (刑事诉讼法第一百零五条).
    None,
}

/// A due date and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day on which the thing may be done; `None` while the clock stands still.
    pub on: Option<Date>,
    /// What the term was counted in.
    pub unit: Unit,
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step>,
}

/// Why no due date can be stated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DueError {
    /// A year that had to be read is not published.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// Hours and minutes run from a moment, not from a day: see [`hours_due`].
    #[error("a term in `{}` runs from a moment, not from a day", unit.name())]
    NotADayTerm {
        /// The unit of the term.
        unit: Unit,
    },
    /// A term of zero.
    #[error("a term of zero {} cannot be counted", unit.name())]
    ZeroTerm {
        /// The unit of the term.
        unit: Unit,
    },
    /// A stop ends before it begins.
    #[error("the stop from {from} ends before it begins, on {until}")]
    StopEndsBeforeItBegins {
        /// First day of the stop.
        from: Date,
        /// Its end.
        until: Date,
    },
    /// The result lies outside the years that can be written.
    #[error("no date can be reckoned from {from}")]
    OutOfRange {
        /// Where counting began.
        from: Date,
    },
    /// The result lies outside the instants that can be written.
    #[error("no instant can be reckoned from {from}")]
    InstantOutOfRange {
        /// Where counting began.
        from: Timestamp,
    },
}

impl DueError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Calendar(error) => error.zh(),
            Self::NotADayTerm { unit } => format!("以{}计算的期限须从具体时刻起算，不能只给日期。", unit.zh()),
            Self::ZeroTerm { unit } => format!("期限不能是0{}。", unit.zh()),
            Self::StopEndsBeforeItBegins { from, until } => {
                format!("中止的结束日（{}）早于开始日（{}），请更正。", zh_date(*until), zh_date(*from))
            }
            Self::OutOfRange { from } => format!("从{}起算的到期日超出可表示的范围，请检查期限。", zh_date(*from)),
            Self::InstantOutOfRange { from } => format!("从{from}起算的时刻超出可表示的范围，请检查期限。"),
        }
    }
}

/// The last day of a term that starts on `anchor`.
///
/// `day_one` counts the opening day itself, as the law does where liberty is restricted; otherwise counting begins
/// on the next day. Each stop takes the days after its `from` up to and including its `until` out of the count;
/// stops that begin after the term has ended change nothing and are reported as such.
///
/// # Errors
/// When the calendar of a year that must be read is not published, the unit is not a day unit, the amount is zero,
/// or a stop is upside down.
pub fn due(
    anchor: Date,
    term: Term,
    roll: Roll,
    day_one: bool,
    stops: &[Stop],
    calendar: &Calendar,
) -> Result<Due, DueError> {
    check_term(term)?;
    let windows = windows(stops)?;
    let count = Count { term, roll, calendar };
    let mut steps = Vec::new();
    let mut start = Start { anchor, day_one };
    loop {
        match count.run(start, &windows, &mut steps)? {
            Run::Ends(last) => return count.finish(last, steps),
            Run::Stands => return Ok(Due { on: None, unit: term.unit, steps }),
            // Each restart lies after the one before, so the loop ends.
            Run::Restarts { at } => start = Start { anchor: at, day_one: false },
        }
    }
}

/// When a term of hours ends: hours run from the moment and skip no holiday (民法典第二百零一条第二款).
///
/// # Errors
/// [`DueError::InstantOutOfRange`] when the result cannot be written.
pub fn hours_due(anchor: Timestamp, hours: u32) -> Result<Timestamp, DueError> {
    let span = SignedDuration::from_hours(i64::from(hours));
    anchor.checked_add(span).map_err(|_| DueError::InstantOutOfRange { from: anchor })
}

/// When a term of minutes ends.
///
/// # Errors
/// [`DueError::InstantOutOfRange`] when the result cannot be written.
pub fn minutes_due(anchor: Timestamp, minutes: u32) -> Result<Timestamp, DueError> {
    let span = SignedDuration::from_mins(i64::from(minutes));
    anchor.checked_add(span).map_err(|_| DueError::InstantOutOfRange { from: anchor })
}

/// The last day that is still "`term` before the event" (…日前): the event's own day is not counted, the day found
/// is. A natural day found is not moved when it is closed, since moving it later would shorten the notice.
///
/// # Errors
/// As for [`due`].
pub fn latest_before(event: Date, term: Term, calendar: &Calendar) -> Result<Date, DueError> {
    check_term(term)?;
    let out_of_range = |_| DueError::OutOfRange { from: event };
    let amount = i64::from(term.amount);
    match term.unit {
        Unit::NaturalDay => event.checked_sub(span(amount, Unit::NaturalDay, event)?).map_err(out_of_range),
        Unit::Month | Unit::Year => event.checked_sub(span(amount, term.unit, event)?).map_err(out_of_range),
        Unit::WorkingDay => {
            let mut day = event;
            for _ in 0..term.amount {
                day = calendar.working_day_until(day.yesterday().map_err(out_of_range)?)?;
            }
            Ok(day)
        }
        Unit::Hour | Unit::Minute => Err(DueError::NotADayTerm { unit: term.unit }),
    }
}

fn check_term(term: Term) -> Result<(), DueError> {
    if matches!(term.unit, Unit::Hour | Unit::Minute) {
        return Err(DueError::NotADayTerm { unit: term.unit });
    }
    if term.amount == 0 {
        return Err(DueError::ZeroTerm { unit: term.unit });
    }
    Ok(())
}

/// A span of days, months or years that jiff can hold.
fn span(amount: i64, unit: Unit, from: Date) -> Result<jiff::Span, DueError> {
    let span = jiff::Span::new();
    let span = match unit {
        Unit::Month => span.try_months(amount),
        Unit::Year => span.try_years(amount),
        _ => span.try_days(amount),
    };
    span.map_err(|_| DueError::OutOfRange { from })
}

fn plus_days(from: Date, days: i64) -> Result<Date, DueError> {
    from.checked_add(span(days, Unit::NaturalDay, from)?).map_err(|_| DueError::OutOfRange { from })
}

/// Natural days in `from < day <= to`, negative when `to` is earlier.
fn days_between(from: Date, to: Date) -> i64 {
    (to - from).get_days().into()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::CalendarYear;

    fn calendar() -> Calendar {
        let mut calendar = Calendar::default();
        let (holidays, makeup_workdays) = Default::default();
        let year = CalendarYear { year: 2026, source: "示例".into(), holidays, makeup_workdays };
        calendar.publish(year).expect("a sound year");
        calendar
    }

    #[test]
    fn each_statute_counts_its_own_way() {
        let check = |counting: &Counting, working: &[u32], natural: &[u32]| {
            assert!(working.iter().all(|amount| counting.unit_of_days(*amount) == Unit::WorkingDay), "{counting:?}");
            assert!(natural.iter().all(|amount| counting.unit_of_days(*amount) == Unit::NaturalDay), "{counting:?}");
        };
        check(&Counting::WorkingDaysFor([3, 5, 7, 10].into()), &[3, 5, 7, 10], &[2, 15, 30, 60]);
        check(&Counting::WorkingDaysFor([2, 3, 5, 7].into()), &[2, 3, 5, 7], &[10, 15, 90]);
        check(&Counting::WorkingDaysUpTo(10), &[1, 3, 10], &[11, 30]);
        check(&Counting::AllWorkingDays, &[1, 20, 45], &[]);
        check(&Counting::NaturalDays, &[], &[3, 5, 7]);
    }

    #[test]
    fn hours_run_through_holidays() {
        let anchor: Timestamp = "2026-02-15T08:30:00Z".parse().expect("an instant");
        assert_eq!(hours_due(anchor, 24), Ok("2026-02-16T08:30:00Z".parse().expect("an instant")));
        assert_eq!(minutes_due(anchor, 45), Ok("2026-02-15T09:15:00Z".parse().expect("an instant")));
        assert_eq!(hours_due(Timestamp::MAX, 1), Err(DueError::InstantOutOfRange { from: Timestamp::MAX }));
    }

    #[test]
    fn the_latest_day_before_an_event() {
        let check = |event: Date, amount: u32, unit: Unit, expected: Date| {
            assert_eq!(latest_before(event, Term::new(amount, unit), &calendar()), Ok(expected));
        };
        check(date(2026, 3, 16), 5, Unit::NaturalDay, date(2026, 3, 11));
        check(date(2026, 3, 16), 5, Unit::WorkingDay, date(2026, 3, 9));
        check(date(2026, 3, 16), 7, Unit::WorkingDay, date(2026, 3, 5));
        check(date(2026, 3, 31), 1, Unit::Month, date(2026, 2, 28));
        let hours = Term::new(5, Unit::Hour);
        let expected = Err(DueError::NotADayTerm { unit: Unit::Hour });
        assert_eq!(latest_before(date(2026, 3, 16), hours, &calendar()), expected);
        let before_2026 = latest_before(date(2026, 1, 2), Term::new(5, Unit::WorkingDay), &calendar());
        assert_eq!(before_2026, Err(DueError::Calendar(CalendarError::YearNotPublished { year: 2025 })));
    }
}
