//! Objections (法律援助法第四十九条): the bureau decides within five days, never the centre that refused.

use crate::bench::{Actor, Bench, day, post};
use crate::cast::{Citizen, granted, handled};
use crate::story::{condition, is_not_apart};
use acts::{PerformError, Standing};
use kernel::decide::Refusal;
use kernel::names::MatterId;

fn refused(bench: &Bench, citizen: &Citizen<'_>) -> MatterId {
    let matter = citizen.applies(&[]);
    bench.clerk().proposes_refusal(&matter);
    bench.director().refuses(&matter);
    matter
}

const FINDINGS: [(&str, &str); 1] = [("objection-findings", "查明：收入按家庭人均计算有误。")];

#[test]
fn an_objection_is_upheld_once_and_within_five_days() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = refused(&bench, &citizen);
    let seen = citizen.party(Some(&matter)).sees(&matter).unwrap();
    assert_eq!(seen.remedy.unwrap().act.unwrap().as_str(), "object");
    bench.on("2026-09-28");
    citizen.objects(&matter);
    assert_eq!(bench.due(&matter, "objection"), Some(day("2026-10-08")), "the last day falls into the holiday");
    bench.on("2026-10-08");
    bench.reviewer().does(&matter, "uphold", &FINDINGS);
    assert_eq!(bench.stage(&matter), "upheld");
    let seen = citizen.party(Some(&matter)).sees(&matter).unwrap();
    assert!(seen.remedy.unwrap().text.contains("行政复议"));
    let again = citizen.party(Some(&matter)).tries(&matter, "object", &[("objection-reasons", "还是不服。")]);
    assert!(matches!(again, Err(PerformError::Refused(Refusal::NotInStage { .. }))), "{again:?}");
}

#[test]
fn a_refusal_may_be_sent_back_and_then_granted() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = refused(&bench, &citizen);
    citizen.objects(&matter);
    let resume = bench.reviewer().tries(&matter, "order-resume", &FINDINGS);
    assert!(condition(resume).contains("重新审查"));
    bench.on("2026-03-05");
    bench.reviewer().does(&matter, "order-review", &FINDINGS);
    assert_eq!(bench.stage(&matter), "review");
    assert_eq!(bench.due(&matter, "review"), Some(day("2026-03-12")), "the seven days begin anew");
    bench.clerk().proposes_grant(&matter);
    bench.director().grants(&matter);
    assert_eq!(bench.stage(&matter), "assign");
}

#[test]
fn a_terminated_matter_may_be_ordered_to_resume() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = handled(&bench, &citizen, "l3-qin");
    bench.director().terminates(&matter);
    assert!(bench.matter(&matter).slots.is_empty());
    citizen.objects(&matter);
    let review = bench.reviewer().tries(&matter, "order-review", &FINDINGS);
    assert!(condition(review).contains("恢复援助"));
    bench.reviewer().does(&matter, "order-resume", &FINDINGS);
    assert_eq!(bench.stage(&matter), "assign");
    assert_eq!(bench.due(&matter, "assign"), Some(day("2026-03-05")), "three days to find a lawyer anew");
    let seated = bench.clerk().assigns(&matter);
    assert_ne!(seated.entry, "l3-qin", "whoever held the slot is not taken again");
}

#[test]
fn whoever_decided_does_not_decide_the_objection() {
    let bench = Bench::new();
    let matter = refused(&bench, &bench.citizen(1));
    bench.citizen(1).objects(&matter);
    let acting = post("bureau-reviewer", "bureau-east");
    let stands = |person: &str, posts: Vec<_>| Actor {
        bench: &bench,
        standing: Standing::Post { person: person.into(), acting: acting.clone(), posts },
    };
    // The policy: nobody with a post in the centre, whatever else they are.
    let both = stands("zhao-zhu", vec![acting.clone(), post("aid-director", "aid-east")]);
    let result = both.tries(&matter, "uphold", &FINDINGS);
    assert!(matches!(result, Err(PerformError::Forbidden { .. })), "{result:?}");
    // The kernel: somebody who has moved to the bureau since still did the refusing.
    let moved = stands("zhao-zhu", vec![acting.clone()]);
    assert!(is_not_apart(&moved.tries(&matter, "uphold", &FINDINGS), "refuse"));
    let moved = stands("wang-jing", vec![acting.clone()]);
    assert!(is_not_apart(&moved.tries(&matter, "uphold", &FINDINGS), "propose-refuse"));
    // The director in their own seat, and the bureau of another district.
    let result = bench.director().tries(&matter, "uphold", &FINDINGS);
    assert!(matches!(result, Err(PerformError::Refused(Refusal::NotYourSeat { .. }))), "{result:?}");
    let result = bench.officer("wu-ju").tries(&matter, "uphold", &FINDINGS);
    assert!(matches!(result, Err(PerformError::Forbidden { .. })), "{result:?}");
    assert_eq!(bench.stage(&matter), "objection");
}

#[test]
fn the_director_decides_only_what_was_proposed() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    bench.clerk().proposes_refusal(&matter);
    let grant = bench.director().tries(&matter, "grant", &[("approval-opinion", "给。")]);
    assert!(condition(grant).contains("拟不予"));
    bench.director().does(&matter, "return-review", &[("return-reason", "再看。")]);
    bench.clerk().proposes_grant(&matter);
    let refuse = [("approval-opinion", "不给。"), ("refusal-reasons", "不给。")];
    let refused = bench.director().tries(&matter, "refuse", &refuse);
    assert!(refused.is_err(), "the last proposal was to grant: {:?}", bench.stage(&matter));
}

#[test]
fn aid_is_not_proposed_above_the_income_line_without_a_reason() {
    let bench = Bench::new();
    let form = [("applicant-groups", "none"), ("review-opinion", "同意。")];
    let matter = bench.citizen(1).applies(&[("income", "2100.01")]);
    assert!(condition(bench.clerk().tries(&matter, "propose-grant", &form)).contains("经济困难标准"));
    for changes in [[("income", "2100.00"), ("work-form", "ordinary")], [("income", "8000"), ("work-form", "platform")]]
    {
        let matter = bench.citizen(2).applies(&changes);
        bench.clerk().does(&matter, "propose-grant", &form);
    }
    let none = [("cause", "violence"), ("family-size", ""), ("income", ""), ("hardship-promise", "")];
    let matter = granted(&bench, &bench.citizen(3), &none);
    assert!(!bench.matter(&matter).facts.contains_key(&"income".into()), "income is not asked");
}
