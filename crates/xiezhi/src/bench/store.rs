//! `xiezhi bench store`: durable acts in a second, beside the rate at which the engine takes the same bytes.
//!
//! Both sides are asked by the same number of clients, and both commit in groups: what waits together goes to disk
//! together. The engine's side is one table without index, realm or chain, one row for each act, of all the bytes that the
//! act writes. On a server it is `insert … values` with many rows.
//!
//! INVARIANT: an act counts when it is on disk.

use super::latency::{Latency, measure};
use super::table::{Line, Table};
use crate::answer::{Complaint, OrSay};
use serde_json::json;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use store::{Append, Bare, Draw, DueState, Entry, IdempotencyKey, MatterId, MatterView, NumberRef, OutboxMessage};
use store::{SealedPart, Store, Task};

/// How many ask at once.
const CLIENTS: [u32; 3] = [1, 8, 64];
/// What this program must reach of the engine's own rate with the most clients.
const SHARE: f64 = 0.6;
/// Rows of one commit of the bare engine, as many as ours may be.
const GROUP: usize = 256;
/// The realm of what is measured; the place of the demo city.
pub(super) const REALM: &str = crate::demo::PLACE;

/// Who waits for a row of the bare engine.
type Waiting = (Vec<u8>, SyncSender<Result<(), store::StorageError>>);

/// What an act is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A chained act and nothing beside it.
    Act,
    /// An application: number, view, words, task, message, key of the form.
    Application,
}

/// Measures a file in `folder`, and a database on a server where one is named.
///
/// # Errors
/// When an engine cannot be used.
pub fn all(folder: &Path, server: Option<&str>, acts: u32, say: &dyn Fn(&str)) -> Result<Table, Complaint> {
    let mut table = Table::default();
    let file = folder.join("acts.db");
    let store = Store::open(&file, REALM).or_say("测量用的文件")?;
    let bare = || Bare::create(&folder.join("bare.db")).or_say("比照用的文件");
    engine("SQLite", &store, bare()?, acts, say, &mut table)?;
    let Some(url) = server else {
        table.about.push("没有给 --server，PostgreSQL 没有测：给一个空数据库的地址".into());
        return Ok(table);
    };
    let store = Store::connect(url, REALM).or_say("测量用的数据库")?;
    engine("PostgreSQL", &store, Bare::connect(url).or_say("比照用的表")?, acts, say, &mut table)?;
    Ok(table)
}

fn engine(
    name: &'static str,
    store: &Store,
    bare: Bare,
    acts: u32,
    say: &dyn Fn(&str),
    table: &mut Table,
) -> Result<(), Complaint> {
    // No form of an earlier run is sent again.
    let run = crate::edge::now().at.as_millisecond();
    let serial = AtomicU32::new(0);
    let group = Group::start(bare);
    for clients in CLIENTS {
        say(&format!("正在测量：{name}，{clients}个客户"));
        // With one client every act waits for the disk by itself: fewer are enough.
        let acts = acts * clients.min(16) / 16;
        for kind in [Kind::Act, Kind::Application] {
            let bytes = vec![0xA5; entry(kind, 0, 0).1];
            let hands = || (0..clients).collect::<Vec<u32>>();
            let engine = measure(hands(), acts, |_, _| group.insert(&bytes).map(|()| 0))?;
            // What is appended is made beforehand: the store is measured, not whoever asks it.
            let made = (0..acts).map(|_| append(kind, run, serial.fetch_add(1, Ordering::Relaxed))).collect();
            let made: Mutex<Vec<Append>> = Mutex::new(made);
            let ours = measure(hands(), acts, |_, _| {
                let next = made.lock().ok().and_then(|mut made| made.pop());
                let next = next.ok_or_else(|| std::io::Error::other("nothing is left to append"))?;
                store.append(next).map(|_| 0).map_err(std::io::Error::other)
            })?;
            table.lines.push(line(name, kind, clients, bytes.len(), &ours, &engine));
        }
    }
    while store.sequence(5_000).or_say("总账登记不了")? > 0 {}
    if !store.verify().or_say("总账读不了")?.holds() {
        return Err(Complaint::fact(format!("{name}：测量以后总账不成立")));
    }
    group.end().or_say("比照用的表")
}

fn line(name: &str, kind: Kind, clients: u32, bytes: usize, ours: &Latency, engine: &Latency) -> Line {
    let what = match kind {
        Kind::Act => "一个成链的行为",
        Kind::Application => "一件申请（编号、清单、全文、待办、消息）",
    };
    // With the most clients a share of the engine's rate is asked of the acts themselves.
    let least = (kind == Kind::Act && Some(&clients) == CLIENTS.last()).then_some(SHARE * engine.rate());
    Line {
        key: match kind {
            Kind::Act => "acts-per-second",
            Kind::Application => "applications-per-second",
        },
        what: format!("{name}，{clients}个客户，{what}：p50 {:.2} ms，每秒", ours.percentile(50)),
        value: ours.rate(),
        unit: "个",
        at_most: None,
        at_least: least,
        beside: Some((format!("引擎自己写{bytes}字节的行"), engine.rate())),
    }
}

/// The bare engine behind a writer that commits what waits together, as ours does.
struct Group {
    waiting: Option<SyncSender<Waiting>>,
    thread: std::thread::JoinHandle<Bare>,
}

impl Group {
    fn start(bare: Bare) -> Group {
        let (send, waiting) = sync_channel(1024);
        Group { waiting: Some(send), thread: std::thread::spawn(move || run(bare, &waiting)) }
    }

    fn insert(&self, bytes: &[u8]) -> std::io::Result<()> {
        let ended = || std::io::Error::other("the bare engine has ended");
        let (reply, answer) = sync_channel(1);
        let waiting = self.waiting.as_ref().ok_or_else(ended)?;
        waiting.send((bytes.to_vec(), reply)).map_err(|_| ended())?;
        answer.recv().map_err(|_| ended())?.map_err(std::io::Error::other)
    }

    fn end(mut self) -> Result<(), std::io::Error> {
        drop(self.waiting.take());
        let bare = self.thread.join().map_err(|_| std::io::Error::other("the bare engine failed"))?;
        bare.remove().map_err(std::io::Error::other)
    }
}

fn run(mut bare: Bare, waiting: &Receiver<Waiting>) -> Bare {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(std::iter::from_fn(|| waiting.try_recv().ok()).take(GROUP - 1));
        let (rows, replies): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let outcome = bare.insert(&rows);
        for reply in replies {
            // Whoever has gone away does not wait.
            drop(reply.send(outcome.clone()));
        }
    }
    bare
}

fn append(kind: Kind, run: i64, serial: u32) -> Append {
    let at = i64::from(serial) + 1_790_000_000_000;
    let (entry, _) = entry(kind, run, serial);
    let outbox = match kind {
        Kind::Act => Vec::new(),
        Kind::Application => vec![message(run, serial)],
    };
    let idempotency = Some(IdempotencyKey { scope: "bench".into(), key: format!("{run:016x}{serial:016x}") });
    Append { at, entries: vec![entry], idempotency, outbox, ..Append::default() }
}

fn message(run: i64, serial: u32) -> OutboxMessage {
    OutboxMessage {
        id: format!("{run:016x}{serial:016x}"),
        topic: "sms".into(),
        recipient: "138****0000".into(),
        body: vec![0x5A; 180],
    }
}

/// An act, and how many bytes of it reach the tables.
pub(super) fn entry(kind: Kind, run: i64, serial: u32) -> (Entry, usize) {
    let matter = MatterId(format!("{run:016x}{serial:016x}"));
    let body = json!({
        "act": "apply", "actor": { "office": "aid-east", "person": "aid-east-clerk", "seat": "aid-clerk" },
        "at": "2026-03-02T09:10:00+08:00", "commitments": { "applicant.id-number": "5a".repeat(32),
        "applicant.name": "a5".repeat(32), "applicant.phone": "c3".repeat(32) }, "edition": "3c".repeat(32),
        "from": "", "procedure": "legal-aid", "program": "0.1.0", "to": "review",
    });
    let written = body.to_string().len() + 2 * (32 + 32) + 24;
    let body = body.as_object().cloned().unwrap_or_default();
    let open = vec![0x5A; 120];
    let sealed = vec![SealedPart { person: format!("{run:016x}{serial:016x}"), bytes: vec![0x5A; 260] }];
    let bytes = written + open.len() + 260 + 64 + 32 + 120;
    let bare = Entry {
        matter: matter.clone(),
        expected: 0,
        body,
        draws: Vec::new(),
        voids: Vec::new(),
        open,
        sealed,
        view: None,
        tasks: Vec::new(),
        papers: Vec::new(),
    };
    if kind == Kind::Act {
        return (bare, bytes);
    }
    let draw = Draw {
        slot: "number".into(),
        series: "legal-aid.application".into(),
        office: "aid-east".into(),
        year: 2026,
        pattern: "东援申字第{year}{seq:06}号".into(),
    };
    let (view, task) = (view(&matter, serial), task(&matter));
    // A view is some 700 bytes with its words, a task 400, a number 150, a message 350.
    (Entry { draws: vec![draw], view: Some(view), tasks: vec![task], ..bare }, bytes + 1_600)
}

pub(super) fn view(matter: &MatterId, serial: u32) -> MatterView {
    MatterView {
        matter: matter.clone(),
        procedure: "legal-aid".into(),
        edition: "3c".repeat(32),
        number: NumberRef::Drawn("number".into()),
        title: "法律援助申请".into(),
        subject_masked: "周**".into(),
        owner_office: "aid-east".into(),
        area: "990101".into(),
        channel: "window".into(),
        lane: "civil".into(),
        stage: "review".into(),
        stage_title: "受理审查".into(),
        closed: false,
        outcome: None,
        opened_on: "2026-03-02".into(),
        closed_on: None,
        due_on: Some(format!("2026-03-{:02}", 1 + serial % 28)),
        due_state: DueState::Running,
        expires_on: None,
        keep_until: None,
        version: 1,
        handlers: ["window-east".to_owned()].into(),
        readers: [].into(),
        sealed: false,
        search: format!("法律 援助 申请 劳动 报酬 周晓岚 词{}", serial % 1_000),
    }
}

pub(super) fn task(matter: &MatterId) -> Task {
    Task {
        matter: matter.clone(),
        key: "review".into(),
        title: "审查申请".into(),
        seat: "aid-clerk".into(),
        office: Some("aid-east".into()),
        person: None,
        since: "2026-03-02".into(),
        due_on: Some("2026-03-09".into()),
        due_state: DueState::Running,
        lane: "civil".into(),
    }
}
