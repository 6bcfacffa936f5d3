//! Writing and reading the projections of a matter: its view, tasks and papers.
//!
//! Computed elsewhere, by folding acts, and only kept here; written in the
//! transaction of the act they follow from, so they cannot lag. The words for
//! the full-text index are written with them. [`crate::Store::rebuild`] makes
//! them anew.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kernel::ledger::{Digest, sm3};

use crate::engine::{Cell, Row, params};
use crate::entry::MatterId;
use crate::sql::{Sql, StorageError};
use crate::views::{DueState, MatterRow, MatterView, PaperRow, PaperView, Task};
use crate::words::Words;

/// Sorts after every day: a limit that cannot be stated, for a person to see to.
const DUE_UNKNOWN: &str = "~1";
/// Sorts after every day: no limit.
const DUE_NONE: &str = "~2";
/// Sorts last: the clock stands still.
pub(crate) const DUE_STOPPED: &str = "~3";

/// The column that boxes and order are made of: the day of a running limit,
/// or one of three marks that sort after every day.
pub(crate) fn due_key(state: DueState, due_on: Option<&str>) -> &str {
    match (state, due_on) {
        (DueState::Running, Some(day)) => day,
        (DueState::Running | DueState::Unknown, _) => DUE_UNKNOWN,
        (DueState::None, _) => DUE_NONE,
        (DueState::Stopped, _) => DUE_STOPPED,
    }
}

/// Who a task lies with, as one key: seat, office and person.
pub(crate) fn desk(seat: &str, office: Option<&str>, person: Option<&str>) -> String {
    format!("{seat}\u{1f}{}\u{1f}{}", office.unwrap_or(""), person.unwrap_or(""))
}

/// The texts that write projections, once for the live tables and once for
/// the shadow tables of a rebuild.
pub(crate) struct Texts {
    find: String,
    next_doc: String,
    put_view: String,
    words: Words,
    remove_handler: String,
    put_handler: String,
    remove_tasks: String,
    put_task: String,
    count_last: String,
    count_less: String,
    count_more: String,
    put_paper: String,
}

/// Writes to the live tables.
pub(crate) static LIVE: LazyLock<Texts> = LazyLock::new(|| Texts::new(""));
/// Writes to the shadow tables.
pub(crate) static NEXT: LazyLock<Texts> = LazyLock::new(|| Texts::new("_next"));

impl Texts {
    fn new(t: &str) -> Self {
        Self {
            find: format!(
                "select doc, opened_on, handlers, search_hash from matter_view{t}
                 where realm = $1 and matter = $2"
            ),
            next_doc: format!("select max(doc) from matter_view{t} where realm = $1"),
            put_view: format!(
                "insert into matter_view{t}(realm, matter, doc, procedure, edition, number, title,
                     subject_masked, owner_office, area, channel, lane, stage, stage_title, closed,
                     outcome, opened_on, closed_on, due_on, due_state, due_key, version, handlers,
                     search_hash, expires_on, keep_until)
                 values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21, $22, $23, $24, $25, $26)
                 on conflict(realm, matter) do update set procedure = excluded.procedure,
                     edition = excluded.edition, number = excluded.number, title = excluded.title,
                     subject_masked = excluded.subject_masked,
                     owner_office = excluded.owner_office, area = excluded.area,
                     channel = excluded.channel, lane = excluded.lane, stage = excluded.stage,
                     stage_title = excluded.stage_title, closed = excluded.closed,
                     outcome = excluded.outcome, opened_on = excluded.opened_on,
                     closed_on = excluded.closed_on, due_on = excluded.due_on,
                     due_state = excluded.due_state, due_key = excluded.due_key,
                     version = excluded.version, handlers = excluded.handlers,
                     search_hash = excluded.search_hash, expires_on = excluded.expires_on,
                     keep_until = excluded.keep_until"
            ),
            words: Words::of(&format!("matter_words{t}")),
            remove_handler: format!("delete from matter_handler{t} where realm = $1 and handler = $2 and matter = $3"),
            put_handler: format!(
                "insert into matter_handler{t}(realm, handler, matter, opened_on)
                 values($1, $2, $3, $4)
                 on conflict(realm, handler, matter) do update set opened_on = excluded.opened_on"
            ),
            remove_tasks: format!("delete from task{t} where realm = $1 and matter = $2 returning desk, due_key"),
            put_task: format!(
                "insert into task{t}(realm, matter, key, title, seat, office, person, desk,
                     since_on, due_on, due_state, due_key, lane, procedure, number, opened_on, doc)
                 values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
            ),
            count_last: format!(
                "delete from task_count{t} where realm = $1 and desk = $2 and due_key = $3 and tasks = 1"
            ),
            count_less: format!(
                "update task_count{t} set tasks = tasks - 1 where realm = $1 and desk = $2 and due_key = $3"
            ),
            count_more: format!(
                "insert into task_count{t}(realm, desk, due_key, tasks) values($1, $2, $3, 1)
                 on conflict(realm, desk, due_key) do update set tasks = task_count{t}.tasks + 1"
            ),
            put_paper: format!(
                "insert into paper{t}(realm, matter, version, paper, title, number, issued_on,
                     voided, published_on)
                 values($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 on conflict(realm, matter, version, paper) do update set title = excluded.title,
                     number = excluded.number, issued_on = excluded.issued_on,
                     voided = excluded.voided, published_on = excluded.published_on"
            ),
        }
    }
}

/// What a view replaces.
struct Before {
    doc: i64,
    opened_on: String,
    handlers: BTreeSet<String>,
    search_hash: [u8; 32],
}

/// Writes a view and replaces the matter's tasks.
pub(crate) fn put_view(
    sql: &Sql<'_>,
    texts: &Texts,
    view: &MatterView,
    number: Option<&str>,
    version: u32,
    tasks: &[Task],
) -> Result<(), StorageError> {
    let matter = view.matter.as_str();
    let before = sql.one(&texts.find, params![sql.realm, matter], |row| {
        let handlers: String = row.get(2)?;
        Ok(Before {
            doc: row.get(0)?,
            opened_on: row.get(1)?,
            handlers: handlers.lines().map(str::to_owned).collect(),
            search_hash: row.get(3)?,
        })
    })?;
    let doc = match &before {
        Some(before) => before.doc,
        None => sql.integer(&texts.next_doc, params![sql.realm])? + 1,
    };
    let search_hash = sm3(view.search.as_bytes()).0;
    let number = number.unwrap_or("");
    let handlers: Vec<&str> = view.handlers.iter().map(String::as_str).collect();
    sql.run(
        &texts.put_view,
        params![
            sql.realm,
            matter,
            doc,
            view.procedure,
            view.edition,
            number,
            view.title,
            view.subject_masked,
            view.owner_office,
            view.area,
            view.channel,
            view.lane,
            view.stage,
            view.stage_title,
            view.closed,
            view.outcome,
            view.opened_on,
            view.closed_on,
            view.due_on,
            view.due_state.as_str(),
            due_key(view.due_state, view.due_on.as_deref()),
            version,
            handlers.join("\n"),
            search_hash,
            view.expires_on,
            view.keep_until,
        ],
    )?;
    if before.as_ref().is_none_or(|before| before.search_hash != search_hash) {
        if before.is_some() {
            texts.words.remove(sql, doc)?;
        }
        texts.words.put(sql, doc, &view.search)?;
    }
    put_handlers(sql, texts, view, before.as_ref())?;
    if before.is_some() {
        remove_tasks(sql, texts, matter)?;
    }
    tasks.iter().try_for_each(|task| put_task(sql, texts, view, number, doc, task))
}

fn put_handlers(sql: &Sql<'_>, texts: &Texts, view: &MatterView, before: Option<&Before>) -> Result<(), StorageError> {
    let matter = view.matter.as_str();
    let none = BTreeSet::new();
    let known = before.map_or(&none, |before| &before.handlers);
    for gone in known.difference(&view.handlers) {
        sql.run(&texts.remove_handler, params![sql.realm, gone, matter])?;
    }
    let same_day = before.is_some_and(|before| before.opened_on == view.opened_on);
    for handler in &view.handlers {
        if !(same_day && known.contains(handler)) {
            sql.run(&texts.put_handler, params![sql.realm, handler, matter, view.opened_on])?;
        }
    }
    Ok(())
}

/// INVARIANT: `task_count` says of every desk and due key how many tasks there are; none is no row.
fn remove_tasks(sql: &Sql<'_>, texts: &Texts, matter: &str) -> Result<(), StorageError> {
    let gone: Vec<(String, String)> =
        sql.all(&texts.remove_tasks, params![sql.realm, matter], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (desk, due_key) in gone {
        if sql.run(&texts.count_last, params![sql.realm, desk, due_key])? == 0 {
            sql.run(&texts.count_less, params![sql.realm, desk, due_key])?;
        }
    }
    Ok(())
}

fn put_task(
    sql: &Sql<'_>,
    texts: &Texts,
    view: &MatterView,
    number: &str,
    doc: i64,
    task: &Task,
) -> Result<(), StorageError> {
    let desk = desk(&task.seat, task.office.as_deref(), task.person.as_deref());
    let due_key = due_key(task.due_state, task.due_on.as_deref());
    sql.run(
        &texts.put_task,
        params![
            sql.realm,
            view.matter.as_str(),
            task.key,
            task.title,
            task.seat,
            task.office,
            task.person,
            desk,
            task.since,
            task.due_on,
            task.due_state.as_str(),
            due_key,
            task.lane,
            view.procedure,
            number,
            view.opened_on,
            doc,
        ],
    )?;
    sql.run(&texts.count_more, params![sql.realm, desk, due_key])?;
    Ok(())
}

/// Writes one paper.
pub(crate) fn put_paper(
    sql: &Sql<'_>,
    texts: &Texts,
    paper: &PaperRow,
    number: Option<&str>,
    version: u32,
) -> Result<(), StorageError> {
    let version = if paper.version == 0 { version } else { paper.version };
    sql.run(
        &texts.put_paper,
        params![
            sql.realm,
            paper.matter.as_str(),
            version,
            paper.paper,
            paper.title,
            number.unwrap_or(""),
            paper.issued_on,
            paper.voided,
            paper.published_on,
        ],
    )?;
    Ok(())
}

/// The columns [`matter_row`] reads, of a view called `v`.
pub(crate) const MATTER_COLUMNS: &str = "v.matter, v.procedure, v.edition, v.number, v.title,
    v.subject_masked, v.owner_office, v.area, v.channel, v.lane, v.stage, v.stage_title, v.closed,
    v.outcome, v.opened_on, v.closed_on, v.due_on, v.due_state, v.version";
/// The columns [`task_row`] reads, of a task called `t`.
pub(crate) const TASK_COLUMNS: &str = "t.matter, t.key, t.title, t.seat, t.office, t.person,
    t.since_on, t.due_on, t.due_state, t.lane";
/// The columns [`paper_row`] reads.
pub(crate) const PAPER_COLUMNS: &str = "matter, version, paper, title, number, issued_on, voided, published_on";

/// An empty number is no number.
fn number(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// INVARIANT: only [`DueState::as_str`] is ever written.
fn due_state(row: &Row<'_>, index: usize) -> Result<DueState, StorageError> {
    let word: String = row.get(index)?;
    DueState::parse(&word).ok_or(StorageError::Unreadable { column: "due_state", value: word })
}

pub(crate) fn matter_row(row: &Row<'_>, first: usize) -> Result<MatterRow, StorageError> {
    Ok(MatterRow {
        matter: MatterId(row.get(first)?),
        procedure: row.get(first + 1)?,
        edition: row.get(first + 2)?,
        number: number(row.get(first + 3)?),
        title: row.get(first + 4)?,
        subject_masked: row.get(first + 5)?,
        owner_office: row.get(first + 6)?,
        area: row.get(first + 7)?,
        channel: row.get(first + 8)?,
        lane: row.get(first + 9)?,
        stage: row.get(first + 10)?,
        stage_title: row.get(first + 11)?,
        closed: row.get(first + 12)?,
        outcome: row.get(first + 13)?,
        opened_on: row.get(first + 14)?,
        closed_on: row.get(first + 15)?,
        due_on: row.get(first + 16)?,
        due_state: due_state(row, first + 17)?,
        version: row.get(first + 18)?,
    })
}

pub(crate) fn task_row(row: &Row<'_>, first: usize) -> Result<Task, StorageError> {
    Ok(Task {
        matter: MatterId(row.get(first)?),
        key: row.get(first + 1)?,
        title: row.get(first + 2)?,
        seat: row.get(first + 3)?,
        office: row.get(first + 4)?,
        person: row.get(first + 5)?,
        since: row.get(first + 6)?,
        due_on: row.get(first + 7)?,
        due_state: due_state(row, first + 8)?,
        lane: row.get(first + 9)?,
    })
}

pub(crate) fn paper_row(row: &Row<'_>) -> Result<PaperView, StorageError> {
    Ok(PaperView {
        matter: MatterId(row.get(0)?),
        version: row.get(1)?,
        paper: row.get(2)?,
        title: row.get(3)?,
        number: number(row.get(4)?),
        issued_on: row.get(5)?,
        voided: row.get(6)?,
        published_on: row.get(7)?,
    })
}

/// One digest over rows in the order given: each row's cells are written with
/// their type and length, so that two different rows never look alike.
pub(crate) struct RowDigest(Digest);

impl RowDigest {
    pub(crate) fn new(name: &str) -> Self {
        Self(sm3(name.as_bytes()))
    }

    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), StorageError> {
        let mut bytes = self.0.0.to_vec();
        for index in 0..row.len() {
            let number: [u8; 8];
            let (mark, cell): (u8, &[u8]) = match row.cell(index)? {
                Cell::Null => (b'n', &[]),
                Cell::Int(value) => {
                    number = value.to_be_bytes();
                    (b'i', &number)
                }
                Cell::Real(value) => {
                    number = value.to_be_bytes();
                    (b'r', &number)
                }
                Cell::Text(value) => (b't', value.as_bytes()),
                Cell::Bytes(value) => (b'b', value),
            };
            bytes.push(mark);
            bytes.extend_from_slice(&(cell.len() as u64).to_be_bytes());
            bytes.extend_from_slice(cell);
        }
        self.0 = sm3(&bytes);
        Ok(())
    }

    pub(crate) fn value(&self) -> Digest {
        self.0
    }
}
