//! Receipts: they hold offline, and no byte of them can be changed.

use crate::bench::Bench;
use acts::receipt::{checkpoint, receipt, verify};
use serde_json::Value as Json;

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
