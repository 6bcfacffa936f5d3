//! A matter, folded from its acts, with the edition it is on.

use crate::bureau::Bureau;
use crate::content::{self, ContentError};
use crate::keys::PersonKey;
use crate::tombstone::{self, Left};
use kernel::ledger::Digest;
use kernel::matter::{Act, FoldError, Matter};
use kernel::names::{MatterId, Name};
use kernel::procedure::Procedure;
use kernel::value::Facts;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{StorageError, StoredAct};

/// A loaded matter.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The matter.
    pub matter: Matter,
    /// Its edition.
    pub procedure: Arc<Procedure>,
    /// Hash of its last act.
    pub head: Digest,
    /// Persons whose content was erased.
    pub erased: Vec<String>,
}

/// Why a matter cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is none.
    #[error("there is no matter `{0}`")]
    NoMatter(MatterId),
    /// Its edition is not loaded.
    #[error("edition {edition} of `{procedure}` is not loaded")]
    NoEdition {
        /// The procedure.
        procedure: Name,
        /// The edition.
        edition: Digest,
    },
    /// Its content was destroyed when its term of keeping was over.
    #[error("the content of the matter was destroyed on {}", .0.tombstone.on)]
    Disposed(Box<Left>),
    /// Its acts do not fold.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// Its content does not open.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Loads a matter.
///
/// # Errors
/// [`LoadError`] says what is missing.
pub fn load(bureau: &Bureau, id: &MatterId) -> Result<Loaded, LoadError> {
    let stored = bureau.store.acts_of(&store::MatterId(id.to_string()))?;
    from_stored(bureau, id, &stored)
}

/// Folds acts already read.
///
/// # Errors
/// As [`load`].
pub fn from_stored(bureau: &Bureau, id: &MatterId, stored: &[StoredAct]) -> Result<Loaded, LoadError> {
    let last = stored.last().ok_or_else(|| LoadError::NoMatter(id.clone()))?;
    if let Some(tombstone) = tombstone::read(last) {
        return Err(LoadError::Disposed(Box::new(tombstone::left(bureau, id, stored, tombstone)?)));
    }
    folded(bureau, id, stored, last.hash, BTreeMap::new())
}

/// Folds acts already read, as they are without what is known of a person.
///
/// # Errors
/// As [`load`].
pub(crate) fn without(bureau: &Bureau, id: &MatterId, stored: &[StoredAct], person: &str) -> Result<Loaded, LoadError> {
    let last = stored.last().ok_or_else(|| LoadError::NoMatter(id.clone()))?;
    folded(bureau, id, stored, last.hash, BTreeMap::from([(person.to_owned(), None)]))
}

fn folded(
    bureau: &Bureau,
    id: &MatterId,
    stored: &[StoredAct],
    head: Digest,
    mut keys: BTreeMap<String, Option<PersonKey>>,
) -> Result<Loaded, LoadError> {
    let mut erased = Vec::new();
    let mut acts: Vec<(Act, Facts)> = Vec::with_capacity(stored.len());
    for act in stored {
        let unpacked = content::unpack(bureau, act, &mut keys)?;
        erased.extend(unpacked.erased);
        acts.push((body_of(act)?, unpacked.facts));
    }
    erased.sort();
    erased.dedup();
    let matter = Matter::fold(id, acts)?;
    let procedure = edition_of(bureau, &matter)?;
    Ok(Loaded { matter, procedure, head, erased })
}

/// The edition a matter is on.
///
/// # Errors
/// [`LoadError::NoEdition`] when it is not loaded.
pub(crate) fn edition_of(bureau: &Bureau, matter: &Matter) -> Result<Arc<Procedure>, LoadError> {
    let missing = || LoadError::NoEdition { procedure: matter.procedure.clone(), edition: matter.edition };
    bureau.law.edition(matter.edition).cloned().ok_or_else(missing)
}

/// The act in stored bytes.
///
/// # Errors
/// [`FoldError::Unreadable`] when the bytes are not an act of a matter.
pub fn body_of(act: &StoredAct) -> Result<Act, FoldError> {
    let unreadable = FoldError::Unreadable { version: act.version, key: "act" };
    let body: Json = serde_json::from_slice(&act.bytes).map_err(|_| unreadable.clone())?;
    Act::from_body(act.version, body.as_object().ok_or(unreadable)?)
}
