//! Who may do what: every act, every seat, in their own office and in another.

use crate::bench::{Bench, post};
use crate::cast::handled;
use acts::policy::{About, Duty, HeldPost, Policy, PolicyError};
use acts::rows::plain_world;
use kernel::decide::available;
use kernel::matter::{Matter, Seated};
use kernel::procedure::ActKind;
use kernel::world::Actor;
use std::collections::BTreeMap;

/// Seats with a post: the seat, an office where it is theirs, an office where it is not. A window may sit anywhere.
const POSTS: [(&str, &str, Option<&str>); 8] = [
    ("aid-clerk", "aid-east", Some("aid-west")),
    ("aid-director", "aid-east", Some("aid-west")),
    ("aid-cashier", "aid-east", Some("aid-west")),
    ("bureau-reviewer", "bureau-east", Some("bureau-west")),
    ("window", "judicial-west-1", None),
    ("organ", "court-east", None),
    ("forwarder", "detention-city", None),
    ("operator", "bureau-city", None),
];

/// A matter with everybody in place, at a stage.
fn staged(bench: &Bench) -> Matter {
    let id = handled(bench, &bench.citizen(1), "l3-qin");
    let mut matter = bench.matter(&id);
    let peer =
        Seated { register: "legal-aid-peers".into(), entry: "peer-bo".to_owned(), rank: None, skipped: Vec::new() };
    matter.slots.insert("peer".into(), peer);
    matter
}

/// Whether policy and procedure let an actor do an act where the matter stands.
fn may(bench: &Bench, matter: &Matter, actor: &Actor, posts: &[HeldPost], act: &str) -> bool {
    let procedure = bench.procedure();
    let nobody = BTreeMap::new();
    let world = plain_world(&bench.bureau.law, &nobody);
    let about = About { matter: Some(matter), procedure: &procedure, place: &bench.bureau.law.place };
    bench.bureau.policy.may_act(actor, posts, about)
        && available(&procedure, matter, actor, &world).any(|def| def.name.as_str() == act)
}

#[test]
fn every_act_is_for_the_seats_declared_in_the_right_office_and_nobody_else() {
    let bench = Bench::new();
    let mut matter = staged(&bench);
    let procedure = bench.procedure();
    let party = matter.parties[&"applicant".into()].clone();
    let mut asked = 0;
    for def in procedure.acts.iter().filter(|def| def.kind != ActKind::Open) {
        for stage in &def.within {
            matter.stage = stage.clone();
            matter.history.retain(|done| !def.once || done.act.name != def.name);
            let mut ask = |person: &str, seat: &str, office: Option<&str>, theirs: bool| {
                let posts: Vec<HeldPost> = office.map(|office| post(seat, office)).into_iter().collect();
                let actor = Actor { person: person.into(), seat: seat.into(), office: office.map(Into::into) };
                let declared = theirs && def.by.iter().any(|by| by.as_str() == seat);
                let found = may(&bench, &matter, &actor, &posts, def.name.as_str());
                assert_eq!(found, declared, "{} in {stage} by {seat} of {office:?} as {person}", def.name);
                asked += 1;
            };
            for (seat, own, other) in POSTS {
                let opened_it = !matches!(seat, "organ" | "forwarder");
                ask("somebody", seat, Some(own), opened_it && seat != "operator");
                ask("somebody", seat, None, false);
                if let Some(other) = other {
                    ask("somebody", seat, Some(other), false);
                }
            }
            ask("l3-qin", "lawyer", None, true);
            ask("l2-gu", "lawyer", None, false);
            ask("l3-qin", "peer", None, false);
            ask("peer-bo", "peer", None, true);
            ask("peer-bo", "lawyer", None, false);
            ask(party.as_str(), "applicant", None, true);
            ask("stranger", "applicant", None, false);
            ask("clock", "clock", None, true);
            ask("wang-jing", "clock", None, false);
        }
    }
    assert!(asked > 1000, "{asked}");
}

#[test]
fn a_seat_is_held_by_the_post_and_not_by_saying_so() {
    let bench = Bench::new();
    let mut matter = staged(&bench);
    matter.stage = "approve".into();
    let actor = Actor { person: "x".into(), seat: "aid-director".into(), office: Some("aid-east".into()) };
    assert!(may(&bench, &matter, &actor, &[post("aid-director", "aid-east")], "grant"));
    for posts in [vec![], vec![post("aid-clerk", "aid-east")], vec![post("aid-director", "aid-west")]] {
        assert!(!may(&bench, &matter, &actor, &posts, "grant"), "{posts:?}");
    }
    for seat in ["operator", "auditor"] {
        let posts = [post("aid-director", "aid-east"), post(seat, "bureau-city")];
        assert!(!may(&bench, &matter, &actor, &posts, "grant"), "whoever keeps the machine does not decide: {seat}");
    }
    let nowhere = Actor { seat: "emperor".into(), ..actor };
    assert!(!may(&bench, &matter, &nowhere, &[post("emperor", "aid-east")], "grant"));
}

#[test]
fn opening_acts_are_for_those_declared() {
    let bench = Bench::new();
    let procedure = bench.procedure();
    let citizen = bench.citizen(1);
    for def in procedure.openings() {
        for (login, _, seat, _) in crate::cast::STAFF {
            let declared = def.by.iter().any(|by| by.as_str() == seat);
            let result = bench.officer(login).tries_opening(def.name.as_str(), "centre", &citizen.form(&[]));
            let refused = matches!(
                &result,
                Err(acts::PerformError::Forbidden { .. }
                    | acts::PerformError::Refused(kernel::decide::Refusal::NotYourSeat { .. }))
            );
            // A form of another act has other problems; who may not open it is told so, or told of those.
            let wrong_form = matches!(&result, Err(acts::PerformError::Invalid(_)));
            assert!(if declared { !refused } else { refused || wrong_form }, "{} by {seat}: {result:?}", def.name);
            assert!(declared || result.is_err(), "{} by {seat}", def.name);
        }
    }
}

#[test]
fn duties_are_for_whom_they_are_declared() {
    let bench = Bench::new();
    for (login, _, seat, office) in crate::cast::STAFF {
        for duty in Duty::ALL {
            let declared = match duty {
                Duty::Operate => seat == "operator",
                Duty::Appoint => seat == "security",
                Duty::Audit => seat == "auditor",
                Duty::KeepLaw => seat == "law-keeper",
                Duty::KeepArchives => seat == "archivist",
                Duty::KeepRegisters => matches!(seat, "aid-clerk" | "aid-director"),
            };
            assert_eq!(
                bench.bureau.policy.has_duty(&login.into(), &[post(seat, office)], duty),
                declared,
                "{login} {duty:?}"
            );
        }
    }
}

#[test]
fn only_those_with_the_duty_amend_a_register() {
    let bench = Bench::new();
    let member = crate::cast::member("l9-xin", "辛律师", "新所");
    let amend = |person: &str, seat: &str, office: &str| {
        let register = "legal-aid-lawyers".into();
        let on = bench.now().on();
        acts::registers::amend(
            &bench.bureau,
            bench.now(),
            &person.into(),
            &[post(seat, office)],
            &register,
            &member,
            on,
        )
    };
    assert!(amend("op", "operator", "bureau-city").is_err());
    assert!(amend("sun-chu", "aid-cashier", "aid-east").is_err());
    amend("wang-jing", "aid-clerk", "aid-east").unwrap();
    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
}

#[test]
fn who_may_not_is_told_which_part_is_missing() {
    let bench = Bench::new();
    let mut matter = staged(&bench);
    matter.stage = "approve".into();
    let procedure = bench.procedure();
    let (policy, place) = (&bench.bureau.policy, &bench.bureau.law.place);
    let about = About { matter: Some(&matter), procedure: &procedure, place };
    let check = |posts: &[HeldPost], act: &str, says: &[&str]| {
        let why = policy.why_not(&"somebody".into(), posts, about, procedure.act(&act.into()).unwrap()).zh();
        assert!(says.iter().all(|part| why.contains(part)), "{act} {posts:?}: {why}");
    };
    let name = |office: &str| place.office(&office.into()).unwrap().name.clone();
    let (east, west) = (name("aid-east"), name("aid-west"));
    check(&[post("aid-clerk", "aid-east")], "grant", &["您没有这个岗位", "请转给"]);
    check(&[], "grant", &["您没有这个岗位"]);
    check(&[post("aid-director", "aid-west")], "grant", &[&east, &west, "您的这个岗位在"]);
    check(
        &[post("aid-director", "aid-east"), post("auditor", "bureau-city")],
        "grant",
        &["系统管理、安全管理和审计岗位"],
    );
    check(&[], "accept", &["本人办理"]);
}

#[test]
fn policies_about_reading_that_no_list_can_look_up_are_refused_when_loaded() {
    let text = |name: &str| std::fs::read_to_string(crate::bench::root().join("law/policy").join(name)).unwrap();
    let (schema, policies) = (text("schema.cedarschema"), text("policies.cedar"));
    let load = |more: &str| Policy::load(&schema, &format!("{policies}\n{more}")).map(|_| ());
    let read = |effect: &str, when: &str| {
        format!("{effect} (principal, action == Action::\"read\", resource) when {{ {when} }};")
    };
    assert_eq!(load(""), Ok(()));
    assert_eq!(load(&read("permit", "resource.owner == Office::\"aid-east\"")), Ok(()));
    assert_eq!(load(&read("permit", "principal.seats.contains(\"leader\")")), Ok(()));
    for (effect, when) in [
        ("permit", "resource.procedure == \"legal-aid\""),
        ("permit", "resource.window == Office::\"aid-east\" && resource.partners.contains(Office::\"aid-west\")"),
        ("forbid", "resource.owner == Office::\"aid-east\""),
    ] {
        let loaded = load(&read(effect, when));
        assert!(matches!(loaded, Err(PolicyError::NoList(_))), "{effect} when {when}: {loaded:?}");
    }
}
