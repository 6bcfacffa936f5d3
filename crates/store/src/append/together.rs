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
use crate::numbers::{self, Drawn, Taking};
use crate::projections::{self, Issued, LIVE, Shown};
use crate::sql::{Sql, StorageError};
use crate::{assignments, disposal, drafts, erasure, files, many, outbox, registers};

const HEADS: &str = "select matter, version, hash from head where realm = $1 and";
const PUT_HEADS: &str = "insert into head(realm, matter, version, hash)";
const OVER_HEADS: &str = " on conflict(realm, matter) do update set version = excluded.version, hash = excluded.hash";
const LAST_SEQ: &str = "select max(seq) from act where realm = $1";
const PUT_ACTS: &str = "insert into act(realm, matter, version, seq, at, bytes, hash, open)";
const PUT_SEALED: &str = "insert into sealed(realm, matter, version, part, person, bytes)";
const KEYED: &str = "select person from person_key where realm = $1 and";
const PUT_PERSON_KEYS: &str = "insert into person_key(realm, person, wrapped)";
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

/// An append that nothing was said against.
struct Accepted<'a> {
    append: &'a Append,
    /// Its place among the outcomes.
    place: usize,
    /// The version each of its entries becomes.
    versions: Vec<u32>,
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
    /// The answer, for whoever sends the same key again.
    result: Option<String>,
}

/// Where the matters of a group stand.
struct Known<'a> {
    heads: BTreeMap<&'a MatterId, (u32, Digest)>,
    answered: BTreeSet<(String, String)>,
}

/// Writes appends, each in its turn; an outcome that is an error has left no row.
///
/// # Errors
///
/// [`Apart`] when the group must be undone. Written alone, an append that is refused gives its own error.
pub(crate) fn together(sql: &Sql<'_>, appends: &[&Append]) -> Result<Vec<Result<Appended, AppendError>>, Apart> {
    let mut known = Known::read(sql, appends)?;
    let mut outcomes = Vec::with_capacity(appends.len());
    let accepted = known.judge(sql, appends, &mut outcomes)?;
    let mut numbers = draw(sql, &accepted)?.into_iter();
    let mut seq = if accepted.is_empty() { 0 } else { sql.integer(LAST_SEQ, params![sql.realm])? };
    let (mut acts, mut made) = (Vec::new(), Vec::with_capacity(accepted.len()));
    for accepted in &accepted {
        let (appended, one) = known.make(accepted, &mut numbers, &mut seq, &mut acts)?;
        if let Some(outcome) = outcomes.get_mut(accepted.place) {
            *outcome = Ok(appended);
        }
        made.push(one);
    }
    known.put_acts(sql, &acts)?;
    put_rows(sql, &acts, &made)?;
    Ok(outcomes)
}

impl<'a> Known<'a> {
    /// Where the matters stand, and which keys have an answer.
    fn read(sql: &Sql<'_>, appends: &[&'a Append]) -> Result<Self, StorageError> {
        let entries = appends.iter().flat_map(|append| &append.entries);
        let matters: BTreeMap<&str, &'a MatterId> =
            entries.map(|entry| (entry.matter.as_str(), &entry.matter)).collect();
        let mut heads = BTreeMap::new();
        let keys: Vec<Vec<Cell<'_>>> = matters.keys().map(|matter| vec![Cell::Text(matter)]).collect();
        many::find(sql, HEADS, "", &["matter"], &keys, |row| {
            let matter: String = row.get(0)?;
            if let Some(matter) = matters.get(matter.as_str()) {
                heads.insert(*matter, (row.get(1)?, Digest(row.get(2)?)));
            }
            Ok(())
        })?;
        let keys = appends.iter().filter_map(|append| append.idempotency.as_ref());
        let keys: Vec<Vec<Cell<'_>>> = keys.map(|key| params![key.scope, key.key].to_vec()).collect();
        let mut answered = BTreeSet::new();
        many::find(sql, ANSWERED, "", &["scope", "key"], &keys, |row| {
            answered.insert((row.get(0)?, row.get(1)?));
            Ok(())
        })?;
        Ok(Self { heads, answered })
    }

    /// Answers what was answered before, refuses what must be refused; what is left is to be written.
    fn judge(
        &mut self,
        sql: &Sql<'_>,
        appends: &[&'a Append],
        outcomes: &mut Vec<Result<Appended, AppendError>>,
    ) -> Result<Vec<Accepted<'a>>, Apart> {
        let mut accepted = Vec::with_capacity(appends.len());
        let mut standing: BTreeMap<&MatterId, u32> =
            self.heads.iter().map(|(matter, (version, _))| (*matter, *version)).collect();
        let mut keys = BTreeSet::new();
        for (place, append) in appends.iter().enumerate() {
            if let Some(key @ IdempotencyKey { scope, key: text }) = &append.idempotency {
                if self.answered.contains(&(scope.clone(), text.clone())) {
                    outcomes.push(Ok(replay(sql, key)?.ok_or(Apart::Repeated)?));
                    continue;
                }
                if !keys.insert((scope, text)) {
                    return Err(Apart::Repeated);
                }
            }
            match versions(append, &mut standing) {
                Err(error) => outcomes.push(Err(error)),
                Ok(versions) => {
                    accepted.push(Accepted { append, place, versions });
                    outcomes.push(Ok(Appended { entries: Vec::new(), replayed: false }));
                }
            }
        }
        Ok(accepted)
    }

    /// Makes the acts of an append, with the numbers that were drawn for them.
    fn make(
        &mut self,
        accepted: &Accepted<'a>,
        texts: &mut impl Iterator<Item = String>,
        seq: &mut i64,
        acts: &mut Vec<Act<'a>>,
    ) -> Result<(Appended, Made<'a>), AppendError> {
        let append = accepted.append;
        let (mut drawn, mut reached) = (Drawn::new(), Reached::new());
        let mut entries = Vec::with_capacity(append.entries.len());
        for (entry, version) in append.entries.iter().zip(accepted.versions.iter().copied()) {
            let matter = &entry.matter;
            let mut numbers = BTreeMap::new();
            for (draw, text) in entry.draws.iter().zip(texts.by_ref()) {
                drawn.insert((matter.clone(), draw.slot.clone()), text.clone());
                numbers.insert(draw.slot.clone(), text);
            }
            let prev = self.heads.get(matter).map_or(Digest::ZERO, |(_, hash)| *hash);
            let (bytes, hash) = chain(body(entry, version, &numbers), prev)
                .map_err(|source| AppendError::Body { matter: matter.clone(), source })?;
            *seq += 1;
            self.heads.insert(matter, (version, hash));
            acts.push(Act { entry, at: append.at, version, seq: *seq, bytes, hash });
            reached.insert(matter.clone(), version);
            entries.push(AppendedEntry { matter: matter.clone(), version, hash, numbers });
        }
        let appended = Appended { entries, replayed: false };
        let result = append.idempotency.as_ref().map(|_| written(&appended));
        Ok((appended, Made { append, drawn, reached, result }))
    }

    /// Writes the acts, and where their matters stand now.
    fn put_acts(&self, sql: &Sql<'_>, acts: &[Act<'_>]) -> Result<(), StorageError> {
        let rows: Vec<Vec<Cell<'_>>> = acts.iter().map(|act| act.row(sql.realm)).collect();
        many::put(sql, PUT_ACTS, "", &rows)?;
        let moved: BTreeSet<&MatterId> = acts.iter().map(|act| &act.entry.matter).collect();
        let heads: Vec<Vec<Cell<'_>>> = moved
            .iter()
            .filter_map(|matter| self.heads.get_key_value(*matter))
            .map(|(matter, (version, hash))| params![sql.realm, matter.as_str(), version, hash.0].to_vec())
            .collect();
        many::put(sql, PUT_HEADS, OVER_HEADS, &heads)?;
        let sealed: Vec<Vec<Cell<'_>>> = acts.iter().flat_map(|act| act.sealed(sql.realm)).collect();
        many::put(sql, PUT_SEALED, "", &sealed)
    }
}

/// The versions that the entries of an append become, or what can be said against it before anything is written. The
/// matters move on for the appends after it.
fn versions<'a>(append: &'a Append, standing: &mut BTreeMap<&'a MatterId, u32>) -> Result<Vec<u32>, AppendError> {
    let mut moved: BTreeMap<&MatterId, u32> = BTreeMap::new();
    let mut versions = Vec::with_capacity(append.entries.len());
    for entry in &append.entries {
        check_rows(entry)?;
        let matter = &entry.matter;
        let actual = moved.get(matter).or_else(|| standing.get(matter)).copied().unwrap_or(0);
        if actual != entry.expected {
            let (matter, expected) = (matter.clone(), entry.expected);
            return Err(AppendError::Stale { matter, expected, actual });
        }
        let mut slots = BTreeSet::new();
        if let Some(twice) = entry.draws.iter().find(|draw| !slots.insert(&draw.slot)) {
            return Err(AppendError::SlotTwice { slot: twice.slot.clone() });
        }
        moved.insert(matter, actual + 1);
        versions.push(actual + 1);
    }
    standing.extend(moved);
    Ok(versions)
}

/// Draws the numbers of all accepted appends, in their order.
fn draw(sql: &Sql<'_>, accepted: &[Accepted<'_>]) -> Result<Vec<String>, AppendError> {
    let entries = accepted.iter().flat_map(|one| one.append.entries.iter().zip(&one.versions));
    let taking: Vec<Taking<'_>> = entries
        .flat_map(|(entry, version)| {
            entry.draws.iter().map(|draw| Taking { draw, matter: &entry.matter, version: *version })
        })
        .collect();
    numbers::draw(sql, &taking)
}

/// Writes everything of the appends but the acts themselves.
fn put_rows(sql: &Sql<'_>, acts: &[Act<'_>], made: &[Made<'_>]) -> Result<(), AppendError> {
    put_person_keys(sql, made)?;
    let (mut shown, mut issued) = (Vec::new(), Vec::new());
    let mut rest = acts.iter();
    for one in made {
        for act in rest.by_ref().take(one.append.entries.len()) {
            let (entry, version) = (act.entry, act.version);
            let number = |number| numbers::resolve(number, &entry.matter, &one.drawn);
            for void in &entry.voids {
                numbers::void(sql, void, act.at)?;
            }
            if let Some(view) = &entry.view {
                shown.push(Shown { view, number: number(&view.number)?, version, tasks: &entry.tasks });
            }
            for paper in &entry.papers {
                issued.push(Issued { paper, number: number(&paper.number)?, version });
            }
        }
    }
    projections::put_views(sql, &LIVE, &shown)?;
    projections::put_papers(sql, &LIVE, &issued)?;
    made.iter().try_for_each(|one| one.put_rest(sql))?;
    let messages = made.iter().flat_map(|one| one.append.outbox.iter().map(|message| (message, one.append.at)));
    outbox::put(sql, &messages.collect::<Vec<_>>())?;
    let answers: Vec<Vec<Cell<'_>>> = made.iter().filter_map(|one| one.answer(sql.realm)).collect();
    many::put(sql, PUT_ANSWERS, "", &answers)?;
    // Last, so that nothing of the matter is written after it.
    made.iter().try_for_each(|one| {
        one.append.disposals.iter().try_for_each(|gone| disposal::dispose(sql, gone, &one.reached))?;
        one.append.erasures.iter().try_for_each(|gone| erasure::erase(sql, gone, one.append.at, &one.reached))
    })
}

/// INVARIANT: a key is never replaced: what it sealed would be lost.
fn put_person_keys(sql: &Sql<'_>, made: &[Made<'_>]) -> Result<(), AppendError> {
    let new = || made.iter().flat_map(|one| &one.append.person_keys);
    let mut known = BTreeSet::new();
    let keys: Vec<Vec<Cell<'_>>> = new().map(|key| params![key.person].to_vec()).collect();
    many::find(sql, KEYED, "", &["person"], &keys, |row| {
        known.insert(row.get::<String>(0)?);
        Ok(())
    })?;
    if let Some(taken) = new().find(|key| !known.insert(key.person.clone())) {
        return Err(AppendError::PersonKeyTaken { person: taken.person.clone() });
    }
    let rows: Vec<Vec<Cell<'_>>> =
        new().map(|NewPersonKey { person, wrapped }| params![sql.realm, person, wrapped].to_vec()).collect();
    Ok(many::put(sql, PUT_PERSON_KEYS, "", &rows)?)
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

    /// What few appends carry, row by row.
    fn put_rest(&self, sql: &Sql<'_>) -> Result<(), AppendError> {
        let append = self.append;
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
        match &append.remove_draft {
            Some(draft) => Ok(drafts::remove(sql, draft)?),
            None => Ok(()),
        }
    }
}
