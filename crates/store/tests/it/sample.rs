//! Simulated matters of the demo city 990100, and the smallest of appends.

use crate::engine;
use serde_json::{Map, Value, json};
use store::{Append, Draw, DueState, Entry, IdempotencyKey, MatterId, MatterView, NumberRef, Store, Task};

/// The realm of all samples.
pub const REALM: &str = "990100";
/// The office of all samples.
pub const CENTRE: &str = "990100-legal-aid";
/// The instant of all samples, milliseconds UTC.
pub const AT: i64 = 1_790_000_000_000;

/// A store of its own in a folder of its own.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub store: Store,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = engine::open(folder.path(), REALM);
        Self { folder, store }
    }

    /// Closes the store, lets somebody at its tables, and opens it again.
    pub fn tampered(self, text: &str) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let changed = engine::execute(folder.path(), text);
        assert!(changed > 0, "nothing to tamper with: {text}");
        let store = engine::open(folder.path(), REALM);
        Self { folder, store }
    }
}

pub fn matter(name: impl ToString) -> MatterId {
    MatterId(name.to_string())
}

pub fn draw() -> Draw {
    Draw {
        slot: "number".to_owned(),
        series: "援申".to_owned(),
        office: CENTRE.to_owned(),
        year: 2026,
        pattern: "法援申〔{year}〕{seq:04}号".to_owned(),
    }
}

pub fn view(id: &MatterId) -> MatterView {
    MatterView {
        matter: id.clone(),
        procedure: "legal-aid".to_owned(),
        edition: "e1".to_owned(),
        number: NumberRef::None,
        title: "法律援助申请".to_owned(),
        subject_masked: "张*".to_owned(),
        owner_office: CENTRE.to_owned(),
        area: "990101".to_owned(),
        channel: "window".to_owned(),
        lane: "civil".to_owned(),
        stage: "review".to_owned(),
        stage_title: "审查".to_owned(),
        closed: false,
        outcome: None,
        opened_on: "2026-03-02".to_owned(),
        closed_on: None,
        due_on: Some("2026-03-09".to_owned()),
        due_state: DueState::Running,
        expires_on: Some("2026-03-09".to_owned()),
        keep_until: None,
        version: 1,
        handlers: ["clerk-1".to_owned()].into(),
        readers: [].into(),
        sealed: false,
        search: "劳动 报酬 张三".to_owned(),
    }
}

pub fn task(id: &MatterId) -> Task {
    Task {
        matter: id.clone(),
        key: "review".to_owned(),
        title: "审查申请".to_owned(),
        seat: "reviewer".to_owned(),
        office: Some(CENTRE.to_owned()),
        person: None,
        since: "2026-03-02".to_owned(),
        due_on: Some("2026-03-09".to_owned()),
        due_state: DueState::Running,
        lane: "civil".to_owned(),
    }
}

pub fn body(text: &str) -> Map<String, Value> {
    [("act".to_owned(), json!(text))].into_iter().collect()
}

/// An act without view, tasks or numbers.
pub fn bare(id: &MatterId, expected: u32) -> Entry {
    Entry {
        matter: id.clone(),
        expected,
        body: body("note"),
        draws: Vec::new(),
        voids: Vec::new(),
        open: b"{}".to_vec(),
        sealed: Vec::new(),
        view: None,
        tasks: Vec::new(),
        papers: Vec::new(),
    }
}

/// An application: draws a number, shows the matter, leaves a task.
pub fn application(id: &MatterId) -> Entry {
    Entry {
        draws: vec![draw()],
        view: Some(MatterView { number: NumberRef::Drawn("number".to_owned()), ..view(id) }),
        tasks: vec![task(id)],
        ..bare(id, 0)
    }
}

pub fn append(entry: Entry) -> Append {
    Append { at: AT, entries: vec![entry], ..Append::default() }
}

pub fn key(key: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey { scope: "form".to_owned(), key: key.to_owned() })
}

/// Takes all acts into the log.
pub fn sequence_all(store: &Store) {
    while store.sequence(500).unwrap() > 0 {}
}
