//! The clock is set back an hour: the order of acts is their sequence, and no message is lost or sent twice.

use std::collections::BTreeMap;

use store::{Append, OutboxMessage, OutboxState, Store};

use crate::chance::Chance;
use crate::ground::{Engine, Ground, rounds};
use crate::load::Told;
use crate::sample::{AT, append, application, bare, matter, sequence_all};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

#[test]
fn a_file_lives_through_a_clock_set_back() {
    lives_through(Engine::File);
}

#[test]
fn a_server_lives_through_a_clock_set_back() {
    lives_through(Engine::Server);
}

fn lives_through(engine: Engine) {
    let ground = Ground::new(engine);
    let store = ground.open();
    let mut chance = Chance::new(0);
    let mut now = AT;
    let mut claimed = BTreeMap::new();
    let mut told = Vec::new();
    let acts = rounds(60, 1) * 2;
    for act in 0..acts {
        // Every tenth act or so, somebody sets the clock back; or it is found to be right again.
        now += match chance.below(20) {
            0 => -HOUR,
            1 => HOUR,
            _ => 1000,
        };
        let (id, expected) = (matter(format!("m{:04}", act / 2)), act % 2);
        let entry = if expected == 0 { application(&id) } else { bare(&id, 1) };
        let message = message(act);
        store.append(Append { at: now, outbox: vec![message], ..append(entry) }).unwrap();
        told.push(Told { matter: id, version: expected + 1, number: None });
        if chance.below(3) == 0 {
            send(&store, now, &mut claimed);
        }
        if chance.below(5) == 0 {
            assert!(store.sequence(10).unwrap() > 0, "the log goes on");
        }
    }
    // The clock is right again, and what had to wait for it is due.
    let latest = store.acts_after(0, acts).unwrap().iter().map(|act| act.at).max().unwrap();
    while send(&store, latest.max(now) + HOUR, &mut claimed) > 0 {}
    assert_eq!(claimed.len(), acts as usize, "no message is lost");
    assert!(claimed.values().all(|times| *times == 1), "no message is claimed twice: {claimed:?}");
    assert_eq!(store.message_count(OutboxState::Sent).unwrap(), u64::from(acts));

    let stored = store.acts_after(0, acts + 1).unwrap();
    let places: Vec<_> = stored.iter().map(|act| (&act.matter, act.version)).collect();
    assert_eq!(places, told.iter().map(|told| (&told.matter, told.version)).collect::<Vec<_>>());
    assert!(stored.windows(2).any(|pair| pair[1].at < pair[0].at), "the clock was set back");
    assert!(stored.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    sequence_all(&store);
    let report = store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.acts, report.leaves, report.numbers), (acts.into(), acts.into(), u64::from(acts / 2)));
}

fn message(act: u32) -> OutboxMessage {
    let (topic, recipient) = ("phone".to_owned(), "13800000000".to_owned());
    OutboxMessage { id: format!("o{act:05}"), topic, recipient, body: "您的申请已收到".into() }
}

/// One round of two senders who claim at the same instant and send what they have claimed; how much that was.
fn send(store: &Store, now: i64, claimed: &mut BTreeMap<String, u32>) -> usize {
    let rows = std::thread::scope(|scope| {
        let claims = [(), ()].map(|()| scope.spawn(|| store.claim_messages(now, now + MINUTE, 5).unwrap()));
        claims.map(|claim| claim.join().unwrap()).concat()
    });
    for row in &rows {
        *claimed.entry(row.id.clone()).or_insert(0) += 1;
        assert!(store.message_sent(&row.id).unwrap(), "{} was sent already", row.id);
    }
    rows.len()
}
