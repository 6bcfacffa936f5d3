//! A term by itself: so long from a day or a moment, as one statute counts.
//!
//! `xiezhi clock` answers with it, and the tables of terms in `statutes.md` are checked by it. Nothing is known here of
//! matters and acts.

use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use kernel::calendar::Calendar;
use kernel::clock::{self, Counting, Due, DueError, Roll, Step, Stop, Term, Unit, zh_date};
use thiserror::Error;

/// A unit as the law writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// 日: what the statute makes of it.
    Day,
    /// A unit that the article itself names.
    Unit(Unit),
}

impl Written {
    /// The unit in which so many of it are counted under a statute.
    #[must_use]
    pub fn counted(self, amount: u32, counting: &Counting) -> Unit {
        match self {
            Self::Day => counting.unit_of_days(amount),
            Self::Unit(unit) => unit,
        }
    }
}

/// A length as it is typed: `7d`, `5wd`, `15nd`, `2m`, `1y`, `24h`, `30min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Written,
}

const SHORT: [(&str, Written, &str); 7] = [
    ("d", Written::Day, "日"),
    ("wd", Written::Unit(Unit::WorkingDay), "个工作日"),
    ("nd", Written::Unit(Unit::NaturalDay), "个自然日"),
    ("m", Written::Unit(Unit::Month), "个月"),
    ("y", Written::Unit(Unit::Year), "年"),
    ("h", Written::Unit(Unit::Hour), "小时"),
    ("min", Written::Unit(Unit::Minute), "分钟"),
];

/// A length that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("看不懂期限“{0}”：请写如 7d、5wd、15nd、2m、1y、24h、30min")]
pub struct BadLength(String);

impl FromStr for Length {
    type Err = BadLength;

    fn from_str(text: &str) -> Result<Self, BadLength> {
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (amount, unit) = text.split_at(at);
        let unit = SHORT.iter().find(|(short, ..)| *short == unit).map(|(_, unit, _)| *unit);
        match (amount.parse(), unit) {
            (Ok(amount), Some(unit)) => Ok(Self { amount, unit }),
            _ => Err(BadLength(text.to_owned())),
        }
    }
}

impl Length {
    /// `7日`, `15个自然日`.
    #[must_use]
    pub fn zh(self) -> String {
        let word = SHORT.iter().find(|(_, unit, _)| *unit == self.unit).map_or("", |(.., word)| word);
        format!("{}{word}", self.amount)
    }
}

/// A term that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `2026-02-13`, or `2026-02-13T10:30` for hours.
    pub from: String,
    /// How long.
    pub length: Length,
    /// How it runs.
    pub course: Course,
    /// What is taken out of the count.
    pub stops: Vec<Stop>,
}

/// How a term runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Course {
    /// Liberty is restricted: the last day does not roll (刑事诉讼法第一百零五条).
    pub custody: bool,
    /// The opening day counts.
    pub day_one: bool,
    /// So long before the day (…日前).
    pub before: bool,
}

/// Where a term ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// On a day.
    Day {
        /// The term in the unit that was counted.
        term: Term,
        /// The day, with the way to it.
        due: Due,
    },
    /// At a moment, in the same civil time.
    Moment(DateTime),
}

/// Why a term has no end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TermError {
    /// The start cannot be read.
    #[error("看不懂日期“{0}”：请写如 2026-02-13")]
    NotADay(String),
    /// Hours need a moment.
    #[error("以小时、分钟计算的期限从时刻起算：请写如 2026-02-13T10:30")]
    NotAMoment,
    /// Hours have neither stops nor rolling.
    #[error("以小时、分钟计算的期限连续走，没有停止、倒算和顺延：请去掉它们")]
    HoursRunOn,
    /// A period before a day is not stopped.
    #[error("倒算的期限没有停止，也不计入当日：请去掉它们")]
    BackwardRunsOn,
    /// This version of the statute is not yet in force.
    #[error("{statute}的这一版自{}起施行，{}还不适用：请核对日期，或者查当时的法律", zh_date(*.since), zh_date(*.from))]
    NotInForce {
        /// The statute.
        statute: String,
        /// Its first day.
        since: Date,
        /// The day asked for.
        from: Date,
    },
    /// It cannot be reckoned.
    #[error("{}", .0.zh().trim_end_matches('。'))]
    Due(#[from] DueError),
}

impl TermError {
    /// Whether the question was put wrongly, rather than having no answer.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NotADay(_) | Self::NotAMoment | Self::HoursRunOn | Self::BackwardRunsOn)
    }
}

/// What a term needs to know of a statute.
pub(crate) struct Under<'s> {
    /// Its name.
    pub name: &'s str,
    /// First day of this version.
    pub since: Date,
    /// How it counts a bare day.
    pub counting: &'s Counting,
}

/// Where a term ends.
///
/// # Errors
/// [`TermError`].
pub(crate) fn reckon(statute: &Under<'_>, asked: &Asked, calendar: &Calendar) -> Result<End, TermError> {
    let Length { amount, unit } = asked.length;
    let term = Term::new(amount, unit.counted(amount, statute.counting));
    let seconds = match term.unit {
        Unit::Hour => Some(3600),
        Unit::Minute => Some(60),
        _ => None,
    };
    if let Some(seconds) = seconds {
        if !asked.stops.is_empty() || asked.course != Course::default() {
            return Err(TermError::HoursRunOn);
        }
        let start = Some(&asked.from).filter(|from| from.contains('T')).and_then(|from| from.parse::<DateTime>().ok());
        let start = start.ok_or(TermError::NotAMoment)?;
        in_force(statute, start.date())?;
        let end = start.checked_add(SignedDuration::from_secs(seconds * i64::from(amount)));
        return Ok(End::Moment(end.map_err(|_| DueError::OutOfRange { from: start.date() })?));
    }
    let from: Date = asked.from.parse().map_err(|_| TermError::NotADay(asked.from.clone()))?;
    in_force(statute, from)?;
    let due = if asked.course.before {
        if !asked.stops.is_empty() || asked.course.day_one {
            return Err(TermError::BackwardRunsOn);
        }
        let latest = clock::latest_before(from, term, calendar)?;
        let step = Step::CountedBack { event: from, amount, unit: term.unit, to: latest };
        Due { on: Some(latest), unit: term.unit, steps: vec![step] }
    } else {
        let roll = if asked.course.custody { Roll::None } else { Roll::Forward };
        clock::due(from, term, roll, asked.course.day_one, &asked.stops, calendar)?
    };
    Ok(End::Day { term, due })
}

fn in_force(statute: &Under<'_>, from: Date) -> Result<(), TermError> {
    let since = statute.since;
    if from < since {
        return Err(TermError::NotInForce { statute: statute.name.to_owned(), since, from });
    }
    Ok(())
}
