//! The calendar: which civil days are working days, year by year.
//!
//! A year enters the calendar when the State Council has published its arrangement, and not before. Saturdays and
//! Sundays are closed unless the arrangement makes them working days; a weekday is closed when the arrangement
//! makes it a holiday. This module does not count terms (see [`crate::clock`]) and reads no files.
//!
//! INVARIANT: a question about a year that is not published is answered with an error that names the year, never
//! with a guess from the weekday.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use thiserror::Error;

use crate::ledger::sm3;

/// The closed days and make-up working days of one published year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarYear {
    /// The Gregorian year.
    pub year: i16,
    /// Where the arrangement comes from, in the words of the law file.
    pub source: String,
    /// Days off by the arrangement, with the name of the festival.
    pub holidays: BTreeMap<Date, String>,
    /// Saturdays and Sundays that are worked to make up for a festival, with its name.
    pub makeup_workdays: BTreeMap<Date, String>,
}

/// All published years.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// The years by number, filled through [`Calendar::publish`] alone.
    years: BTreeMap<i16, CalendarYear>,
    /// Worked out when it is first asked for; every act pins it, and the days are many.
    // INVARIANT: whatever changes `years` empties it.
    version: OnceLock<String>,
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.years == other.years
    }
}

impl Eq for Calendar {}

/// Why the calendar gives no answer, or refuses a year.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// No arrangement for this year is known.
    #[error("the closed days of {year} are not published")]
    YearNotPublished {
        /// The year asked about.
        year: i16,
    },
    /// The search ran past the last day that can be written.
    #[error("no working day can be reckoned from {from}")]
    OutOfRange {
        /// Where the search began.
        from: Date,
    },
    /// The same year is given twice.
    #[error("the calendar of {year} is given twice")]
    YearTwice {
        /// The year.
        year: i16,
    },
    /// A day stands in the calendar of another year.
    #[error("{date} does not belong to the calendar of {year}")]
    DateOutsideYear {
        /// The day.
        date: Date,
        /// The year whose calendar lists it.
        year: i16,
    },
    /// One day is both a holiday and a make-up working day.
    #[error("{date} is listed both as a holiday and as a working day")]
    DateTwice {
        /// The day.
        date: Date,
    },
}

impl CalendarError {
    /// The fact in Chinese, with what to do about it.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::YearNotPublished { year } => {
                format!("{year}年的节假日安排尚未录入，无法计算到期日；请在国务院办公厅公布后录入该年日历。")
            }
            Self::OutOfRange { from } => format!("从{from}起找不到可用的工作日，请检查日期。"),
            Self::YearTwice { year } => format!("{year}年的日历重复，请只保留一份。"),
            Self::DateOutsideYear { date, year } => format!("{date}不属于{year}年的日历。"),
            Self::DateTwice { date } => format!("{date}既列为放假又列为上班，请改正。"),
        }
    }
}

impl Calendar {
    /// Adds one year.
    ///
    /// # Errors
    /// When the year is already there, lists a day of another year, or lists a day as both closed and worked.
    pub fn publish(&mut self, year: CalendarYear) -> Result<(), CalendarError> {
        if self.years.contains_key(&year.year) {
            return Err(CalendarError::YearTwice { year: year.year });
        }
        self.correct(year)
    }

    /// Puts a year in place of what it had.
    ///
    /// # Errors
    /// When the year lists a day of another year, or lists a day as both closed and worked.
    pub fn correct(&mut self, year: CalendarYear) -> Result<(), CalendarError> {
        let number = year.year;
        let listed = year.holidays.keys().chain(year.makeup_workdays.keys());
        if let Some(date) = listed.into_iter().find(|date| date.year() != number) {
            return Err(CalendarError::DateOutsideYear { date: *date, year: number });
        }
        if let Some(date) = year.holidays.keys().find(|date| year.makeup_workdays.contains_key(date)) {
            return Err(CalendarError::DateTwice { date: *date });
        }
        self.years.insert(number, year);
        self.version = OnceLock::new();
        Ok(())
    }

    /// The years that are there, in order.
    pub fn years(&self) -> impl DoubleEndedIterator<Item = &CalendarYear> {
        self.years.values()
    }

    /// Whether offices work on this day.
    ///
    /// # Errors
    /// [`CalendarError::YearNotPublished`] when the year of `date` is not known.
    pub fn is_working_day(&self, date: Date) -> Result<bool, CalendarError> {
        Ok(self.closed_because(date)?.is_none())
    }

    /// Why a day is closed: the festival's name, `星期六` or `星期日`; `None` on a working day.
    ///
    /// # Errors
    /// [`CalendarError::YearNotPublished`] when the year of `date` is not known.
    pub fn closed_because(&self, date: Date) -> Result<Option<&str>, CalendarError> {
        let year = date.year();
        let days = self.years.get(&year).ok_or(CalendarError::YearNotPublished { year })?;
        if let Some(name) = days.holidays.get(&date) {
            return Ok(Some(name));
        }
        if days.makeup_workdays.contains_key(&date) {
            return Ok(None);
        }
        Ok(match date.weekday() {
            Weekday::Saturday => Some("星期六"),
            Weekday::Sunday => Some("星期日"),
            _ => None,
        })
    }

    /// The first working day on or after `date`.
    ///
    /// # Errors
    /// When the search meets a year that is not published, or the end of the calendar.
    pub fn working_day_from(&self, date: Date) -> Result<Date, CalendarError> {
        self.search(date, 1)
    }

    /// The last working day on or before `date`.
    ///
    /// # Errors
    /// When the search meets a year that is not published, or the beginning of the calendar.
    pub fn working_day_until(&self, date: Date) -> Result<Date, CalendarError> {
        self.search(date, -1)
    }

    /// How many working days lie in `after < day <= until`; zero when the interval is empty.
    ///
    /// # Errors
    /// When the interval touches a year that is not published.
    pub fn working_days_between(&self, after: Date, until: Date) -> Result<i64, CalendarError> {
        let mut day = after;
        let mut count = 0;
        while day < until {
            day = day.tomorrow().map_err(|_| CalendarError::OutOfRange { from: after })?;
            if self.is_working_day(day)? {
                count += 1;
            }
        }
        Ok(count)
    }

    /// A fingerprint of the whole content, pinned by every decision that read it: the first 16 hex digits of the
    /// SM3 digest over one line per listed day, in order.
    #[must_use]
    pub fn version(&self) -> &str {
        self.version.get_or_init(|| self.hashed())
    }

    fn hashed(&self) -> String {
        let mut text = String::new();
        for (number, year) in &self.years {
            text.push_str(&format!("calendar {number}\n"));
            for (date, name) in &year.holidays {
                text.push_str(&format!("holiday {date} {name}\n"));
            }
            for (date, name) in &year.makeup_workdays {
                text.push_str(&format!("workday {date} {name}\n"));
            }
        }
        sm3(text.as_bytes()).to_string().chars().take(16).collect()
    }

    fn search(&self, from: Date, step: i32) -> Result<Date, CalendarError> {
        let mut day = from;
        while !self.is_working_day(day)? {
            day = day.checked_add(step.days()).map_err(|_| CalendarError::OutOfRange { from })?;
        }
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn sample() -> Calendar {
        let mut calendar = Calendar::default();
        calendar
            .publish(CalendarYear {
                year: 2026,
                source: "示例".into(),
                holidays: [(date(2026, 1, 1), "元旦".to_owned()), (date(2026, 1, 2), "元旦".to_owned())].into(),
                makeup_workdays: [(date(2026, 1, 4), "元旦".to_owned())].into(),
            })
            .expect("a sound year");
        calendar
    }

    #[test]
    fn says_why_a_day_is_closed() {
        let calendar = sample();
        let check = |day: Date, expected: Option<&str>| assert_eq!(calendar.closed_because(day), Ok(expected), "{day}");
        check(date(2026, 1, 1), Some("元旦"));
        check(date(2026, 1, 3), Some("星期六"));
        check(date(2026, 1, 4), None);
        check(date(2026, 1, 5), None);
        check(date(2026, 1, 11), Some("星期日"));
    }

    #[test]
    fn an_unpublished_year_is_named() {
        let calendar = sample();
        assert_eq!(calendar.is_working_day(date(2027, 1, 4)), Err(CalendarError::YearNotPublished { year: 2027 }));
        assert_eq!(
            calendar.working_day_from(date(2026, 1, 1)),
            Ok(date(2026, 1, 4)),
            "the make-up Sunday is the first working day"
        );
        assert_eq!(calendar.working_day_until(date(2026, 1, 3)), Err(CalendarError::YearNotPublished { year: 2025 }));
    }

    #[test]
    fn refuses_contradictions() {
        let mut calendar = sample();
        let year = |number: i16, off: Date, on: Date| CalendarYear {
            year: number,
            source: String::new(),
            holidays: [(off, "元旦".to_owned())].into(),
            makeup_workdays: [(on, "元旦".to_owned())].into(),
        };
        let day = date(2027, 1, 1);
        assert_eq!(calendar.publish(year(2026, day, day)), Err(CalendarError::YearTwice { year: 2026 }));
        assert_eq!(
            calendar.publish(year(2028, day, day)),
            Err(CalendarError::DateOutsideYear { date: day, year: 2028 })
        );
        assert_eq!(calendar.publish(year(2027, day, day)), Err(CalendarError::DateTwice { date: day }));
    }

    #[test]
    fn the_version_follows_the_content() {
        let calendar = sample();
        let mut other = sample();
        assert_eq!(calendar.version(), other.version());
        assert_eq!(calendar.version().len(), 16);
        let holidays = [(date(2027, 5, 1), "劳动节".into())].into();
        let year = CalendarYear { year: 2027, source: String::new(), holidays, makeup_workdays: BTreeMap::new() };
        assert_eq!(other.publish(year), Ok(()));
        assert_ne!(calendar.version(), other.version(), "a version asked for before is not kept");
        assert_ne!(calendar, other);
    }
}
