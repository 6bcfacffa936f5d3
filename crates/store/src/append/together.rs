//! Appends that wait together, written together.
//!
//! What they need to know is read once, whether each may be written is decided in memory, and rows of one table go out
//! side by side. On a server this is a few round trips for a whole group instead of a dozen for each act.
//!
//! INVARIANT: the outcome is the one that each append would have had by itself, in the same order.

use std::collections::{BTreeMap, BTreeSet};

use kernel::ledger::{Digest, chain};

use super::{AppendError, Appended, AppendedEntry, Reached, body, check_rows, replay, version_of, written};
use crate::engine::{Cell, params};
use crate::entry::{Append, Entry, IdempotencyKey, MatterId, NewPersonKey};
use crate::numbers::{self, Drawn};
use crate::projections::{self, LIVE};
use crate::sql::{Sql, StorageError};
use crate::{assignments, disposal, drafts, files, many, outbox, registers};

const HEADS: &str = "select matter, version, hash from head where realm = $1 and";
const PUT_HEADS: &str = "insert into head(realm, matter, version, hash)";
const OVER_HEADS: &str = " on conflict(realm, matter) do update set version = excluded.version, hash = excluded.hash";
const LAST_SEQ: &str = "select max(seq) from act where realm = $1";
const PUT_ACTS: &str = "insert into act(realm, matter, version, seq, at, bytes, hash, open)";
const PUT_SEALED: &str = "insert into sealed(realm, matter, version, part, person, bytes)";
const PUT_PERSON_KEY: &str = "insert into person_key(realm, person, wrapped) values($1, $2, $3)
    on conflict(realm, person) do nothing";
const ANSWERED: &str = "select scope, key from idempotency where realm = $1 and";
const PUT_ANSWERS: &str = "insert into idempotency(realm, scope, key, at, result)";

/// Why appends cannot be written together: something of them is written already, and must be undone.
#[derive(Debug)]
pub(crate) enum Apart {
    /// Two of them carry one key: the second is a repetition of the first.
    Repeated,
    /// One of them failed.
    Failed(AppendError),
}

impl<E: Into<AppendError>> From<E> for Apart {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// An act on its way to the tables.
struct Act<'e> {
    entry: &'e Entry,
    at: i64,
    version: u32,
    seq: i64,
    bytes: Vec<u8>,
    hash: Digest,
}

/// An append whose acts are made.
struct Made<'a> {
    append: &'a Append,
    drawn: Drawn,
    reached: Reached,
    result: Option<String>,
}

/// What a group knows before it writes, and what it is about to write.
struct Group<'a> {
    heads: BTreeMap<&'a MatterId, (u32, Digest)>,
    moved: BTreeSet<&'a MatterId>,
    answered: BTreeSet<(String, String)>,
    seq: i64,
    acts: Vec<Act<'a>>,
    made: Vec<Made<'a>>,
}

/// Writes appends, each in its turn; an outcome that is an error has left no row.
///
/// # Errors
///
/// [`Apart`] when the group must be undone. Written alone, an append that is refused gives its own error.
pub(crate) fn together(sql: &Sql<'_>, appends: &[&Append]) -> Result<Vec<Result<Appended, AppendError>>, Apart> {
    let mut group = Group::read(sql, appends)?;
    let mut outcomes = Vec::with_capacity(appends.len());
    let mut keys = BTreeSet::new();
    for append in appends {
        if let Some(IdempotencyKey { scope, key }) = &append.idempotency {
            if group.answered.contains(&(scope.clone(), key.clone())) {
                let first = replay(sql, &IdempotencyKey { scope: scope.clone(), key: key.clone() })?;
                outcomes.push(first.map_or(Err(Apart::Repeated), |first| Ok(Ok(first)))?);
                continue;
            }
            if !keys.insert((scope, key)) {
                return Err(Apart::Repeated);
            }
        }
        outcomes.push(match group.refusal(append) {
            Some(error) => Err(error),
            None => Ok(group.make(sql, append)?),
        });
    }
    group.write(sql)?;
    Ok(outcomes)
}

impl<'a> Group<'a> {
    /// Where the matters stand, which keys are known, and how many acts there are.
    fn read(sql: &Sql<'_>, appends: &[&'a Append]) -> Result<Self, StorageError> {
        let entries = || appends.iter().flat_map(|append| &append.entries);
        let matters: BTreeMap<&str, &'a MatterId> =
            entries().map(|entry| (entry.matter.as_str(), &entry.matter)).collect();
        let mut heads = BTreeMap::new();
        let keys: Vec<Vec<Cell<'_>>> = matters.keys().map(|matter| vec![Cell::Text(matter)]).collect();
        many::find(sql, HEADS, &["matter"], &keys, |row| {
            let matter: String = row.get(0)?;
            if let Some(matter) = matters.get(matter.as_str()) {
                heads.insert(*matter, (row.get(1)?, Digest(row.get(2)?)));
            }
            Ok(())
        })?;
        let keys: Vec<Vec<Cell<'_>>> = appends
            .iter()
            .filter_map(|append| append.idempotency.as_ref())
            .map(|key| params![key.scope, key.key].to_vec())
            .collect();
        let mut answered = BTreeSet::new();
        many::find(sql, ANSWERED, &["scope", "key"], &keys, |row| {
            answered.insert((row.get(0)?, row.get(1)?));
            Ok(())
        })?;
        let seq = if matters.is_empty() { 0 } else { sql.integer(LAST_SEQ, params![sql.realm])? };
        Ok(Self { heads, moved: BTreeSet::new(), answered, seq, acts: Vec::new(), made: Vec::new() })
    }

    /// What can be said against an append before anything of it is written.
    fn refusal(&self, append: &'a Append) -> Option<AppendError> {
        let mut versions: BTreeMap<&MatterId, u32> = BTreeMap::new();
        for entry in &append.entries {
            if let Err(error) = check_rows(entry) {
                return Some(error);
            }
            let stands = || self.heads.get(&entry.matter).map_or(0, |(version, _)| *version);
            let actual = versions.get(&entry.matter).copied().unwrap_or_else(stands);
            if actual != entry.expected {
                let (matter, expected) = (entry.matter.clone(), entry.expected);
                return Some(AppendError::Stale { matter, expected, actual });
            }
            versions.insert(&entry.matter, actual + 1);
            let mut slots = BTreeSet::new();
            if let Some(twice) = entry.draws.iter().find(|draw| !slots.insert(&draw.slot)) {
                return Some(AppendError::SlotTwice { slot: twice.slot.clone() });
            }
        }
        None
    }

    /// Draws the numbers and makes the acts.
    fn make(&mut self, sql: &Sql<'_>, append: &'a Append) -> Result<Appended, AppendError> {
        let (mut drawn, mut reached) = (Drawn::new(), Reached::new());
        let mut entries = Vec::with_capacity(append.entries.len());
        for entry in &append.entries {
            let matter = &entry.matter;
            let (before, prev) = self.heads.get(matter).copied().unwrap_or((0, Digest::ZERO));
            let version = before + 1;
            let mut numbers = BTreeMap::new();
            for draw in &entry.draws {
                let text = numbers::draw(sql, draw, matter, version)?;
                drawn.insert((matter.clone(), draw.slot.clone()), text.clone());
                numbers.insert(draw.slot.clone(), text);
            }
            let (bytes, hash) = chain(body(entry, version, &numbers), prev)
                .map_err(|source| AppendError::Body { matter: matter.clone(), source })?;
            self.seq += 1;
            self.heads.insert(matter, (version, hash));
            self.moved.insert(matter);
            self.acts.push(Act { entry, at: append.at, version, seq: self.seq, bytes, hash });
            reached.insert(matter.clone(), version);
            entries.push(AppendedEntry { matter: matter.clone(), version, hash, numbers });
        }
        let appended = Appended { entries, replayed: false };
        let result = append.idempotency.as_ref().map(|_| written(&appended));
        self.made.push(Made { append, drawn, reached, result });
        Ok(appended)
    }

    fn write(&self, sql: &Sql<'_>) -> Result<(), AppendError> {
        let acts: Vec<Vec<Cell<'_>>> = self.acts.iter().map(|act| act.row(sql.realm)).collect();
        many::put(sql, PUT_ACTS, "", &acts)?;
        let standing = |matter: &&MatterId| self.heads.get_key_value(*matter);
        let heads: Vec<Vec<Cell<'_>>> = (self.moved.iter().filter_map(standing))
            .map(|(matter, (version, hash))| params![sql.realm, matter.as_str(), version, hash.0].to_vec())
            .collect();
        many::put(sql, PUT_HEADS, OVER_HEADS, &heads)?;
        let sealed: Vec<Vec<Cell<'_>>> = self.acts.iter().flat_map(|act| act.sealed(sql.realm)).collect();
        many::put(sql, PUT_SEALED, "", &sealed)?;
        let mut acts = self.acts.iter();
        for made in &self.made {
            made.write(sql, &mut acts)?;
        }
        let answers: Vec<Vec<Cell<'_>>> = self.made.iter().filter_map(|made| made.answer(sql.realm)).collect();
        Ok(many::put(sql, PUT_ANSWERS, "", &answers)?)
    }
}

impl Act<'_> {
    fn row<'r>(&'r self, realm: &'r str) -> Vec<Cell<'r>> {
        let Self { entry, at, version, seq, bytes, hash } = self;
        params![realm, entry.matter.as_str(), version, seq, at, bytes, hash.0, entry.open].to_vec()
    }

    fn sealed<'r>(&'r self, realm: &'r str) -> impl Iterator<Item = Vec<Cell<'r>>> {
        self.entry.sealed.iter().zip(0_i64..).map(move |(sealed, part)| {
            let matter = Cell::Text(self.entry.matter.as_str());
            let [version, person, bytes] = params![self.version, sealed.person, sealed.bytes];
            vec![Cell::Text(realm), matter, version, Cell::Int(part), person, bytes]
        })
    }
}

impl Made<'_> {
    fn answer<'r>(&'r self, realm: &'r str) -> Option<Vec<Cell<'r>>> {
        let (IdempotencyKey { scope, key }, result) = self.append.idempotency.as_ref().zip(self.result.as_ref())?;
        Some(params![realm, scope, key, self.append.at, result].to_vec())
    }

    /// Everything of the append but the acts themselves, which are the next of `acts`.
    fn write<'e>(&self, sql: &Sql<'_>, acts: &mut impl Iterator<Item = &'e Act<'e>>) -> Result<(), AppendError> {
        let append = self.append;
        put_person_keys(sql, &append.person_keys)?;
        for act in acts.take(append.entries.len()) {
            self.put_rows(sql, act)?;
        }
        registers::put_rows(sql, &append.register_rows, &self.reached)?;
        for release in &append.releases {
            assignments::release(sql, release)?;
        }
        for row in &append.assignments {
            assignments::assign(sql, row, version_of(&self.reached, &row.matter)?)?;
        }
        for (file, matter) in &append.attach_files {
            files::attach(sql, file, matter)?;
        }
        if let Some(draft) = &append.remove_draft {
            drafts::remove(sql, draft)?;
        }
        append.outbox.iter().try_for_each(|message| outbox::put(sql, message, append.at))?;
        append.disposals.iter().try_for_each(|gone| disposal::dispose(sql, gone, &self.reached))
    }

    /// The rows that go with one act.
    fn put_rows(&self, sql: &Sql<'_>, act: &Act<'_>) -> Result<(), AppendError> {
        let (entry, version) = (act.entry, act.version);
        for void in &entry.voids {
            numbers::void(sql, void, act.at)?;
        }
        if let Some(view) = &entry.view {
            let number = numbers::resolve(&view.number, &entry.matter, &self.drawn)?;
            projections::put_view(sql, &LIVE, view, number.as_deref(), version, &entry.tasks)?;
        }
        for paper in &entry.papers {
            let number = numbers::resolve(&paper.number, &entry.matter, &self.drawn)?;
            projections::put_paper(sql, &LIVE, paper, number.as_deref(), version)?;
        }
        Ok(())
    }
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
