//! The calendars and the clock over every day of the published years.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::{Date, date};
use kernel::calendar::{Calendar, CalendarError, CalendarYear};
use kernel::clock::{DueError, Roll, Stop, StopKind, Term, Unit, due, latest_before};
use proptest::prelude::*;

use crate::shared;

const FIRST: Date = date(2007, 1, 1);
const LAST: Date = date(2026, 12, 31);

/// The rows of the data as `(day, kind, name)`, of the years it has in full.
fn rows() -> Option<Vec<(Date, String, String)>> {
    let rows = shared::rows("holidays/holidays.csv")?.into_iter().map(|row| {
        let [day, kind, name] = row.as_slice() else { panic!("three columns: {row:?}") };
        (day.parse().expect("a date"), kind.clone(), name.clone())
    });
    Some(rows.filter(|(day, _, _)| *day >= FIRST).collect())
}

fn calendar() -> Option<Calendar> {
    let mut years: BTreeMap<i16, CalendarYear> = BTreeMap::new();
    for (day, kind, name) in rows()? {
        let year = years.entry(day.year()).or_insert_with(|| CalendarYear {
            year: day.year(),
            source: "共享数据".into(),
            holidays: BTreeMap::new(),
            makeup_workdays: BTreeMap::new(),
        });
        let days = if kind == "holiday" { &mut year.holidays } else { &mut year.makeup_workdays };
        days.insert(day, name);
    }
    let mut calendar = Calendar::default();
    for year in years.into_values() {
        calendar.publish(year).expect("a sound year");
    }
    Some(calendar)
}

fn every_day() -> impl Iterator<Item = Date> {
    std::iter::successors(Some(FIRST), |day| day.tomorrow().ok()).take_while(|day| *day <= LAST)
}

fn natural(anchor: Date, amount: u32, roll: Roll, calendar: &Calendar) -> Result<Date, DueError> {
    let found = due(anchor, Term::new(amount, Unit::NaturalDay), roll, false, &[], calendar)?;
    Ok(found.on.expect("no stop"))
}

fn plus(day: Date, days: u32) -> Date {
    day.checked_add(jiff::Span::new().days(days)).expect("in range")
}

#[test]
fn the_law_files_restate_the_data_row_by_row() {
    let Some(rows) = rows() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/calendar");
    for year in 2007..=2026 {
        let text = std::fs::read_to_string(folder.join(format!("{year}.md"))).expect("a file for each year");
        let mut stated: Vec<_> = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("holiday ") || line.starts_with("workday "))
            .collect();
        stated.sort_unstable();
        let of_year = rows.iter().filter(|(day, _, _)| day.year() == year);
        let mut given: Vec<_> = of_year.map(|(day, kind, name)| format!("{kind} \"{day}\" \"{name}\"")).collect();
        given.sort_unstable();
        assert_eq!(stated, given, "{year}");
    }
}

#[test]
fn legal_aid_over_the_spring_festival_of_2026() {
    let Some(calendar) = calendar() else { return };
    assert_eq!(natural(date(2026, 2, 13), 7, Roll::None, &calendar), Ok(date(2026, 2, 20)));
    assert_eq!(natural(date(2026, 2, 13), 7, Roll::Forward, &calendar), Ok(date(2026, 2, 24)));
    let unpublished = DueError::Calendar(CalendarError::YearNotPublished { year: 2027 });
    assert_eq!(natural(date(2026, 12, 28), 7, Roll::Forward, &calendar), Err(unpublished));
    let year_2006 = calendar.is_working_day(date(2006, 12, 30));
    assert_eq!(year_2006, Err(CalendarError::YearNotPublished { year: 2006 }));
}

#[test]
fn natural_days_over_every_day() {
    let Some(calendar) = calendar() else { return };
    for amount in [1, 3, 5, 7, 15, 30, 60] {
        let mut before = FIRST;
        for anchor in every_day().filter(|day| *day <= date(2026, 10, 1)) {
            let last = natural(anchor, amount, Roll::None, &calendar).expect("no calendar is needed");
            assert_eq!(last, plus(anchor, amount));
            let rolled = natural(anchor, amount, Roll::Forward, &calendar).expect("a due date");
            assert!(rolled >= before, "monotone in the opening day: {anchor}");
            assert_eq!(calendar.is_working_day(rolled), Ok(true), "{amount} from {anchor}");
            let between = std::iter::successors(Some(last), |day| day.tomorrow().ok()).take_while(|day| *day < rolled);
            assert!(between.into_iter().all(|day| calendar.is_working_day(day) == Ok(false)), "the first open day");
            before = rolled;
        }
    }
}

#[test]
fn working_days_agree_with_a_count_by_hand() {
    let Some(calendar) = calendar() else { return };
    for amount in [1, 2, 3, 5, 7, 10, 20] {
        for anchor in every_day().filter(|day| *day <= date(2026, 11, 1)) {
            let term = Term::new(amount, Unit::WorkingDay);
            let found =
                due(anchor, term, Roll::Forward, false, &[], &calendar).expect("a due date").on.expect("no stop");
            let mut day = anchor;
            let mut counted = 0;
            while day < found {
                day = plus(day, 1);
                counted += u32::from(calendar.is_working_day(day) == Ok(true));
            }
            assert_eq!((counted, calendar.is_working_day(found)), (amount, Ok(true)), "{amount} from {anchor}");
            if anchor >= date(2007, 3, 1) {
                let back = latest_before(anchor, term, &calendar).expect("a day");
                assert_eq!(
                    calendar.working_days_between(
                        back.yesterday().expect("in range"),
                        anchor.yesterday().expect("in range")
                    ),
                    Ok(i64::from(amount))
                );
            }
        }
    }
}

/// Day by day, as a clerk would with a pencil. A stop that begins on the very last day leaves nothing to count but
/// holds the term until the stop has ended.
fn by_pencil(anchor: Date, term: Term, stops: &[Stop], calendar: &Calendar) -> Date {
    let counts = |day: Date| term.unit == Unit::NaturalDay || calendar.is_working_day(day) == Ok(true);
    let mut day = anchor;
    let mut left = term.amount;
    while left > 0 {
        day = plus(day, 1);
        let stopped = stops.iter().any(|stop| stop.from < day && stop.until.is_some_and(|until| day <= until));
        left -= u32::from(counts(day) && !stopped);
    }
    let held = |day: Date| {
        stops.iter().filter(|stop| stop.from <= day).filter_map(|stop| stop.until).find(|until| *until > day)
    };
    while let Some(until) = held(day) {
        day = until;
        while !counts(day) {
            day = plus(day, 1);
        }
    }
    day
}

proptest! {
    #[test]
    fn stops_agree_with_a_count_by_hand(
        start in 0..6_000_u32,
        amount in 1..40_u32,
        working in any::<bool>(),
        stops in prop::collection::vec((0..60_u32, 0..30_u32), 0..5),
    ) {
        let Some(calendar) = calendar() else { return Ok(()) };
        let anchor = plus(FIRST, start);
        let unit = if working { Unit::WorkingDay } else { Unit::NaturalDay };
        let stops: Vec<_> = stops.iter().map(|(from, length)| {
            let from = plus(anchor, *from);
            Stop { from, until: Some(plus(from, *length)), kind: StopKind::Suspend, cause: "补正".into() }
        }).collect();
        let term = Term::new(amount, unit);
        let pencil = by_pencil(anchor, term, &stops, &calendar);
        let found = due(anchor, term, Roll::None, false, &stops, &calendar).expect("an answer");
        let mut steps = String::new();
        for step in &found.steps {
            writeln!(steps, "{}", step.zh()).expect("memory");
        }
        prop_assert_eq!(found.on, Some(pencil), "{}", steps);
    }
}
