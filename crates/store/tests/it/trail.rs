//! The trail of what was done: newest first, by chain and by day, at a fixed number of statements.

use crate::sample::{AT, Place, append, application, bare, matter};
use store::{Append, Chains, MatterId, Store};

const DAY: i64 = 86_400_000;
const NEWEST: u64 = u64::MAX >> 1;

/// An act a day: of a matter, of the looks at it, of an account, and so on.
fn filled(rounds: i64) -> Place {
    let place = Place::new();
    let seen = matter("m1");
    for day in 0..rounds {
        let chain = [seen.clone(), MatterId("reads/m1".to_owned()), MatterId("account/a".to_owned())]
            [usize::try_from(day % 3).unwrap()]
        .clone();
        let expected = place.store.head(&chain).unwrap().map_or(0, |head| head.version);
        let entry = if day == 0 { application(&seen) } else { bare(&chain, expected) };
        place.store.append(Append { at: AT + day * DAY, ..append(entry) }).unwrap();
    }
    place
}

fn places(store: &Store, chains: &Chains, before: u64, limit: u32) -> Vec<u64> {
    store.trail(chains, before, limit).unwrap().into_iter().map(|row| row.seq).collect()
}

#[test]
fn the_trail_is_read_from_its_end_by_chain_and_by_day() {
    let place = filled(9);
    let store = &place.store;
    assert_eq!(places(store, &Chains::All, NEWEST, 4), [9, 8, 7, 6]);
    assert_eq!(places(store, &Chains::All, 6, 4), [5, 4, 3, 2]);
    assert_eq!(places(store, &Chains::Of("account".to_owned()), NEWEST, 9), [9, 6, 3]);
    assert_eq!(places(store, &Chains::Of("accounts".to_owned()), NEWEST, 9), [0; 0]);
    assert_eq!(places(store, &Chains::Matter(matter("m1")), NEWEST, 9), [8, 7, 5, 4, 2, 1]);
    let named = MatterId("account/王静".to_owned());
    store.append(Append { at: AT + 8 * DAY, ..append(bare(&named, 0)) }).unwrap();
    assert_eq!(places(store, &Chains::Of("account".to_owned()), NEWEST, 9), [10, 9, 6, 3], "whatever a login is");
    for row in store.trail(&Chains::All, NEWEST, 9).unwrap() {
        let of_matter = !row.matter.as_str().starts_with("account/");
        assert_eq!(row.number.is_some() && row.procedure.is_some(), of_matter, "{row:?}");
    }
    let first_from = |days: i64, more: i64| store.first_place_from(AT + days * DAY + more).unwrap();
    assert_eq!([(0, 0), (0, 1), (3, 0), (8, 0), (8, 1)].map(|(days, more)| first_from(days, more)), [1, 2, 4, 9, 11]);
}

#[test]
fn a_part_of_the_trail_costs_one_statement_however_long_it_is() {
    let place = filled(200);
    for chains in [Chains::All, Chains::Of("account".to_owned()), Chains::Matter(matter("m1"))] {
        for limit in [1, 50] {
            let before = Store::statements_on_this_thread();
            assert_eq!(place.store.trail(&chains, NEWEST, limit).unwrap().len(), limit as usize);
            assert_eq!(Store::statements_on_this_thread() - before, 1, "{chains:?}");
        }
    }
}
