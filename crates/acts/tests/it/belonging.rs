//! The matters of a person: their own and no others.

use crate::bench::Bench;
use crate::cast::identity;
use acts::belonging::{BelongingError, open, own, person, sign_in};
use acts::people;
use kernel::names::PersonId;

const ISSUER: &str = "https://province.invalid";

fn vouched(bench: &Bench, number: &str) -> PersonId {
    let (bureau, now) = (&bench.bureau, bench.now());
    let token = sign_in(bureau, now, ISSUER, Some(number)).unwrap();
    person(bureau, now, &token).unwrap().unwrap()
}

#[test]
fn a_person_has_the_matters_they_opened_the_newest_first() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let first = bench.citizen(1).applies(&[]);
    let others = bench.citizen(2).applies(&[]);
    bench.on("2026-03-04");
    let second = bench.citizen(1).applies(&[]);
    let who = vouched(&bench, &identity(1).to_lowercase());
    let ids: Vec<String> = own(bureau, &who).unwrap().into_iter().map(|row| row.matter.0).collect();
    assert_eq!(ids, [second.to_string(), first.to_string()]);
    let token = open(bureau, now, &who, &first).unwrap().unwrap();
    let session = people::session(bureau, now, &token).unwrap().unwrap();
    assert_eq!((session.kind.as_str(), session.subject.as_str()), ("matter", first.as_str()));
    assert!(open(bureau, now, &who, &others).unwrap().is_none(), "nobody else's");
    assert!(open(bureau, now, &who, &"no-such-matter".into()).unwrap().is_none());
}

#[test]
fn the_other_side_has_no_page() {
    let bench = Bench::new();
    let other = identity(66);
    let matter = bench.citizen(1).applies(&[("opponent.code", &other)]);
    let who = vouched(&bench, &other);
    assert!(own(&bench.bureau, &who).unwrap().is_empty());
    assert!(open(&bench.bureau, bench.now(), &who, &matter).unwrap().is_none());
}

#[test]
fn without_a_number_that_holds_nobody_is_vouched_for() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    for number in [None, Some(""), Some("u-1"), Some("110101199003070010")] {
        assert!(matches!(sign_in(bureau, now, ISSUER, number), Err(BelongingError::NoNumber)), "{number:?}");
    }
    let number = identity(1);
    sign_in(bureau, now, ISSUER, Some(&number)).unwrap();
    let chain = store::MatterId(format!("citizen/{}", bureau.keys.person_of(&number)));
    let acts = bureau.store.acts_of(&chain).unwrap();
    assert_eq!(acts.len(), 1, "it is written down");
    assert!(!String::from_utf8_lossy(&acts[0].bytes).contains(&number), "without the number");
}
