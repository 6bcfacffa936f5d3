//! What signing in is held to: tries, passwords, sessions.

use crate::bench::Bench;
use acts::people::{
    Debt, SignInError, change_password, create, living_session, owed, session, sessions_of, sign_in, sign_in_from,
    sign_out_others,
};
use jiff::{Span, ToSpan};
use kernel::world::Moment;

const FIRST: &str = "First-password-1";
const HERE: &str = "192.0.2.7";

fn after(now: Moment, span: Span) -> Moment {
    Moment { at: now.at + span, civil: now.civil + span }
}

#[test]
fn an_address_rests_after_many_wrong_tries_and_what_was_right_is_not_counted() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    for at in 0..29 {
        let login = format!("nobody-{at}");
        assert!(matches!(sign_in_from(bureau, now, &login, FIRST, HERE), Err(SignInError::Wrong)));
    }
    for _ in 0..3 {
        sign_in_from(bureau, now, "somebody", FIRST, HERE).unwrap();
    }
    assert!(matches!(sign_in_from(bureau, now, "nobody-30", FIRST, HERE), Err(SignInError::Wrong)));
    assert!(matches!(sign_in_from(bureau, now, "somebody", FIRST, HERE), Err(SignInError::Resting)));
    sign_in_from(bureau, now, "somebody", FIRST, "192.0.2.8").unwrap();
    sign_in_from(bureau, after(now, 15.minutes()), "somebody", FIRST, HERE).unwrap();
}

#[test]
fn a_login_that_nobody_has_rests_like_one_that_somebody_has() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    for login in ["somebody", "nobody"] {
        let said: Vec<String> = (0..6).map(|_| sign_in(bureau, now, login, "wrong").unwrap_err().to_string()).collect();
        let wrong = SignInError::Wrong.to_string();
        assert_eq!(said[..5], [wrong.as_str(); 5], "{login}");
        assert_eq!(said[5], SignInError::Resting.to_string(), "{login}");
    }
}

#[test]
fn a_session_ends_twelve_hours_after_its_beginning_however_busy_it_is() {
    let bench = Bench::new();
    let (bureau, mut now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    let token = sign_in(bureau, now, "somebody", FIRST).unwrap();
    for _ in 0..36 {
        assert!(session(bureau, now, &token).unwrap().is_some(), "busy at {now:?}");
        now = after(now, 20.minutes());
    }
    assert!(session(bureau, now, &token).unwrap().is_none());
    let idle = sign_in(bureau, now, "somebody", FIRST).unwrap();
    assert!(session(bureau, after(now, 30.minutes()), &idle).unwrap().is_none());
}

#[test]
fn two_sessions_live_side_by_side_and_the_oldest_ends() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    let tokens: Vec<String> =
        (0..3).map(|at| sign_in(bureau, after(now, at.seconds()), "somebody", FIRST).unwrap()).collect();
    let later = after(now, 3.seconds());
    let lives = |token: &String| living_session(bureau, later, token).unwrap().is_some();
    assert_eq!(tokens.iter().map(lives).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(sessions_of(bureau, later, "somebody").unwrap().len(), 2);
    assert_eq!(sign_out_others(bureau, "somebody", &tokens[2]).unwrap(), 1);
    assert_eq!(tokens.iter().map(lives).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn a_password_has_a_term_and_changing_it_ends_every_session() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    let owes = |now: Moment| {
        let token = sign_in(bureau, now, "somebody", FIRST).unwrap();
        owed(&session(bureau, now, &token).unwrap().unwrap()) == Some(Debt::Password)
    };
    assert!(!owes(after(now, (24 * 90 - 1).hours())));
    let late = after(now, (24 * 90).hours());
    assert!(owes(late));
    let old = sign_in(bureau, late, "somebody", FIRST).unwrap();
    let through = session(bureau, late, &old).unwrap().unwrap();
    let change = |from: &str, to: &str| change_password(bureau, late, &through, from, to);
    assert!(matches!(change("wrong", "Another-word-2"), Err(SignInError::Wrong)));
    assert!(matches!(change(FIRST, "all small letters"), Err(SignInError::TooWeak)));
    assert!(matches!(change(FIRST, FIRST), Err(SignInError::UsedBefore)));
    let token = change(FIRST, "Another-word-2").unwrap();
    assert!(living_session(bureau, late, &old).unwrap().is_none());
    assert_eq!(owed(&living_session(bureau, late, &token).unwrap().unwrap()), None);
    assert!(matches!(sign_in(bureau, late, "somebody", FIRST), Err(SignInError::Wrong)));
}

#[test]
fn the_last_five_passwords_are_not_taken_again() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", FIRST, &[]).unwrap();
    let token = sign_in(bureau, now, "somebody", FIRST).unwrap();
    let mut through = session(bureau, now, &token).unwrap().unwrap();
    let word = |at: i32| if at == 0 { FIRST.to_owned() } else { format!("Another-word-{at}") };
    for at in 0..5_i32 {
        let now = after(now, at.minutes());
        let token = change_password(bureau, now, &through, &word(at), &word(at + 1)).unwrap();
        through = session(bureau, now, &token).unwrap().unwrap();
    }
    let later = after(now, 9.minutes());
    let change = |to: i32| change_password(bureau, later, &through, &word(5), &word(to));
    for used in 1..=5 {
        assert!(matches!(change(used), Err(SignInError::UsedBefore)), "{used}");
    }
    change(0).unwrap();
}
