//! Files sealed by law: who reads them, what lists, searches and the public page hold of them, and that the ledger does not
//! know a difference.

use crate::bench::{Actor, Bench, post};
use crate::cast::identity;
use acts::delivery::{Delivery, DeliveryError, Letter, deliver};
use acts::policy::HeldPost;
use acts::sight::SightError;
use acts::undelivered::undelivered;
use acts::unmask::UnmaskError;
use acts::{Command, Standing, offers};
use kernel::intake::Raw;
use kernel::names::{MatterId, PersonId};
use std::collections::BTreeSet;
use store::{Holder, MatterScope, MattersQuery, Sort, WorkBox, WorklistQuery};

/// Person, seat and office.
type Who = (&'static str, &'static str, &'static str);

const COURT: Who = ("fa-guan", "deciding-organ", "court-of-east");
const OFFICER: Who = ("jiao-gan", "corrections-officer", "corrections-east");
const HEAD: Who = ("jiao-zhang", "corrections-head", "corrections-east");
const POLICE: Who = ("min-jing", "police", "police-east");
/// In the office that does the matter, in the one above it, in one beside it: none of them in a seat of the procedure.
const OTHERS: [Who; 6] = [
    ("wen-yuan", "office-secretary", "corrections-east"),
    ("ju-zhang", "bureau-head", "bureau-east"),
    ("shu-ji", "court-secretary", "court-of-east"),
    ("fa-guan-2", "deciding-organ", "court-of-east"),
    ("xi-gan", "corrections-officer", "corrections-west"),
    ("ku-guan", "corrections-secretary", "police-east"),
];

/// Everybody a list is asked for, with one or several posts.
pub fn people() -> Vec<(PersonId, Vec<HeldPost>)> {
    let one = |&(person, seat, office): &Who| (PersonId::from(person), vec![post(seat, office)]);
    let mut people: Vec<_> = [COURT, OFFICER, HEAD, POLICE].iter().chain(&OTHERS).map(one).collect();
    let two = |one: (&str, &str), other: (&str, &str)| vec![post(one.0, one.1), post(other.0, other.1)];
    people.push(("two-seats".into(), two((OFFICER.1, OFFICER.2), ("corrections-head", "corrections-west"))));
    people.push(("seat-and-above".into(), two((OFFICER.1, OFFICER.2), ("bureau-head", "bureau-east"))));
    people.push(("above-and-beside".into(), two(("bureau-head", "bureau-east"), (POLICE.1, POLICE.2))));
    people.push(("barred-keeper".into(), two((OFFICER.1, OFFICER.2), ("auditor", "bureau-city"))));
    people.push((COURT.0.into(), Vec::new()));
    people
}

fn acting<'b>(bench: &'b Bench, (person, seat, office): Who) -> Actor<'b> {
    let acting = post(seat, office);
    Actor { bench, standing: Standing::Post { person: person.into(), acting: acting.clone(), posts: vec![acting] } }
}

/// An intake of community corrections.
fn intake(bench: &Bench, by: Who, age: &str, person: u32, name: &str) -> MatterId {
    let (id, phone) = (identity(person), format!("1380000{person:04}"));
    let form = [
        ("organ-name", "东湖区人民法院（模拟）"),
        ("organ-case", "（2026）示刑初字第9号"),
        ("effective-on", "2026-03-01"),
        ("organ-contact", "法官，0990-8100302"),
        ("subject.name", name),
        ("subject.id-number", &id),
        ("subject.ethnicity", "汉族"),
        ("subject.phone", &phone),
        ("subject.address", "示范市东湖区湖滨街道某路9号"),
        ("subject.household", "示范市东湖区"),
        ("subject.employer", "示范中学"),
        ("gender", "male"),
        ("age-group", age),
        ("venue", "990101000000"),
        ("category", "probation"),
        ("charge", "盗窃罪"),
        ("sentence", "有期徒刑六个月，缓刑一年"),
    ];
    let channel = Some("window".to_owned());
    let raw = bench.raw(&form);
    let command =
        Command { procedure: "corrections-intake".into(), act: "notify".into(), raw, channel, ..Command::default() };
    acting(bench, by).sends(&command).unwrap_or_else(|why| panic!("{why:?}")).matter
}

/// A few files, sealed and not, opened by a court and by an officer, some of them where the police act too.
pub fn files(bench: &Bench, run: u64) {
    let first = 700 + u32::try_from(run).unwrap() * 10;
    for (at, (by, age)) in
        [(COURT, "minor"), (COURT, "adult"), (OFFICER, "minor"), (OFFICER, "adult")].iter().enumerate()
    {
        bench.on("2026-03-02");
        intake(bench, *by, age, first + u32::try_from(at).unwrap(), "甲模");
    }
    bench.on("2026-03-16");
    bench.tick();
    bench.on("2026-03-17");
    for (by, age) in [(COURT, "minor"), (OFFICER, "adult")] {
        intake(bench, by, age, first + 5, "乙模");
    }
}

fn query(scope: MatterScope, text: Option<&str>) -> MattersQuery {
    MattersQuery {
        scope,
        closed: None,
        procedure: None,
        text: text.map(search::words),
        opened_from: None,
        opened_until: None,
        sort: Sort::OpenedNewest,
        page: 1,
        per_page: 100,
    }
}

/// What the lists of somebody hold: all of it, and what words find; both count what they hold.
fn listed(bench: &Bench, (person, seat, office): Who) -> BTreeSet<String> {
    let bureau = &bench.bureau;
    let readable = bureau.policy.readable(&person.into(), &[post(seat, office)], &bureau.law.place);
    let ask = |text: Option<&str>| {
        let found = bureau.store.matters(&query(MatterScope::Readable(readable.clone()), text)).unwrap();
        assert_eq!(found.total, found.rows.len() as u64);
        found.rows.into_iter().map(|row| row.matter.0).collect::<BTreeSet<_>>()
    };
    let (all, found) = (ask(None), ask(Some("社区矫正接收入矫")));
    assert_eq!(all, found, "the words stand in every title");
    let handled = query(MatterScope::HandledBy(person.to_owned(), readable.clone()), None);
    let handled = bureau.store.matters(&handled).unwrap().rows;
    assert!(handled.iter().all(|row| all.contains(&row.matter.0)), "{person} handled what they may not read");
    all
}

#[test]
fn a_sealed_file_is_read_by_those_who_do_it_and_by_nobody_else() {
    let bench = Bench::new();
    let minor = intake(&bench, COURT, "minor", 701, "封模");
    let adult = intake(&bench, COURT, "adult", 702, "开模");
    for who in [COURT, OFFICER, HEAD] {
        let sight = acting(&bench, who).sees(&minor).unwrap();
        assert_eq!(sight.sealed_by.unwrap().to_string(), "社区矫正法第五十四条");
        assert_eq!(acting(&bench, who).sees(&adult).unwrap().sealed_by, None);
        assert_eq!(listed(&bench, who).len(), 2, "{who:?}");
    }
    for who in [OTHERS[0], OTHERS[1], OTHERS[2], OTHERS[3]] {
        acting(&bench, who).sees(&adult).unwrap();
        let Err(SightError::Sealed(why)) = acting(&bench, who).sees(&minor) else {
            panic!("{who:?} reads a sealed file")
        };
        assert!(why.contains("依法封存（社区矫正法第五十四条）") && why.contains("书面提出"), "{why}");
        assert_eq!(listed(&bench, who), BTreeSet::from([adult.to_string()]), "{who:?}");
    }
    for who in [OTHERS[4], OTHERS[5], POLICE] {
        assert!(
            matches!(acting(&bench, who).sees(&minor), Err(SightError::Forbidden)),
            "{who:?} is told nothing of it"
        );
        assert!(listed(&bench, who).is_empty(), "{who:?}");
    }
    let party = Standing::Party { party: "subject".into(), person: None };
    let own = Actor { bench: &bench, standing: party }.sees(&minor).unwrap();
    assert!(own.sealed_by.is_some(), "whom it concerns reads it, and is told");
}

#[test]
fn the_police_read_a_sealed_file_while_they_search_for_its_person() {
    let bench = Bench::new();
    let minor = intake(&bench, OFFICER, "minor", 701, "封模");
    bench.on("2026-03-16");
    assert_eq!(bench.tick().performed.len(), 1);
    assert_eq!(bench.stage(&minor), "searching");
    acting(&bench, POLICE).sees(&minor).unwrap();
    assert_eq!(listed(&bench, POLICE).len(), 1);
    let desk = acting(&bench, OTHERS[5]);
    assert!(matches!(desk.sees(&minor), Err(SightError::Sealed(_))), "another seat of the police does not");
    assert!(listed(&bench, OTHERS[5]).is_empty());
}

#[test]
fn nothing_in_a_sealed_file_is_unmasked_by_whoever_may_not_read_it() {
    let bench = Bench::new();
    let (minor, bureau) = (intake(&bench, COURT, "minor", 701, "封模"), &bench.bureau);
    let looks = |(person, seat, office): Who| {
        let (field, why) = ("subject.phone".into(), crate::bench::contact("通知监护人到场"));
        acts::unmask::unmask(bureau, bench.now(), &person.into(), &[post(seat, office)], &minor, &field, why)
    };
    assert_eq!(looks(OFFICER).unwrap(), "13800000701");
    for who in OTHERS {
        assert!(matches!(looks(who), Err(UnmaskError::Forbidden)), "{who:?}");
    }
}

#[test]
fn a_sealed_file_is_a_task_only_of_those_who_do_it_and_a_number_tells_nothing_of_it() {
    let bench = Bench::new();
    let (minor, bureau) = (intake(&bench, COURT, "minor", 701, "封模"), &bench.bureau);
    let holder = |(person, seat, office): Who| Holder {
        seat: seat.to_owned(),
        office: Some(office.to_owned()),
        person: Some(person.to_owned()),
    };
    let worklist = |who: Who| {
        let list = bureau.store.worklist(&WorklistQuery {
            holders: vec![holder(who)],
            work_box: WorkBox::All,
            today: "2026-03-02".to_owned(),
            soon_until: "2026-03-05".to_owned(),
            procedure: None,
            text: None,
            opened_from: None,
            opened_until: None,
            sort: Sort::DueFirst,
            page: 1,
            per_page: 10,
        });
        let list = list.unwrap();
        let counters = bureau.store.counters(&[holder(who)], "2026-03-02", "2026-03-05").unwrap();
        assert_eq!(list.total, counters.todo + counters.stopped, "{who:?}");
        list.rows
    };
    assert!(worklist(OFFICER).iter().all(|row| row.matter.sealed && row.matter.matter.0 == minor.as_str()));
    assert!(!worklist(OFFICER).is_empty());
    for who in OTHERS {
        assert!(worklist(who).is_empty(), "{who:?}");
    }

    let discipline = bureau.law.procedures.iter().find(|law| law.id.as_str() == "corrections-intake").unwrap();
    let number = bench.matter(&minor).number.unwrap();
    let field = kernel::procedure::FieldKind::Matter { procedure: discipline.id.clone() };
    let mut def = discipline.act(&"notify".into()).unwrap().clone();
    let mut other = def.fields().next().unwrap().clone();
    (other.name, other.kind) = ("other".into(), field);
    def.form[0].fields.push(other);
    let raw = Raw { texts: [("other".to_owned(), vec![number.clone()])].into(), ..Raw::default() };
    let asking =
        offers::Asking { procedure: discipline, def: &def, matter: None, person: None, office: None, raw: &raw };
    let offered = offers::offers(bureau, asking, bench.now().on()).unwrap();
    assert_eq!(offered[&"other".into()], [offers::Offer { value: number, label: "依法封存的办件".to_owned() }]);
}

/// Nobody answers at any number.
struct NoNumber;

impl Delivery for NoNumber {
    fn deliver(&self, _: &Letter) -> Result<(), DeliveryError> {
        Err(DeliveryError::Never("550 空号".to_owned()))
    }
}

#[test]
fn a_message_that_did_not_arrive_is_told_of_a_sealed_file_to_those_who_do_it() {
    let bench = Bench::new();
    let (minor, adult) = (intake(&bench, OFFICER, "minor", 701, "封模"), intake(&bench, OFFICER, "adult", 702, "开模"));
    while deliver(&bench.bureau, &NoNumber, bench.now()).unwrap().tried() > 0 {}
    let told = |(person, seat, office): Who| {
        let found = undelivered(&bench.bureau, &["corrections-east".into()], &person.into(), &[post(seat, office)]);
        found.unwrap().into_iter().map(|letter| letter.matter).collect::<BTreeSet<_>>()
    };
    assert_eq!(told(OFFICER), BTreeSet::from([minor, adult.clone()]));
    for who in [OTHERS[0], OTHERS[1]] {
        assert_eq!(told(who), BTreeSet::from([adult.clone()]), "{who:?}");
    }
}

#[test]
fn nothing_of_a_sealed_file_stands_published() {
    let bench = Bench::new();
    let stands = |age: &str, person: u32| {
        let id = intake(&bench, COURT, age, person, "封模");
        let mut loaded = acts::load::load(&bench.bureau, &id).unwrap();
        // No law file publishes what it seals; one that does publishes nothing.
        loaded.matter.published.insert("notice-slip".into(), bench.now().on());
        let papers = acts::rows::rows(&bench.bureau.law, &loaded.procedure, &loaded.matter).papers;
        papers.iter().any(|paper| paper.published_on.is_some())
    };
    assert!(stands("adult", 702));
    assert!(!stands("minor", 701));
}

#[test]
fn sealing_is_a_view_of_the_ledger_and_changes_nothing_in_it() {
    let bench = Bench::new();
    let minor = intake(&bench, COURT, "minor", 701, "封模");
    let report = [
        ("reported-on", "2026-03-02"),
        ("identity-checked", "yes"),
        ("own-phone", "13800000701"),
        ("id-copy", "@证件.jpg"),
    ];
    acting(&bench, OFFICER).does(&minor, "report-in", &report);
    let bureau = &bench.bureau;
    let row = bureau.store.matter(&store::MatterId(minor.to_string())).unwrap().unwrap();
    assert!(row.sealed);
    let before = bureau.store.projection_digest().unwrap();
    acts::audit::rebuild(bureau).unwrap();
    assert_eq!(bureau.store.projection_digest().unwrap(), before);
    acts::receipt::checkpoint(bureau, bench.now()).unwrap();
    let audit = acts::audit::audit(bureau).unwrap();
    assert!(audit.holds(), "{audit:?}");
    for act in bureau.store.acts_of(&store::MatterId(minor.to_string())).unwrap() {
        let body = String::from_utf8_lossy(&act.bytes).into_owned();
        assert!(
            !body.contains("minor") && !body.contains("封模"),
            "the hashed bytes do not say whose file it is: {body}"
        );
    }
}

#[test]
fn where_the_answer_was_erased_the_file_is_sealed() {
    let bench = Bench::new();
    let adult = intake(&bench, OFFICER, "adult", 702, "开模");
    let matter = bench.matter(&adult);
    let person = matter.parties[&"subject".into()].to_string();
    let loaded = acts::load::load(&bench.bureau, &adult).unwrap();
    assert!(!kernel::sealing::is_sealed(&loaded.matter, &loaded.procedure));
    assert!(bench.bureau.store.erase_person_key(&person, bench.now().at.as_millisecond()).unwrap());
    acts::audit::rebuild(&bench.bureau).unwrap();
    assert!(matches!(acting(&bench, OTHERS[1]).sees(&adult), Err(SightError::Sealed(_))));
    assert!(listed(&bench, OTHERS[1]).is_empty());
    assert_eq!(acting(&bench, OFFICER).sees(&adult).unwrap().sealed_by.unwrap().article, 54);
}
