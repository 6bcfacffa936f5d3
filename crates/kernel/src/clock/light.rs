//! Lights: how much of a term is left on a given day, as a colour and always in words.
//!
//! INVARIANT: the words alone say everything; the colour adds nothing that is not in them.

use jiff::civil::Date;

use super::{Unit, days_between};
use crate::calendar::{Calendar, CalendarError};

/// The colour of a light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// In time.
    Green,
    /// Due soon, or today.
    Yellow,
    /// Overdue.
    Red,
    /// The clock stands still.
    Grey,
}

impl Light {
    /// The name used in data and style sheets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Grey => "grey",
        }
    }
}

/// What a light says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The colour.
    pub light: Light,
    /// Days left in the unit of the term, negative natural days when overdue; `None` while the clock stands still.
    pub left: Option<i64>,
    /// `剩2天`, `剩2个工作日`, `今天到期`, `已超期1日`, `中止`.
    pub text: String,
}

/// Natural days from `today` to `due`: zero on the day itself, negative when it has passed.
#[must_use]
pub fn days_left(due: Date, today: Date) -> i64 {
    days_between(today, due)
}

/// Working days in `today < day <= due`; when overdue, the negative number of working days since.
///
/// # Errors
/// When a year in between is not published.
pub fn working_days_left(due: Date, today: Date, calendar: &Calendar) -> Result<i64, CalendarError> {
    if due < today {
        return Ok(-calendar.working_days_between(due, today)?);
    }
    calendar.working_days_between(today, due)
}

/// The light of a term: yellow from `yellow_at` days left downwards, in the unit of the term.
///
/// Overdue time is told in natural days whatever the unit: a citizen waits on Sundays too.
///
/// # Errors
/// When a term in working days needs a year that is not published.
pub fn light(
    due: Option<Date>,
    today: Date,
    yellow_at: i64,
    unit: Unit,
    calendar: &Calendar,
) -> Result<Reading, CalendarError> {
    let Some(due) = due else {
        return Ok(Reading { light: Light::Grey, left: None, text: "中止".to_owned() });
    };
    let natural = days_left(due, today);
    if natural < 0 {
        let text = format!("已超期{}日", -natural);
        return Ok(Reading { light: Light::Red, left: Some(natural), text });
    }
    if natural == 0 {
        return Ok(Reading { light: Light::Yellow, left: Some(0), text: "今天到期".to_owned() });
    }
    let (left, word) = if unit == Unit::WorkingDay {
        (working_days_left(due, today, calendar)?, "个工作日")
    } else {
        (natural, "天")
    };
    let light = if left <= yellow_at { Light::Yellow } else { Light::Green };
    Ok(Reading { light, left: Some(left), text: format!("剩{left}{word}") })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::CalendarYear;

    #[test]
    fn lights_speak() {
        let mut calendar = Calendar::default();
        let (holidays, makeup_workdays) = Default::default();
        let year = CalendarYear { year: 2026, source: "示例".into(), holidays, makeup_workdays };
        calendar.publish(year).expect("a sound year");
        let check = |due: Option<Date>, unit: Unit, expected: Light, text: &str| {
            // A Friday.
            let found = light(due, date(2026, 3, 6), 2, unit, &calendar).expect("a reading");
            assert_eq!((found.light, found.text.as_str()), (expected, text));
        };
        let day = |day: i8| Some(date(2026, 3, day));
        check(day(9), Unit::NaturalDay, Light::Green, "剩3天");
        check(day(8), Unit::NaturalDay, Light::Yellow, "剩2天");
        check(day(10), Unit::WorkingDay, Light::Yellow, "剩2个工作日");
        check(day(11), Unit::WorkingDay, Light::Green, "剩3个工作日");
        check(day(6), Unit::WorkingDay, Light::Yellow, "今天到期");
        check(day(5), Unit::NaturalDay, Light::Red, "已超期1日");
        check(None, Unit::NaturalDay, Light::Grey, "中止");
        let far = light(Some(date(2027, 1, 4)), date(2026, 12, 30), 2, Unit::WorkingDay, &calendar);
        assert_eq!(far, Err(CalendarError::YearNotPublished { year: 2027 }));
        assert_eq!(working_days_left(date(2026, 3, 6), date(2026, 3, 10), &calendar), Ok(-2));
    }
}
