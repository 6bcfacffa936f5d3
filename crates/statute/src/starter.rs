//! A law file to begin with: a whole small procedure that passes the check, with a comment wherever a jurist must
//! write what the statute says.
//!
//! It cites nothing the author has not read: where the law has a number, the file says that nobody has looked yet.
//!
//! INVARIANT: a starter with the names of the surroundings it was made for is read and checked without an error.

use jiff::civil::Date;
use kernel::calendar::Calendar;
use kernel::clock::{Roll, Term, Unit, due};
use kernel::procedure::Function;

use crate::words::function;

const SHAPE: &str = include_str!("starter.md");
/// Days of the house limit a starter begins with.
const DAYS: u32 = 20;

/// What a starter is made of.
#[derive(Debug, Clone, Copy)]
pub struct Starter<'a> {
    /// `notary-complaint`.
    pub id: &'a str,
    /// 公证投诉.
    pub title: &'a str,
    /// Which of the Ministry's functions it belongs to.
    pub function: Function,
    /// A declared statute.
    pub statute: &'a str,
    /// The kind of office that handles it.
    pub office: &'a str,
}

impl Starter<'_> {
    /// The text of the file; `None` when the calendar holds no year in which an example can be reckoned.
    #[must_use]
    pub fn written(&self, calendar: &Calendar) -> Option<String> {
        let year = calendar.years().next_back()?.year;
        let from = calendar.working_day_from(Date::new(year, 3, 1).ok()?).ok()?;
        let day = |after: u32| {
            let term = Term::new(after, Unit::WorkingDay);
            due(from, term, Roll::None, false, &[], calendar).ok()?.on.map(|day| day.to_string())
        };
        let values = [
            ("{id}", self.id.to_owned()),
            ("{title}", self.title.to_owned()),
            ("{function}", function(self.function).1.to_owned()),
            ("{statute}", self.statute.to_owned()),
            ("{office}", self.office.to_owned()),
            ("{in-force-from}", format!("{year}-01-01")),
            ("{day-0}", from.to_string()),
            ("{day-1}", day(1)?),
            ("{day-2}", day(2)?),
            ("{day-3}", day(3)?),
            ("{day-4}", day(4)?),
            ("{day-5}", day(5)?),
            ("{due}", day(DAYS)?),
        ];
        Some(values.iter().fold(SHAPE.to_owned(), |text, (place, value)| text.replace(place, value)))
    }
}
