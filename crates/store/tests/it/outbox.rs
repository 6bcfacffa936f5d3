//! The outbox: with its act or not at all; at least once; never lost.

use std::sync::{Arc, Barrier};

use store::{Append, AppendError, OutboxMessage, OutboxState};

use crate::engine;
use crate::sample::{AT, Place, REALM, append, application, bare, matter};

fn message(id: &str) -> OutboxMessage {
    OutboxMessage {
        id: id.to_owned(),
        topic: "phone".to_owned(),
        recipient: "13800000000".to_owned(),
        body: "您的申请已收到".into(),
    }
}

#[test]
fn messages_come_with_their_act() {
    let place = Place::new();
    let id = matter("m1");
    let with = |entry| Append { outbox: vec![message("o1")], ..append(entry) };
    place.store.append(with(application(&id))).unwrap();
    let error = place.store.append(with(bare(&id, 1))).unwrap_err();
    assert!(matches!(error, AppendError::MessageTaken { .. }), "{error}");
    assert_eq!(place.store.head(&id).unwrap().unwrap().version, 1);
    assert_eq!(place.store.message_count(OutboxState::Pending).unwrap(), 1);
}

#[test]
fn claims_lapse_and_failures_come_back() {
    let place = Place::new();
    for n in 0..3 {
        place.store.put_message(message(&format!("o{n}")), AT + n).unwrap();
    }
    let claim = |now, limit| {
        let rows = place.store.claim_messages(now, now + 100, limit).unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(claim(AT + 1, 10), ["o0", "o1"], "the third is not due");
    assert_eq!(claim(AT + 2, 10), ["o2"]);
    assert!(claim(AT + 3, 10).is_empty());
    assert!(place.store.message_sent("o0").unwrap());
    assert!(!place.store.message_sent("o0").unwrap());
    assert!(place.store.message_failed("o1", "unreachable", AT + 500).unwrap());
    assert_eq!(claim(AT + 102, 10), ["o2"], "its claim has lapsed");
    assert!(place.store.message_dead("o2", "no such number", AT + 103).unwrap());
    assert_eq!(claim(AT + 500, 10), ["o1"]);

    let dead = place.store.messages(Some(OutboxState::Dead), 0, 10).unwrap();
    assert_eq!((dead.len(), dead[0].attempts, dead[0].last_error.as_deref()), (1, 2, Some("no such number")));
    assert_eq!(dead[0].next_at, AT + 103, "when it was given up");
    assert_eq!(place.store.messages(None, 1, 10).unwrap().len(), 2);
    assert!(place.store.revive_message("o2", AT + 600).unwrap());
    assert_eq!(claim(AT + 700, 1).len(), 1);
    assert_eq!(place.store.prune_messages(AT + 10).unwrap(), 1, "only the sent one");
}

#[test]
fn a_topic_is_claimed_without_the_others() {
    let place = Place::new();
    for n in 0..6 {
        let topic = if n % 2 == 0 { "phone" } else { "inbox" };
        place.store.put_message(OutboxMessage { topic: topic.to_owned(), ..message(&format!("o{n}")) }, AT).unwrap();
    }
    let claim = |topic: &str, limit| {
        let rows = place.store.claim_messages_of(topic, AT, AT + 100, limit).unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let due = |topic: &str, now| place.store.has_message_due(topic, now).unwrap();
    assert!(due("phone", AT) && !due("phone", AT - 1) && !due("letter", AT));
    assert_eq!(claim("phone", 2), ["o0", "o2"]);
    assert_eq!(claim("phone", 2), ["o4"]);
    assert_eq!(claim("inbox", 9), ["o1", "o3", "o5"]);
    assert!(claim("letter", 9).is_empty());
    assert!(!due("phone", AT + 99) && due("phone", AT + 100), "all are claimed, for a while");
}

#[test]
fn a_dead_message_is_told_otherwise_once_and_not_revived_afterwards() {
    let place = Place::new();
    place.store.put_message(message("o1"), AT).unwrap();
    assert!(!place.store.message_told("o1", AT).unwrap(), "it may still leave");
    assert!(place.store.message_dead("o1", "no such number", AT + 1).unwrap());
    assert!(place.store.message_told("o1", AT + 2).unwrap());
    assert!(!place.store.message_told("o1", AT + 3).unwrap());
    assert!(!place.store.revive_message("o1", AT + 4).unwrap());
    let row = place.store.message("o1").unwrap().unwrap();
    assert_eq!((row.state, row.next_at), (OutboxState::Told, AT + 2));
    assert_eq!(place.store.message("o2").unwrap(), None);
}

/// Several programs on one database, each a store of its own with its own writer.
#[test]
fn two_programs_never_claim_the_same_message() {
    const PROGRAMS: usize = 4;
    const MESSAGES: usize = 120;
    let place = Place::new();
    for n in 0..MESSAGES {
        place.store.put_message(message(&format!("o{n:03}")), AT).unwrap();
    }
    let start = Arc::new(Barrier::new(PROGRAMS));
    let programs: Vec<_> = (0..PROGRAMS)
        .map(|_| {
            let (store, start) = (engine::open(place.folder.path(), REALM), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let mut claimed = Vec::new();
                loop {
                    let rows = store.claim_messages_of("phone", AT, AT + 100, 7).unwrap();
                    if rows.is_empty() {
                        break claimed;
                    }
                    claimed.extend(rows.into_iter().map(|row| (row.id, row.attempts)));
                }
            })
        })
        .collect();
    let mut claimed: Vec<_> = programs.into_iter().flat_map(|program| program.join().unwrap()).collect();
    claimed.sort();
    let expected: Vec<_> = (0..MESSAGES).map(|n| (format!("o{n:03}"), 1)).collect();
    assert_eq!(claimed, expected, "each once");
}
