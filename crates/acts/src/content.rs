//! What was stated in an act, kept outside the hashed bytes.
//!
//! The body of an act holds commitments only. The content lies beside it: values that concern no
//! person in the open, everything else sealed under the key of the person it concerns. Destroying
//! that key makes the content unreadable for ever; the chain still verifies.
//!
//! INVARIANT: what a person typed in their own words, and every file, is sealed.

use crate::bureau::Bureau;
use crate::keys::{KeyError, PersonKey};
use kernel::ledger::{CanonicalError, Digest, canonical, commitment};
use kernel::names::{MatterId, Name};
use kernel::procedure::{Field, FieldKind, Procedure, SeatPlace};
use kernel::value::{Facts, UnreadableValue, facts_from_json, facts_to_json};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use store::{SealedPart, StorageError, StoredAct};

/// Content ready to be stored, and the commitments that go into the body.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    /// The value of the body's `content` key.
    pub commitments: Map<String, Json>,
    /// Content in the open, with its salt.
    pub open: Vec<u8>,
    /// Content sealed, with its salts inside.
    pub sealed: Vec<SealedPart>,
}

/// Content as read back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// What can be read.
    pub facts: Facts,
    /// Persons whose key was destroyed: their part cannot be read any more.
    pub erased: Vec<String>,
}

/// Why content cannot be packed or read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The cipher.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Values that have no canonical bytes.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A value of an unknown form.
    #[error(transparent)]
    Value(#[from] UnreadableValue),
    /// Stored bytes that are no content.
    #[error("the content of act {version} of `{matter}` is not readable")]
    Unreadable {
        /// The matter.
        matter: String,
        /// The act.
        version: u32,
    },
    /// A party without a person.
    #[error("nobody stands behind party `{0}`")]
    NoPerson(Name),
}

/// The party a field concerns: as declared, or the first party for free words and files.
pub fn concerns<'p>(procedure: &'p Procedure, field: &'p Field) -> Option<&'p Name> {
    if field.personal.is_some() {
        return field.personal.as_ref();
    }
    match field.kind {
        FieldKind::Long { .. } | FieldKind::Files { .. } => first_party(procedure),
        _ => None,
    }
}

/// The first party of a procedure.
pub fn first_party(procedure: &Procedure) -> Option<&Name> {
    procedure.seats.iter().find(|seat| seat.place == SeatPlace::Party).map(|seat| &seat.name)
}

/// Parts content by whom it concerns and seals it.
///
/// # Errors
/// [`ContentError::NoPerson`] when a party has no person, or what the cipher says.
pub fn pack(
    bureau: &Bureau,
    procedure: &Procedure,
    label: &str,
    facts: &Facts,
    person_of: &dyn Fn(&Name) -> Option<(String, PersonKey)>,
) -> Result<Packed, ContentError> {
    let mut open = Facts::new();
    let mut by_party: BTreeMap<&Name, Facts> = BTreeMap::new();
    for (name, value) in facts {
        let party = procedure.field(name).and_then(|field| concerns(procedure, field));
        let part = match party {
            None => &mut open,
            Some(party) => by_party.entry(party).or_default(),
        };
        part.insert(name.clone(), value.clone());
    }
    let mut packed = Packed::default();
    let (bytes, digest) = salted(bureau, open)?;
    packed.open = bytes;
    packed.commitments.insert("open".into(), json!(digest.to_string()));
    let mut sealed = Map::new();
    for (party, facts) in by_party {
        let (person, key) = person_of(party).ok_or_else(|| ContentError::NoPerson(party.clone()))?;
        let (bytes, digest) = salted(bureau, facts)?;
        let bytes = key.seal(bureau.random(), &bytes, format!("{label}/{person}").as_bytes())?;
        sealed.insert(party.to_string(), json!(digest.to_string()));
        packed.sealed.push(SealedPart { person, bytes });
    }
    packed.commitments.insert("sealed".into(), Json::Object(sealed));
    Ok(packed)
}

/// Content with its salt, and the commitment to it.
fn salted(bureau: &Bureau, facts: Facts) -> Result<(Vec<u8>, Digest), ContentError> {
    let salt: [u8; 32] = bureau.random();
    let content = canonical(&Json::Object(facts_to_json(&facts)))?;
    let digest = commitment(&salt, &content);
    Ok(([salt.as_slice(), &content].concat(), digest))
}

/// The label that binds sealed content to its act. Content moved to another act does not open.
pub fn label(matter: &MatterId, version: u32) -> String {
    format!("{matter}/{version}")
}

/// Reads content back; `keys` remembers keys between the acts of a matter.
///
/// # Errors
/// [`ContentError`] when content is there and does not open, or is not of its form.
pub fn unpack(
    bureau: &Bureau,
    act: &StoredAct,
    keys: &mut BTreeMap<String, Option<PersonKey>>,
) -> Result<Unpacked, ContentError> {
    let unreadable = || ContentError::Unreadable { matter: act.matter.to_string(), version: act.version };
    let mut unpacked = Unpacked { facts: part(&act.open).ok_or_else(unreadable)??, erased: Vec::new() };
    let label = label(&MatterId::new(act.matter.as_str()), act.version);
    for sealed in &act.sealed {
        let key = match keys.get(&sealed.person) {
            Some(key) => key.clone(),
            None => {
                let key = person_key(bureau, &sealed.person)?;
                keys.insert(sealed.person.clone(), key.clone());
                key
            }
        };
        match key {
            None => unpacked.erased.push(sealed.person.clone()),
            Some(key) => {
                let bytes = key.open(&sealed.bytes, format!("{label}/{}", sealed.person).as_bytes())?;
                unpacked.facts.extend(part(&bytes).ok_or_else(unreadable)??);
            }
        }
    }
    Ok(unpacked)
}

/// The key of a person, none when it was destroyed or never made.
///
/// # Errors
/// The store's, or [`KeyError::DoesNotOpen`] under the wrong master key.
pub fn person_key(bureau: &Bureau, person: &str) -> Result<Option<PersonKey>, ContentError> {
    Ok(match bureau.store.person_key(person)? {
        Some(store::PersonKey::Wrapped(wrapped)) => Some(bureau.keys.unwrap_person_key(person, &wrapped)?),
        Some(store::PersonKey::Erased { .. }) | None => None,
    })
}

/// Salted bytes back to values.
fn part(bytes: &[u8]) -> Option<Result<Facts, ContentError>> {
    if bytes.is_empty() {
        return Some(Ok(Facts::new()));
    }
    let (_, content) = bytes.split_at_checked(32)?;
    let json: Json = serde_json::from_slice(content).ok()?;
    Some(facts_from_json(json.as_object()?).map_err(ContentError::from))
}

/// Whether the content beside an act is what its body committed to. Erased parts are not checked:
/// there is nothing left to check.
///
/// # Errors
/// As [`unpack`].
pub fn keeps_commitment(bureau: &Bureau, act: &StoredAct) -> Result<bool, ContentError> {
    let unreadable = || ContentError::Unreadable { matter: act.matter.to_string(), version: act.version };
    let body: Json = serde_json::from_slice(&act.bytes).map_err(|_| unreadable())?;
    let Some(content) = body.get("content") else { return Ok(true) };
    let committed = |digest: Option<&Json>, bytes: &[u8]| {
        let (salt, content) = bytes.split_at_checked(32)?;
        let salt: &[u8; 32] = salt.try_into().ok()?;
        Some(digest.and_then(Json::as_str) == Some(commitment(salt, content).to_string().as_str()))
    };
    if committed(content.get("open"), &act.open) != Some(true) {
        return Ok(false);
    }
    let label = label(&MatterId::new(act.matter.as_str()), act.version);
    let mut expected: Vec<&str> = content
        .get("sealed")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(_, digest)| digest.as_str())
        .collect();
    // A part that was taken away leaves nothing to open, and would otherwise not be missed.
    if expected.len() != act.sealed.len() {
        return Ok(false);
    }
    for sealed in &act.sealed {
        let Some(key) = person_key(bureau, &sealed.person)? else { continue };
        let bytes = key.open(&sealed.bytes, format!("{label}/{}", sealed.person).as_bytes())?;
        let (salt, inner) = bytes.split_at_checked(32).ok_or_else(unreadable)?;
        let salt: &[u8; 32] = salt.try_into().map_err(|_| unreadable())?;
        let digest = commitment(salt, inner).to_string();
        match expected.iter().position(|wanted| **wanted == digest) {
            Some(found) => {
                expected.swap_remove(found);
            }
            None => return Ok(false),
        }
    }
    Ok(true)
}
