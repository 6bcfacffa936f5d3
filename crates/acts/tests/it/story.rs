//! The whole story: from a citizen's phone to the lawyer's subsidy.

use crate::bench::{Bench, day, root};
use crate::cast::{closed, granted, handled};
use acts::{PerformError, offers};
use kernel::deadline::Progress;
use kernel::decide::Refusal;
use kernel::names::MatterId;
use kernel::value::Value;
use kernel::world::RateValue;
use serde_json::{Value as Json, json};

/// Refuses because one person did what two must do.
pub fn is_not_apart(result: &Result<acts::Done, PerformError>, act: &str) -> bool {
    matches!(result, Err(PerformError::Refused(Refusal::NotApart(done))) if done.as_str() == act)
}

/// The sentence the law file gives for a condition that does not hold.
pub fn condition(result: Result<acts::Done, PerformError>) -> String {
    match result {
        Err(PerformError::Refused(Refusal::Condition { otherwise, .. })) => otherwise,
        other => panic!("{other:?}"),
    }
}

#[test]
fn from_the_phone_to_the_subsidy() {
    let bench = Bench::new();
    burden(&bench, "l2-gu", 8);
    let (clerk, director, deputy) = (bench.clerk(), bench.director(), bench.deputy());
    let citizen = bench.citizen(1);

    let matter =
        citizen.applies(&[("wishes", "l1-shen"), ("wishes", "l2-gu"), ("wishes", "l3-qin"), ("rota-consent", "")]);
    assert_eq!(bench.due(&matter, "review"), Some(day("2026-03-09")));
    assert_eq!(bench.due(&matter, "review-promised"), Some(day("2026-03-05")));

    bench.on("2026-03-04");
    clerk.asks_supplement(&matter);
    assert!(matches!(bench.limit(&matter, "review").unwrap().progress, Progress::Stopped { .. }));
    assert_eq!(bench.due(&matter, "supplement"), Some(day("2026-03-19")));
    bench.on("2026-03-07");
    citizen.supplements(&matter);
    assert_eq!(bench.due(&matter, "review"), Some(day("2026-03-12")), "three days stood still");
    let again = clerk.tries(&matter, "ask-supplement", &[("supplement-list", "再补。")]);
    assert!(matches!(again, Err(PerformError::Refused(Refusal::OnlyOnce(_)))), "{again:?}");

    bench.on("2026-03-09");
    clerk.proposes_grant(&matter);
    let both = director_who_is_clerk(&bench);
    assert!(is_not_apart(&both.tries(&matter, "grant", &[("approval-opinion", "同意。")]), "propose-grant"));
    director.grants(&matter);
    assert_eq!(bench.due(&matter, "assign"), Some(day("2026-03-12")));

    let seated = clerk.assigns(&matter);
    assert_eq!((seated.entry.as_str(), seated.rank), ("l3-qin", Some(3)));
    let expected = [("l1-shen", "曾代理对方当事人，有利益冲突"), ("l2-gu", "在办8件，已达上限8件")];
    assert_eq!(seated.skipped, expected.map(|(entry, why)| (entry.to_owned(), why.to_owned())));

    bench.on("2026-03-10");
    let lawyer = bench.lawyer("l3-qin");
    lawyer.accepts(&matter);
    assert!(condition(lawyer.tries_closing(&matter)).contains("会见记录"));
    lawyer.logs_meeting(&matter);
    bench.on("2026-05-20");
    lawyer.tries_closing(&matter).unwrap();
    bench.on("2026-05-21");
    clerk.accepts_closing(&matter).unwrap();

    let peer = clerk.assigns_peer(&matter);
    assert_eq!(peer.entry, "peer-bo", "a peer of the lawyer's firm may not grade");
    assert_eq!(peer.skipped[0].0, "peer-an");
    bench.peer("peer-bo").grades(&matter, "excellent");

    director_proposes(&bench, &matter);
    assert!(is_not_apart(
        &director.tries(&matter, "approve-subsidy", &[("subsidy-opinion", "同意。")]),
        "propose-subsidy"
    ));
    assert_eq!(bench.matter(&matter).facts[&"subsidy".into()], Value::Fen(336_000));
    deputy.does(&matter, "approve-subsidy", &[("subsidy-opinion", "同意发放。")]);
    bench.on("2026-05-25");
    bench.officer("sun-chu").does(&matter, "pay", &[("paid-on", "2026-05-25"), ("paid-voucher", "银付第7号")]);
    clerk.archives(&matter).unwrap();
    assert_eq!(bench.stage(&matter), "archived");

    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
    let before = bench.bureau.store.projection_digest().unwrap();
    acts::audit::rebuild(&bench.bureau).unwrap();
    assert_eq!(bench.bureau.store.projection_digest().unwrap(), before);
    compare("ledger.txt", &ledger(&bench, &matter));
}

/// A clerk who is also director: the proposer may not approve, whatever seat they hold.
fn director_who_is_clerk(bench: &Bench) -> crate::bench::Actor<'_> {
    let posts = vec![crate::bench::post("aid-clerk", "aid-east"), crate::bench::post("aid-director", "aid-east")];
    let standing = acts::Standing::Post { person: "wang-jing".into(), acting: posts[1].clone(), posts };
    crate::bench::Actor { bench, standing }
}

/// The director works the subsidy out, acting in the seat of a clerk, which they hold too.
fn director_proposes(bench: &Bench, matter: &MatterId) {
    let posts = vec![crate::bench::post("aid-clerk", "aid-east"), crate::bench::post("aid-director", "aid-east")];
    let standing = acts::Standing::Post { person: "zhao-zhu".into(), acting: posts[0].clone(), posts };
    crate::bench::Actor { bench, standing }.does(matter, "propose-subsidy", &[]);
}

/// Gives a lawyer so many open matters.
fn burden(bench: &Bench, lawyer: &str, matters: u32) {
    for one in 0..matters {
        let matter = granted(bench, &bench.citizen(800 + one), &[("wishes", lawyer), ("opponent.name", "")]);
        bench.clerk().assigns(&matter);
    }
}

/// The bodies of the acts, without what changes with every edition of the law.
fn ledger(bench: &Bench, matter: &MatterId) -> String {
    let person = bench.matter(matter).parties[&"applicant".into()].to_string();
    let acts = bench.bureau.store.acts_of(&store::MatterId(matter.to_string())).unwrap();
    let mut text = String::new();
    for act in acts {
        let mut body: Json = serde_json::from_slice(&act.bytes).unwrap();
        let sealed: Vec<String> = body["content"]["sealed"].as_object().unwrap().keys().cloned().collect();
        body["content"] = json!({ "open": "…", "sealed": sealed });
        for key in ["prev", "edition", "matter"] {
            body[key] = json!("…");
        }
        body["pins"]["calendar"] = json!("…");
        text.push_str(&body.to_string().replace(&person, "申请人"));
        text.push('\n');
    }
    text
}

/// Compares with a file beside the tests; `BLESS=1` writes it.
fn compare(name: &str, found: &str) {
    let path = root().join("crates/acts/tests/it").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name}, line {}; BLESS=1 accepts", line + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name}; BLESS=1 accepts");
}

#[test]
fn a_lawyer_who_acted_for_the_other_side_in_this_very_system_is_passed_over() {
    let bench = Bench::new();
    let other_side = bench.citizen(2);
    handled(&bench, &other_side, "l3-qin");
    let code = other_side.id_number.to_lowercase();
    let wishes =
        [("wishes", "l3-qin"), ("opponent.name", "某人"), ("opponent.code", code.as_str()), ("rota-consent", "")];
    let matter = granted(&bench, &bench.citizen(3), &wishes);
    match bench.clerk().tries(&matter, "assign-lawyer", &[]) {
        Err(PerformError::Refused(Refusal::NoOneLeft(none))) => {
            let told: Vec<_> = none.skipped.iter().map(|skip| (skip.id.as_str(), skip.why.name())).collect();
            let expected = [("l3-qin", "acted-for-other-side"), ("l1-shen", "wishes-exhausted-without-consent")];
            assert_eq!(told, expected);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.stage(&matter), "assign", "a refused act leaves nothing");
    let empty = bench.citizen(3).party(Some(&matter)).tries(&matter, "choose-again", &[]);
    assert!(matches!(&empty, Err(PerformError::Invalid(problems)) if problems.len() == 1), "{empty:?}");
    bench.citizen(3).does(&matter, "choose-again", &[("rota-consent", "yes")]);
    assert_eq!(bench.clerk().assigns(&matter).entry, "l1-shen", "asked again, the citizen agrees to the rota");
}

#[test]
fn whoever_is_on_leave_is_not_offered() {
    let bench = Bench::new();
    let procedure = bench.procedure();
    let def = procedure.act(&"choose-again".into()).unwrap();
    let offered = |typed: &[(&str, &str)], on: &str| {
        let raw = bench.raw(typed);
        let asking = offers::Asking { procedure: &procedure, def, matter: None, person: None, office: None, raw: &raw };
        let found = offers::offers(&bench.bureau, asking, day(on)).unwrap();
        found[&"legal-aid-lawyers".into()].iter().any(|offer| offer.value == "l5-xia")
    };
    assert!(!offered(&[], "2026-03-02"));
    assert!(offered(&[("wishes", "l5-xia")], "2026-03-02"), "what was chosen before is still shown");
    assert!(offered(&[], "2027-01-01"));
}

#[test]
fn the_rota_gives_everybody_a_turn_before_anybody_has_two() {
    let bench = Bench::new();
    let mut taken = Vec::new();
    for one in 0..8 {
        let matter = granted(&bench, &bench.citizen(10 + one), &[("opponent.name", "")]);
        taken.push(bench.clerk().assigns(&matter).entry);
    }
    let round = ["l1-shen", "l2-gu", "l3-qin", "l4-yang"];
    assert_eq!(taken, [round, round].concat(), "the one on leave has no turn");
}

#[test]
fn closing_is_refused_while_the_case_file_lacks_papers() {
    let bench = Bench::new();
    let citizen = bench.citizen(4);
    let matter = handled(&bench, &citizen, "l3-qin");
    bench.lawyer("l3-qin").logs_meeting(&matter);
    bench.lawyer("l3-qin").tries_closing(&matter).unwrap();
    let grant = number_of(&bench, &matter, "grant-decision");
    bench.clerk().does(&matter, "void-number", &[("voided-number", &grant), ("void-reason", "打印错误。")]);
    match bench.clerk().accepts_closing(&matter) {
        Err(PerformError::Refused(Refusal::Incomplete(lacks))) => assert_eq!(lacks, ["给予援助决定书"]),
        other => panic!("{other:?}"),
    }
    let row = bench.bureau.store.number(&grant).unwrap().unwrap();
    assert_eq!(row.void_reason.as_deref(), Some("打印错误。"), "a void number stays visible");
    let seen = bench.clerk().sees(&matter).unwrap();
    assert!(seen.papers.iter().any(|paper| paper.number.as_deref() == Some(grant.as_str()) && paper.voided));
    assert!(seen.dossier.iter().any(|item| item.title == "给予援助决定书" && item.must && !item.there));
    let twice = bench.clerk().tries(&matter, "void-number", &[("voided-number", &grant), ("void-reason", "再来。")]);
    assert!(matches!(twice, Err(PerformError::Refused(Refusal::NoSuchNumber(_)))));
}

/// The number a paper was given.
pub fn number_of(bench: &Bench, matter: &MatterId, paper: &str) -> String {
    let matter = bench.matter(matter);
    matter.papers.iter().find(|issued| issued.paper.as_str() == paper).unwrap().number.clone().unwrap()
}

#[test]
fn the_subsidy_is_that_of_the_day_the_case_file_was_complete() {
    let mut law = crate::bench::law();
    let rate = law.place.rates.iter_mut().find(|rate| rate.name.as_str() == "legal-aid.subsidy").unwrap();
    let civil = rate.values.iter_mut().find(|value| value.key.as_deref() == Some("civil")).unwrap();
    civil.until = Some(day("2026-06-01"));
    let later = RateValue { from: day("2026-06-01"), until: None, value: 999_900, ..civil.clone() };
    rate.values.push(later);
    let bench = Bench::under(law);
    let matter = closed(&bench, &bench.citizen(5), "l3-qin");
    bench.on("2026-07-01");
    bench.clerk().assigns_peer(&matter);
    bench.peer("peer-bo").grades(&matter, "excellent");
    bench.clerk().does(&matter, "propose-subsidy", &[]);
    let folded = bench.matter(&matter);
    assert_eq!(folded.facts[&"subsidy".into()], Value::Fen(336_000));
    let pins = &folded.history.last().unwrap().act.pins.rates;
    assert_eq!(pins["legal-aid.subsidy/civil"], "280000@2022-01-01");
    assert_eq!(pins["legal-aid.quality-factor/excellent"], "12000@2022-01-01");
}

#[test]
fn a_lawyer_at_the_cap_is_free_again_when_the_case_file_is_complete() {
    let bench = Bench::new();
    let matter = closed(&bench, &bench.citizen(6), "l3-qin");
    let load = |register: &str, entry: &str| {
        let loads = bench.bureau.store.assignment_load(register).unwrap();
        loads.into_iter().find(|load| load.entry == entry).map_or(0, |load| load.active)
    };
    assert_eq!(load("legal-aid-lawyers", "l3-qin"), 0);
    bench.clerk().assigns_peer(&matter);
    assert_eq!(load("legal-aid-peers", "peer-bo"), 1);
    bench.peer("peer-bo").grades(&matter, "good");
    assert_eq!(load("legal-aid-peers", "peer-bo"), 0);
}
