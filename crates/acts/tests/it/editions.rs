//! A new edition and the matters that are open: tried, signed, and seen afterwards.

use crate::bench::{Bench, day, law, sources};
use acts::audit::audit;
use acts::editions::{self, AdoptError, Obstacle, Rehearsed, Verdict};
use acts::system::{self, SystemError};
use kernel::names::MatterId;
use kernel::procedure::Procedure;
use kernel::system as words;
use kernel::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::OutboxState;

/// Legal aid with other words in it, in force from the fifth of March.
fn edition(changes: &[(&str, &str)], moves_in: &str) -> Procedure {
    let mut sources = sources();
    let file = sources.iter_mut().find(|source| source.path == "services/legal-aid.md").unwrap();
    let node = format!(
        "\n```kdl\nedition {{\n    change \"审查改为十日\" cite=\"法律援助法:43\"\n    moves in=\"{moves_in}\" reason=\"程序从新\" cite=\"法律援助法:43\"\n}}\n```\n"
    );
    file.text = file.text.replace("in-force-from=\"2022-01-01\"", "in-force-from=\"2026-03-05\"") + &node;
    for (from, to) in changes {
        assert!(file.text.contains(from), "{from}");
        file.text = file.text.replace(from, to);
    }
    let (book, _) = statute::read(&sources);
    book.procedures.into_iter().find(|procedure| procedure.id.as_str() == "legal-aid").unwrap()
}

const TEN_DAYS: (&str, &str) = ("title=\"审查决定期限\" within=7", "title=\"审查决定期限\" within=10");

/// A city that knows both editions; matters are opened under the old one.
fn bench(new: &Procedure) -> Bench {
    let mut law = law();
    law.procedures.push(Arc::new(new.clone()));
    Bench::under(law)
}

fn of<'r>(found: &'r [Rehearsed], matter: &MatterId) -> &'r Rehearsed {
    found.iter().find(|one| &one.matter == matter).unwrap()
}

fn adopted(bench: &Bench, new: &Procedure, leave: &[&str]) -> Result<editions::Adopted, AdoptError> {
    let signer = system::signer(&bench.bureau, "zheng-fa", bench.now().on()).unwrap();
    let leave: BTreeSet<String> = leave.iter().map(|number| (*number).to_owned()).collect();
    editions::adopt(&bench.bureau, bench.now(), &signer, new, &leave)
}

#[test]
fn a_rehearsal_names_exactly_the_matters_whose_dates_move_and_writes_nothing() {
    let new = edition(&[TEN_DAYS], "review");
    let bench = bench(&new);
    let in_review = bench.citizen(1).applies(&[]);
    let in_approval = bench.citizen(2).applies(&[]);
    bench.clerk().proposes_grant(&in_approval);
    let before = bench.bureau.store.projection_digest().unwrap();
    let found = editions::rehearse(&bench.bureau, &new, day("2026-03-05")).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (of(&found, &in_review).verdict.clone(), of(&found, &in_approval).verdict.clone()),
        (Verdict::Moves, Verdict::Unchanged)
    );
    let moving: Vec<&MatterId> = found.iter().filter(|one| one.dates_move()).map(|one| &one.matter).collect();
    assert_eq!(moving, [&in_review]);
    let dates = &of(&found, &in_review).limits.iter().find(|dates| dates.limit.as_str() == "review").unwrap();
    assert_eq!((dates.before, dates.after), (Some(day("2026-03-09")), Some(day("2026-03-12"))));
    assert!(!of(&found, &in_approval).limits.iter().any(|dates| dates.differ()));
    assert_eq!(bench.bureau.store.projection_digest().unwrap(), before);
    assert_eq!(bench.matter(&in_review).version, 1);
}

#[test]
fn a_signed_edition_is_one_act_on_each_matter_that_goes_over() {
    let new = edition(&[TEN_DAYS], "review");
    let bench = bench(&new);
    let citizen = bench.citizen(1);
    let (goes, stays) = (citizen.applies(&[]), bench.citizen(2).applies(&[]));
    bench.clerk().proposes_grant(&stays);
    let sent = bench.bureau.store.message_count(OutboxState::Pending).unwrap();
    bench.on("2026-03-05");
    let done = adopted(&bench, &new, &[]).unwrap();
    assert_eq!((done.moved.len(), done.stayed.len()), (1, 1));
    let matter = bench.matter(&goes);
    assert_eq!((matter.edition, matter.version, matter.stage.as_str()), (new.edition, 2, "review"));
    let act = matter.history.last().unwrap();
    assert_eq!(act.act.name.as_str(), words::EDITION_MOVED);
    assert_eq!(act.facts[&words::due_before(&"review".into())], Value::Date(day("2026-03-09")));
    assert_eq!(act.facts[&words::due_after(&"review".into())], Value::Date(day("2026-03-12")));
    assert_eq!(bench.due(&goes, "review"), Some(day("2026-03-12")));
    let view = bench.bureau.store.matter(&store::MatterId(goes.to_string())).unwrap().unwrap();
    assert_eq!((view.due_on.as_deref(), view.edition), (Some("2026-03-12"), new.edition.to_string()));
    assert_ne!(bench.matter(&stays).edition, new.edition);
    // The clerk's inbox and the applicant's phone.
    assert_eq!(bench.bureau.store.message_count(OutboxState::Pending).unwrap(), sent + 2);
    let again = adopted(&bench, &new, &[]).unwrap();
    assert_eq!((again.moved.len(), bench.matter(&goes).version), (0, 2), "signed twice, done once");
    assert!(audit(&bench.bureau).unwrap().holds());
    // What happens next happens under the new edition.
    bench.clerk().proposes_grant(&goes);
    bench.director().grants(&goes);
    assert_eq!(bench.stage(&goes), "assign");
}

#[test]
fn a_timeline_says_in_words_that_the_new_rules_apply() {
    let new = edition(&[TEN_DAYS], "review");
    let bench = bench(&new);
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[]);
    bench.on("2026-03-05");
    adopted(&bench, &new, &[]).unwrap();
    for seen in [bench.clerk().sees(&matter).unwrap(), citizen.party(Some(&matter)).sees(&matter).unwrap()] {
        let last = seen.timeline.last().unwrap();
        assert_eq!(last.title, "适用新版规定");
        assert_eq!(last.seat, "法规管理岗");
        let told: Vec<(&str, &str)> = last.facts.iter().map(|fact| (fact.label.as_str(), fact.text.as_str())).collect();
        assert!(told.contains(&("审查决定期限（原）", "2026年3月9日")), "{told:?}");
        assert!(told.contains(&("审查决定期限（现）", "2026年3月12日")), "{told:?}");
    }
}

#[test]
fn what_would_be_lost_needs_a_person_or_is_left() {
    let check = |changes: &[(&str, &str)], expected: Obstacle| {
        let new = edition(changes, "review");
        let bench = bench(&new);
        let matter = bench.citizen(1).applies(&[]);
        let other = bench.citizen(2).applies(&[]);
        bench.clerk().asks_supplement(&other);
        let found = editions::rehearse(&bench.bureau, &new, day("2026-03-05")).unwrap();
        assert_eq!(of(&found, &matter).verdict, Verdict::NeedsPerson(vec![expected]));
        bench.on("2026-03-05");
        let refused = adopted(&bench, &new, &[]).unwrap_err();
        assert!(matches!(&refused, AdoptError::NeedPerson(open) if open.len() == 1), "{refused}");
        assert_eq!(bench.matter(&matter).version, 1, "nothing was written");
        assert!(matches!(adopted(&bench, &new, &["没有这个号"]), Err(AdoptError::NothingToLeave(_))));
        let number = bench.matter(&matter).number.unwrap();
        let left = adopted(&bench, &new, &[&number]).unwrap();
        assert_eq!((left.moved.len(), left.stayed.len()), (0, 2));
    };
    check(&[("limit \"review\" title", "limit \"examine\" title")], Obstacle::LimitGone("审查决定期限".into()));
    check(
        &[
            ("guard when=\"!given(income)", "guard when=\"lawful_income && !given(income)"),
            ("long \"supplement-note\" title=\"说明\" max=1000", "bool \"lawful-income\" title=\"收入合法\""),
        ],
        Obstacle::Unreadable { act: "拟给予援助".into(), why: "没有填过“收入合法”".into() },
    );
}

#[test]
fn only_a_keeper_of_the_law_signs_and_not_before_the_day() {
    let new = edition(&[TEN_DAYS], "review");
    let bench = bench(&new);
    let on = bench.now().on();
    for login in ["wang-jing", "op", "auditor", "zhao-zhu"] {
        assert!(matches!(system::signer(&bench.bureau, login, on), Err(SystemError::NotKeeper(_))), "{login}");
    }
    assert!(matches!(system::signer(&bench.bureau, "nobody", on), Err(SystemError::NoAccount(_))));
    assert!(matches!(adopted(&bench, &new, &[]), Err(AdoptError::NotYet(from)) if from == day("2026-03-05")));
}
