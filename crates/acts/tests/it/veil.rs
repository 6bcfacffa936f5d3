//! What nobody may learn: masked numbers, veiled ratings, erased persons.

use crate::bench::{Actor, Bench};
use crate::cast::{Citizen, closed, identity};
use acts::sight::{Sight, SightError};
use acts::unmask::{UnmaskError, looks, unmask};
use kernel::names::MatterId;

/// All a page may show. The loaded matter is for whoever goes on to act.
fn shown(seen: &Sight) -> String {
    let Sight { title, stage, tells, office, channel, turn, facts, clocks, timeline, papers, .. } = seen;
    let Sight { actions, dossier, seated, remedy, .. } = seen;
    format!(
        "{title}{stage}{tells}{office:?}{channel}{turn:?}{facts:?}{clocks:?}{timeline:?}{papers:?}{actions:?}\
         {dossier:?}{seated:?}{remedy:?}"
    )
}

fn readers<'b>(bench: &'b Bench, citizen: &Citizen<'b>, matter: &MatterId) -> Vec<Actor<'b>> {
    let seated = |person: &str, seat: &str| bench.seated(person, seat);
    let staff = |login: &str| Actor { bench, standing: bench.standing(login) };
    vec![
        citizen.party(Some(matter)),
        staff("wang-jing"),
        staff("zhao-zhu"),
        staff("sun-chu"),
        staff("li-ju"),
        seated("l3-qin", "lawyer"),
        seated("peer-bo", "peer"),
    ]
}

#[test]
fn nobody_sees_a_clear_identity_or_phone() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let (agent, opponent) = (identity(55), identity(66));
    let changes = [
        ("by-agent", "yes"),
        ("agent.name", "代模"),
        ("agent.id-number", agent.as_str()),
        ("agent.relation", "母亲"),
        ("opponent.code", opponent.as_str()),
        ("wishes", "l3-qin"),
    ];
    let matter = crate::cast::granted(&bench, &citizen, &changes);
    bench.clerk().assigns(&matter);
    bench.lawyer("l3-qin").accepts(&matter);
    bench.lawyer("l3-qin").logs_meeting(&matter);
    bench.lawyer("l3-qin").tries_closing(&matter).unwrap();
    bench.clerk().accepts_closing(&matter).unwrap();
    bench.clerk().assigns_peer(&matter);
    for reader in readers(&bench, &citizen, &matter) {
        let text = shown(&reader.sees(&matter).unwrap());
        for (what, secret) in
            [("身份号码", &citizen.id_number), ("手机", &citizen.phone), ("代理人", &agent), ("对方", &opponent)]
        {
            assert!(!text.contains(secret.as_str()), "{what} is clear to {:?}", reader.standing);
        }
    }
}

#[test]
fn the_rating_is_hidden_from_the_lawyer_and_the_peer() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = closed(&bench, &citizen, "l3-qin");
    bench.clerk().assigns_peer(&matter);
    citizen.does(&matter, "rate", &[("stars", "2"), ("rating-words", "回电话太慢")]);
    bench.peer("peer-bo").grades(&matter, "good");
    for (reader, hidden) in
        readers(&bench, &citizen, &matter).iter().zip([false, false, false, false, false, true, true])
    {
        let text = shown(&reader.sees(&matter).unwrap());
        let told = text.contains("回电话太慢") || text.contains("不满意");
        assert_eq!(!told, hidden, "{:?}", reader.standing);
    }
    for (paper, version) in bench.matter(&matter).papers.iter().map(|issued| (&issued.paper, issued.version)) {
        let printed = acts::papers::printable(&bench.bureau, bench.now(), &matter, paper, version).unwrap();
        let text = printed.data.to_string();
        assert!(!text.contains("回电话太慢") && !text.contains("不满意"), "{paper} tells the rating");
    }
}

#[test]
fn a_masked_value_is_shown_for_a_reason_that_is_recorded() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[]);
    let field = "applicant.id-number".into();
    let looks_at = |login: &str, reason: &str| {
        let (_, _, seat, office) = *crate::cast::STAFF.iter().find(|(known, ..)| *known == login).unwrap();
        let posts = [crate::bench::post(seat, office)];
        unmask(&bench.bureau, bench.now(), &login.into(), &posts, &matter, &field, reason)
    };
    assert!(matches!(looks_at("wang-jing", "看"), Err(UnmaskError::NoReason)));
    for stranger in ["lin-jing", "op", "auditor", "wu-ju", "shi-suo"] {
        assert!(matches!(looks_at(stranger, "核对本人身份"), Err(UnmaskError::Forbidden)), "{stranger}");
    }
    assert!(looks(&bench.bureau, &matter).unwrap().is_empty());
    assert_eq!(looks_at("wang-jing", "核对本人身份").unwrap(), citizen.id_number);
    let kept = looks(&bench.bureau, &matter).unwrap();
    assert_eq!((kept[0].person.as_str(), kept[0].reason.as_str()), ("wang-jing", "核对本人身份"));
    let posts = |login: &str| {
        let (_, _, seat, office) = *crate::cast::STAFF.iter().find(|(known, ..)| *known == login).unwrap();
        [crate::bench::post(seat, office)]
    };
    let opens =
        |login: &str| acts::unmask::open_case_file(&bench.bureau, bench.now(), &login.into(), &posts(login), &matter);
    assert!(matches!(opens("auditor"), Err(UnmaskError::Forbidden)));
    opens("wang-jing").unwrap();
    let kept = looks(&bench.bureau, &matter).unwrap();
    assert_eq!((kept.len(), kept[1].field.as_str(), kept[1].reason.as_str()), (2, "case-file", "打印卷宗"));
    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
}

#[test]
fn an_erased_person_is_unreadable_and_the_chain_still_verifies() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = closed(&bench, &citizen, "l3-qin");
    let person = bench.matter(&matter).parties[&"applicant".into()].to_string();
    assert!(bench.bureau.store.erase_person_key(&person, bench.now().at.as_millisecond()).unwrap());
    let seen = bench.clerk().sees(&matter).unwrap();
    assert!(seen.erased);
    let text = shown(&seen);
    assert!(!text.contains("拖欠工资") && !text.contains(&citizen.name), "{text}");
    let audit = acts::audit::audit(&bench.bureau).unwrap();
    assert!(audit.holds(), "{audit:?}");
    acts::audit::rebuild(&bench.bureau).unwrap();
    let view = bench.bureau.store.matter(&store::MatterId(matter.to_string())).unwrap().unwrap();
    assert!(!view.subject_masked.contains('申'), "{}", view.subject_masked);
    let again = citizen.tries_applying(&[]);
    assert!(again.is_err(), "a person whose key was destroyed cannot be sealed anew: {again:?}");
}

#[test]
fn operators_auditors_and_strangers_read_nothing() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    for login in ["op", "auditor", "wu-ju", "shi-suo", "court", "prison", "lin-jing"] {
        assert!(matches!(bench.officer(login).sees(&matter), Err(SightError::Forbidden)), "{login}");
    }
    for (person, seat) in [("l3-qin", "lawyer"), ("peer-bo", "peer")] {
        assert!(matches!(bench.seated(person, seat).sees(&matter), Err(SightError::Forbidden)), "{person}");
    }
}

#[test]
fn a_proposal_is_the_offices_own_until_it_is_decided() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[]);
    bench.clerk().proposes_refusal(&matter);
    let party = citizen.party(Some(&matter)).sees(&matter).unwrap();
    assert!(!shown(&party).contains("收入较高"), "the opinion is not the party's to read");
    assert!(party.timeline.iter().all(|act| act.name.as_str() != "propose-refuse"));
    let clerk = bench.clerk().sees(&matter).unwrap();
    assert!(shown(&clerk).contains("收入较高"));
}
