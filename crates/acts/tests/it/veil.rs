//! What nobody may learn: masked numbers, veiled ratings, erased persons.

use crate::bench::{Actor, Bench, contact};
use crate::cast::{Citizen, closed, identity};
use acts::sight::{Sight, SightError};
use acts::unmask::{Purpose, Thing, UnmaskError, Why, looks, told, unmask};
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
        unmask(&bench.bureau, bench.now(), &login.into(), &posts, &matter, &field, contact(reason))
    };
    assert!(matches!(looks_at("wang-jing", "看"), Err(UnmaskError::NoReason)));
    for stranger in ["lin-jing", "op", "auditor", "wu-ju", "shi-suo"] {
        assert!(matches!(looks_at(stranger, "核对本人身份"), Err(UnmaskError::Forbidden)), "{stranger}");
    }
    let aimless = Why { purpose: None, reason: "核对本人身份" };
    let clerk = [crate::bench::post("aid-clerk", "aid-east")];
    let refused = unmask(&bench.bureau, bench.now(), &"wang-jing".into(), &clerk, &matter, &field, aimless);
    assert!(matches!(refused, Err(UnmaskError::NoPurpose)));
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
    assert_eq!((kept.len(), &kept[1].thing, kept[1].reason.as_str()), (2, &Thing::CaseFile, "打印卷宗"));
    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
}

#[test]
fn the_person_is_told_office_seat_and_surname_and_of_papers_and_files_too() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = crate::cast::granted(&bench, &citizen, &[]);
    let (person, posts) = ("wang-jing".into(), [crate::bench::post("aid-clerk", "aid-east")]);
    let loaded = acts::load::load(&bench.bureau, &matter).unwrap();
    let field = "applicant.phone".into();
    unmask(&bench.bureau, bench.now(), &person, &posts, &matter, &field, contact("通知补充材料")).unwrap();
    let clear = serde_json::json!({ "rows": [{ "value": format!("电话{}", citizen.phone) }] });
    let open = |shown: &serde_json::Value| {
        let paper = "grant-decision".into();
        acts::unmask::open_paper(&bench.bureau, bench.now(), &person, &posts, &loaded, &paper, shown).unwrap()
    };
    assert!(open(&clear) && !open(&serde_json::json!({ "rows": ["同意"] })));
    let file = loaded.matter.facts.iter().find_map(|(field, value)| match value {
        kernel::value::Value::Files(files) => Some((field.clone(), files[0].id.clone())),
        _ => None,
    });
    let (handed_in, file) = file.unwrap();
    acts::unmask::open_file(&bench.bureau, bench.now(), &person, &posts, &loaded, &file).unwrap();
    let seen = looks(&bench.bureau, &matter).unwrap();
    let things: Vec<&Thing> = seen.iter().map(|look| &look.thing).collect();
    assert_eq!(
        things,
        [&Thing::Field(field), &Thing::Paper("grant-decision".into()), &Thing::File(handed_in)],
        "what was opened is kept, what shows nothing is not"
    );
    let told = told(&bench.bureau, &matter, &loaded.procedure).unwrap();
    let first = &told[0];
    assert_eq!((first.surname.as_str(), first.purpose), ("王某某", Some(Purpose::Contact)));
    assert!(!first.office.is_empty() && !first.seat.is_empty(), "{first:?}");
    assert!(told[1].what.contains("决定书"), "{told:?}");
    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
}

#[test]
fn a_look_older_than_purposes_is_read_as_it_was_written() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    let content = b"{\"reason\":\"\xe6\xa0\xb8\xe5\xaf\xb9\xe8\xba\xab\xe4\xbb\xbd\"}";
    let body = serde_json::json!({ "act": "unmask", "person": "wang-jing", "field": "applicant.phone" });
    let entry = store::Entry {
        matter: store::MatterId(format!("reads/{matter}")),
        expected: 0,
        body: body.as_object().unwrap().clone(),
        draws: Vec::new(),
        voids: Vec::new(),
        open: [[7_u8; 32].as_slice(), content].concat(),
        sealed: Vec::new(),
        view: None,
        tasks: Vec::new(),
        papers: Vec::new(),
    };
    bench.bureau.store.append(store::Append { at: 5, entries: vec![entry], ..store::Append::default() }).unwrap();
    let seen = looks(&bench.bureau, &matter).unwrap();
    assert_eq!((seen[0].purpose, &seen[0].seat, seen[0].reason.as_str()), (None, &None, "核对身份"));
    let procedure = acts::load::load(&bench.bureau, &matter).unwrap().procedure;
    assert_eq!(told(&bench.bureau, &matter, &procedure).unwrap()[0].surname, "王某某");
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
fn a_person_is_erased_by_two_and_nothing_of_them_is_left_to_find() {
    use acts::erasure::{self, ErasureRefusal};
    use kernel::retention::Kept;
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let (matter, open) = (citizen.applies(&[]), citizen.applies(&[]));
    let bureau = &bench.bureau;
    let signer = |login: &str| acts::system::archivist(bureau, login, bench.now().on()).unwrap();
    let (one, two) = (signer("dang-yi"), signer("dang-er"));
    let party = "applicant".into();
    let propose = |id: &MatterId| erasure::propose(bureau, bench.now(), &one, id, &party, "处理目的已实现，本人请求");
    let erase = |by| erasure::erase(bureau, bench.now(), by, &matter, &party);
    let kept = |refused: ErasureRefusal| match refused {
        ErasureRefusal::Kept { matter, kept } => (matter, kept),
        other => panic!("{other:?}"),
    };
    citizen.does(&matter, "withdraw", &[("withdraw-reason", "不需要了")]);
    assert_eq!(kept(propose(&matter).unwrap_err()), (open.clone(), Kept::Open), "an open matter needs what it says");
    citizen.does(&open, "withdraw", &[("withdraw-reason", "不需要了")]);
    assert!(matches!(
        erasure::propose(bureau, bench.now(), &one, &matter, &"nobody".into(), "本人请求"),
        Err(ErasureRefusal::NoParty(_))
    ));
    assert_eq!(kept(erase(&two).unwrap_err()).1, Kept::NotProposed);
    propose(&matter).unwrap();
    assert!(matches!(kept(propose(&matter).unwrap_err()).1, Kept::Proposed(_)));
    assert_eq!(kept(erase(&one).unwrap_err()).1, Kept::SamePerson);
    let files_before = bureau.store.files_of(&store::MatterId(matter.to_string())).unwrap();
    assert!(!files_before.is_empty());
    let gone = erase(&two).unwrap();
    assert_eq!(gone.matters.len(), 2, "every matter that held something of them says so");
    assert!(gone.files >= files_before.len() && gone.messages > 0, "{gone:?}");
    assert!(matches!(erase(&two), Err(ErasureRefusal::NoParty(_))), "once");
    for id in &gone.matters {
        let seen = bench.clerk().sees(id).unwrap();
        assert!(seen.erased && !shown(&seen).contains(&citizen.name));
        assert!(seen.timeline.iter().any(|act| act.title == "批准删除个人信息"));
        let view = bureau.store.matter(&store::MatterId(id.to_string())).unwrap().unwrap();
        assert!(view.subject_masked.is_empty(), "{}", view.subject_masked);
    }
    assert!(bureau.store.files_of(&store::MatterId(matter.to_string())).unwrap().is_empty());
    let before = bureau.store.projection_digest().unwrap();
    acts::audit::rebuild(bureau).unwrap();
    assert_eq!(bureau.store.projection_digest().unwrap(), before, "a rebuild finds nothing of them either");
    let audit = acts::audit::audit(bureau).unwrap();
    assert!(audit.holds(), "{audit:?}");
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
