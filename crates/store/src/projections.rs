//! Writing and reading the projections of a matter: its view, tasks and papers.
//!
//! Computed elsewhere, by folding acts, and only kept here; written in the
//! transaction of the act they follow from, so they cannot lag. The words for
//! the full-text index are written with them. [`crate::Store::rebuild`] makes
//! them anew.

use kernel::ledger::{Digest, sm3};

use crate::engine::{Cell, Row};
use crate::entry::MatterId;
use crate::sql::StorageError;
use crate::views::{DueState, MatterRow, PaperView, Task};

mod write;

pub(crate) use write::{Issued, LIVE, NEXT, Shown, put_papers, put_views};

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

/// The columns [`matter_row`] reads, of a view called `v`.
pub(crate) const MATTER_COLUMNS: &str = "v.matter, v.procedure, v.edition, v.number, v.title,
    v.subject_masked, v.owner_office, v.area, v.channel, v.lane, v.stage, v.stage_title, v.closed,
    v.outcome, v.opened_on, v.closed_on, v.due_on, v.due_state, v.version, v.sealed";
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
        sealed: row.get(first + 19)?,
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
