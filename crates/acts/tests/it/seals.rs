//! Signatures on papers: the office's key, its rotation, the list of keys, and every byte of a paper.

use crate::bench::Bench;
use crate::factors::Phone;
use acts::Bureau;
use acts::factors;
use acts::keys::Keys;
use acts::office_keys::{self, KeyList, ListError, OfficeKeyError};
use acts::papers::{Printable, printable};
use acts::receipt::{Verdict, checkpoint, read, receipt};
use acts::rotation;
use acts::seals::{self, PaperPlace, Validity};
use kernel::names::{MatterId, Name, OfficeId};
use serde_json::Value as Json;
use std::sync::Arc;
use store::Factor;

const PDF: &[u8] = b"%PDF-1.7 the bytes of a paper, as a press made them";

fn issued() -> (Bench, PaperPlace, Printable) {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    let place = PaperPlace { matter, version: 1, paper: Name::from("receipt-slip") };
    let printed = printable(&bench.bureau, bench.now(), &place.matter, &place.paper, 1).unwrap();
    (bench, place, printed)
}

fn signed(bench: &Bench, place: &PaperPlace, printed: &Printable, pdf: &[u8]) -> Json {
    seals::seal(&bench.bureau, bench.now(), printed, place, pdf).unwrap()
}

fn list(bench: &Bench) -> KeyList {
    let list = office_keys::list(&bench.bureau, bench.now()).unwrap().to_string();
    office_keys::read_list(&list, Some(&bench.bureau.keys.public_key())).unwrap()
}

fn failing(verdict: &Verdict) -> Vec<&'static str> {
    verdict.checks.iter().filter(|check| !check.holds).map(|check| check.what).collect()
}

#[test]
fn a_paper_is_signed_once_by_the_office_whose_head_it_carries() {
    let (bench, place, printed) = issued();
    let office = printed.office.clone().unwrap();
    let signature = signed(&bench, &place, &printed, PDF);
    assert_eq!(signature["office"], office.as_str());
    assert_eq!(signature, signed(&bench, &place, &printed, PDF), "the same bytes keep the signature they have");
    let keys = office_keys::keys_of(&bench.bureau, &office).unwrap();
    assert!(keys.len() == 1 && signature["public_key"] == keys[0].public_key.as_str());
    assert_ne!(keys[0].public_key, bench.bureau.keys.public_key(), "the office signs, not the realm");
    let verdict = seals::verify(PDF, &signature.to_string(), Some(&list(&bench)));
    assert!(verdict.holds() && verdict.checks.len() == 3, "{:?}", verdict.checks);
    let says: Vec<&str> = verdict.says.iter().map(|(what, _)| what.as_str()).collect();
    assert!(says.contains(&"出具机关") && says.contains(&"文书") && says.contains(&"签名时间"), "{says:?}");
    let known = seals::sealed(&bench.bureau, PDF).unwrap().unwrap();
    assert_eq!((known.place, known.signature), (place.clone(), signature));
    assert_eq!(seals::validity(&bench.bureau, &place).unwrap(), Validity::Stands);
}

#[test]
fn no_byte_of_a_paper_and_of_its_signature_can_be_changed() {
    let (bench, place, printed) = issued();
    let signature = signed(&bench, &place, &printed, PDF).to_string();
    let list = list(&bench);
    for at in 0..PDF.len() {
        let mut pdf = PDF.to_vec();
        pdf[at] ^= 1;
        assert!(seals::sealed(&bench.bureau, &pdf).unwrap().is_none(), "byte {at}");
        assert_eq!(failing(&seals::verify(&pdf, &signature, Some(&list))), ["文书内容"], "byte {at}");
    }
    for at in 0..signature.len() {
        let mut bytes = signature.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(!seals::verify(PDF, &changed, None).holds(), "byte {at} of the signature");
    }
}

#[test]
fn an_office_that_takes_a_new_key_signs_with_it_and_keeps_what_it_signed() {
    let (bench, place, printed) = issued();
    let office = printed.office.clone().unwrap();
    let before = signed(&bench, &place, &printed, PDF);
    bench.at("2026-03-09T09:00");
    let new = office_keys::rotate(&bench.bureau, bench.now(), &office).unwrap();
    bench.at("2026-03-10T09:00");
    let after = signed(&bench, &place, &printed, b"%PDF set otherwise");
    assert!(after["public_key"] == new.public_key.as_str() && before["public_key"] != after["public_key"]);
    let keys = office_keys::keys_of(&bench.bureau, &office).unwrap();
    assert_eq!((keys.len(), keys[0].until, keys[1].until), (2, Some(keys[1].from), None));
    let list = list(&bench);
    assert!(seals::verify(PDF, &before.to_string(), Some(&list)).holds());
    assert!(seals::verify(b"%PDF set otherwise", &after.to_string(), Some(&list)).holds());
    // What stood in the place of the old secret was written over.
    assert_eq!(bench.bureau.store.setting(&format!("office-key/{office}/1")).unwrap().as_deref(), Some("retired"));
    // A list of before the new key does not know it.
    let older = KeyList { realm: list.realm.clone(), keys: vec![list.keys[0].clone()] };
    assert_eq!(failing(&seals::verify(b"%PDF set otherwise", &after.to_string(), Some(&older))), ["签名密钥"]);
    let nobody = office_keys::rotate(&bench.bureau, bench.now(), &OfficeId::from("nobody"));
    assert!(matches!(nobody, Err(OfficeKeyError::NoOffice(_))), "{nobody:?}");
}

#[test]
fn a_key_that_signs_outside_its_time_is_not_believed() {
    let (bench, place, printed) = issued();
    let signature = signed(&bench, &place, &printed, PDF);
    let (at, mut list) = (signature["signed_at"].as_i64().unwrap(), list(&bench));
    list.keys[0].until = Some(at);
    assert_eq!(failing(&seals::verify(PDF, &signature.to_string(), Some(&list))), ["签名密钥"]);
    (list.keys[0].from, list.keys[0].until) = (at + 1, None);
    assert_eq!(failing(&seals::verify(PDF, &signature.to_string(), Some(&list))), ["签名密钥"]);
    (list.keys[0].from, list.realm) = (at, "990200".to_owned());
    assert_eq!(failing(&seals::verify(PDF, &signature.to_string(), Some(&list))), ["签名密钥"]);
}

#[test]
fn the_list_of_keys_is_signed_by_the_realm_and_cannot_be_changed() {
    let (bench, place, printed) = issued();
    signed(&bench, &place, &printed, PDF);
    let list = office_keys::list(&bench.bureau, bench.now()).unwrap().to_string();
    let key = bench.bureau.keys.public_key();
    for at in 0..list.len() {
        let mut bytes = list.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(office_keys::read_list(&changed, Some(&key)).is_err(), "byte {at}");
    }
    let other = Keys::generate(&bench.bureau.entropy).unwrap().public_key();
    assert_eq!(office_keys::read_list(&list, Some(&other)).unwrap_err(), ListError::OtherKey);
}

#[test]
fn whoever_has_the_database_alone_has_no_key_and_no_digest() {
    let (bench, place, printed) = issued();
    let signature = signed(&bench, &place, &printed, PDF);
    let office = printed.office.clone().unwrap();
    // The same database under other keys: neither the secret opens nor is the paper found.
    let keys = Arc::new(Keys::generate(&bench.bureau.entropy).unwrap());
    let thief = Bureau { keys, ..bench.bureau.clone() };
    assert!(seals::seal(&thief, bench.now(), &printed, &place, b"%PDF forged").is_err());
    assert!(seals::sealed(&thief, PDF).unwrap().is_none());
    let digest = signature["sm3"].as_str().unwrap();
    for act in bench.bureau.store.acts_after(0, 1000).unwrap() {
        let text = [act.matter.as_str().as_bytes(), &act.bytes, &act.open].concat();
        assert!(!String::from_utf8_lossy(&text).contains(digest), "{} of {office}", act.matter.as_str());
    }
}

#[test]
fn a_void_number_voids_its_paper() {
    let (bench, place, _) = issued();
    bench.clerk().proposes_grant(&place.matter);
    bench.director().grants(&place.matter);
    let matter = bench.matter(&place.matter);
    let decision = matter.papers.iter().find(|issued| issued.paper.as_str() == "grant-decision").unwrap();
    let place = PaperPlace { version: decision.version, paper: decision.paper.clone(), ..place };
    let printed = printable(&bench.bureau, bench.now(), &place.matter, &place.paper, place.version).unwrap();
    let signature = signed(&bench, &place, &printed, PDF);
    assert_eq!(signature["number"].as_str(), decision.number.as_deref());
    assert_eq!(seals::validity(&bench.bureau, &place).unwrap(), Validity::Stands);
    let number = decision.number.clone().unwrap();
    bench.clerk().does(&place.matter, "void-number", &[("voided-number", &number), ("void-reason", "印章模糊。")]);
    assert_eq!(seals::validity(&bench.bureau, &place).unwrap(), Validity::Voided);
    assert!(seals::verify(PDF, &signature.to_string(), None).holds(), "what was signed stays signed");
    let unknown = PaperPlace { matter: MatterId::new("none"), ..place };
    assert_eq!(seals::validity(&bench.bureau, &unknown).unwrap(), Validity::Unknown);
}

#[test]
fn a_receipt_carries_the_keys_of_the_office() {
    let (bench, place, printed) = issued();
    signed(&bench, &place, &printed, PDF);
    checkpoint(&bench.bureau, bench.now()).unwrap();
    let json = receipt(&bench.bureau, bench.now(), &place.matter, 1).unwrap();
    let keys = office_keys::keys_of(&bench.bureau, &printed.office.unwrap()).unwrap();
    assert_eq!(json["office_keys"][0]["public_key"], keys[0].public_key.as_str());
    assert!(read(&json.to_string()).unwrap().verify(None).holds());
}

#[test]
fn a_master_that_changes_leaves_offices_their_keys_papers_their_records_and_people_their_factors() {
    let file = Keys::fresh(&Bench::new().bureau.entropy).unwrap();
    let mut bench = Bench::new();
    bench.bureau = Bureau { keys: Arc::new(Keys::of_file(file.clone()).unwrap()), ..bench.bureau.clone() };
    let matter = bench.citizen(1).applies(&[]);
    let place = PaperPlace { matter, version: 1, paper: Name::from("receipt-slip") };
    let printed = printable(&bench.bureau, bench.now(), &place.matter, &place.paper, 1).unwrap();
    let (office, before) = (printed.office.clone().unwrap(), signed(&bench, &place, &printed, PDF));
    office_keys::rotate(&bench.bureau, bench.now(), &office).unwrap();
    let key_label = b"passkey/wang-jing/k1";
    let passkey = Factor {
        account: "wang-jing".to_owned(),
        id: "k1".to_owned(),
        kind: "passkey".to_owned(),
        label: "手机".to_owned(),
        secret: bench.bureau.keys.realm_key().seal([7; 12], b"a public key", key_label).unwrap(),
        counter: 0,
        created_at: 0,
        used_at: None,
    };
    bench.bureau.store.put_factors(vec![passkey.clone()]).unwrap();
    let phone = Phone::enrolled(&bench, "zhao-zhu");

    let next: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 5 + 1).unwrap());
    let promoted = file.announce(next).unwrap().promote();
    bench.bureau.keys.take(promoted.clone()).unwrap();
    let done = rotation::rewrap(&bench.bureau, 3).unwrap();
    // The key an office has given up is gone already, and is not sealed anew.
    assert_eq!((done.passkeys, done.generators, done.office_keys), (1, 1, 1), "{done:?}");
    assert_eq!(rotation::rewrap(&bench.bureau, 3).unwrap().total(), 0, "done once");
    bench.bureau.keys.take(promoted.retire().0).unwrap();

    let known = seals::sealed(&bench.bureau, PDF).unwrap().unwrap();
    assert_eq!((known.place, known.signature), (place.clone(), before));
    let again = signed(&bench, &place, &printed, b"%PDF-1.7 another paper of the same office");
    let keys = office_keys::keys_of(&bench.bureau, &office).unwrap();
    assert_eq!(again["public_key"], keys[1].public_key.as_str());
    let kept = bench.bureau.store.factors_of("wang-jing").unwrap();
    factors::prove(&bench.bureau, bench.now(), "zhao-zhu", &phone.shows(bench.now(), 1)).unwrap();
    assert_ne!(kept[0].secret, passkey.secret);
    assert_eq!(bench.bureau.keys.realm_key().open(&kept[0].secret, key_label).unwrap(), b"a public key");
}
