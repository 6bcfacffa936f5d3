//! Accounts, posts, sessions, codes.

use kernel::ledger::sm3;
use store::{Account, AccountError, Code, CodeOutcome, Post, Session, Vacancy};

use crate::sample::{self, AT, Place};

fn account(id: &str, login: &str) -> Account {
    Account {
        id: id.to_owned(),
        login: login.to_owned(),
        name: "李四".to_owned(),
        password_hash: "argon2".to_owned(),
        disabled: false,
        created_at: AT,
        must_change: true,
        password_at: Some(AT),
    }
}

#[test]
fn accounts_and_posts() {
    let place = Place::new();
    place.store.put_account(account("a1", "lisi")).unwrap();
    let error = place.store.put_account(account("a2", "lisi")).unwrap_err();
    assert!(matches!(error, AccountError::LoginTaken { .. }), "{error}");
    let changed = Account { disabled: true, must_change: false, ..account("a1", "li.si") };
    place.store.put_account(changed.clone()).unwrap();
    assert_eq!(place.store.account_by_login("li.si").unwrap(), Some(changed.clone()));
    assert_eq!(place.store.account_by_login("lisi").unwrap(), None);
    assert_eq!(place.store.accounts().unwrap(), [changed]);

    let post = |account: &str, from_on: &str, until_on: Option<&str>| Post {
        account: account.to_owned(),
        office: "990100".to_owned(),
        seat: "reviewer".to_owned(),
        from_on: from_on.to_owned(),
        until_on: until_on.map(str::to_owned),
        instead_of: None,
    };
    place.store.put_post(post("a1", "2026-01-01", None)).unwrap();
    place.store.put_post(post("a1", "2026-01-01", Some("2026-03-01"))).unwrap();
    let error = place.store.put_post(post("a9", "2026-01-01", None)).unwrap_err();
    assert!(matches!(error, AccountError::Unknown { .. }), "{error}");
    let seated = |seats: [&str; 3]| place.store.holders_of_seats(&seats, "2026-02-28").unwrap().len();
    assert_eq!((seated(["nobody", "reviewer", "none"]), seated(["nobody", "no", "none"])), (1, 0));
    let holders = |day: &str| place.store.holders_on("990100", "reviewer", day).unwrap().len();
    assert_eq!(
        [holders("2025-12-31"), holders("2026-01-01"), holders("2026-02-28"), holders("2026-03-01")],
        [0, 1, 1, 0]
    );
    assert_eq!(place.store.posts_on("a1", "2026-02-01").unwrap(), place.store.posts_of("a1").unwrap());
}

#[test]
fn a_seat_that_something_waits_for_is_held_or_named() {
    let place = Place::new();
    for name in ["m1", "m2"] {
        place.store.append(sample::append(sample::application(&sample::matter(name)))).unwrap();
    }
    let vacancy =
        Vacancy { office: sample::CENTRE.to_owned(), seat: "reviewer".into(), tasks: 2, since_on: "2026-03-02".into() };
    assert_eq!(place.store.vacancies("2026-03-03").unwrap(), std::slice::from_ref(&vacancy));
    place.store.put_account(account("a1", "lisi")).unwrap();
    let post = Post {
        account: "a1".to_owned(),
        office: sample::CENTRE.to_owned(),
        seat: "reviewer".to_owned(),
        from_on: "2026-03-01".to_owned(),
        until_on: Some("2026-04-01".to_owned()),
        instead_of: None,
    };
    place.store.put_post(post).unwrap();
    assert_eq!(place.store.vacancies("2026-03-03").unwrap(), []);
    assert_eq!(place.store.vacancies("2026-04-01").unwrap(), std::slice::from_ref(&vacancy), "the post has ended");
    place.store.put_account(Account { disabled: true, ..account("a1", "lisi") }).unwrap();
    assert_eq!(place.store.vacancies("2026-03-03").unwrap(), [vacancy], "who may not log in holds nothing");
}

#[test]
fn sessions_end() {
    let place = Place::new();
    let session = |token: &[u8], expires_at| Session {
        token_hash: sm3(token),
        kind: "account".to_owned(),
        subject: "a1".to_owned(),
        created_at: AT,
        seen_at: AT,
        expires_at,
        data: b"{}".to_vec(),
    };
    let (one, two) = (session(b"one", AT + 10), session(b"two", AT + 20));
    place.store.put_session(one.clone()).unwrap();
    place.store.put_session(two.clone()).unwrap();
    assert_eq!(place.store.session(one.token_hash, AT + 9).unwrap(), Some(one.clone()));
    assert_eq!(place.store.session(one.token_hash, AT + 10).unwrap(), None);
    place.store.touch_session(one.token_hash, AT + 9, AT + 30).unwrap();
    assert_eq!(place.store.session(one.token_hash, AT + 29).unwrap().unwrap().seen_at, AT + 9);
    assert_eq!(place.store.expire_sessions(AT + 20).unwrap(), 1);
    place.store.end_session(one.token_hash).unwrap();
    place.store.put_session(two).unwrap();
    assert_eq!(place.store.end_sessions_of("account", "a1").unwrap(), 1);
}

#[test]
fn a_code_opens_once_and_tries_are_counted() {
    let place = Place::new();
    let code = Code {
        purpose: "status".to_owned(),
        subject: "13800000000".to_owned(),
        code_hash: sm3(b"123456"),
        expires_at: AT + 10,
        tries_left: 2,
    };
    let attempt = |text: &[u8], now| place.store.try_code("status", "13800000000", sm3(text), now).unwrap();
    assert_eq!(attempt(b"123456", AT), CodeOutcome::Unknown);
    place.store.put_code(code.clone()).unwrap();
    assert_eq!(attempt(b"123456", AT + 10), CodeOutcome::Spent);
    assert_eq!(attempt(b"000000", AT), CodeOutcome::Wrong { tries_left: 1 });
    assert_eq!(attempt(b"123456", AT), CodeOutcome::Accepted);
    assert_eq!(attempt(b"123456", AT), CodeOutcome::Unknown);
    place.store.put_code(code.clone()).unwrap();
    attempt(b"1", AT);
    attempt(b"2", AT);
    assert_eq!(attempt(b"123456", AT), CodeOutcome::Spent);

    // Of many that try at once, one gets in.
    place.store.put_code(Code { tries_left: 99, ..code }).unwrap();
    let accepted = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..16).map(|_| scope.spawn(|| attempt(b"123456", AT) == CodeOutcome::Accepted)).collect();
        tries.into_iter().map(|t| t.join().unwrap()).filter(|accepted| *accepted).count()
    });
    assert_eq!(accepted, 1);
    assert_eq!(place.store.expire_codes(AT + 100).unwrap(), 0);
}

#[test]
fn a_turn_is_taken_once_until_it_ends() {
    let place = Place::new();
    let turn = |now| place.store.take_turn("rest", "number", now, now + 60).unwrap();
    assert!(turn(AT));
    assert!(!turn(AT + 59));
    assert!(place.store.take_turn("rest", "another", AT, AT + 60).unwrap());
    assert!(turn(AT + 60));
    assert!(turn(AT - 3_600_000), "the clock was set back an hour: nobody waits that long");
    let wins: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| usize::from(turn(AT + 9_000)))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
}
