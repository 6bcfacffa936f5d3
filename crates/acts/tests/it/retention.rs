//! Keeping and destroying: the whole life of a case file, and what is left of it.

use crate::bench::{Bench, Form, post};
use crate::cast::closed;
use acts::audit::{audit, rebuild};
use acts::load::LoadError;
use acts::receipt::{receipt, verify};
use acts::retention::{self, RetentionRefusal};
use acts::sight::SightError;
use acts::system::{self, Signer, SystemError};
use acts::{PerformError, tombstone, unmask};
use kernel::names::MatterId;
use kernel::retention::Kept;
use store::{Append, Entry, MatterScope, MattersQuery, Sort};

/// A matter archived on 25 May 2026 with a term, whose words somebody has seen in clear.
fn archived(bench: &Bench, term: &str) -> MatterId {
    let matter = closed(bench, &bench.citizen(1), "l3-qin");
    bench.clerk().assigns_peer(&matter);
    bench.peer(&bench.matter(&matter).slots[&"peer".into()].entry.clone()).grades(&matter, "excellent");
    bench.clerk().does(&matter, "propose-subsidy", &[]);
    bench.director().does(&matter, "approve-subsidy", &[("subsidy-opinion", "同意发放。")]);
    bench.on("2026-05-25");
    let paid: Form<'_> = &[("paid-on", "2026-05-25"), ("paid-voucher", "银付第7号")];
    bench.officer("sun-chu").does(&matter, "pay", paid);
    let clerk = [post("aid-clerk", "aid-east")];
    let (bureau, now) = (&bench.bureau, bench.now());
    let phone = "applicant.phone".into();
    unmask::unmask(bureau, now, &"wang-jing".into(), &clerk, &matter, &phone, crate::bench::contact("核对申模1的电话"))
        .unwrap();
    bench.clerk().does(&matter, "archive", &[("archive-number", "2026-001"), ("retention", term)]);
    matter
}

fn archivist(bench: &Bench, login: &str) -> Signer {
    system::archivist(&bench.bureau, login, bench.now().on()).unwrap()
}

fn kept<T: std::fmt::Debug>(refused: Result<T, RetentionRefusal>) -> Kept {
    match refused {
        Err(RetentionRefusal::Kept(kept)) => kept,
        other => panic!("{other:?}"),
    }
}

fn disposed(bench: &Bench, matter: &MatterId) {
    let (one, two) = (archivist(bench, "dang-yi"), archivist(bench, "dang-er"));
    retention::propose(&bench.bureau, bench.now(), &one, matter).unwrap();
    retention::dispose(&bench.bureau, bench.now(), &two, matter).unwrap();
}

fn found(bench: &Bench, words: &str) -> u64 {
    let query = MattersQuery {
        scope: MatterScope::All,
        closed: None,
        procedure: None,
        text: Some(search::words(words)),
        opened_from: None,
        opened_until: None,
        sort: Sort::DueFirst,
        page: 1,
        per_page: 10,
    };
    bench.bureau.store.matters(&query).unwrap().total
}

#[test]
fn a_case_file_is_kept_held_released_and_destroyed_by_two() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    let bureau = &bench.bureau;
    let (one, two) = (archivist(&bench, "dang-yi"), archivist(&bench, "dang-er"));
    let due = |day: &str| retention::due(bureau, crate::bench::day(day)).unwrap();
    let version = bench.matter(&matter).version;
    assert_eq!(due("2036-05-24"), []);
    let first = &due("2036-05-25")[0];
    assert_eq!((&first.matter, first.term.zh()), (&matter, "短期（10年）".to_owned()));

    bench.on("2036-05-24");
    let propose = || retention::propose(bureau, bench.now(), &one, &matter);
    let dispose = |by: &Signer| retention::dispose(bureau, bench.now(), by, &matter);
    assert_eq!(kept(propose()), Kept::Until(crate::bench::day("2036-05-25")));
    bench.on("2036-06-02");
    let hold = |why: &str| retention::hold(bureau, bench.now(), &one, &matter, why, "示范市监察委员会");
    assert!(matches!(hold(" "), Err(RetentionRefusal::Words)));
    assert_eq!(hold("调卷函第7号").unwrap(), version + 1);
    assert!(matches!(hold("调卷函第7号"), Err(RetentionRefusal::HeldAlready(held)) if held == version + 1));
    assert_eq!(kept(propose()), Kept::OnHold(version + 1));
    assert_eq!(due("2036-06-02")[0].holds[0].reason, "调卷函第7号");
    let release = |of| retention::release(bureau, bench.now(), &two, &matter, of, "案件已结");
    assert!(matches!(release(Some(1)), Err(RetentionRefusal::NoHold)));
    release(None).unwrap();
    assert!(matches!(release(None), Err(RetentionRefusal::NoHold)));

    assert_eq!(kept(dispose(&two)), Kept::NotProposed);
    assert_eq!(propose().unwrap(), version + 3);
    assert_eq!(kept(dispose(&one)), Kept::SamePerson);
    let stone = dispose(&two).unwrap();
    assert_eq!((stone.proposed_by.as_str(), stone.approved_by.as_str()), ("dang-yi", "dang-er"));
    assert_eq!((stone.basis.as_str(), stone.destroyed.acts), ("档案法第二十一条", version + 3));
    assert!(stone.destroyed.sealed > 0 && stone.destroyed.files > 0, "{stone:?}");
    let gone = |refused: RetentionRefusal| {
        matches!(refused, RetentionRefusal::System(SystemError::Load(LoadError::Disposed(_))))
    };
    assert!(gone(dispose(&two).unwrap_err()) && gone(hold("又一件").unwrap_err()), "nothing follows a tombstone");
    assert_eq!(due("2036-06-02"), []);
}

#[test]
fn what_is_left_verifies_and_is_made_anew_the_same() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    let other = bench.citizen(2).applies(&[]);
    let bureau = &bench.bureau;
    let id = store::MatterId(matter.to_string());
    let number = bench.matter(&matter).number.unwrap();
    let acts = bureau.store.acts_of(&id).unwrap();
    let early = receipt(bureau, bench.now(), &matter, 1).unwrap().to_string();
    assert_eq!(found(&bench, "法律援助"), 2);
    bench.on("2036-06-02");
    disposed(&bench, &matter);

    let found_by = audit(bureau).unwrap();
    assert!(found_by.holds(), "{found_by:?}");
    assert_eq!(found_by.disposed, 1);
    let before = bureau.store.projection_digest().unwrap();
    rebuild(bureau).unwrap();
    assert_eq!(bureau.store.projection_digest().unwrap(), before);
    let view = bureau.store.matter(&id).unwrap().unwrap();
    assert_eq!((view.subject_masked.as_str(), view.number.as_ref()), ("已销毁", Some(&number)));
    assert_eq!(found(&bench, "法律援助"), 1, "no words lead to it any more");
    assert_eq!(bench.matter(&other).stage.as_str(), "review");

    // Receipts given before and made afterwards hold, and are in the ledger.
    let late = receipt(bureau, bench.now(), &matter, 2).unwrap().to_string();
    let key = bureau.keys.public_key();
    for text in [&early, &late] {
        assert!(verify(text, Some(&key)).holds());
        let compared = acts::receipt::read(text).unwrap().compare(bureau).unwrap();
        assert!(compared.iter().all(|check| check.holds), "{compared:?}");
    }
    for (was, is) in acts.iter().zip(bureau.store.acts_of(&id).unwrap()) {
        assert_eq!((&was.bytes, was.hash), (&is.bytes, is.hash));
        assert!(is.open.is_empty() && is.sealed.is_empty());
    }
    assert_eq!(unmask::looks(bureau, &matter).unwrap(), []);
}

#[test]
fn a_person_is_told_that_it_was_destroyed_and_nothing_else() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    let number = bench.matter(&matter).number.unwrap();
    let (party, clerk) = (bench.citizen(1).party(Some(&matter)), bench.clerk());
    bench.on("2036-06-02");
    disposed(&bench, &matter);
    let told = |seen: Result<acts::sight::Sight, SightError>| match seen {
        Err(SightError::Disposed(told)) => told.join("\n"),
        other => panic!("{other:?}"),
    };
    let inside = told(clerk.sees(&matter));
    for word in [&number, "2036年6月2日", "按保管期限销毁", "党档案", "单档案", "短期（10年）", "档案法第二十一条"]
    {
        assert!(inside.contains(word), "{word}: {inside}");
    }
    let outside = told(party.sees(&matter));
    assert!(outside.contains("按保管期限销毁") && !outside.contains("党档案"), "{outside}");
    assert!(matches!(bench.officer("lin-jing").sees(&matter), Err(SightError::Forbidden)), "not theirs to read");
    let left = tombstone::of_number(&bench.bureau, &number).unwrap().unwrap();
    assert_eq!(tombstone::told_outside(&left).join("\n"), outside);
    let late = party.tries(&matter, "rate", &[]);
    assert!(matches!(late, Err(PerformError::Load(LoadError::Disposed(_)))), "{late:?}");
    assert!(acts::papers::case_file(&bench.bureau, bench.now(), &matter).is_err(), "no paper is made again");
    acts::codes::send(&bench.bureau, bench.now(), &number, "13800000000").unwrap();
    assert!(bench.tick().failed.is_empty());
}

#[test]
fn what_was_destroyed_is_not_in_the_file() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    let citizen = bench.citizen(1);
    let id = store::MatterId(matter.to_string());
    let acts = bench.bureau.store.acts_of(&id).unwrap();
    let mut parts: Vec<Vec<u8>> = acts.iter().flat_map(|act| &act.sealed).map(|part| part.bytes.clone()).collect();
    parts.extend(acts.iter().map(|act| act.open.clone()));
    for file in bench.bureau.store.files_of(&id).unwrap() {
        parts.extend(bench.bureau.store.file_bytes(&file.id).unwrap());
    }
    let words = [citizen.name.as_str(), &citizen.id_number, &citizen.phone, "核对申模1的电话", "银付第7号"];
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    bench.on("2036-06-02");
    disposed(&bench, &matter);
    let file = bench.file();
    let is_there = |bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
    // What a page was split over need not stand in one piece: the first bytes of a part are enough to find it.
    for part in parts.iter().map(|part| &part[..part.len().min(64)]) {
        assert!(!is_there(part), "{}", String::from_utf8_lossy(part));
    }
    for word in &words {
        assert!(!is_there(word), "{}", String::from_utf8_lossy(word));
    }
    assert!(is_there(&acts[0].bytes[..64]), "the acts themselves are");
}

#[test]
fn content_that_is_gone_or_left_without_its_tombstone_is_found() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    bench.on("2036-06-02");
    disposed(&bench, &matter);
    // Somebody puts the name of another act into the tombstone: the chain breaks, and nothing explains what is gone.
    let bench = bench.tampered(br#""act":"retention/dispose""#, br#""act":"retention/disposf""#);
    let found = audit(&bench.bureau).unwrap();
    assert!(!found.holds() && !found.content_differs.is_empty() && !found.store.breaks.is_empty());
}

#[test]
fn content_that_comes_back_behind_a_tombstone_is_found() {
    let bench = Bench::new();
    let matter = archived(&bench, "short");
    bench.on("2036-06-02");
    disposed(&bench, &matter);
    let store = &bench.bureau.store;
    let reads = store::MatterId(format!("reads/{matter}"));
    let entry = Entry {
        expected: store.head(&reads).unwrap().unwrap().version,
        matter: reads,
        body: serde_json::Map::new(),
        draws: Vec::new(),
        voids: Vec::new(),
        open: b"somebody's reason".to_vec(),
        sealed: Vec::new(),
        view: None,
        tasks: Vec::new(),
        papers: Vec::new(),
    };
    store.append(Append { entries: vec![entry], ..Append::default() }).unwrap();
    let found = audit(&bench.bureau).unwrap();
    assert_eq!((found.holds(), &found.content_left), (false, &vec![matter.to_string()]));
}

#[test]
fn what_is_open_or_kept_for_ever_stays_and_only_archivists_sign() {
    let bench = Bench::new();
    let open = bench.citizen(2).applies(&[]);
    let forever = archived(&bench, "permanent");
    bench.on("2126-06-03");
    let one = archivist(&bench, "dang-yi");
    let propose = |id: &MatterId| kept(retention::propose(&bench.bureau, bench.now(), &one, id));
    assert_eq!((propose(&open), propose(&forever)), (Kept::Open, Kept::Permanent));
    assert_eq!(retention::due(&bench.bureau, bench.now().on()).unwrap(), []);
    retention::hold(&bench.bureau, bench.now(), &one, &open, "诉讼", "东湖法院（模拟）").unwrap();
    for login in ["wang-jing", "op", "auditor", "zheng-fa", "zhao-zhu"] {
        let refused = system::archivist(&bench.bureau, login, bench.now().on());
        assert!(matches!(refused, Err(SystemError::NotArchivist(_))), "{login}");
    }
    let party = bench.citizen(2).party(Some(&open)).sees(&open).unwrap();
    assert!(party.timeline.iter().all(|act| act.title != "暂缓销毁"), "who asked for a hold is not told to a party");
    let seen = bench.clerk().sees(&open).unwrap();
    let last = seen.timeline.last().unwrap();
    assert_eq!((last.title.as_str(), last.seat.as_str()), ("暂缓销毁", "档案管理岗"));
}
