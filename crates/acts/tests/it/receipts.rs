//! Receipts: they hold offline, and no byte of them can be changed.

use crate::bench::Bench;
use acts::Bureau;
use acts::keys::Keys;
use acts::receipt::{Check, checkpoint, read, receipt, verify};
use serde_json::Value as Json;
use std::sync::Arc;

fn issued() -> (Bench, Json) {
    let bench = Bench::new();
    for sequence in 1..=5 {
        bench.citizen(sequence).applies(&[]);
    }
    checkpoint(&bench.bureau, bench.now()).unwrap();
    let matter = bench.citizen(6).applies(&[]);
    bench.citizen(7).applies(&[]);
    let json = receipt(&bench.bureau, bench.now(), &matter, 1).unwrap();
    (bench, json)
}

#[test]
fn a_receipt_holds_and_says_what_it_is() {
    let (bench, json) = issued();
    let key = bench.bureau.keys.public_key();
    let verdict = verify(&json.to_string(), Some(&key));
    assert!(verdict.holds(), "{:?}", verdict.checks);
    assert!(verify(&serde_json::to_string_pretty(&json).unwrap(), None).holds(), "white space says nothing");
    let says: String = verdict.says.iter().map(|(what, text)| format!("{what}：{text}；")).collect();
    assert!(says.contains("〔2026〕东援申字第6号") && says.contains("示范市") && says.contains("2026-03-02"), "{says}");
    assert!(!says.contains("申模"), "it tells nothing about a person");
    let other = format!("04{}", "ab".repeat(64));
    assert!(!verify(&json.to_string(), Some(&other)).holds());
}

#[test]
fn no_byte_of_a_receipt_can_be_changed() {
    let (_, json) = issued();
    let text = json.to_string();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        // Every other time only the case of a letter changes, which a careless reader of hex digits would not see.
        bytes[at] ^= if at % 2 == 0 { 0x01 } else { 0x20 };
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(!verify(&changed, None).holds(), "byte {at}");
    }
}

#[test]
fn every_part_of_a_receipt_is_needed() {
    let (_, json) = issued();
    for key in json.as_object().unwrap().keys() {
        let mut without = json.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(!verify(&without.to_string(), None).holds(), "{key}");
    }
    for text in ["", "{}", "null", "[]", "<html>"] {
        let verdict = verify(text, None);
        assert!(!verdict.holds() && !verdict.checks[0].means.is_empty(), "{text}");
    }
}

fn compared(json: &Json, bureau: &Bureau) -> Vec<Check> {
    read(&json.to_string()).unwrap().compare(bureau).unwrap()
}

#[test]
fn a_receipt_agrees_with_its_ledger_however_the_ledger_grows() {
    let (bench, json) = issued();
    for sequence in 8..=12 {
        bench.citizen(sequence).applies(&[]);
        checkpoint(&bench.bureau, bench.now()).unwrap();
        let checks = compared(&json, &bench.bureau);
        assert!(checks.len() == 3 && checks.iter().all(|check| check.holds), "{checks:?}");
    }
}

/// The same bureau as it was earlier, which then went another way: what a restore to a moment leaves.
#[test]
fn a_ledger_that_was_put_back_does_not_know_what_was_given_afterwards() {
    let (issuer, json) = issued();
    let earlier = Bench::new();
    for sequence in 1..=3 {
        earlier.citizen(sequence).applies(&[]);
    }
    checkpoint(&earlier.bureau, earlier.now()).unwrap();
    let all_fail = |bureau: &Bureau, act: &str, log: &str| {
        let checks = compared(&json, bureau);
        assert!(checks.len() == 3 && checks.iter().all(|check| !check.holds), "{checks:?}");
        assert!(checks[0].means.contains(act) && checks[2].means.contains(log), "{checks:?}");
    };
    all_fail(&earlier.bureau, "没有这个行为。签名是本机关的，多半是总账恢复到了", "短");
    // Who never signed it takes it for a forgery.
    let keys = Arc::new(Keys::generate(&issuer.bureau.entropy).unwrap());
    all_fail(&Bureau { keys, ..earlier.bureau.clone() }, "没有这个行为。签名不是本机关的，凭证可能是伪造的", "短");
    // The chance of the bench is a counter: what is filed now has the identity that was given away, and says other things.
    for sequence in 11..=17 {
        earlier.citizen(sequence).applies(&[]);
    }
    checkpoint(&earlier.bureau, earlier.now()).unwrap();
    all_fail(&earlier.bureau, "另一个摘要", "另写过");
}

#[test]
fn a_receipt_of_another_city_is_sent_there() {
    let (bench, mut json) = issued();
    json["realm"] = "990200".into();
    let checks = compared(&json, &bench.bureau);
    assert!(checks.len() == 1 && !checks[0].holds && checks[0].means.contains("990200"), "{checks:?}");
}
