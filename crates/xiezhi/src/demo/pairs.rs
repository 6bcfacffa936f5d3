//! The two pairs of editions in the law of this repository, over matters opened before and after the day: which stay,
//! which go over, and exactly whose dates move. The days expected here were counted by hand from the articles.

use super::Walk;
use super::examples::{Example, Playing, tests::city};
use acts::Bureau;
use acts::editions::{LimitDates, Rehearsed, Verdict, rehearse};
use jiff::civil::Date;
use kernel::names::{MatterId, Name};
use statute::{Book, WalkStep};
use std::collections::BTreeMap;

/// An act on a day, with what is stated.
type Step<'s> = (&'s str, &'s str, &'s [(&'s str, &'s str)]);

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A matter that went so far.
fn played(bureau: &Bureau, book: &Book, walk: &Walk<'_>, procedure: &str, steps: &[Step<'_>]) -> MatterId {
    let steps: Vec<WalkStep> = steps
        .iter()
        .map(|(act, on, with)| WalkStep {
            act: (*act).to_owned(),
            by: None,
            at: Some(day(on).at(10, 0, 0, 0)),
            with: with.iter().map(|(name, text)| (Name::new(*name), (*text).to_owned())).collect(),
        })
        .collect();
    let opened = steps.first().and_then(|step| step.at).unwrap().date();
    let procedure = book.in_force(&Name::new(procedure), opened).unwrap();
    let mut playing = Playing::new(book, Example { procedure, title: "", steps: &steps, answer: "" });
    for step in &steps {
        playing.step(bureau, walk, step, step.at.unwrap()).map_err(|why| format!("{}: {why}", step.act)).unwrap();
    }
    playing.matter.unwrap()
}

/// Limits whose day or standing differs: name, before, after.
fn moving(one: &Rehearsed) -> Vec<(String, Option<Date>, Option<Date>)> {
    let differing = one.limits.iter().filter(|dates| LimitDates::differ(dates));
    differing.map(|dates| (dates.limit.to_string(), dates.before, dates.after)).collect()
}

#[test]
fn reconsideration_goes_over_and_exactly_the_dates_of_two_kinds_of_matter_move() {
    let folder = tempfile::tempdir().unwrap();
    let (bureau, cast, text) = city(folder.path());
    let (book, _) = text.read();
    let walk = Walk::new(&bureau, &cast);
    let east: &[(&str, &str)] = &[("venue", "990101000000")];
    let begun: &[Step<'_>] =
        &[("apply", "2026-06-01", east), ("propose-accept", "2026-06-02", &[]), ("accept", "2026-06-03", &[])];
    let with = |more: &[Step<'_>]| {
        let steps: Vec<Step<'_>> = begun.iter().chain(more).copied().collect();
        played(&bureau, &book, &walk, "reconsideration", &steps)
    };
    let examined = played(&bureau, &book, &walk, "reconsideration", &[("apply", "2026-06-29", east)]);
    let tried = with(&[]);
    let suspended = with(&[("suspend", "2026-06-10", &[])]);
    // Annexed review: thirty days were counted from the request, and are counted from the suspension.
    let annexed = with(&[("suspend-norm", "2026-06-15", &[("norm-asked-on", "2026-06-08")])]);
    // Heard above: sixty days ran on from acceptance, and are counted anew from receipt of the file.
    let elevated = with(&[("elevate", "2026-06-10", &[]), ("receive-elevated", "2026-06-22", &[])]);
    let withdrawn = played(
        &bureau,
        &book,
        &walk,
        "reconsideration",
        &[("apply", "2026-06-01", east), ("ask-supplement", "2026-06-02", &[]), ("clock", "2026-06-30", &[])],
    );
    let later = played(&bureau, &book, &walk, "reconsideration", &[("apply", "2026-07-02", east)]);

    let new = book.in_force(&Name::new("reconsideration"), day("2026-07-01")).unwrap();
    let found = rehearse(&bureau, new, day("2026-07-01")).unwrap();
    let found: BTreeMap<&MatterId, &Rehearsed> = found.iter().map(|one| (&one.matter, one)).collect();
    assert!(!found.contains_key(&withdrawn), "closed");
    assert!(!found.contains_key(&later), "opened under the new edition");
    assert_eq!(found.len(), 5);
    let moved = |name: &str, before: &str, after: &str| vec![(name.to_owned(), Some(day(before)), Some(day(after)))];
    let expected = [
        (&examined, vec![]),
        (&tried, vec![]),
        (&suspended, vec![]),
        (&annexed, moved("norm-review", "2026-07-08", "2026-07-15")),
        (&elevated, moved("decide", "2026-08-03", "2026-08-21")),
    ];
    for (matter, dates) in expected {
        assert_eq!(
            (&found[matter].verdict, moving(found[matter])),
            (&Verdict::Moves, dates),
            "{}",
            found[matter].stage
        );
    }
}

#[test]
fn arbitration_stays_and_what_is_delivered_later_is_counted_by_the_new_law() {
    let folder = tempfile::tempdir().unwrap();
    let (bureau, cast, text) = city(folder.path());
    let (book, _) = text.read();
    let walk = Walk::new(&bureau, &cast);
    let sale: &[(&str, &str)] = &[("dispute-kind", "sale"), ("agreement-form", "clause")];
    let papers: &[(&str, &str)] = &[("papers-only", "true")];
    let begun = |on: &'static str| [("apply", on, sale), ("propose-accept", on, &[]), ("accept", on, &[])];
    let awarded = |delivered: &Step<'_>| {
        let rest: [Step<'_>; 5] = [
            ("send-rules", "2025-11-10", &[]),
            ("answer", "2025-11-17", &[]),
            ("constitute", "2025-12-01", &[]),
            ("close-hearing", "2025-12-15", papers),
            ("award", "2026-02-10", &[]),
        ];
        let steps: Vec<Step<'_>> =
            begun("2025-11-03").into_iter().chain(rest).chain(std::iter::once(*delivered)).collect();
        played(&bureau, &book, &walk, "arbitration", &steps)
    };
    let accepted = played(&bureau, &book, &walk, "arbitration", &begun("2026-02-26"));
    let by_old = awarded(&("deliver-applicant", "2026-02-16", &[("award-received-applicant", "2026-02-16")]));
    let by_new = awarded(&("deliver-applicant-new", "2026-03-02", &[("award-received-applicant", "2026-03-02")]));
    let later = played(&bureau, &book, &walk, "arbitration", &begun("2026-03-05"));
    let new = book.in_force(&Name::new("arbitration"), day("2026-03-01")).unwrap();
    let found = rehearse(&bureau, new, day("2026-03-10")).unwrap();
    let found: BTreeMap<&MatterId, &Rehearsed> = found.iter().map(|one| (&one.matter, one)).collect();
    assert!(!found.contains_key(&later), "opened under the new edition");
    assert_eq!(found.len(), 3);
    for matter in [&accepted, &by_old, &by_new] {
        assert_eq!((&found[matter].verdict, moving(found[matter])), (&Verdict::Unchanged, vec![]));
    }
    let set_aside = |matter: &MatterId, limit: &str| {
        let limits = &found[matter].limits;
        limits.iter().find(|dates| dates.limit.as_str() == limit).and_then(|dates| dates.before)
    };
    assert_eq!(set_aside(&by_old, "set-aside-applicant"), Some(day("2026-08-17")), "six months, a Sunday rolled");
    assert_eq!(set_aside(&by_new, "set-aside-applicant-new"), Some(day("2026-06-02")), "three months");
}
