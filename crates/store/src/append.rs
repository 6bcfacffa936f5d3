//! The append: acts, and all that follows from them, in one transaction.
//!
//! It checks what only the store can know: that the matter stands where the
//! actor saw it, that a number is free, that a file exists. Everything else was
//! decided before.
//!
//! INVARIANT: an append that is refused has drawn no number and left no row.

use std::collections::BTreeMap;

use crate::engine::params;
use kernel::ledger::{CanonicalError, Digest, chain};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::entry::{Append, Entry, IdempotencyKey, MatterId, NewPersonKey};
use crate::files::{DraftId, FileId};
use crate::numbers::{self, Drawn};
use crate::projections::{self, LIVE};
use crate::sql::{Sql, StorageError};
use crate::{Store, assignments, drafts, files, outbox, registers};

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

const HEAD: &str = "select version, hash from head where realm = $1 and matter = $2";
const PUT_HEAD: &str = "insert into head(realm, matter, version, hash) values($1, $2, $3, $4)
    on conflict(realm, matter) do update set version = excluded.version, hash = excluded.hash";
const LAST_SEQ: &str = "select max(seq) from act where realm = $1";
const PUT_ACT: &str = "insert into act(realm, matter, version, seq, at, bytes, hash, open)
    values($1, $2, $3, $4, $5, $6, $7, $8)";
const PUT_SEALED: &str = "insert into sealed(realm, matter, version, part, person, bytes)
    values($1, $2, $3, $4, $5, $6)";
const PUT_PERSON_KEY: &str = "insert into person_key(realm, person, wrapped) values($1, $2, $3)
    on conflict(realm, person) do nothing";
const REPLAY: &str = "select result from idempotency where realm = $1 and scope = $2 and key = $3";
const PUT_REPLAY: &str = "insert into idempotency(realm, scope, key, at, result)
    values($1, $2, $3, $4, $5)";
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
        self.write(move |sql| apply(sql, &append))
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

fn apply(sql: &Sql<'_>, append: &Append) -> Result<Appended, AppendError> {
    if let Some(key) = &append.idempotency
        && let Some(first) = replay(sql, key)?
    {
        return Ok(first);
    }
    put_person_keys(sql, &append.person_keys)?;
    let mut drawn = Drawn::new();
    let mut reached = Reached::new();
    let mut entries = Vec::with_capacity(append.entries.len());
    for entry in &append.entries {
        let done = put_entry(sql, entry, append.at, &mut drawn)?;
        reached.insert(done.matter.clone(), done.version);
        entries.push(done);
    }
    registers::put_rows(sql, &append.register_rows, &reached)?;
    for release in &append.releases {
        assignments::release(sql, release)?;
    }
    for row in &append.assignments {
        assignments::assign(sql, row, version_of(&reached, &row.matter)?)?;
    }
    for (file, matter) in &append.attach_files {
        files::attach(sql, file, matter)?;
    }
    remove_draft(sql, append.remove_draft.as_ref())?;
    for message in &append.outbox {
        outbox::put(sql, message, append.at)?;
    }
    let appended = Appended { entries, replayed: false };
    if let Some(IdempotencyKey { scope, key }) = &append.idempotency {
        let result = written(&appended);
        sql.run(PUT_REPLAY, params![sql.realm, scope, key, append.at, result])?;
    }
    Ok(appended)
}

/// The version this append has brought a matter to.
pub(crate) fn version_of(reached: &Reached, matter: &MatterId) -> Result<u32, AppendError> {
    reached.get(matter).copied().ok_or_else(|| AppendError::NoAct { matter: matter.clone() })
}

fn remove_draft(sql: &Sql<'_>, draft: Option<&DraftId>) -> Result<(), StorageError> {
    draft.map_or(Ok(()), |draft| drafts::remove(sql, draft))
}

fn put_person_keys(sql: &Sql<'_>, keys: &[NewPersonKey]) -> Result<(), AppendError> {
    for NewPersonKey { person, wrapped } in keys {
        // INVARIANT: a key is never replaced: what it sealed would be lost.
        if sql.run(PUT_PERSON_KEY, params![sql.realm, person, wrapped])? == 0 {
            return Err(AppendError::PersonKeyTaken { person: person.clone() });
        }
    }
    Ok(())
}

fn put_entry(sql: &Sql<'_>, entry: &Entry, at: i64, drawn: &mut Drawn) -> Result<AppendedEntry, AppendError> {
    let matter = &entry.matter;
    check_rows(entry)?;
    let head: Option<(u32, [u8; 32])> =
        sql.one(HEAD, params![sql.realm, matter.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (actual, prev) = head.unwrap_or((0, Digest::ZERO.0));
    if actual != entry.expected {
        let (matter, expected) = (matter.clone(), entry.expected);
        return Err(AppendError::Stale { matter, expected, actual });
    }
    let version = actual + 1;
    let mut numbers = BTreeMap::new();
    for draw in &entry.draws {
        let text = numbers::draw(sql, draw, matter, version)?;
        drawn.insert((matter.clone(), draw.slot.clone()), text.clone());
        if numbers.insert(draw.slot.clone(), text).is_some() {
            return Err(AppendError::SlotTwice { slot: draw.slot.clone() });
        }
    }
    for void in &entry.voids {
        numbers::void(sql, void, at)?;
    }
    let (bytes, hash) = chain(body(entry, version, &numbers), Digest(prev))
        .map_err(|source| AppendError::Body { matter: matter.clone(), source })?;
    let seq = sql.integer(LAST_SEQ, params![sql.realm])? + 1;
    let place = (sql.realm, matter.as_str(), version);
    sql.run(PUT_ACT, params![place.0, place.1, place.2, seq, at, bytes, hash.0, entry.open])?;
    sql.run(PUT_HEAD, params![place.0, place.1, place.2, hash.0])?;
    for (part, sealed) in entry.sealed.iter().enumerate() {
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        sql.run(PUT_SEALED, params![place.0, place.1, place.2, part, sealed.person, sealed.bytes])?;
    }
    if let Some(view) = &entry.view {
        let number = numbers::resolve(&view.number, matter, drawn)?;
        projections::put_view(sql, &LIVE, view, number.as_deref(), version, &entry.tasks)?;
    }
    for paper in &entry.papers {
        let number = numbers::resolve(&paper.number, matter, drawn)?;
        projections::put_paper(sql, &LIVE, paper, number.as_deref(), version)?;
    }
    Ok(AppendedEntry { matter: matter.clone(), version, hash, numbers })
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
