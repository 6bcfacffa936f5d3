//! The ways a matter may go beside the straight one.

use crate::bench::{Bench, day};
use crate::cast::{closed, granted, handled};
use crate::story::condition;
use acts::PerformError;
use kernel::decide::Refusal;

#[test]
fn the_clock_deems_an_application_withdrawn_the_day_after() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[]);
    let other = bench.citizen(2).applies(&[]);
    bench.on("2026-03-04");
    bench.clerk().asks_supplement(&matter);
    assert_eq!(bench.due(&matter, "supplement"), Some(day("2026-03-19")));
    bench.at("2026-03-19T23:59");
    assert!(bench.tick().performed.is_empty(), "the last day is the citizen's");
    bench.at("2026-03-20T00:01");
    let tick = bench.tick();
    assert!(tick.failed.is_empty(), "{tick:?}");
    assert_eq!(tick.performed, [(matter.clone(), "deem-withdrawn".into())]);
    assert!(bench.tick().performed.is_empty(), "once");
    let folded = bench.matter(&matter);
    assert_eq!(folded.stage.as_str(), "withdrawn");
    assert_eq!(folded.history.last().unwrap().act.actor.person.as_str(), "clock");
    assert!(folded.papers.iter().any(|issued| issued.paper.as_str() == "withdrawal-notice" && issued.number.is_some()));
    assert_eq!(bench.stage(&other), "review", "an overdue review is an alarm and nothing else");
    let expiring = bench.bureau.store.expiring("2026-03-20").unwrap();
    assert!(expiring.iter().all(|id| id.as_str() != other.as_str()), "what waits for a person is not even loaded");
    let late = citizen.party(Some(&matter)).tries(&matter, "supplement", &[("supplement-note", "补。")]);
    assert!(matches!(late, Err(PerformError::Refused(Refusal::NotInStage { .. }))));
}

#[test]
fn aid_comes_first_and_the_papers_after() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[("limitation-on", "2026-03-06")]);
    bench.clerk().asks_supplement(&matter);
    let form = [("urgent-ground", "limitation"), ("approval-opinion", "先行援助。")];
    bench.director().does(&matter, "aid-first", &form);
    assert_eq!(bench.stage(&matter), "assign");
    assert_eq!(bench.due(&matter, "assign"), Some(day("2026-03-05")));
    let tasks = bench.bureau.store.tasks_of(&store::MatterId(matter.to_string())).unwrap();
    assert!(tasks.iter().any(|task| task.key == "mark/papers-due" && task.seat == "aid-clerk"), "{tasks:?}");
    bench.on("2026-04-01");
    assert!(bench.tick().performed.is_empty(), "the supplement limit ended with the stage");
    bench.clerk().does(&matter, "papers-made-good", &[("papers-note", "手续已补。")]);
    let tasks = bench.bureau.store.tasks_of(&store::MatterId(matter.to_string())).unwrap();
    assert!(tasks.iter().all(|task| task.key != "mark/papers-due"));
}

#[test]
fn a_lawyer_is_replaced_or_kept_when_asked() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = handled(&bench, &citizen, "l3-qin");
    let unasked = bench.clerk().tries(&matter, "keep-lawyer", &[("keep-why", "没有理由。")]);
    assert!(condition(unasked).contains("没有等待答复"));
    let asks =
        || citizen.party(Some(&matter)).tries(&matter, "ask-replacement", &[("replacement-reason", "联系不上。")]);
    asks().unwrap();
    assert!(condition(asks()).contains("已经提出过"));
    bench.clerk().does(&matter, "keep-lawyer", &[("keep-why", "已经联系，正常办理。")]);
    let seen = citizen.party(Some(&matter)).sees(&matter).unwrap();
    assert!(seen.papers.iter().any(|paper| paper.paper.as_str() == "keep-notice"));
    asks().unwrap();
    bench.clerk().does(&matter, "replace-lawyer", &[("replace-why", "确有不当。")]);
    let folded = bench.matter(&matter);
    assert_eq!(folded.stage.as_str(), "acceptance");
    assert!(folded.raised.is_empty());
    let seated = bench.seated_in(&matter, "lawyer");
    assert_eq!(seated.entry, "l2-gu", "l1 acted for the other side, l3 is the one replaced");
    let old = bench.lawyer("l3-qin").tries(&matter, "log-meeting", &[]);
    assert!(matches!(old, Err(PerformError::Forbidden { .. })), "{old:?}");
    bench.lawyer("l2-gu").accepts(&matter);
}

#[test]
fn a_case_file_is_not_closed_over_something_unanswered() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[("wishes", "l3-qin")]);
    bench.director().does(&matter, "aid-first", &[("urgent-ground", "advance"), ("approval-opinion", "先行援助。")]);
    bench.clerk().assigns(&matter);
    bench.lawyer("l3-qin").accepts(&matter);
    citizen.does(&matter, "ask-replacement", &[("replacement-reason", "联系不上。")]);
    bench.lawyer("l3-qin").logs_meeting(&matter);
    bench.lawyer("l3-qin").tries_closing(&matter).unwrap();
    assert!(condition(bench.clerk().accepts_closing(&matter)).contains("补办手续"));
    bench.clerk().does(&matter, "papers-made-good", &[("papers-note", "手续已补。")]);
    assert!(condition(bench.clerk().accepts_closing(&matter)).contains("更换律师的请求"));
    bench.clerk().does(&matter, "keep-lawyer", &[("keep-why", "案件已经办结。")]);
    bench.clerk().accepts_closing(&matter).unwrap();
}

#[test]
fn a_lawyer_may_decline_for_good_reason_and_another_is_found() {
    let bench = Bench::new();
    let matter = granted(&bench, &bench.citizen(1), &[("wishes", "l3-qin")]);
    bench.clerk().assigns(&matter);
    bench.on("2026-03-05");
    bench.lawyer("l3-qin").does(&matter, "decline", &[("decline-reason", "与申请人是亲属。")]);
    assert_eq!(bench.stage(&matter), "assign");
    assert_eq!(bench.due(&matter, "assign"), Some(day("2026-03-09")), "three days anew, the last on a Sunday");
    let seated = bench.clerk().assigns(&matter);
    assert_eq!(seated.entry, "l2-gu");
    assert_eq!(seated.skipped[0].1, "本案不得由其办理（已办理过或须回避）");
}

#[test]
fn a_citizen_withdraws_and_nobody_else_does_it_for_them() {
    let bench = Bench::new();
    let (citizen, stranger) = (bench.citizen(1), bench.citizen(2));
    let matter = citizen.applies(&[]);
    let strangers = stranger.applies(&[]);
    let other = stranger.party(Some(&strangers)).tries(&matter, "withdraw", &[]);
    assert!(matches!(other, Err(PerformError::Forbidden { .. })), "{other:?}");
    citizen.does(&matter, "withdraw", &[]);
    assert_eq!(bench.stage(&matter), "withdrawn");
    assert!(bench.bureau.store.tasks_of(&store::MatterId(matter.to_string())).unwrap().is_empty());
    citizen.applies(&[]);
}

#[test]
fn a_citizen_rates_once() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let matter = closed(&bench, &citizen, "l3-qin");
    citizen.does(&matter, "rate", &[("stars", "2"), ("rating-words", "回电话太慢")]);
    let again = citizen.party(Some(&matter)).tries(&matter, "rate", &[("stars", "5")]);
    assert!(matches!(again, Err(PerformError::Refused(Refusal::OnlyOnce(_)))), "{again:?}");
}

#[test]
fn a_paper_issued_anew_keeps_its_content_and_takes_the_next_number() {
    let bench = Bench::new();
    let matter = granted(&bench, &bench.citizen(1), &[]);
    let decision = |voided: bool| {
        let folded = bench.matter(&matter);
        let of_it = folded.papers.iter().filter(|issued| issued.paper.as_str() == "grant-decision");
        of_it.clone().find(|issued| issued.voided == voided).cloned()
    };
    let first = decision(false).unwrap();
    bench.on("2026-03-20");
    let number = first.number.clone().unwrap();
    bench.clerk().does(&matter, "reissue-paper", &[("voided-number", &number), ("void-reason", "印章模糊。")]);
    let (void, again) = (decision(true).unwrap(), decision(false).unwrap());
    assert_eq!(void.number, first.number, "the void number stays");
    assert_ne!(again.number, first.number);
    assert_eq!((again.content_of, again.on), (first.version, day("2026-03-20")));
    let print = |version| {
        acts::papers::printable(&bench.bureau, bench.now(), &matter, &"grant-decision".into(), version).unwrap()
    };
    let (old, new) = (print(first.version).data, print(again.version).data);
    assert_eq!(old["act"], new["act"], "the content is that of the decision");
    assert_eq!(new["date"], "2026-03-20");
    assert_ne!(old["number"], new["number"]);
    let form = |number: &str| [("voided-number", number.to_owned()), ("void-reason", "再来。".to_owned())];
    let second = again.number.clone().unwrap();
    let form = form(&second);
    let form: Vec<(&str, &str)> = form.iter().map(|(field, text)| (*field, text.as_str())).collect();
    bench.clerk().does(&matter, "void-number", &form);
    bench.clerk().does(&matter, "reissue-paper", &form);
    assert!(decision(false).is_some(), "a void paper can still be issued anew");
    let once = bench.clerk().tries(&matter, "reissue-paper", &form);
    assert!(matches!(once, Err(PerformError::Refused(Refusal::NoSuchNumber(_)))), "once: {once:?}");
}
