//! The append: acts, and all that follows from them, in one transaction.
//!
//! It checks what only the store can know: that the matter stands where the
//! actor saw it, that a number is free, that a file exists. Everything else was
//! decided before.
//!
//! INVARIANT: an append that is refused has drawn no number and left no row.

use std::collections::BTreeMap;

use crate::engine::params;
use kernel::ledger::{CanonicalError, Digest};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::Store;
use crate::entry::{Append, Entry, IdempotencyKey, MatterId};
use crate::files::FileId;
use crate::sql::{Sql, StorageError};

mod together;

pub(crate) use together::{Apart, together};

/// What an append has recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The acts, in the order they were handed in.
    pub entries: Vec<AppendedEntry>,
    /// Whether the same append had been made before and nothing was written now.
    pub replayed: bool,
}

/// One recorded act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendedEntry {
    /// The matter.
    pub matter: MatterId,
    /// The version the act has become.
    pub version: u32,
    /// The hash of the act, chained to the one before.
    pub hash: Digest,
    /// The numbers drawn, by slot.
    pub numbers: BTreeMap<String, String>,
}

/// Why an append was refused.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Somebody else acted on the matter in between.
    #[error("matter `{matter}` stands at version {actual}, not {expected}")]
    Stale {
        /// The matter.
        matter: MatterId,
        /// The version the actor had seen.
        expected: u32,
        /// The version it has.
        actual: u32,
    },
    /// A number to be voided was never drawn.
    #[error("number `{text}` was never drawn")]
    UnknownNumber {
        /// The number.
        text: String,
    },
    /// A number to be voided is void already.
    #[error("number `{text}` is void already")]
    AlreadyVoid {
        /// The number.
        text: String,
    },
    /// A drawn number would be written like an existing one.
    #[error("number `{text}` is taken by matter `{matter}`")]
    NumberTaken {
        /// The number.
        text: String,
        /// Who has it.
        matter: MatterId,
    },
    /// A number pattern has an unknown mark or lacks `{seq}`.
    #[error("number pattern `{pattern}` must contain `{{seq}}` and may contain `{{year}}`")]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// A view or paper names a slot that nothing draws.
    #[error("no number is drawn for slot `{slot}`")]
    UnknownSlot {
        /// The slot.
        slot: String,
    },
    /// Two draws of one act share a slot.
    #[error("slot `{slot}` is drawn twice")]
    SlotTwice {
        /// The slot.
        slot: String,
    },
    /// A view, task or paper names a matter that is not its entry's.
    #[error("an entry on matter `{entry}` carries rows of matter `{row}`")]
    OtherMatter {
        /// The entry's matter.
        entry: MatterId,
        /// The row's matter.
        row: MatterId,
    },
    /// Two tasks of one matter share a key.
    #[error("matter `{matter}` has two tasks `{key}`")]
    TaskTwice {
        /// The matter.
        matter: MatterId,
        /// The key.
        key: String,
    },
    /// A person has a key already, or had one that was erased.
    #[error("person `{person}` has a key already")]
    PersonKeyTaken {
        /// The person.
        person: String,
    },
    /// A person to be erased has no key any more.
    #[error("person `{person}` has no key to destroy")]
    NoPersonKey {
        /// The person.
        person: String,
    },
    /// Something of a person to be erased lies in a matter of which this append says nothing.
    #[error("matter `{matter}` holds content of person `{person}`")]
    PersonElsewhere {
        /// The person.
        person: String,
        /// The matter.
        matter: MatterId,
    },
    /// A file to be attached does not exist.
    #[error("there is no file `{file}`")]
    UnknownFile {
        /// The file.
        file: FileId,
    },
    /// A file to be attached belongs to a matter already.
    #[error("file `{file}` belongs to matter `{matter}`")]
    FileTaken {
        /// The file.
        file: FileId,
        /// Whose it is.
        matter: MatterId,
    },
    /// Another message has this identity.
    #[error("there is a message `{id}` already")]
    MessageTaken {
        /// The message.
        id: String,
    },
    /// A row refers to a matter on which this append does not act.
    #[error("no act of this append is on matter `{matter}`")]
    NoAct {
        /// The matter.
        matter: MatterId,
    },
    /// A register entry to be released has no assignment.
    #[error("`{entry}` of register `{register}` is not assigned to matter `{matter}`")]
    NotAssigned {
        /// The register.
        register: String,
        /// Its entry.
        entry: String,
        /// The matter.
        matter: MatterId,
    },
    /// The body of an act has no canonical bytes.
    #[error("an act on matter `{matter}` cannot be hashed")]
    Body {
        /// The matter.
        matter: MatterId,
        /// What stands in the way.
        #[source]
        source: CanonicalError,
    },
    /// The storage beneath failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

const REPLAY: &str = "select result from idempotency where realm = $1 and scope = $2 and key = $3";
const HASH: &str = "select hash from act where realm = $1 and matter = $2 and version = $3";

impl Store {
    /// Appends, or refuses; returns when the append is on disk.
    ///
    /// With an idempotency key used before, nothing is written and the first
    /// answer is returned, marked as replayed.
    ///
    /// # Errors
    ///
    /// [`AppendError::Stale`] when the matter has moved on; the other variants
    /// name what was handed in and does not fit what is stored.
    pub fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let disposes = !append.disposals.is_empty() || !append.erasures.is_empty();
        let appended = self.inner.writer.append(append)?;
        if disposes {
            // What was destroyed is in the log of the file until the log is folded in. If that cannot be done now, the
            // append stands all the same, and the next checkpoint does it.
            let _folded = self.fold_log();
        }
        Ok(appended)
    }

    /// The answer of the append made with this key, where there was one.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn replayed(&self, key: &IdempotencyKey) -> Result<Option<Appended>, StorageError> {
        self.read(|sql| replay(sql, key))
    }
}

/// The versions this append has reached, by matter.
pub(crate) type Reached = BTreeMap<MatterId, u32>;

/// The version this append has brought a matter to.
pub(crate) fn version_of(reached: &Reached, matter: &MatterId) -> Result<u32, AppendError> {
    reached.get(matter).copied().ok_or_else(|| AppendError::NoAct { matter: matter.clone() })
}

/// Rows must belong to the entry that carries them.
fn check_rows(entry: &Entry) -> Result<(), AppendError> {
    let views = entry.view.iter().map(|view| &view.matter);
    let tasks = entry.tasks.iter().map(|task| &task.matter);
    let papers = entry.papers.iter().map(|paper| &paper.matter);
    if let Some(row) = views.chain(tasks).chain(papers).find(|row| **row != entry.matter) {
        return Err(AppendError::OtherMatter { entry: entry.matter.clone(), row: row.clone() });
    }
    let mut keys = std::collections::BTreeSet::new();
    match entry.tasks.iter().find(|task| !keys.insert(task.key.as_str())) {
        None => Ok(()),
        Some(task) => Err(AppendError::TaskTwice { matter: entry.matter.clone(), key: task.key.clone() }),
    }
}

/// The body to be hashed: what was handed in, and what only the store knows.
fn body(entry: &Entry, version: u32, numbers: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut body = entry.body.clone();
    body.insert("matter".to_owned(), Value::from(entry.matter.as_str()));
    body.insert("version".to_owned(), Value::from(version));
    if !numbers.is_empty() {
        body.insert("numbers".to_owned(), object(numbers));
    }
    body
}

fn object(texts: &BTreeMap<String, String>) -> Value {
    texts.iter().map(|(slot, text)| (slot.clone(), Value::from(text.as_str()))).collect()
}

/// An answer as it is kept for replays; hashes are read from the acts.
fn written(appended: &Appended) -> String {
    let entries = appended.entries.iter().map(|entry| {
        let mut object = Map::new();
        object.insert("matter".to_owned(), Value::from(entry.matter.as_str()));
        object.insert("version".to_owned(), Value::from(entry.version));
        object.insert("numbers".to_owned(), self::object(&entry.numbers));
        Value::Object(object)
    });
    Value::Array(entries.collect()).to_string()
}

fn replay(sql: &Sql<'_>, key: &IdempotencyKey) -> Result<Option<Appended>, StorageError> {
    let params = params![sql.realm, key.scope, key.key];
    let Some(text) = sql.one(REPLAY, params, |row| row.get::<String>(0))? else {
        return Ok(None);
    };
    let unreadable = || StorageError::Unreadable { column: "idempotency.result", value: text.clone() };
    let value: Value = serde_json::from_str(&text).map_err(|_not_json| unreadable())?;
    let mut entries = Vec::new();
    for entry in value.as_array().ok_or_else(unreadable)? {
        let (matter, version, numbers) = read_entry(entry).ok_or_else(unreadable)?;
        let params = params![sql.realm, matter.as_str(), version];
        let hash = sql.one(HASH, params, |row| row.get(0))?.map(Digest);
        let hash = hash.ok_or_else(unreadable)?;
        entries.push(AppendedEntry { matter, version, hash, numbers });
    }
    Ok(Some(Appended { entries, replayed: true }))
}

fn read_entry(entry: &Value) -> Option<(MatterId, u32, BTreeMap<String, String>)> {
    let matter = MatterId(entry.get("matter")?.as_str()?.to_owned());
    let version = u32::try_from(entry.get("version")?.as_u64()?).ok()?;
    let numbers = entry.get("numbers")?.as_object()?.iter();
    let numbers = numbers.map(|(slot, text)| Some((slot.clone(), text.as_str()?.to_owned())));
    Some((matter, version, numbers.collect::<Option<_>>()?))
}
