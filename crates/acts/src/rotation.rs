//! Wrapping anew: everything that an older master wrapped or sealed, in batches, beside programs that go on working.
//!
//! Keys of persons are wrapped anew; drafts, messages, passkeys, code generators and the secrets of the offices, sealed under the key of the
//! realm, are sealed anew. Files are not touched: the key of a file lies in the draft or the act it was handed in with, and
//! is sealed with it. What stands in acts for ever is under a key that no master makes ([`crate::keys::Keys::lasting_key`]).
//!
//! INVARIANT: a row is replaced only while it is what was read, so that a program that writes in between loses nothing; what
//! was done stays done, wherever it is interrupted.

use crate::bureau::Bureau;
use crate::keys::KeyError;
use crate::{factors, office_keys, passkeys};
use kernel::world::Moment;
use store::{ResealedRow, Rewrapping, StorageError};

/// What a run has wrapped anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Keys of persons.
    pub persons: u64,
    /// Drafts.
    pub drafts: u64,
    /// Messages.
    pub messages: u64,
    /// Passkeys.
    pub passkeys: u64,
    /// Secrets of code generators.
    pub generators: u64,
    /// Secrets of offices.
    pub office_keys: u64,
}

impl Rewrapped {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.persons + self.drafts + self.messages + self.passkeys + self.generators + self.office_keys
    }
}

/// Why a run ends before its end. It can be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// A row that none of the masters opens.
    #[error("`{row}` in {table} does not open")]
    DoesNotOpen {
        /// Where.
        table: &'static str,
        /// Which.
        row: String,
        /// Why.
        source: KeyError,
    },
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Walks once over everything wrapped or sealed, `batch` rows at a time.
///
/// # Errors
/// [`RotationError::DoesNotOpen`] names the first row that no master opens.
pub fn rewrap(bureau: &Bureau, batch: u32) -> Result<Rewrapped, RotationError> {
    let realm = bureau.keys.realm_key();
    let persons = walk(bureau, Rewrapping::PersonKeys, batch, &|row, bytes| {
        bureau.keys.rewrap_person_key(row, bytes, bureau.random())
    })?;
    let sealed = |row: &str, bytes: &[u8]| realm.reseal(bytes, row.as_bytes(), bureau.random());
    let drafts = walk(bureau, Rewrapping::Drafts, batch, &sealed)?;
    let messages = walk(bureau, Rewrapping::Messages, batch, &sealed)?;
    let passkeys = walk(bureau, Rewrapping::Passkeys, batch, &|row, bytes| {
        realm.reseal(bytes, &passkeys::label(row), bureau.random())
    })?;
    let generators = walk(bureau, Rewrapping::Generators, batch, &|row, bytes| {
        realm.reseal(bytes, &factors::label(row), bureau.random())
    })?;
    let office_keys = office_keys::reseal(bureau)?;
    Ok(Rewrapped { persons, drafts, messages, passkeys, generators, office_keys })
}

/// The bytes of a row made anew; none where they are under the newest master already.
type Anew<'a> = dyn Fn(&str, &[u8]) -> Result<Option<Vec<u8>>, KeyError> + 'a;

fn walk(bureau: &Bureau, what: Rewrapping, batch: u32, anew: &Anew<'_>) -> Result<u64, RotationError> {
    let (mut after, mut done) = (None, 0);
    loop {
        let rows = bureau.store.wrapped_after(what, after.as_deref(), batch)?;
        let Some((last, _)) = rows.last() else { return Ok(done) };
        after = Some(last.clone());
        let mut changed = Vec::new();
        for (row, was) in rows {
            let is = anew(&row, &was).map_err(|source| RotationError::DoesNotOpen {
                table: what.table(),
                row: row.clone(),
                source,
            })?;
            changed.extend(is.map(|is| ResealedRow { row, was, is }));
        }
        done += bureau.store.rewrap(what, changed)?;
    }
}

/// Before the name of a program that works on this store.
const PROGRAM: &str = "program/";
/// How long a program that says nothing is still taken to be at work, in milliseconds.
pub const SILENT_MS: i64 = 30_000;

/// A program that works on this store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    /// What it calls itself.
    pub program: String,
    /// The masters it knows, the one it wraps under first.
    pub masters: Vec<String>,
}

/// Says that a program is at work, and which masters it knows; those that have said nothing for long are forgotten.
///
/// # Errors
/// What the store says.
pub fn report(bureau: &Bureau, now: Moment, program: &str) -> Result<(), StorageError> {
    let at = now.at.as_millisecond();
    for (key, value) in bureau.store.settings_under(PROGRAM)? {
        if said(&value).is_none_or(|(said_at, _)| said_at.saturating_add(10 * SILENT_MS) < at) {
            bureau.store.remove_setting(&key)?;
        }
    }
    bureau.store.put_setting(&format!("{PROGRAM}{program}"), &format!("{at} {}", bureau.keys.masters().join(" ")))
}

/// Says that a program has ended.
///
/// # Errors
/// What the store says.
pub fn ended(bureau: &Bureau, program: &str) -> Result<(), StorageError> {
    bureau.store.remove_setting(&format!("{PROGRAM}{program}"))
}

/// The programs at work.
///
/// # Errors
/// What the store says.
pub fn working(bureau: &Bureau, now: Moment) -> Result<Vec<Working>, StorageError> {
    let at = now.at.as_millisecond();
    let known = bureau.store.settings_under(PROGRAM)?.into_iter();
    let working = known.filter_map(|(key, value)| {
        let (said_at, masters) = said(&value)?;
        let program = key.strip_prefix(PROGRAM)?.to_owned();
        (said_at.saturating_add(SILENT_MS) >= at).then_some(Working { program, masters })
    });
    Ok(working.collect())
}

fn said(value: &str) -> Option<(i64, Vec<String>)> {
    let mut words = value.split(' ');
    let at = words.next()?.parse().ok()?;
    Some((at, words.map(str::to_owned).collect()))
}
