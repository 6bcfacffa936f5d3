//! Signing in, and what ends it.

use crate::bench::Bench;
use acts::people::{SignInError, create, reset, session, sign_in};

const FIRST: &str = "first password of it";
const SECOND: &str = "second password of it";

#[test]
fn a_reset_password_ends_the_old_one_and_every_session() {
    let bench = Bench::new();
    let bureau = &bench.bureau;
    create(bureau, bench.now(), "somebody", "某人", FIRST, &[]).unwrap();
    let token = sign_in(bureau, bench.now(), "somebody", FIRST).unwrap();
    assert!(session(bureau, bench.now(), &token).unwrap().is_some());
    assert!(matches!(reset(bureau, bench.now(), "nobody", SECOND), Err(SignInError::Wrong)));
    assert!(matches!(reset(bureau, bench.now(), "somebody", "short"), Err(SignInError::TooShort)));
    reset(bureau, bench.now(), "somebody", SECOND).unwrap();
    assert!(session(bureau, bench.now(), &token).unwrap().is_none());
    assert!(matches!(sign_in(bureau, bench.now(), "somebody", FIRST), Err(SignInError::Wrong)));
    assert!(sign_in(bureau, bench.now(), "somebody", SECOND).is_ok());
}

#[test]
fn five_wrong_passwords_make_an_account_rest_and_a_reset_wakes_it() {
    let bench = Bench::new();
    let bureau = &bench.bureau;
    create(bureau, bench.now(), "somebody", "某人", FIRST, &[]).unwrap();
    for _ in 0..5 {
        assert!(matches!(sign_in(bureau, bench.now(), "somebody", "wrong"), Err(SignInError::Wrong)));
    }
    assert!(matches!(sign_in(bureau, bench.now(), "somebody", FIRST), Err(SignInError::Resting)));
    reset(bureau, bench.now(), "somebody", SECOND).unwrap();
    assert!(sign_in(bureau, bench.now(), "somebody", SECOND).is_ok());
}
