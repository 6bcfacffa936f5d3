//! The ledger: any changed byte is found, and everything else follows from it.

use crate::bench::Bench;
use crate::cast::closed;
use acts::audit::{audit, rebuild};
use kernel::names::MatterId;
use store::ChainFault;

fn lived() -> (Bench, MatterId) {
    let bench = Bench::new();
    let matter = closed(&bench, &bench.citizen(1), "l3-qin");
    acts::receipt::checkpoint(&bench.bureau, bench.now()).unwrap();
    (bench, matter)
}

#[test]
fn a_changed_byte_of_open_content_is_found() {
    let (bench, matter) = lived();
    let bench = bench.tampered(br#""income":{"fen":150000}"#, br#""income":{"fen":160000}"#);
    let found = audit(&bench.bureau).unwrap();
    assert_eq!(found.content_differs, [(matter.to_string(), 1)]);
    assert!(found.store.holds(), "the chain itself is whole: it holds a commitment");
}

#[test]
fn a_changed_byte_of_sealed_content_is_found() {
    let (bench, matter) = lived();
    let act = bench.bureau.store.act(&store::MatterId(matter.to_string()), 1).unwrap().unwrap();
    let from = act.sealed[0].bytes[40..72].to_vec();
    let mut to = from.clone();
    to[7] ^= 1;
    let bench = bench.tampered(&from, &to);
    assert_eq!(audit(&bench.bureau).unwrap().content_differs, [(matter.to_string(), 1)]);
    assert!(acts::load::load(&bench.bureau, &matter).is_err(), "what does not open is not guessed");
}

#[test]
fn a_changed_byte_of_an_act_is_found() {
    let (bench, matter) = lived();
    let bench = bench.tampered(br#""person":"zhao-zhu","#, br#""person":"zhao-zhx","#);
    let found = audit(&bench.bureau).unwrap();
    assert!(!found.holds());
    let first = &found.store.breaks[0];
    assert_eq!((first.matter.as_str(), first.fault), (matter.as_str(), ChainFault::HashDiffers));
}

#[test]
fn sealed_content_that_is_gone_is_found() {
    let (bench, _) = lived();
    let id = store::MatterId(bench.citizen(1).applies(&[]).to_string());
    let mut act = bench.bureau.store.act(&id, 1).unwrap().unwrap();
    assert!(acts::content::keeps_commitment(&bench.bureau, &act).unwrap());
    act.sealed.clear();
    assert!(!acts::content::keeps_commitment(&bench.bureau, &act).unwrap());
}

#[test]
fn projections_are_made_anew_byte_for_byte() {
    let (bench, matter) = lived();
    let before = bench.bureau.store.projection_digest().unwrap();
    let view = bench.bureau.store.matter(&store::MatterId(matter.to_string())).unwrap();
    let rebuilt = rebuild(&bench.bureau).unwrap();
    assert_eq!(rebuilt.matters, 1);
    assert_eq!(bench.bureau.store.projection_digest().unwrap(), before);
    assert_eq!(bench.bureau.store.matter(&store::MatterId(matter.to_string())).unwrap(), view);
}

#[test]
fn an_act_pins_what_must_be_known_to_repeat_it() {
    let (bench, matter) = lived();
    let folded = bench.matter(&matter);
    let procedure = bench.procedure();
    for done in &folded.history {
        assert_eq!(done.act.edition, procedure.edition);
        assert_eq!(done.act.pins.calendar, bench.bureau.law.calendar.version());
        assert_eq!(done.act.pins.program, "0.0.0");
    }
    let proposed = folded.last(&"propose-grant".into()).unwrap();
    assert_eq!(proposed.act.pins.rates["legal-aid.income-line"], "210000@2025-01-01", "conditions read rates too");
}

#[test]
fn no_clear_person_is_in_the_hashed_bytes_or_the_file() {
    let (bench, matter) = lived();
    let citizen = bench.citizen(1);
    let acts = bench.bureau.store.acts_of(&store::MatterId(matter.to_string())).unwrap();
    for act in &acts {
        for bytes in [&act.bytes, &act.open] {
            let text = String::from_utf8_lossy(bytes);
            for secret in [&citizen.name, &citizen.id_number, &citizen.phone] {
                assert!(!text.contains(secret.as_str()), "act {} holds {secret}", act.version);
            }
        }
    }
}
