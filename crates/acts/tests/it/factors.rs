//! The second factor: codes of a generator, recovery codes, what a session owes, and who must have one.

use crate::bench::{Bench, post};
use acts::factors::{self, FactorError, Offer, Proof, RECOVERY_CODES, STEP_MS};
use acts::people::{
    Debt, SignInError, change_password, confirm_by_code, confirm_by_password, create, give_code, is_fresh, limits,
    living_session, owed, renewed, session, sessions_of, sign_in, sign_in_whole,
};
use jiff::{SignedDuration, Span, ToSpan};
use kernel::world::Moment;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use store::Session;

const WORD: &str = "First-password-1";
const SITE: &str = "示范市公共法律服务";

fn after(now: Moment, span: Span) -> Moment {
    Moment { at: now.at + span, civil: now.civil + span }
}

/// A phone that holds the secret it was shown, and the recovery codes written down beside.
pub struct Phone {
    secret: Vec<u8>,
    recovery: Vec<String>,
}

impl Phone {
    fn holding(offer: &Offer) -> Phone {
        let value = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
        let bits: String = offer.letters.chars().map(|c| format!("{:05b}", value(c))).collect();
        let bytes = bits.as_bytes().chunks_exact(8).map(|eight| std::str::from_utf8(eight).unwrap());
        let secret = bytes.map(|eight| u8::from_str_radix(eight, 2).unwrap()).collect();
        Phone { secret, recovery: Vec::new() }
    }

    /// A phone that was added to an account.
    pub fn enrolled(bench: &Bench, account: &str) -> Phone {
        let (bureau, now) = (&bench.bureau, bench.now());
        let offer = factors::offer(bureau, now, account, SITE).unwrap();
        let mut phone = Phone::holding(&offer);
        phone.recovery = factors::enrol(bureau, now, account, &offer.sealed, &phone.shows(now, 0)).unwrap();
        phone
    }

    /// What it shows so many steps later.
    pub fn shows(&self, now: Moment, steps: i64) -> String {
        let step = (now.at.as_millisecond() / STEP_MS + steps).to_be_bytes();
        let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret), &step);
        let at = usize::from(tag.as_ref()[19] & 15);
        let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn somebody(bench: &Bench) -> Phone {
    create(&bench.bureau, bench.now(), "somebody", "某人", WORD, &[]).unwrap();
    Phone::enrolled(bench, "somebody")
}

fn through(bench: &Bench, now: Moment, token: &str) -> Session {
    session(&bench.bureau, now, token).unwrap().unwrap()
}

#[test]
fn a_code_counts_once_and_so_do_those_beside_it() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = somebody(&bench);
    let proves = |now: Moment, code: &str| factors::prove(bureau, now, "somebody", code);
    // The one that enrolled it is used up, and what stands before it.
    for steps in [-1, 0] {
        assert!(matches!(proves(now, &phone.shows(now, steps)), Err(FactorError::Wrong)), "{steps}");
    }
    assert!(matches!(proves(now, &phone.shows(now, 2)), Err(FactorError::Wrong)), "too early");
    let wide: String = phone.shows(now, 1).chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    assert_eq!(proves(now, &format!(" {wide} ")).unwrap(), Proof::Code, "a blank and wide digits");
    assert!(matches!(proves(now, &phone.shows(now, 1)), Err(FactorError::Wrong)), "used");
    let later = after(now, 90.seconds());
    assert_eq!(proves(later, &phone.shows(later, -1)).unwrap(), Proof::Code, "a clock behind by a step");
    assert_eq!(proves(later, &phone.shows(later, 0)).unwrap(), Proof::Code);
    assert!(matches!(proves(after(later, 3.minutes()), &phone.shows(later, 1)), Err(FactorError::Wrong)), "too late");
    assert!(matches!(proves(later, ""), Err(FactorError::Wrong)));
}

#[test]
fn a_recovery_code_opens_once_and_new_ones_end_the_old() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = somebody(&bench);
    assert_eq!(phone.recovery.len(), RECOVERY_CODES);
    let proves = |code: &str| factors::prove(bureau, now, "somebody", code);
    let typed = phone.recovery[0].replace('-', " ").to_uppercase().replace('O', "0");
    assert_eq!(proves(&typed).unwrap(), Proof::Recovery);
    assert!(matches!(proves(&phone.recovery[0]), Err(FactorError::Wrong)), "used up");
    assert_eq!(factors::held(bureau, "somebody").unwrap().recovery_codes, RECOVERY_CODES - 1);
    let fresh = factors::renew_recovery(bureau, now, "somebody").unwrap();
    assert!(matches!(proves(&phone.recovery[1]), Err(FactorError::Wrong)), "in place of those before");
    assert_eq!(proves(&fresh[9]).unwrap(), Proof::Recovery);
    // What is kept opens nothing: neither the codes nor the secret are in the store.
    let kept: Vec<Vec<u8>> = bureau.store.factors_of("somebody").unwrap().into_iter().map(|f| f.secret).collect();
    let in_clear = |bytes: &[u8]| kept.iter().any(|secret| secret.windows(bytes.len()).any(|part| part == bytes));
    assert!(!in_clear(&phone.secret) && !in_clear(fresh[0].as_bytes()) && !in_clear(&fresh[0].as_bytes()[..5]));
}

#[test]
fn codes_rest_after_five_wrong_ones_and_a_right_password_gives_none_back() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = somebody(&bench);
    for _ in 0..5 {
        let token = sign_in(bureau, now, "somebody", WORD).unwrap();
        let half = through(&bench, now, &token);
        assert!(matches!(give_code(bureau, now, &half, "000000"), Err(SignInError::WrongCode)));
    }
    let token = sign_in(bureau, now, "somebody", WORD).unwrap();
    let half = through(&bench, now, &token);
    let right = phone.shows(now, 1);
    assert!(matches!(give_code(bureau, now, &half, &right), Err(SignInError::Resting)));
    let recovery = &phone.recovery[0];
    assert!(matches!(give_code(bureau, now, &half, recovery), Err(SignInError::Resting)), "recovery codes too");
    let later = after(now, 15.minutes());
    assert_eq!(factors::prove(bureau, later, "somebody", &phone.shows(later, 0)).unwrap(), Proof::Code);
}

#[test]
fn after_the_password_a_session_owes_the_code_and_the_code_brings_another() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = somebody(&bench);
    let token = sign_in(bureau, now, "somebody", WORD).unwrap();
    let half = through(&bench, now, &token);
    assert_eq!(owed(&half), Some(Debt::Code));
    // Neither a new password nor a confirmation goes round it.
    let changed = change_password(bureau, now, &half, WORD, "Another-word-2");
    assert!(matches!(changed, Err(SignInError::CodeNeeded)));
    assert!(matches!(confirm_by_password(bureau, now, &half, WORD), Err(SignInError::CodeNeeded)));
    assert!(renewed(bureau, now, &half).is_err());
    let (whole, proof) = give_code(bureau, now, &half, &phone.shows(now, 1)).unwrap();
    assert!(proof == Proof::Code && whole != token);
    assert!(living_session(bureau, now, &token).unwrap().is_none(), "the token of before is worth nothing");
    assert_eq!(owed(&through(&bench, now, &whole)), None);
    // A password that is due is owed after the code, and a new one brings the debt of the code back to nobody.
    let late = after(now, (24 * 90).hours());
    let half = through(&bench, late, &sign_in(bureau, late, "somebody", WORD).unwrap());
    assert_eq!(owed(&half), Some(Debt::Code));
    let (next, _) = give_code(bureau, late, &half, &phone.shows(late, 0)).unwrap();
    let due = through(&bench, late, &next);
    assert_eq!(owed(&due), Some(Debt::Password));
    let done = change_password(bureau, late, &due, WORD, "Another-word-2").unwrap();
    assert_eq!(owed(&through(&bench, late, &done)), None);
    // Waiting for a code ends soon, and ends nobody else's session.
    let half = sign_in(bureau, late, "somebody", "Another-word-2").unwrap();
    for _ in 0..4 {
        sign_in(bureau, late, "somebody", "Another-word-2").unwrap();
    }
    assert!(living_session(bureau, late, &done).unwrap().is_some());
    assert!(session(bureau, after(late, 10.minutes()), &half).unwrap().is_none());
    let whole = sessions_of(bureau, late, "somebody").unwrap().into_iter().filter(|one| owed(one).is_none());
    assert_eq!(whole.count(), 1);
}

#[test]
fn without_pages_the_code_comes_with_the_password() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = somebody(&bench);
    let enters = |password: &str, code: Option<&str>| sign_in_whole(bureau, now, ("somebody", password), code, "");
    assert!(matches!(enters("wrong", Some(&phone.shows(now, 1))), Err(SignInError::Wrong)), "the password first");
    assert!(matches!(enters(WORD, None), Err(SignInError::CodeNeeded)));
    assert!(matches!(enters(WORD, Some("000000")), Err(SignInError::WrongCode)));
    let token = enters(WORD, Some(&phone.shows(now, 1))).unwrap();
    assert_eq!(owed(&through(&bench, now, &token)), None);
    create(bureau, now, "other", "另人", WORD, &[]).unwrap();
    let token = sign_in_whole(bureau, now, ("other", WORD), None, "").unwrap();
    assert_eq!(owed(&through(&bench, now, &token)), None, "nobody owes what they do not have");
}

#[test]
fn administrators_owe_a_second_factor_from_the_day_it_is_demanded() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let security = create(bureau, now, "an-quan", "安全", WORD, &[post("security", "bureau-city")]).unwrap();
    let owes = || owed(&through(&bench, now, &sign_in(bureau, now, "an-quan", WORD).unwrap()));
    assert_eq!(owes(), Some(Debt::Factor), "where nobody decided anything");
    for (from, expected) in
        [(None, None), (Some(now.on().tomorrow().unwrap()), None), (Some(now.on()), Some(Debt::Factor))]
    {
        factors::demand_from(bureau, now, &security, from).unwrap();
        assert_eq!(owes(), expected, "{from:?}");
    }
    assert!(matches!(factors::demand_from(bureau, now, &"op".into(), None), Err(FactorError::Forbidden)));
    bureau.store.put_setting(limits::FACTOR_FROM, "nonsense").unwrap();
    assert_eq!(owes(), Some(Debt::Factor), "what cannot be read is the strict rule");
    // A new password leaves the debt; the factor pays it, and the next time a code is asked for.
    let token = sign_in(bureau, now, "an-quan", WORD).unwrap();
    let token = change_password(bureau, now, &through(&bench, now, &token), WORD, "Another-word-2").unwrap();
    let owing = through(&bench, now, &token);
    assert_eq!(owed(&owing), Some(Debt::Factor));
    Phone::enrolled(&bench, "an-quan");
    let token = renewed(bureau, now, &owing).unwrap();
    assert_eq!(owed(&through(&bench, now, &token)), None);
    assert!(
        living_session(bureau, now, &sign_in(bureau, now, "an-quan", "Another-word-2").unwrap()).unwrap().is_some()
    );
    let half = sign_in(bureau, now, "an-quan", "Another-word-2").unwrap();
    assert_eq!(owed(&through(&bench, now, &half)), Some(Debt::Code));
    create(bureau, now, "clerk-li", "李办", WORD, &[post("aid-clerk", "aid-east")]).unwrap();
    assert_eq!(owed(&through(&bench, now, &sign_in(bureau, now, "clerk-li", WORD).unwrap())), None, "no administrator");
}

#[test]
fn an_offered_secret_is_for_its_account_for_a_while_and_once() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    create(bureau, now, "somebody", "某人", WORD, &[]).unwrap();
    let offer = factors::offer(bureau, now, "somebody", SITE).unwrap();
    let phone = Phone::holding(&offer);
    assert!(offer.address.starts_with("otpauth://totp/%E7%A4%BA") && offer.address.contains(&offer.letters));
    let code = phone.shows(now, 0);
    let enrols = |now: Moment, account: &str, code: &str| factors::enrol(bureau, now, account, &offer.sealed, code);
    assert!(matches!(enrols(now, "wang-jing", &code), Err(FactorError::Over)), "for somebody else");
    let late = after(now, 30.minutes());
    assert!(matches!(enrols(late, "somebody", &phone.shows(late, 0)), Err(FactorError::Over)));
    assert!(matches!(enrols(now, "somebody", "000000"), Err(FactorError::Wrong)));
    assert_eq!(factors::again(bureau, now, "somebody", SITE, &offer.sealed).unwrap().letters, offer.letters);
    enrols(now, "somebody", &code).unwrap();
    assert!(matches!(enrols(now, "somebody", &phone.shows(now, 1)), Err(FactorError::Known)));
    let removes = |password: &str, code: &str| factors::remove(bureau, now, "somebody", password, code);
    assert!(matches!(removes("wrong", &phone.shows(now, 1)), Err(FactorError::Wrong)));
    assert!(matches!(removes(WORD, "000000"), Err(FactorError::Wrong)));
    removes(WORD, &phone.shows(now, 1)).unwrap();
    assert!(bureau.store.factors_of("somebody").unwrap().is_empty(), "recovery codes go with it");
    assert!(matches!(enrols(now, "somebody", &phone.shows(now, 0)), Err(FactorError::Over)), "once");
}

#[test]
fn only_the_security_administrator_takes_factors_off_and_never_their_own() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    somebody(&bench);
    let security = create(bureau, now, "an-quan", "安全", WORD, &[post("security", "bureau-city")]).unwrap();
    Phone::enrolled(&bench, "an-quan");
    for other in ["op", "auditor", "somebody", "nobody"] {
        let refused = factors::take_off(bureau, now, &other.into(), "somebody");
        assert!(matches!(refused, Err(FactorError::Forbidden)), "{other}");
    }
    assert!(matches!(factors::take_off(bureau, now, &security, "an-quan"), Err(FactorError::Forbidden)));
    assert!(matches!(factors::take_off(bureau, now, &security, "nobody"), Err(FactorError::Account(_))));
    let half = sign_in(bureau, now, "somebody", WORD).unwrap();
    factors::take_off(bureau, now, &security, "somebody").unwrap();
    assert!(living_session(bureau, now, &half).unwrap().is_none());
    assert!(matches!(factors::take_off(bureau, now, &security, "somebody"), Err(FactorError::NotHeld)));
    assert_eq!(owed(&through(&bench, now, &sign_in(bureau, now, "somebody", WORD).unwrap())), None);
}

#[test]
fn a_confirmation_counts_for_a_quarter_of_an_hour() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let token = {
        let phone = somebody(&bench);
        let half = through(&bench, now, &sign_in(bureau, now, "somebody", WORD).unwrap());
        give_code(bureau, now, &half, &phone.shows(now, 1)).unwrap().0
    };
    let minutes = |minutes: i64| Moment {
        at: now.at + SignedDuration::from_mins(minutes),
        civil: now.civil + SignedDuration::from_mins(minutes),
    };
    assert!(is_fresh(&through(&bench, now, &token), minutes(14)));
    assert!(!is_fresh(&through(&bench, now, &token), minutes(15)));
    let late = minutes(20);
    assert!(confirm_by_password(bureau, late, &through(&bench, late, &token), "wrong").is_err());
    assert!(confirm_by_code(bureau, late, &through(&bench, late, &token), "000000").is_err());
    assert!(!is_fresh(&through(&bench, late, &token), late), "what was wrong confirms nothing");
    confirm_by_password(bureau, late, &through(&bench, late, &token), WORD).unwrap();
    assert!(is_fresh(&through(&bench, minutes(34), &token), minutes(34)));
    let late = minutes(35);
    let old = through(&bench, late, &token);
    assert!(!is_fresh(&old, late) && owed(&old).is_none());
}
