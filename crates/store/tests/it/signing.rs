//! What signing in needs: factors, tries, sessions side by side.

use kernel::ledger::sm3;
use store::{Account, AccountError, Allowance, Factor, Session};

use crate::sample::{AT, Place};

fn account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        login: id.to_owned(),
        name: "李四".to_owned(),
        password_hash: "argon2".to_owned(),
        disabled: false,
        created_at: AT,
        must_change: false,
        password_at: Some(AT),
    }
}

fn factor(account: &str, id: &str) -> Factor {
    Factor {
        account: account.to_owned(),
        id: id.to_owned(),
        kind: "totp".to_owned(),
        label: "手机".to_owned(),
        secret: vec![7, 8, 9],
        counter: 0,
        created_at: AT,
        used_at: None,
    }
}

#[test]
fn a_factor_is_used_by_one_of_those_who_saw_the_same_counter() {
    let place = Place::new();
    let error = place.store.put_factors(vec![factor("a1", "f1")]).unwrap_err();
    assert!(matches!(error, AccountError::Unknown { .. }), "{error}");
    place.store.put_account(account("a1")).unwrap();
    let other = Factor { kind: "recovery".to_owned(), created_at: AT + 1, ..factor("a1", "f2") };
    place.store.put_factors(vec![factor("a1", "f1"), other.clone()]).unwrap();
    assert_eq!(place.store.factors_of("a1").unwrap(), [factor("a1", "f1"), other]);
    let with = |kinds: [&str; 2]| place.store.accounts_with_factors(&kinds).unwrap();
    assert_eq!((with(["recovery", "nothing"]), with(["nothing", "none"])), (vec!["a1".to_owned()], Vec::new()));
    let used: usize = std::thread::scope(|scope| {
        let uses: Vec<_> =
            (0..8).map(|_| scope.spawn(|| place.store.use_factor("a1", "f1", 0, 41, AT + 5).unwrap())).collect();
        uses.into_iter().map(|one| usize::from(one.join().unwrap())).sum()
    });
    assert_eq!(used, 1);
    let found = place.store.factors_with_id("totp", "f1").unwrap();
    assert_eq!(found, [Factor { counter: 41, used_at: Some(AT + 5), ..factor("a1", "f1") }]);
    assert_eq!(place.store.remove_factors("a1", "recovery").unwrap(), 1);
    assert!(place.store.remove_factor("a1", "f1").unwrap());
    assert!(!place.store.remove_factor("a1", "f1").unwrap());
}

#[test]
fn no_more_tries_are_given_than_allowed_however_many_come_at_once() {
    let place = Place::new();
    let allowed = Allowance { tries_max: 5, rest_ms: 100 };
    let take = |now| place.store.take_attempt("login", "lisi", now, allowed).unwrap();
    let given: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..16).map(|_| scope.spawn(|| usize::from(take(AT)))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(given, 5);
    assert!(!take(AT + 99), "a refused try does not prolong the rest, nor end it");
    assert_eq!(place.store.resting("login", allowed, AT + 99).unwrap(), 1);
    assert!(place.store.take_attempt("address", "lisi", AT, allowed).unwrap(), "another scope");
    place.store.give_back_attempt("login", "lisi").unwrap();
    assert!(take(AT + 99));
    assert!(!take(AT + 198));
    assert!(take(AT + 199), "the rest is over a rest after the last try");
    assert!(take(AT - 3_600_000), "the clock was set back an hour: nobody waits that long");
    place.store.forget_attempts("login", "lisi").unwrap();
    assert_eq!(place.store.expire_attempts(AT + 100).unwrap(), 1, "only the other scope is left");
}

#[test]
fn the_other_sessions_of_a_subject_end() {
    let place = Place::new();
    let session = |token: &[u8], subject: &str, created_at| Session {
        token_hash: sm3(token),
        kind: "account".to_owned(),
        subject: subject.to_owned(),
        created_at,
        seen_at: created_at,
        expires_at: AT + 100,
        data: Vec::new(),
    };
    let [one, two, other] = [session(b"one", "a1", AT + 1), session(b"two", "a1", AT), session(b"three", "a2", AT)];
    for session in [&one, &two, &other] {
        place.store.put_session(session.clone()).unwrap();
    }
    assert_eq!(place.store.sessions_of("account", "a1", AT).unwrap(), [two, one.clone()]);
    assert_eq!(place.store.end_other_sessions("account", "a1", one.token_hash).unwrap(), 1);
    assert_eq!(place.store.sessions_of("account", "a1", AT).unwrap(), [one]);
    assert_eq!(place.store.sessions_of("account", "a1", AT + 100).unwrap(), []);
    assert_eq!(place.store.sessions_of("account", "a2", AT).unwrap(), [other]);
}
