//! The outbox: with its act or not at all; at least once; never lost.

use store::{Append, AppendError, OutboxMessage, OutboxState};

use crate::sample::{AT, Place, append, application, bare, matter};

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
    assert!(place.store.message_dead("o2", "no such number").unwrap());
    assert_eq!(claim(AT + 500, 10), ["o1"]);

    let dead = place.store.messages(Some(OutboxState::Dead), 0, 10).unwrap();
    assert_eq!((dead.len(), dead[0].attempts, dead[0].last_error.as_deref()), (1, 2, Some("no such number")));
    assert_eq!(place.store.messages(None, 1, 10).unwrap().len(), 2);
    assert!(place.store.revive_message("o2", AT + 600).unwrap());
    assert_eq!(claim(AT + 700, 1).len(), 1);
    assert_eq!(place.store.prune_messages(AT + 10).unwrap(), 1, "only the sent one");
}
