//! The matters of a person who proved who they are: a list, and the page of each.
//!
//! The identity number is proved elsewhere; here it becomes the same person that an application with this number made. Only
//! the party that opened a matter has its page; whoever else is named in it has none.
//!
//! INVARIANT: the number itself is neither stored nor logged.

use crate::bureau::Bureau;
use crate::codes::PAGE_LIVES_MS;
use crate::content::first_party;
use crate::load::{self, LoadError};
use crate::people;
use crate::side;
use kernel::identity::ResidentId;
use kernel::names::{MatterId, PersonId};
use kernel::world::Moment;
use serde_json::{Map, json};
use store::{AppendError, MatterRow, StorageError};

/// Matters looked at for one list.
const MATTERS_MAX: u32 = 100;
/// The kind of these sessions.
const KIND: &str = "person";

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum BelongingError {
    /// What was told is no identity number.
    #[error("the provider told no identity number that holds")]
    NoNumber,
    /// A matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The record.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Opens a session for the person with this identity number, vouched for by an issuer.
///
/// # Errors
/// [`BelongingError::NoNumber`].
pub fn sign_in(bureau: &Bureau, now: Moment, issuer: &str, number: Option<&str>) -> Result<String, BelongingError> {
    let number = number.map(|number| number.trim().to_ascii_uppercase()).unwrap_or_default();
    let number = ResidentId::parse(&number, now.on()).map_err(|_| BelongingError::NoNumber)?;
    let person = bureau.keys.person_of(number.as_str());
    let mut body = Map::new();
    body.insert("act".into(), json!("sign-in"));
    body.insert("by".into(), json!("identity"));
    body.insert("issuer".into(), json!(issuer));
    let chain = store::MatterId(format!("citizen/{person}"));
    side::append(bureau, now, &chain, body, &json!({}), Vec::new())?;
    Ok(people::open_session(bureau, now, KIND, &person, PAGE_LIVES_MS, Vec::new())?)
}

/// The person of a session.
///
/// # Errors
/// What the store says.
pub fn person(bureau: &Bureau, now: Moment, token: &str) -> Result<Option<PersonId>, StorageError> {
    let session = people::living_session(bureau, now, token)?.filter(|session| session.kind == KIND);
    Ok(session.map(|session| PersonId::new(session.subject)))
}

/// Whether a person is the party whose page a matter has.
fn is_theirs(bureau: &Bureau, person: &PersonId, matter: &MatterId) -> Result<bool, LoadError> {
    match load::load(bureau, matter) {
        Ok(loaded) => {
            let party = first_party(&loaded.procedure);
            Ok(party.and_then(|party| loaded.matter.parties.get(party)) == Some(person))
        }
        Err(LoadError::NoMatter(_) | LoadError::Disposed(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The matters of a person, the newest first.
///
/// # Errors
/// What the store or a matter says.
pub fn own(bureau: &Bureau, person: &PersonId) -> Result<Vec<MatterRow>, BelongingError> {
    let mut own = Vec::new();
    for id in bureau.store.latest_matters_of_person(person.as_str(), MATTERS_MAX)? {
        if is_theirs(bureau, person, &MatterId::new(id.as_str()))? {
            own.extend(bureau.store.matter(&id)?);
        }
    }
    Ok(own)
}

/// Opens the page of a matter, where it is theirs.
///
/// # Errors
/// What the store or the matter says.
pub fn open(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    matter: &MatterId,
) -> Result<Option<String>, BelongingError> {
    if !is_theirs(bureau, person, matter)? {
        return Ok(None);
    }
    Ok(Some(people::open_session(bureau, now, "matter", matter.as_str(), PAGE_LIVES_MS, Vec::new())?))
}
