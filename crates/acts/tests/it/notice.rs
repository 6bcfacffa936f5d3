//! Matters opened by others: notices of courts (第三十六条), forwarding (第三十九条), windows of the whole city.

use crate::bench::{Bench, Form, day};
use crate::cast::identity;
use acts::PerformError;
use kernel::clock::Light;
use kernel::deadline::Progress;
use kernel::decide::Refusal;
use kernel::names::MatterId;

fn notified(bench: &Bench, ground: &str) -> MatterId {
    let id = identity(77);
    let form: Form<'_> = &[
        ("organ-name", "东湖区人民法院（模拟）"),
        ("venue", "990101"),
        ("case-kind", "criminal"),
        ("organ-case", "（2026）模01刑初1号"),
        ("criminal-stage", "trial"),
        ("organ-contact", "书记员 0990-8100500"),
        ("applicant.name", "被模"),
        ("applicant.id-number", &id),
        ("notice-ground", ground),
        ("charge", "故意伤害"),
        ("case-papers", "@通知辩护公函.jpg"),
    ];
    bench.officer("court").tries_opening("notify", "organ", form).unwrap()
}

#[test]
fn a_notice_gives_three_days_and_the_gravest_cases_an_experienced_lawyer() {
    let bench = Bench::new();
    bench.on("2026-04-01");
    let matter = notified(&bench, "ordinary");
    assert_eq!(bench.due(&matter, "assign-notified"), Some(day("2026-04-07")), "the fourth to sixth are Qingming");
    assert_eq!(bench.due(&matter, "assign"), None);
    let mut taken: Vec<String> = vec![bench.clerk().assigns(&matter).entry];
    for _ in 0..3 {
        taken.push(bench.clerk().assigns(&notified(&bench, "ordinary")).entry);
    }
    assert_eq!(taken, ["l1-shen", "l2-gu", "l3-qin", "l4-yang"], "all may take an ordinary case");
    // Two years of practice do not do for a case that may end in death; the rota goes past them.
    for _ in 0..2 {
        for _ in ["l1-shen", "l2-gu", "l3-qin"] {
            let gravest = notified(&bench, "gravest");
            let seated = bench.clerk().assigns(&gravest);
            assert_ne!(seated.entry, "l4-yang");
            let young = seated.skipped.iter().find(|(entry, _)| entry == "l4-yang");
            assert!(young.is_none_or(|(_, why)| why == "执业满1年，不足3年"), "{young:?}");
        }
    }
    let seated = bench.clerk().assigns(&notified(&bench, "gravest"));
    assert!(seated.skipped.iter().any(|(entry, _)| entry == "l4-yang"), "{seated:?}");
    let organ = bench.officer("court");
    let seen = organ.sees(&matter).unwrap();
    assert!(seen.papers.iter().any(|paper| paper.paper.as_str() == "letter"), "the court may open the letter");
}

#[test]
fn forwarding_is_counted_in_hours_and_taken_even_when_late() {
    let bench = Bench::new();
    bench.at("2026-03-02T09:00");
    let id = identity(78);
    let forward = |asked_at: &str| {
        let form: Form<'_> = &[
            ("asked-at", asked_at),
            ("forwarded-from", "示范市看守所（模拟）"),
            ("venue", "990101"),
            ("case-kind", "criminal"),
            ("cause", "defence"),
            ("facts-and-reasons", "在押人员口头申请。"),
            ("applicant.name", "转模"),
            ("applicant.id-number", &id),
            ("exempt-group", "none"),
        ];
        bench.officer("prison").tries_opening("forward", "organ", form)
    };
    for (asked_at, late) in [("2026-03-01T09:00", false), ("2026-03-01T08:59", true), ("2026-02-27T09:00", true)] {
        let matter = forward(asked_at).unwrap();
        let limit = bench.limit(&matter, "forwarding").unwrap();
        assert_eq!(limit.progress, Progress::Ended { on: day("2026-03-02"), late: Some(late) }, "{asked_at}");
        let seen = bench.clerk().sees(&matter).unwrap();
        let clock = seen.clocks.iter().find(|clock| clock.limit.as_str() == "forwarding").unwrap();
        assert_eq!(clock.light == Light::Red, late);
        assert_eq!(bench.due(&matter, "review"), Some(day("2026-03-09")), "the seven days run from its arrival");
    }
    assert!(matches!(forward("2026-03-02T09:01"), Err(PerformError::Invalid(_))), "asked in the future");
}

#[test]
fn a_window_of_one_district_files_for_the_centre_of_another() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let window = bench.officer("shi-suo");
    let matter = window.tries_opening("apply", "judicial-office", &citizen.form(&[])).unwrap();
    let folded = bench.matter(&matter);
    assert_eq!((folded.owner.as_str(), folded.channel.as_str()), ("aid-east", "judicial-office"));
    assert_eq!(folded.number.as_deref(), Some("〔2026〕东援申字第1号"));
    let online = bench.citizen(2).applies(&[]);
    assert_eq!(bench.matter(&online).number.as_deref(), Some("〔2026〕东援申字第2号"), "one series for all channels");
    assert!(window.sees(&matter).is_ok(), "the window follows what it took in");
    assert!(window.sees(&online).is_err(), "and nothing else of that centre");
    assert!(bench.officer("lin-jing").sees(&matter).is_err());
    let foreign = bench.officer("lin-jing").tries(&matter, "ask-supplement", &[("supplement-list", "某材料。")]);
    assert!(matches!(foreign, Err(PerformError::Forbidden { .. })));
}

#[test]
fn a_matter_of_another_centre_is_rerouted_under_its_number() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    let number = bench.matter(&matter).number;
    let form = [("venue", "990102002000"), ("reroute-reason", "工作地在西山区。")];
    bench.clerk().does(&matter, "reroute", &form);
    let folded = bench.matter(&matter);
    assert_eq!((folded.owner.as_str(), folded.stage.as_str()), ("aid-west", "review"));
    assert_eq!(folded.number, number);
    assert_eq!(bench.due(&matter, "review"), Some(day("2026-03-09")), "the limit runs on");
    assert!(
        bench
            .clerk()
            .tries(&matter, "propose-refuse", &[("refusal-ground", "other"), ("review-opinion", "无。")])
            .is_err()
    );
    let west = bench.officer("lin-jing");
    west.does(&matter, "propose-grant", &[("applicant-groups", "none"), ("review-opinion", "符合。")]);
    let east = bench.director().tries(&matter, "grant", &[("approval-opinion", "同意。")]);
    assert!(matches!(east, Err(PerformError::Forbidden { .. } | PerformError::Refused(Refusal::NotYourMatter { .. }))));
    bench.officer("he-zhu").does(&matter, "grant", &[("approval-opinion", "同意。")]);
    let decision = crate::story::number_of(&bench, &matter, "grant-decision");
    assert_eq!(decision, "〔2026〕西援决字第1号");
}
