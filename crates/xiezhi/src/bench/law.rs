//! The law: how long its check takes, one decision, one due date, and a year of a city folded again from its acts.
//!
//! Beside each stands the naive bound of the same run: the text read and nothing checked, the act copied, a day added,
//! the acts read and not folded.

use super::City;
use super::process;
use super::table::{Line, Table};
use crate::answer::{Complaint, OrSay};
use crate::demo::{self, Applicant, Cast, Opening, PROCEDURE, Walk};
use crate::law::LawText;
use crate::{boot, edge};
use acts::{Bureau, load};
use kernel::clock::{Roll, Term, Unit, due};
use kernel::decide::{Request, decide};
use kernel::matter::Matter;
use kernel::names::{Name, PersonId};
use kernel::value::{Facts, Value};
use kernel::world::{Actor, Moment, World};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

/// Decisions and due dates in one measurement.
const ROUNDS: u32 = 20_000;
/// Acts read at a time.
const PAGE: u32 = 10_000;

/// All of it.
///
/// # Errors
/// When the law or the database cannot be read.
pub fn all(city: &City, say: &dyn Fn(&str)) -> Result<Table, Complaint> {
    let mut table = Table::default();
    say("正在测量：法律");
    let text = LawText::find(None)?;
    checked(&text, &mut table)?;
    let bureau = boot::bureau(&city.folder, &text, Some(demo::PLACE))?;
    decided(&bureau, &mut table)?;
    reckoned(&bureau, &mut table)?;
    say("正在测量：重放");
    replayed(&bureau, city, &mut table)?;
    Ok(table)
}

fn line(key: &'static str, what: String, value: f64, unit: &'static str, at_most: f64, beside: (String, f64)) -> Line {
    Line { key, what, value, unit, at_most: Some(at_most), at_least: None, beside: Some(beside) }
}

/// `xiezhi check`, cold, as a process of its own.
fn checked(text: &LawText, table: &mut Table) -> Result<(), Complaint> {
    let started = Instant::now();
    let (book, _) = text.read();
    let read_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let (_, summary) = statute::check(&book, &statute::Texts::new([]), edge::today());
    let states_per_s = summary.states as f64 / started.elapsed().as_secs_f64();
    let ran = process::run(&["check", "--json"])?;
    let matters = book.procedures.len();
    let beside = ("同样的文件，只读不查（不计启动）".to_owned(), read_s);
    let what =
        format!("检查全部法律文件（{matters}份，冷启动）：走过{}个状态，每秒{states_per_s:.0}个", summary.states);
    table.lines.push(line("check", what, ran.seconds, "s", 2.0, beside));
    if let Some(mb) = ran.peak_mb {
        let files: usize = text.sources().iter().map(|source| source.text.len()).sum();
        let own = files as f64 / 1_048_576.0;
        let beside = ("法律文件本身".to_owned(), own);
        table.lines.push(line("check-memory", "检查时内存的最高值".into(), mb, "MB", 64.0, beside));
    }
    Ok(())
}

/// Microseconds of one round.
fn micros(mut round: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        round();
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}

/// A fresh application, as it stands before it is examined. It is opened in a store of its own.
fn application(bureau: &Bureau, now: Moment) -> Result<Matter, Complaint> {
    let folder = std::env::temp_dir().join(format!("xiezhi-bench-act-{}", std::process::id()));
    let own = boot::bureau(&folder, &LawText::find(None)?, Some(demo::PLACE))?;
    let cast = Cast::of_a_large_city(12, 6);
    cast.register(&own, now)?;
    let applicant = Applicant::new(1);
    let answers =
        vec![("venue", "990101001000".to_owned()), ("case-kind", "civil".to_owned()), ("cause", "wage".to_owned())];
    let opening =
        Opening { procedure: PROCEDURE, act: "apply", channel: "online", desk: None, applicant: &applicant, answers };
    let opened = Walk::new(&own, &cast).open(now, &opening)?;
    let matter = load::load(&own, &opened.matter).or_say("办件读不了")?.matter;
    drop(own);
    std::fs::remove_dir_all(&folder).or_say("临时目录删不掉")?;
    debug_assert!(bureau.law.edition(matter.edition).is_some());
    Ok(matter)
}

fn decided(bureau: &Bureau, table: &mut Table) -> Result<(), Complaint> {
    let now = edge::now();
    let matter = application(bureau, now)?;
    let procedure = bureau.law.edition(matter.edition).ok_or_else(|| Complaint::fact("没有这一版法律文件"))?;
    let act = Name::from("propose-grant");
    let actor =
        Actor { person: PersonId::new("c1"), seat: Name::from("aid-clerk"), office: Some(matter.owner.clone()) };
    let facts: Facts = [
        (Name::from("applicant-groups"), Value::Choices(vec!["migrant".to_owned()])),
        (Name::from("review-opinion"), Value::Text("拟给予。".to_owned())),
    ]
    .into();
    let (parties, candidates) = (BTreeMap::new(), BTreeMap::new());
    let world = World { calendar: &bureau.law.calendar, place: &bureau.law.place, candidates: &candidates };
    let request = Request {
        act: &act,
        actor: &actor,
        facts: &facts,
        parties: &parties,
        channel: None,
        moment: now,
        program: "bench",
    };
    let first = decide(procedure, Some(&matter), &request, &world);
    let outcome = first.map_err(|why| Complaint::fact(format!("不能决定：{why}")))?;
    let ours = micros(|| {
        black_box(decide(procedure, Some(black_box(&matter)), &request, &world)).ok();
    });
    let copied = micros(|| {
        black_box(black_box(&outcome).clone());
    });
    let beside = ("只把结果抄一遍".to_owned(), copied);
    table.lines.push(line("decide", "内核决定一个行为（拟给予援助）".into(), ours, "微秒", 20.0, beside));
    Ok(())
}

fn reckoned(bureau: &Bureau, table: &mut Table) -> Result<(), Complaint> {
    let calendar = &bureau.law.calendar;
    let from = jiff::civil::date(2026, 2, 13);
    let term = Term { amount: 7, unit: Unit::NaturalDay };
    due(from, term, Roll::Forward, false, &[], calendar).map_err(|why| Complaint::fact(why.zh()))?;
    let ours = micros(|| {
        black_box(due(black_box(from), term, Roll::Forward, false, &[], calendar)).ok();
    });
    let bare = micros(|| {
        black_box(black_box(from).checked_add(jiff::Span::new().days(7))).ok();
    });
    let beside = ("只加七天，不看日历，不说理由".to_owned(), bare);
    let what = "一个到期日，带推算过程（七日，遇春节顺延）";
    table.lines.push(line("due", what.into(), ours, "微秒", 1.0, beside));
    Ok(())
}

/// Every matter of the city, from the stored bytes of its acts to where it stands.
fn replayed(bureau: &Bureau, city: &City, table: &mut Table) -> Result<(), Complaint> {
    let started = Instant::now();
    let (mut after, mut read) = (0, 0_u64);
    loop {
        let page = bureau.store.acts_after(after, PAGE).or_say("数据库读不了")?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        read += u64::try_from(page.len()).unwrap_or(0);
    }
    let bare_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let mut matters: BTreeMap<String, Vec<(kernel::matter::Act, Facts)>> = BTreeMap::new();
    let (mut after, mut folded) = (0, 0_u64);
    loop {
        let page = bureau.store.acts_after(after, PAGE).or_say("数据库读不了")?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in &page {
            // Registers have chains of their own beside the matters.
            let Ok(act) = load::body_of(stored) else { continue };
            matters.entry(stored.matter.0.clone()).or_default().push((act, Facts::new()));
        }
    }
    for (id, acts) in matters {
        folded += u64::try_from(acts.len()).unwrap_or(0);
        black_box(Matter::fold(&id.as_str().into(), acts).or_say("总账折叠不了")?);
    }
    let ours_s = started.elapsed().as_secs_f64();
    let what = format!(
        "一年的城市由总账重放（加密内容不解开）：{}件、{folded}个行为，每秒{:.0}个",
        city.matters,
        folded as f64 / ours_s.max(1e-9)
    );
    let beside = (format!("同样的{read}个行为，只读不折叠"), bare_s);
    table.lines.push(line("replay", what, ours_s, "s", 10.0, beside));
    Ok(())
}
