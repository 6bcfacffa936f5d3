//! Appending: groups, refusals, numbers, replays.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Append, AppendError, Draw, Entry, NewPersonKey, NumberRef, PaperRow, PersonKey, SealedPart, Void};

use crate::sample::{AT, CENTRE, Place, append, application, bare, draw, key, matter, sequence_all, view};

#[test]
fn sixty_four_clients_append_at_once() {
    const CLIENTS: u32 = 64;
    const ACTS: u32 = 200;
    let place = Place::new();
    let start = Barrier::new(CLIENTS as usize);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (store, start) = (place.store.clone(), &start);
            scope.spawn(move || {
                start.wait();
                let id = matter(format!("m{client:02}"));
                for expected in 0..ACTS {
                    let entry = Entry { expected, ..application(&id) };
                    let done = store.append(append(entry)).unwrap();
                    assert_eq!(done.entries[0].version, expected + 1);
                }
            });
        }
        let store = place.store.clone();
        scope.spawn(move || {
            while store.log_size().unwrap() < u64::from(CLIENTS * ACTS) {
                store.sequence(100).unwrap();
            }
        });
    });
    let report = place.store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.matters, u64::from(CLIENTS));
    assert_eq!(report.acts, u64::from(CLIENTS * ACTS));
    assert_eq!(report.numbers, report.acts);
    assert_eq!(report.leaves, report.acts);
}

#[test]
fn a_stale_version_is_refused_with_both_versions() {
    let place = Place::new();
    let id = matter("m1");
    place.store.append(append(application(&id))).unwrap();
    place.store.append(append(bare(&id, 1))).unwrap();
    for seen in [0, 1, 3] {
        let error = place.store.append(append(bare(&id, seen))).unwrap_err();
        let AppendError::Stale { matter, expected, actual } = error else { panic!("{error}") };
        assert_eq!((matter, expected, actual), (id.clone(), seen, 2));
    }
    assert_eq!(place.store.acts_of(&id).unwrap().len(), 2);
}

#[test]
fn a_refused_append_harms_nobody_else_and_draws_nothing() {
    const CLIENTS: u32 = 32;
    let place = Place::new();
    let stale = matter("stale");
    place.store.append(append(bare(&stale, 0))).unwrap();
    let start = Barrier::new(CLIENTS as usize);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (store, start, stale) = (place.store.clone(), &start, &stale);
            scope.spawn(move || {
                start.wait();
                for act in 0..20 {
                    let good = application(&matter(format!("m{client:02}-{act:02}")));
                    if client % 2 == 0 {
                        store.append(append(good)).unwrap();
                        continue;
                    }
                    // The first entry is sound and draws; the second is not.
                    let both = Append { entries: vec![good, bare(stale, 7)], ..Append::default() };
                    let error = store.append(both).unwrap_err();
                    assert!(matches!(error, AppendError::Stale { actual: 1, .. }), "{error}");
                }
            });
        }
    });
    let drawn = place.store.numbers("援申", CENTRE, 2026, 0, 1000).unwrap();
    assert_eq!(drawn.len(), 16 * 20);
    assert!(drawn.iter().zip(1..).all(|(number, seq)| number.seq == seq));
    let report = place.store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.matters, 1 + 16 * 20);
}

#[test]
fn sending_twice_is_doing_once() {
    let place = Place::new();
    let once = |name: &str| Append { idempotency: key("k1"), ..append(application(&matter(name))) };
    let first = place.store.append(once("m1")).unwrap();
    let second = place.store.append(once("m2")).unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.entries, second.entries);
    assert_eq!(place.store.head(&matter("m2")).unwrap(), None);
}

#[test]
fn of_many_that_send_at_once_one_appends() {
    let place = Place::new();
    for round in 0..20 {
        let start = Barrier::new(16);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..16)
                .map(|client| {
                    let (store, start) = (place.store.clone(), &start);
                    scope.spawn(move || {
                        let id = matter(format!("r{round}-c{client}"));
                        let key = key(&format!("k{round}"));
                        start.wait();
                        store.append(Append { idempotency: key, ..append(application(&id)) }).unwrap()
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.entries == answers[0].entries));
        assert_eq!(place.store.matters_after(None, 100).unwrap().len(), round + 1);
    }
}

#[test]
fn a_void_number_stays_visible() {
    let place = Place::new();
    let id = matter("m1");
    let done = place.store.append(append(application(&id))).unwrap();
    let text = done.entries[0].numbers["number"].clone();
    assert_eq!(text, "法援申〔2026〕0001号");
    let void = |text: &str| Void { text: text.to_owned(), reason: "登记有误".to_owned() };
    let entry = |expected, text: &str| Entry { voids: vec![void(text)], ..bare(&id, expected) };
    place.store.append(append(entry(1, &text))).unwrap();
    let number = place.store.number(&text).unwrap().unwrap();
    assert_eq!((number.voided_at, number.void_reason.as_deref()), (Some(AT), Some("登记有误")));
    assert_eq!(place.store.numbers_of(&id).unwrap(), [number]);
    assert_eq!(place.store.find_by_number(&text).unwrap().unwrap().matter, id);

    let error = place.store.append(append(entry(2, &text))).unwrap_err();
    assert!(matches!(error, AppendError::AlreadyVoid { .. }), "{error}");
    let error = place.store.append(append(entry(2, "法援申〔2026〕0099号"))).unwrap_err();
    assert_eq!(error.to_string(), "number `法援申〔2026〕0099号` was never drawn");
    let next = place.store.append(append(application(&matter("m2")))).unwrap();
    assert_eq!(next.entries[0].numbers["number"], "法援申〔2026〕0002号");
    assert!(place.store.verify().unwrap().holds());
}

#[test]
fn numbers_reach_body_view_and_paper() {
    let place = Place::new();
    let id = matter("m1");
    let paper = PaperRow {
        matter: id.clone(),
        version: 0,
        paper: "receipt".to_owned(),
        title: "接收凭证".to_owned(),
        number: NumberRef::Drawn("number".to_owned()),
        issued_on: "2026-03-02".to_owned(),
        voided: false,
        published_on: None,
    };
    place.store.append(append(Entry { papers: vec![paper], ..application(&id) })).unwrap();
    let text = Some("法援申〔2026〕0001号");
    assert_eq!(place.store.matter(&id).unwrap().unwrap().number.as_deref(), text);
    let papers = place.store.papers_of(&id).unwrap();
    assert_eq!((papers[0].version, papers[0].number.as_deref()), (1, text));
    let act = place.store.act(&id, 1).unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&act.bytes).unwrap();
    assert_eq!(body["numbers"]["number"].as_str(), text);
    assert_eq!((body["matter"].as_str(), body["version"].as_u64()), (Some("m1"), Some(1)));
}

#[test]
fn series_count_apart_and_texts_never_meet() {
    let place = Place::new();
    let entry =
        |name: &str, draws: Vec<Draw>| Entry { draws, view: None, tasks: Vec::new(), ..application(&matter(name)) };
    let other_year = Draw { year: 2027, ..draw() };
    let done = place.store.append(append(entry("m1", vec![draw()]))).unwrap();
    assert_eq!(done.entries[0].numbers["number"], "法援申〔2026〕0001号");
    let done = place.store.append(append(entry("m2", vec![other_year]))).unwrap();
    assert_eq!(done.entries[0].numbers["number"], "法援申〔2027〕0001号");

    let same_text = Draw { series: "援结".to_owned(), ..draw() };
    let error = place.store.append(append(entry("m3", vec![same_text]))).unwrap_err();
    assert!(matches!(&error, AppendError::NumberTaken { matter, .. } if matter.as_str() == "m1"), "{error}");
    let error = place.store.append(append(entry("m3", vec![draw(), draw()]))).unwrap_err();
    assert!(matches!(error, AppendError::SlotTwice { .. }), "{error}");
    let no_seq = Draw { pattern: "〔{year}〕号".to_owned(), ..draw() };
    let error = place.store.append(append(entry("m3", vec![no_seq]))).unwrap_err();
    assert!(matches!(error, AppendError::Pattern { .. }), "{error}");
    let none = Entry { draws: Vec::new(), ..application(&matter("m3")) };
    let error = place.store.append(append(none)).unwrap_err();
    assert!(matches!(error, AppendError::UnknownSlot { .. }), "{error}");
    assert!(place.store.verify().unwrap().holds());
}

#[test]
fn rows_of_another_matter_are_refused() {
    let place = Place::new();
    let entry = Entry { view: Some(view(&matter("m2"))), ..bare(&matter("m1"), 0) };
    let error = place.store.append(append(entry)).unwrap_err();
    assert_eq!(error.to_string(), "an entry on matter `m1` carries rows of matter `m2`");
}

#[test]
fn fractions_cannot_be_hashed() {
    let place = Place::new();
    let mut entry = bare(&matter("m1"), 0);
    entry.body.insert("rate".to_owned(), serde_json::json!(1.2));
    let error = place.store.append(append(entry)).unwrap_err();
    assert!(matches!(error, AppendError::Body { .. }), "{error}");
}

#[test]
fn an_erased_key_is_gone_and_the_chain_holds() {
    let place = Place::new();
    let id = matter("m1");
    let wrapped = b"WRAPPED-KEY-OF-PERSON-ONE-0123456789".to_vec();
    let keys = vec![NewPersonKey { person: "p1".to_owned(), wrapped: wrapped.clone() }];
    let sealed = vec![SealedPart { person: "p1".to_owned(), bytes: b"sealed".to_vec() }];
    let entry = Entry { sealed: sealed.clone(), ..application(&id) };
    place.store.append(Append { person_keys: keys.clone(), ..append(entry) }).unwrap();
    assert_eq!(place.store.person_key("p1").unwrap(), Some(PersonKey::Wrapped(wrapped.clone())));
    assert_eq!(place.store.acts_of(&id).unwrap()[0].sealed, sealed);

    assert!(place.store.erase_person_key("p1", AT).unwrap());
    assert!(!place.store.erase_person_key("p1", AT).unwrap());
    assert_eq!(place.store.person_key("p1").unwrap(), Some(PersonKey::Erased { at: AT }));
    assert_eq!(place.store.person_key("p2").unwrap(), None);
    let again = Append { person_keys: keys, ..append(bare(&id, 1)) };
    let error = place.store.append(again).unwrap_err();
    assert!(matches!(error, AppendError::PersonKeyTaken { .. }), "{error}");

    sequence_all(&place.store);
    assert!(place.store.verify().unwrap().holds());
    let Place { folder, store } = place;
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(wrapped.len()).any(|window| window == wrapped), "the key is still on the disk");
    }
}

#[test]
fn two_acts_on_one_matter_in_one_append() {
    let place = Place::new();
    let id = matter("m1");
    let accept = Entry { expected: 1, draws: Vec::new(), ..application(&id) };
    let both = Append { entries: vec![application(&id), accept], ..Append::default() };
    let done = place.store.append(both).unwrap();
    let versions: BTreeSet<u32> = done.entries.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, [1, 2].into());
    let row = place.store.matter(&id).unwrap().unwrap();
    assert_eq!((row.version, row.number.as_deref()), (2, Some("法援申〔2026〕0001号")));
}

/// Many wait at once, so that the writer takes them together; some of them cannot be written.
#[test]
fn appends_that_wait_together_end_as_each_would_alone() {
    const CALLERS: usize = 32;
    const ROUNDS: usize = 12;
    let place = Place::new();
    let person = || NewPersonKey { person: "known".to_owned(), wrapped: vec![1] };
    place.store.append(Append { person_keys: vec![person()], ..append(bare(&matter("first"), 0)) }).unwrap();
    let start = Barrier::new(CALLERS);
    let (applications, repeated) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (store, start, applications, repeated) = (&place.store, &start, &applications, &repeated);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    start.wait();
                    let own = matter(format!("c{caller:02}r{round:02}"));
                    match caller % 5 {
                        0 => {
                            // Two callers send the same form: the first of the round, and the last but one.
                            let form = format!("form-{}-{round}", caller / 10);
                            let sent = Append { idempotency: key(&form), ..append(application(&own)) };
                            let answer = store.append(sent).unwrap();
                            repeated.fetch_add(usize::from(answer.replayed), Ordering::Relaxed);
                            applications.fetch_add(usize::from(!answer.replayed), Ordering::Relaxed);
                        }
                        1 => {
                            let error = store.append(append(bare(&own, 7))).unwrap_err();
                            assert!(matches!(error, AppendError::Stale { actual: 0, expected: 7, .. }), "{error}");
                            assert!(store.head(&own).unwrap().is_none());
                        }
                        2 => {
                            let taken = Append { person_keys: vec![person()], ..append(application(&own)) };
                            let error = store.append(taken).unwrap_err();
                            assert!(matches!(error, AppendError::PersonKeyTaken { .. }), "{error}");
                            assert!(store.head(&own).unwrap().is_none() && store.matter(&own).unwrap().is_none());
                        }
                        _ => {
                            store.append(append(application(&own))).unwrap();
                            applications.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let forms = (0..CALLERS).filter(|caller| caller % 5 == 0).map(|caller| caller / 10).collect::<BTreeSet<_>>();
    let senders = (0..CALLERS).filter(|caller| caller % 5 == 0).count();
    assert_eq!(repeated.into_inner(), (senders - forms.len()) * ROUNDS, "every form was taken once");
    let report = place.store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.numbers as usize, applications.into_inner(), "who was refused has drawn nothing");
}
