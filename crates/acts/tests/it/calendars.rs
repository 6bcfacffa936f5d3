//! A corrected calendar: what moves is what counting day by day over the raw table says.
//!
//! The expectation is written without the clock of the kernel: it reads the holidays from the text of the notice, line
//! by line, and counts.

use crate::bench::{Bench, day, root};
use acts::audit::{audit, rebuild};
use acts::calendars::{self, Correction};
use acts::system;
use acts::{Bureau, Law};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use kernel::calendar::{Calendar, CalendarYear};
use kernel::names::MatterId;
use kernel::system as words;
use kernel::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::OutboxState;

/// The notice of 2026 as it stands in the repository.
fn published() -> String {
    std::fs::read_to_string(root().join("law/calendar/2026.md")).unwrap()
}

/// A correction: the ninth of March is a day off, made up for on the Saturday after; the sixth of April is worked.
pub fn notice() -> String {
    let text = published().replace("    holiday \"2026-04-06\" \"清明节\"\n", "");
    let more = "    holiday \"2026-03-09\" \"更正\"\n    workday \"2026-03-14\" \"更正\"\n";
    text.replace("    holiday \"2026-05-01\"", &format!("{more}    holiday \"2026-05-01\""))
}

pub fn year(text: &str) -> CalendarYear {
    let (book, problems) = statute::read(&[statute::Source::new("calendar/2026.md", text)]);
    assert!(problems.is_empty(), "{problems:?}");
    book.calendar.years().next().unwrap().clone()
}

/// Days off and days worked, read off the lines.
struct Table {
    off: BTreeSet<Date>,
    worked: BTreeSet<Date>,
}

impl Table {
    fn of(text: &str) -> Table {
        let listed = |mark: &str| {
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix(mark));
            lines.map(|rest| day(rest.trim_start_matches('"').split('"').next().unwrap())).collect()
        };
        Table { off: listed("holiday "), worked: listed("workday ") }
    }

    fn is_open(&self, on: Date) -> bool {
        let weekend = matches!(on.weekday(), Weekday::Saturday | Weekday::Sunday);
        !self.off.contains(&on) && (!weekend || self.worked.contains(&on))
    }

    /// So many days after `start`, days after `stop.0` up to `stop.1` left out; then on to an open day.
    fn due(&self, start: Date, days: u32, working: bool, stop: Option<(Date, Date)>) -> Date {
        let (mut on, mut counted) = (start, 0);
        while counted < days {
            on = on.checked_add(1.day()).unwrap();
            let stands = stop.is_some_and(|(from, until)| from < on && on <= until);
            if !stands && (!working || self.is_open(on)) {
                counted += 1;
            }
        }
        while !self.is_open(on) {
            on = on.checked_add(1.day()).unwrap();
        }
        on
    }
}

/// A limit that runs at the end of the story: its name, start, length, unit, and the time it stood still.
type Running = (&'static str, Date, u32, bool, Option<(Date, Date)>);

/// Four weeks of applications, each with another fate, and what runs on each of them.
fn city(bench: &Bench) -> BTreeMap<MatterId, Vec<Running>> {
    let mut running: BTreeMap<MatterId, Vec<Running>> = BTreeMap::new();
    let mut on = day("2026-02-24");
    for nth in 0..28_u32 {
        let later = on.checked_add(2.days()).unwrap();
        bench.on(&on.to_string());
        let citizen = bench.citizen(100 + nth);
        let matter = citizen.applies(&[]);
        let runs = match nth % 4 {
            0 => vec![("review", on, 7, false, None), ("review-promised", on, 3, true, None)],
            1 => {
                bench.clerk().asks_supplement(&matter);
                vec![("supplement", on, 15, false, None)]
            }
            2 => {
                bench.clerk().asks_supplement(&matter);
                bench.on(&later.to_string());
                citizen.supplements(&matter);
                let stop = Some((on, later));
                vec![("review", on, 7, false, stop), ("review-promised", on, 3, true, stop)]
            }
            _ => {
                bench.clerk().proposes_grant(&matter);
                bench.director().grants(&matter);
                vec![("assign", on, 3, false, None)]
            }
        };
        running.insert(matter, runs);
        on = on.checked_add(1.day()).unwrap();
    }
    running
}

type Moves = BTreeSet<(MatterId, String, Option<Date>, Option<Date>)>;

fn counted(running: &BTreeMap<MatterId, Vec<Running>>) -> Moves {
    let (old, new) = (Table::of(&published()), Table::of(&notice()));
    let mut moves = Moves::new();
    for (matter, runs) in running {
        for (limit, start, days, working, stop) in runs {
            let (before, after) = (old.due(*start, *days, *working, *stop), new.due(*start, *days, *working, *stop));
            if before != after {
                moves.insert((matter.clone(), (*limit).to_owned(), Some(before), Some(after)));
            }
        }
    }
    moves
}

fn moves(correction: &Correction) -> Moves {
    let of = |one: &calendars::MovedMatter| {
        let matter = one.matter.clone();
        let row =
            move |limit: &calendars::MovedLimit| (matter.clone(), limit.limit.to_string(), limit.before, limit.after);
        one.limits.iter().map(row).collect::<Vec<_>>()
    };
    correction.moved.iter().flat_map(of).collect()
}

/// The bureau as it is after the next start.
fn started_again(bench: &Bench) -> Bureau {
    let mut law = Law::clone(&bench.bureau.law);
    for source in calendars::kept(&bench.bureau.store).unwrap() {
        law.calendar = calendars::corrected(&law.calendar, &year(&source)).unwrap();
    }
    Bureau { law: Arc::new(law), ..bench.bureau.clone() }
}

#[test]
fn what_moves_is_what_counting_day_by_day_says() {
    let bench = Bench::new();
    let running = city(&bench);
    let expected = counted(&running);
    let matters: BTreeSet<&MatterId> = expected.iter().map(|(matter, ..)| matter).collect();
    assert!(matters.len() >= 6 && matters.len() < running.len(), "{} of {}", matters.len(), running.len());

    let tried = calendars::rehearse(&bench.bureau, &year(&notice())).unwrap();
    assert_eq!(moves(&tried), expected);
    assert!(calendars::kept(&bench.bureau.store).unwrap().is_empty(), "a rehearsal keeps nothing");

    bench.on("2026-03-24");
    let signer = system::signer(&bench.bureau, "zheng-fa", bench.now().on()).unwrap();
    let sent = bench.bureau.store.message_count(OutboxState::Pending).unwrap();
    let done = calendars::apply(&bench.bureau, bench.now(), &signer, &year(&notice()), &notice()).unwrap();
    assert_eq!(done, tried, "what is signed is what was tried");
    assert!(bench.bureau.store.message_count(OutboxState::Pending).unwrap() > sent);

    let after = started_again(&bench);
    for (matter, runs) in &running {
        let loaded = acts::load::load(&after, matter).unwrap();
        let last = loaded.matter.history.last().unwrap();
        let moved: Vec<_> = expected.iter().filter(|(other, ..)| other == matter).collect();
        assert_eq!(last.act.name.as_str() == words::CALENDAR_CORRECTED, !moved.is_empty(), "{runs:?}");
        for (_, limit, before, was_after) in moved {
            let (old, new) = (words::due_before(&limit.as_str().into()), words::due_after(&limit.as_str().into()));
            assert_eq!(last.facts[&old], Value::Date(before.unwrap()), "the old value stays");
            assert_eq!(last.facts[&new], Value::Date(was_after.unwrap()));
        }
    }
    assert!(audit(&after).unwrap().holds());
    let digest = after.store.projection_digest().unwrap();
    rebuild(&after).unwrap();
    assert_eq!(after.store.projection_digest().unwrap(), digest, "the rows were made with the new calendar");
}

#[test]
fn a_notice_applied_twice_moves_nothing_more() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    let signer = system::signer(&bench.bureau, "zheng-fa", bench.now().on()).unwrap();
    let apply = |bureau: &Bureau| calendars::apply(bureau, bench.now(), &signer, &year(&notice()), &notice()).unwrap();
    assert_eq!(apply(&bench.bureau).moved.len(), 1);
    // The process that was interrupted before it read the new calendar does it again: no second act, no second notice.
    apply(&bench.bureau);
    assert_eq!(bench.matter(&matter).version, 2);
    let after = started_again(&bench);
    assert_eq!(calendars::kept(&after.store).unwrap(), [notice()]);
    let again = apply(&after);
    assert_eq!((again.moved.len(), again.before == again.after), (0, true));
    assert!(audit(&after).unwrap().holds());
}

#[test]
fn a_year_published_at_last_gives_dates_where_there_were_none() {
    let mut law = crate::bench::law();
    let mut others = Calendar::default();
    for year in law.calendar.years().filter(|year| year.year != 2026) {
        others.publish(year.clone()).unwrap();
    }
    law.calendar = others;
    let bench = Bench::under(law);
    let matter = bench.citizen(1).applies(&[]);
    assert_eq!(bench.due(&matter, "review"), None);
    let tried = calendars::rehearse(&bench.bureau, &year(&published())).unwrap();
    let limits: Vec<_> = tried.moved[0].limits.iter().map(|it| (it.limit.to_string(), it.before, it.after)).collect();
    assert!(limits.contains(&("review".to_owned(), None, Some(day("2026-03-09")))), "{limits:?}");
}

#[test]
fn a_notice_that_contradicts_itself_is_refused() {
    let bench = Bench::new();
    let mut wrong = year(&published());
    wrong.holidays.insert(day("2027-01-01"), "元旦".to_owned());
    assert!(calendars::rehearse(&bench.bureau, &wrong).is_err());
}
