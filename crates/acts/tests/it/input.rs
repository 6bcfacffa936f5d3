//! Bad input: each has its own answer, and nothing is written.

use crate::bench::{Bench, Form, law, moment};
use crate::cast::identity;
use acts::{Command, PerformError, perform};
use kernel::deadline::When;
use kernel::decide::Refusal;
use kernel::guard::GuardError;
use kernel::intake::{Fault, Problem};
use kernel::names::MatterId;
use std::collections::BTreeSet;

/// What is wrong with an application that was changed like this, in Chinese.
fn faults(changes: Form<'_>) -> Vec<(String, String)> {
    let bench = Bench::new();
    let found = match bench.citizen(1).tries_applying(changes) {
        Err(PerformError::Invalid(problems)) => problems,
        other => panic!("{changes:?} gave {other:?}"),
    };
    assert!(bench.bureau.store.matters_after(None, 10).unwrap().iter().all(|id| id.as_str().contains('/')));
    let title = |problem: &Problem| bench.procedure().field(&problem.field).unwrap().title.clone();
    found.iter().map(|problem| (problem.field.to_string(), problem.fault.zh(&title(problem)))).collect()
}

fn check(changes: Form<'_>, field: &str, words: &str) {
    let found = faults(changes);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, field);
    assert!(found[0].1.contains(words), "{}", found[0].1);
}

#[test]
fn each_wrong_field_is_named_with_what_to_do() {
    let right = identity(1);
    let (body, last) = right.split_at(17);
    let wrong = format!("{body}{}", if last == "1" { "2" } else { "1" });
    check(&[("applicant.id-number", &wrong)], "applicant.id-number", "校验位");
    check(&[("applicant.id-number", "110101900307001")], "applicant.id-number", "15位");
    check(&[("applicant.id-number", "110101202903070012")], "applicant.id-number", "");
    check(&[("applicant.phone", "1380000")], "applicant.phone", "手机");
    check(&[("venue", "440100000000")], "venue", "请选择本市");
    check(&[("cause", "divorce")], "cause", "选项");
    check(&[("income", "abc")], "income", "");
    check(&[("family-size", "0")], "family-size", "1到30");
    check(&[("limitation-on", "2026-02-30")], "limitation-on", "2026-02-13");
    check(&[("facts-and-reasons", "")], "facts-and-reasons", "请填写");
    check(&[("facts-and-reasons", &"长".repeat(2001))], "facts-and-reasons", "2000");
    check(&[("wishes", "l1-shen"), ("wishes", "l1-shen")], "wishes", "重复");
    check(&[("wishes", "nobody")], "wishes", "选项");
    check(&[("id-copy", "")], "id-copy", "请填写");
}

#[test]
fn a_birth_in_the_future_is_told() {
    let bench = Bench::new();
    // A right check digit, so that only the date of birth is wrong.
    let future = (0..10).map(|last| format!("11010120290307001{last}")).chain(["11010120290307001X".to_owned()]);
    let said: Vec<String> = future
        .filter_map(|number| match bench.citizen(1).tries_applying(&[("applicant.id-number", &number)]) {
            Err(PerformError::Invalid(problems)) => Some(problems[0].fault.zh("身份号码")),
            _ => None,
        })
        .collect();
    assert_eq!(said.len(), 11);
    assert!(
        said.iter().any(|text| text.contains("晚于") || text.contains("将来") || text.contains("未来")),
        "{said:?}"
    );
}

#[test]
fn a_promise_and_a_proof_exclude_each_other_and_one_is_needed() {
    check(&[("hardship-promise", "yes"), ("hardship-proof", "@低保证.jpg")], "hardship-proof", "去掉一样");
    check(&[("hardship-promise", "")], "hardship-proof", "勾选");
    let bench = Bench::new();
    bench.citizen(1).applies(&[("hardship-promise", ""), ("hardship-proof", "@收入证明.jpg")]);
    let exempt = [("exempt-group", "relief"), ("exempt-proof", "@低保证.jpg"), ("hardship-proof", "@多余.jpg")];
    let matter = bench.citizen(2).applies(&exempt);
    let facts = bench.matter(&matter).facts;
    for field in ["income", "family-size", "hardship-proof", "hardship-promise"] {
        assert!(!facts.contains_key(&field.into()), "{field} is not asked and does not enter the ledger");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let found = faults(&[("applicant.name", ""), ("applicant.phone", "x"), ("venue", ""), ("income", "-1")]);
    let fields: BTreeSet<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["applicant.name", "applicant.phone", "venue", "income"]));
}

#[test]
fn an_application_that_is_not_confirmed_is_refused_with_the_article() {
    let bench = Bench::new();
    match bench.citizen(1).tries_applying(&[("truthful", "")]) {
        Err(PerformError::Refused(Refusal::Condition { otherwise, cite })) => {
            assert!(otherwise.contains("真实"));
            assert_eq!(cite.unwrap().article, 41);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stale_tab_is_told_and_writes_nothing() {
    let bench = Bench::new();
    let matter = bench.citizen(1).applies(&[]);
    bench.clerk().does(&matter, "serve", &SERVED);
    let form = [("supplement-list", "工资条。")];
    let stale = Command {
        matter: Some(matter.clone()),
        act: "ask-supplement".into(),
        raw: bench.raw(&form),
        seen: Some(1),
        ..Command::default()
    };
    let result = bench.clerk().sends(&stale);
    assert!(matches!(result, Err(PerformError::Stale { seen: 1, actual: 2 })), "{result:?}");
    assert_eq!(bench.stage(&matter), "review");
    bench.clerk().sends(&Command { seen: Some(2), ..stale }).unwrap();
}

const SERVED: [(&str, &str); 4] = [
    ("served-paper", "申请材料接收凭证"),
    ("served-to", "申模1"),
    ("served-how", "direct"),
    ("served-on", "2026-03-02"),
];

#[test]
fn sending_twice_is_doing_once() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let party = citizen.party(None);
    let command = Command { key: Some("form-1".to_owned()), ..party.opening("apply", "online", &citizen.form(&[])) };
    let first = party.sends(&command).unwrap();
    let second = party.sends(&command).unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!((first.matter, first.hash, first.numbers), (second.matter, second.hash, second.numbers));
    assert_eq!(matters(&bench).len(), 1);
}

#[test]
fn sixteen_at_once_make_one_matter() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let party = citizen.party(None);
    let command = Command { key: Some("form-1".to_owned()), ..party.opening("apply", "online", &citizen.form(&[])) };
    let (bureau, now, standing) = (bench.bureau.clone(), bench.now(), party.standing.clone());
    let done: Vec<_> = std::thread::scope(|scope| {
        let send = || perform(&bureau, now, &standing, &command).unwrap();
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(done.iter().filter(|done| !done.replayed).count(), 1);
    assert!(done.iter().all(|other| other.matter == done[0].matter && other.numbers == done[0].numbers));
    assert_eq!(matters(&bench).len(), 1);
}

#[test]
fn one_person_at_sixteen_windows_gets_sixteen_matters_and_gapless_numbers() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let party = citizen.party(None);
    let commands: Vec<_> = (0..16).map(|_| party.opening("apply", "online", &citizen.form(&[]))).collect();
    let (bureau, now, standing) = (bench.bureau.clone(), bench.now(), party.standing.clone());
    let numbers: BTreeSet<String> = std::thread::scope(|scope| {
        let (bureau, standing) = (&bureau, &standing);
        let send =
            |command| scope.spawn(move || perform(bureau, now, standing, command).unwrap().numbers["matter"].clone());
        let threads: Vec<_> = commands.iter().map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(numbers, (1..=16).map(|seq| format!("〔2026〕东援申字第{seq}号")).collect());
    assert!(acts::audit::audit(&bench.bureau).unwrap().holds());
}

fn matters(bench: &Bench) -> Vec<store::MatterId> {
    let mut all = bench.bureau.store.matters_after(None, 1000).unwrap();
    all.retain(|id| !id.as_str().contains('/'));
    all
}

#[test]
fn a_year_without_a_calendar_is_named_and_not_guessed() {
    let bench = Bench::new();
    bench.on("2026-12-28");
    let citizen = bench.citizen(1);
    let matter = citizen.applies(&[]);
    match bench.limit(&matter, "review").unwrap().when {
        When::Unknown(why) => assert!(why.contains("2027年"), "{why}"),
        other => panic!("{other:?}"),
    }
    let view = bench.bureau.store.matter(&store::MatterId(matter.to_string())).unwrap().unwrap();
    assert_eq!(view.due_state, store::DueState::Unknown);
    let seen = citizen.party(Some(&matter)).sees(&matter).unwrap();
    let clock = seen.clocks.iter().find(|clock| clock.limit.as_str() == "review").unwrap();
    assert!(clock.due_on.is_none() && clock.light_text.contains("2027年"), "{clock:?}");
}

#[test]
fn a_rate_that_is_not_in_force_is_named_with_its_day() {
    let line = "legal-aid.income-line".into();
    let day = crate::bench::day("2021-12-31");
    match law().place.rate(&line, None, day) {
        Err(GuardError::NoRate { rate, on, .. }) => assert_eq!((rate.as_str(), on), ("legal-aid.income-line", day)),
        other => panic!("{other:?}"),
    }
    let mut law = law();
    for rate in law.place.rates.iter_mut().filter(|rate| rate.name == line) {
        rate.values.retain(|value| value.until.is_some());
    }
    let bench = Bench::under(law);
    let matter = bench.citizen(1).applies(&[]);
    let form = [("applicant-groups", "none"), ("review-opinion", "同意。")];
    match bench.clerk().tries(&matter, "propose-grant", &form) {
        Err(PerformError::Refused(Refusal::Unreadable(GuardError::NoRate { rate, on, .. }))) => {
            assert_eq!((rate.as_str(), on.to_string().as_str()), ("legal-aid.income-line", "2026-03-02"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn before_the_law_was_in_force_there_is_no_procedure() {
    let bench = Bench::new();
    bench.on("2021-12-31");
    let result = bench.citizen(1).tries_applying(&[]);
    assert!(matches!(result, Err(PerformError::NoProcedure(_))), "{result:?}");
}

#[test]
fn what_does_not_exist_is_said_to_be_missing() {
    let bench = Bench::new();
    let nothing = bench.clerk().tries(&MatterId::new("none"), "propose-grant", &[]);
    assert!(matches!(nothing, Err(PerformError::Load(acts::load::LoadError::NoMatter(_)))), "{nothing:?}");
    let matter = bench.citizen(1).applies(&[]);
    let nothing = bench.clerk().tries(&matter, "fly", &[]);
    assert!(matches!(nothing, Err(PerformError::Refused(Refusal::UnknownAct(_)))), "{nothing:?}");
    let opening = bench.citizen(1).party(Some(&matter)).tries(&matter, "apply", &bench.citizen(1).form(&[]));
    assert!(matches!(opening, Err(PerformError::Refused(Refusal::NotInStage { .. }))), "{opening:?}");
    let unopened = bench.clerk().tries_opening("grant", "online", &[("approval-opinion", "同意。")]);
    assert!(unopened.is_err(), "{unopened:?}");
}

#[test]
fn the_screening_answers_the_new_forms_of_work() {
    // 新就业形态: pay and injury are within the scope, a divorce is not decided by the form of work.
    let first_row = |cause: &str, work: &str, income: &str| {
        let bench = Bench::new();
        let procedure = bench.procedure();
        let answers = [
            ("case-kind", "civil"),
            ("cause", cause),
            ("work-form", work),
            ("exempt-group", "none"),
            ("income", income),
        ];
        let raw = bench.raw(&answers);
        let registers = std::collections::BTreeMap::new();
        let place = &bench.bureau.law.place;
        let desk = kernel::intake::Desk {
            procedure: &procedure,
            place,
            registers: &registers,
            now: moment("2026-03-02T09:00"),
        };
        let reading = kernel::intake::read(&procedure.screening.questions, &kernel::value::Facts::new(), &raw, &desk);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        let scope = Answers { facts: &reading.facts, place };
        let row = procedure.screening.rows.iter().find(|row| kernel::guard::holds(&row.when, &scope).unwrap());
        row.unwrap().title.clone()
    };
    for (cause, work, income, expected) in [
        ("wage", "platform", "8000", "新业态劳动者索要报酬或者工伤赔偿"),
        ("injury", "platform", "8000", "新业态劳动者索要报酬或者工伤赔偿"),
        ("other", "platform", "8000", "范围说不清"),
        ("wage", "ordinary", "2100", "收入在标准以内"),
        ("wage", "ordinary", "2100.01", "收入超过标准"),
        ("violence", "ordinary", "99999", "不看经济条件的事项"),
        ("defence", "none", "99999", "刑事辩护"),
    ] {
        assert_eq!(first_row(cause, work, income), expected, "{cause} {work} {income}");
    }
}

struct Answers<'a> {
    facts: &'a kernel::value::Facts,
    place: &'a kernel::world::Place,
}

impl kernel::guard::Scope for Answers<'_> {
    fn today(&self) -> jiff::civil::Date {
        crate::bench::day("2026-03-02")
    }

    fn fact(&self, field: &kernel::names::Name) -> Option<kernel::guard::Operand> {
        self.facts.get(field).and_then(kernel::guard::Operand::of)
    }

    fn rate(&self, rate: &kernel::names::Name, key: Option<&str>) -> Result<i64, GuardError> {
        self.place.rate(rate, key, crate::bench::day("2026-03-02")).map(|found| found.value)
    }
}

#[test]
fn files_of_other_kinds_and_sizes_are_named() {
    let bench = Bench::new();
    let citizen = bench.citizen(1);
    let party = citizen.party(None);
    let mut command = party.opening("apply", "online", &citizen.form(&[]));
    let file = &mut command.raw.files.get_mut("id-copy").unwrap()[0];
    file.media = "application/x-msdownload".to_owned();
    let fault = |command: &Command| match party.sends(command) {
        Err(PerformError::Invalid(problems)) => problems[0].fault.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(fault(&command), Fault::FileKind { .. }));
    let file = &mut command.raw.files.get_mut("id-copy").unwrap()[0];
    file.media = "image/jpeg".to_owned();
    file.size_bytes = 200 << 20;
    assert!(matches!(fault(&command), Fault::FileTooLarge { .. }));
}
