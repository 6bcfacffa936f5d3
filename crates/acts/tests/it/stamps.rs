//! Time stamps, by a real authority: that of openssl, with keys made for the test.

use crate::authority::{Authority, KEYS};
use crate::bench::Bench;
use acts::receipt::{Verdict, read, receipt};
use acts::stamps::{Stamp, StampError, TakeError, answered, check, question, take};

const MESSAGE: &[u8] = b"a checkpoint";
const NONCE: [u8; 8] = [0x91, 2, 3, 4, 5, 6, 7, 8];

#[test]
fn a_stamp_of_a_real_authority_holds_for_its_bytes_and_its_issuer_only() {
    for key in KEYS {
        let Some(authority) = Authority::new(key) else { return };
        let answer = authority.answers(&question(MESSAGE, NONCE).unwrap()).unwrap();
        let token = answered(&answer, MESSAGE, NONCE).unwrap();
        let Stamp { at, by } = check(&token, MESSAGE, Some(&authority.certificate("ca"))).unwrap();
        assert!(at > 1_700_000_000_000 && by.contains("xiezhi-test-tsa"), "{at} {by}");
        assert_eq!(check(&token, b"another", None), Err(StampError::OtherBytes));
        let strange = authority.certificate("strange");
        assert_eq!(check(&token, MESSAGE, Some(&strange)), Err(StampError::Unknown), "{key:?}");
        assert_eq!(check(&token, MESSAGE, Some(b"no certificate")), Err(StampError::Unknown));
        let mut other = NONCE;
        other[7] ^= 1;
        assert_eq!(answered(&answer, MESSAGE, other), Err(StampError::OtherBytes), "an answer to another question");
        assert_eq!(answered(&answer, b"another", NONCE), Err(StampError::OtherBytes));
    }
}

#[test]
fn no_byte_of_what_a_stamp_signs_can_be_changed() {
    let Some(authority) = Authority::new(KEYS[1]) else { return };
    let token = answered(&authority.answers(&question(MESSAGE, NONCE).unwrap()).unwrap(), MESSAGE, NONCE).unwrap();
    let (good, ca) = (check(&token, MESSAGE, Some(&authority.certificate("ca"))).unwrap(), authority.certificate("ca"));
    for at in 0..token.len() {
        for bit in [0x01, 0x80] {
            let mut changed = token.clone();
            changed[at] ^= bit;
            // What is not signed (the order of an unused field, say) may differ; time and signer never do.
            let told = check(&changed, MESSAGE, Some(&ca));
            assert!(told.is_err() || told == Ok(good.clone()), "byte {at}: {told:?}");
        }
    }
    assert_eq!(answered(b"no answer", MESSAGE, NONCE), Err(StampError::Unreadable));
}

#[test]
fn a_certificate_that_may_not_stamp_is_refused() {
    let Some(authority) = Authority::new(KEYS[1]) else { return };
    // openssl refuses to stamp with such a certificate: the purpose is taken out of one that may.
    let token = answered(&authority.answers(&question(MESSAGE, NONCE).unwrap()).unwrap(), MESSAGE, NONCE).unwrap();
    let purpose: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
    let at = token.windows(purpose.len()).position(|bytes| bytes == purpose).unwrap();
    let mut changed = token.clone();
    changed[at + 7] = 2;
    assert_eq!(check(&changed, MESSAGE, None), Err(StampError::Purpose));
}

#[test]
fn the_log_is_stamped_once_for_what_is_new_and_receipts_carry_it() {
    let Some(authority) = Authority::new(KEYS[0]) else { return };
    let reach = |question: &[u8]| authority.answers(question).ok_or_else(|| "refused".to_owned());
    let bench = Bench::new();
    let first = bench.citizen(1).applies(&[]);
    let (made, _) = take(&bench.bureau, bench.now(), &reach).unwrap().unwrap();
    assert!(take(&bench.bureau, bench.now(), &reach).unwrap().is_none(), "nothing but the stamp is new");
    let second = bench.citizen(2).applies(&[]);
    let (later, _) = take(&bench.bureau, bench.now(), &reach).unwrap().unwrap();
    assert!(later.size > made.size);
    let third = bench.citizen(3).applies(&[]);
    let verdict = |matter, authorities: Option<&[u8]>| -> (serde_json::Value, Verdict) {
        let json = receipt(&bench.bureau, bench.now(), matter, 1).unwrap();
        let verdict = read(&json.to_string()).unwrap().verify_stamped(None, authorities);
        (json, verdict)
    };
    let ca = authority.certificate("ca");
    for (matter, size) in [(&first, made.size), (&second, later.size)] {
        let (json, verdict) = verdict(matter, Some(&ca));
        assert!(verdict.holds() && verdict.checks.iter().any(|check| check.what == "时间戳"), "{:?}", verdict.checks);
        assert_eq!(json["checkpoint"]["size"], size, "the first stamp that covers it");
    }
    let (_, strange) = verdict(&first, Some(&authority.certificate("strange")));
    assert!(!strange.holds() && strange.checks.iter().filter(|check| !check.holds).all(|check| check.what == "时间戳"));
    // What is not stamped yet holds without a stamp, and does not where one is asked for.
    assert!(verdict(&third, None).1.holds());
    assert!(!verdict(&third, Some(&ca)).1.holds());
}

#[test]
fn an_authority_that_fails_leaves_everything_as_it_was() {
    let bench = Bench::new();
    bench.citizen(1).applies(&[]);
    let gone = |_: &[u8]| Err("no route".to_owned());
    assert!(matches!(take(&bench.bureau, bench.now(), &gone), Err(TakeError::NotReached(_))));
    let lies = |_: &[u8]| Ok(b"<html>".to_vec());
    assert!(matches!(take(&bench.bureau, bench.now(), &lies), Err(TakeError::Stamp(StampError::Unreadable))));
    let matter = bench.citizen(2).applies(&[]);
    let json = receipt(&bench.bureau, bench.now(), &matter, 1).unwrap();
    assert!(json.get("stamp").is_none() && read(&json.to_string()).unwrap().verify(None).holds());
}
