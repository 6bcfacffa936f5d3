//! `xiezhi bench grow`: the store at ten thousand acts and at a thousand times as many. What should be flat is flat, what
//! must grow grows with the acts and no faster.
//!
//! The acts are made without law and without ciphers: here the store is measured, and nothing above it. A matter has ten
//! acts; nine of ten matters are closed.
//!
//! INVARIANT: at every size the ledger verifies and the projections equal a rebuild.

use super::city::to_f64;
use super::latency::measure;
use super::process::memory_mb;
use super::store::{Kind, REALM, entry, task, view};
use super::table::{Line, Table};
use crate::answer::{Complaint, OrSay};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use store::{
    Append, Entry, Holder, MatterId, MatterScope, MatterView, MattersQuery, NumberRef, Projection, Readable, Sort,
    Store, StoredAct, WorkBox, WorklistQuery,
};

/// Acts of a matter.
const ACTS: u32 = 10;
/// Matters of one append while the store is filled.
const TOGETHER: u32 = 50;
/// How often each answer is asked for.
const ASKED: u32 = 200;
/// Acts appended to measure the append.
const APPENDED: u32 = 2_000;
/// Clients that append at once.
const CLIENTS: u32 = 8;
/// From which size on an answer must not take longer.
const FLAT_FROM: u32 = 100_000;
/// How much longer it may take at any larger size.
const FLAT: f64 = 1.3;
/// Up to which size the rebuild is measured too: it is linear, and slow.
const REBUILT: u32 = 1_000_000;

/// What is measured at a size.
struct Answers {
    append_ms: f64,
    worklist_ms: f64,
    status_ms: f64,
    search_ms: f64,
}

/// Fills a file step by step, and a database on a server where one is named, and measures after each step.
///
/// # Errors
/// When an engine cannot be used, or the ledger does not hold.
pub fn all(folder: &Path, server: Option<&str>, most: u32, say: &dyn Fn(&str)) -> Result<Table, Complaint> {
    let mut table = Table::default();
    table.about.push(format!("一直长到{most}个行为；每件{ACTS}个，十件里九件办结"));
    let file = folder.join("grow.db");
    let store = match server {
        Some(url) => Store::connect(url, REALM),
        None => Store::open(&file, REALM),
    };
    let store = store.or_say("测量用的数据库")?;
    if store.log_size().or_say("数据库读不了")? > 0 {
        return Err(Complaint::fact("这个数据库里已经有行为：请给一个空的"));
    }
    let sizes: Vec<u32> = [10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|size| *size <= most).collect();
    let (mut made, mut flat) = (0, None);
    for size in sizes {
        say(&format!("正在填到{size}个行为"));
        let started = Instant::now();
        fill(&store, made, size / ACTS)?;
        let seconds = started.elapsed().as_secs_f64();
        table.lines.push(plain(
            "fill",
            &format!("{size}个行为：填入，每秒"),
            f64::from(size - made * ACTS) / seconds,
            "个",
        ));
        made = size / ACTS;
        say("正在测量");
        let answers = answers(&store, made, size)?;
        lines(&mut table, size, &answers, flat.as_ref());
        whole(&store, folder, size, &mut table)?;
        if size == FLAT_FROM {
            flat = Some(answers);
        }
    }
    Ok(table)
}

fn plain(key: &'static str, what: &str, value: f64, unit: &'static str) -> Line {
    Line { key, what: what.to_owned(), value, unit, at_most: None, at_least: None, beside: None }
}

/// Answers in milliseconds, beside those of the size from which on they must be flat.
fn lines(table: &mut Table, size: u32, now: &Answers, flat: Option<&Answers>) {
    type Part = fn(&Answers) -> f64;
    let parts: [(&'static str, &str, Part); 4] = [
        ("append", "追加一个行为（8个客户），平均", |answers| answers.append_ms),
        ("worklist", "待办一页和四个计数，中位数", |answers| answers.worklist_ms),
        ("status", "一件的状态、待办、文书、全部行为，中位数", |answers| answers.status_ms),
        ("search", "全文查找一页，中位数", |answers| answers.search_ms),
    ];
    for (key, what, part) in parts {
        let before = flat.map(part);
        let line = plain(key, &format!("{size}个行为：{what}"), part(now), "ms");
        table.lines.push(Line {
            at_most: before.map(|before| before * FLAT),
            beside: before.map(|before| (format!("{FLAT_FROM}个行为时"), before)),
            ..line
        });
    }
}

fn id(serial: u32) -> MatterId {
    // Spread over the index, as real identities are.
    MatterId(format!("{:08x}{serial:08x}", serial.wrapping_mul(2_654_435_761)))
}

fn is_closed(serial: u32) -> bool {
    !serial.is_multiple_of(10)
}

/// The matter as it stands after all its acts.
fn last_view(serial: u32) -> MatterView {
    let closed = is_closed(serial);
    MatterView {
        closed,
        outcome: closed.then(|| "withdrawn".to_owned()),
        closed_on: closed.then(|| "2026-03-20".to_owned()),
        due_on: (!closed).then(|| format!("2026-03-{:02}", 1 + serial % 28)),
        due_state: if closed { store::DueState::None } else { store::DueState::Running },
        opened_on: format!("{}-{:02}-{:02}", 2021 + serial % 5, 1 + serial % 12, 1 + serial % 28),
        search: format!("法律 援助 申请 词{} 名{serial}", serial % 1_000),
        number: NumberRef::Known(format!("测{serial:08}号")),
        version: ACTS,
        ..view(&id(serial), serial)
    }
}

fn fill(store: &Store, from: u32, until: u32) -> Result<(), Complaint> {
    for first in (from..until).step_by(TOGETHER as usize) {
        let mut entries = Vec::new();
        for serial in first..until.min(first + TOGETHER) {
            for expected in 0..ACTS {
                entries.push(act(serial, expected));
            }
        }
        store.append(Append { at: i64::from(first), entries, ..Append::default() }).or_say("填不进去")?;
    }
    while store.sequence(10_000).or_say("总账登记不了")? > 0 {}
    Ok(())
}

fn act(serial: u32, expected: u32) -> Entry {
    let (bare, _) = entry(Kind::Act, 0, serial);
    let last = expected + 1 == ACTS;
    let tasks = if last && !is_closed(serial) { vec![task(&id(serial))] } else { Vec::new() };
    let tasks = tasks.into_iter().map(|one| store::Task { matter: id(serial), ..one }).collect();
    Entry { matter: id(serial), expected, view: last.then(|| last_view(serial)), tasks, ..bare }
}

fn answers(store: &Store, matters: u32, size: u32) -> Result<Answers, Complaint> {
    let hands = |clients: u32| (0..clients).collect::<Vec<u32>>();
    let some = |at: u32| at.wrapping_mul(2_654_435_761) % matters;
    let query = WorklistQuery {
        holders: vec![Holder { seat: "aid-clerk".into(), office: Some("aid-east".into()), person: None }],
        work_box: WorkBox::Todo,
        today: "2026-03-15".into(),
        soon_until: "2026-03-18".into(),
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: Sort::DueFirst,
        page: 1,
        per_page: 50,
    };
    let worklist = measure(hands(1), ASKED, |_, _| {
        store.counters(&query.holders, &query.today, &query.soon_until).map_err(std::io::Error::other)?;
        store.worklist(&query).map(|page| page.total).map_err(std::io::Error::other)
    })?;
    let status = measure(hands(1), ASKED, |_, at| {
        let matter = id(some(at));
        let read = || -> Result<usize, store::StorageError> {
            store.matter(&matter)?;
            store.tasks_of(&matter)?;
            store.papers_of(&matter)?;
            Ok(store.acts_of(&matter)?.len())
        };
        read().map(|acts| acts as u64).map_err(std::io::Error::other)
    })?;
    let search = measure(hands(1), ASKED, |_, at| {
        let query = MattersQuery {
            scope: MatterScope::Readable(Readable::of_offices(["aid-east".to_owned()])),
            closed: None,
            procedure: None,
            text: Some(format!("法律 名{}", some(at))),
            opened_from: None,
            opened_until: None,
            sort: Sort::OpenedNewest,
            page: 1,
            per_page: 50,
        };
        store.matters(&query).map(|page| page.total).map_err(std::io::Error::other)
    })?;
    let serial = AtomicU32::new(0);
    let append = measure(hands(CLIENTS), APPENDED, |_, _| {
        let (bare, _) = entry(Kind::Act, i64::from(size), serial.fetch_add(1, Ordering::Relaxed));
        store
            .append(Append { at: 0, entries: vec![bare], ..Append::default() })
            .map(|_| 0)
            .map_err(std::io::Error::other)
    })?;
    Ok(Answers {
        append_ms: 1000.0 / append.rate(),
        worklist_ms: worklist.percentile(50),
        status_ms: status.percentile(50),
        search_ms: search.percentile(50),
    })
}

/// What grows with the acts: bytes, verification, rebuild, backup.
fn whole(store: &Store, folder: &Path, size: u32, table: &mut Table) -> Result<(), Complaint> {
    while store.sequence(10_000).or_say("总账登记不了")? > 0 {}
    store.fold_log().or_say("数据库写不了")?;
    let bytes = store.size().or_say("数据库读不了")?.bytes;
    table.lines.push(plain("bytes", &format!("{size}个行为：每个占"), to_f64(bytes) / f64::from(size), "字节"));
    let started = Instant::now();
    let report = store.verify().or_say("总账读不了")?;
    let seconds = started.elapsed().as_secs_f64();
    if !report.holds() {
        return Err(Complaint::fact(format!("{size}个行为时总账不成立")));
    }
    table.lines.push(plain("verify", &format!("{size}个行为：查验，每秒"), to_f64(report.acts) / seconds, "个"));
    if size <= REBUILT {
        let before = store.projection_digest().or_say("数据库读不了")?;
        let started = Instant::now();
        store.rebuild(fold).or_say("重建没有完成")?;
        let seconds = started.elapsed().as_secs_f64();
        if store.projection_digest().or_say("数据库读不了")? != before {
            return Err(Complaint::fact(format!("{size}个行为时重建出来的不一样")));
        }
        let rate = to_f64(report.acts) / seconds;
        table.lines.push(plain("rebuild", &format!("{size}个行为：重建清单，每秒"), rate, "个"));
    }
    if let Some(path) = store.path() {
        table.lines.push(backup(store, path, folder, size, bytes)?);
    }
    if let Some(mb) = memory_mb("self", "VmRSS:") {
        table.lines.push(plain("memory", &format!("{size}个行为：测量的进程常驻内存"), mb, "MB"));
    }
    Ok(())
}

/// A backup while the store is open, beside a plain copy of the file.
fn backup(store: &Store, path: &Path, folder: &Path, size: u32, bytes: u64) -> Result<Line, Complaint> {
    let copy = folder.join("copy.db");
    let mb = to_f64(bytes) / 1_048_576.0;
    let rate = |work: &mut dyn FnMut() -> Result<(), Complaint>| -> Result<f64, Complaint> {
        let started = Instant::now();
        work()?;
        std::fs::File::open(&copy).and_then(|file| file.sync_all()).or_say("备份")?;
        let seconds = started.elapsed().as_secs_f64();
        std::fs::remove_file(&copy).or_say("备份删不掉")?;
        Ok(mb / seconds)
    };
    let ours = rate(&mut || store.backup_to(&copy).or_say("备份"))?;
    let plainly = rate(&mut || std::fs::copy(path, &copy).map(drop).or_say("抄写"))?;
    Ok(Line {
        beside: Some(("直接抄文件".into(), plainly)),
        ..plain("backup", &format!("{size}个行为：备份（运行中）"), ours, "MB/s")
    })
}

/// The projection of a matter, from its acts.
fn fold(matter: &MatterId, acts: &[StoredAct]) -> Result<Option<Projection>, std::num::ParseIntError> {
    // What was appended to measure the append shows nothing.
    if acts.len() < ACTS as usize {
        return Ok(None);
    }
    let serial = u32::from_str_radix(matter.as_str().get(8..).unwrap_or_default(), 16)?;
    let open = (!is_closed(serial)).then(|| store::Task { matter: matter.clone(), ..task(matter) });
    Ok(Some(Projection { view: last_view(serial), tasks: open.into_iter().collect(), papers: Vec::new() }))
}
