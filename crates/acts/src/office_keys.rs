//! The signing keys of the offices: one each, made when the first paper of the office is signed.
//!
//! The secret half is sealed under the keys of the realm and kept as a setting, so that several programs that serve one
//! database sign with the same key, and whoever has the database alone has none. From when a key signs is an act in the
//! chain `office-keys/<office>`; it signs until the next one begins, and what was sealed for it is then written over.
//!
//! The list of all keys is signed by the key of the realm, which signs the checkpoints too.
//!
//! INVARIANT: of a key that was made the public half is in the ledger before anything is signed with it.

use crate::bureau::Bureau;
use crate::keys::{KeyError, verify_signature};
use crate::rotation::RotationError;
use crate::side;
use kernel::ledger::canonical;
use kernel::names::OfficeId;
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use store::{AppendError, StorageError};

/// The identifier under which offices sign; part of every signature.
const SIGNER: &str = "xiezhi-office";
/// What the format of the list is called.
pub const LIST: &str = "xiezhi-keys/1";
/// What stands in place of a secret that signs no more.
const RETIRED: &str = "retired";
/// How often a key is drawn: a scalar is out of range once in 2^32 draws.
const DRAWS: u32 = 8;

/// One key of an office, its public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeKey {
    /// The office.
    pub office: OfficeId,
    /// Uncompressed, in hex.
    pub public_key: String,
    /// From when it signs, milliseconds UTC.
    pub from: i64,
    /// Until when, where another took its place.
    pub until: Option<i64>,
}

/// Why an office has no key.
#[derive(Debug, thiserror::Error)]
pub enum OfficeKeyError {
    /// No such office.
    #[error("there is no office `{0}`")]
    NoOffice(OfficeId),
    /// The secret does not open, or cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A key that signs for an office.
pub(crate) struct OfficeSigner {
    secret: SigningKey,
    /// Its public half.
    pub public: OfficeKey,
}

impl OfficeSigner {
    /// Signs for the office.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.secret.sign(message);
        signature.to_bytes().to_vec()
    }
}

/// Whether a signature over a message is by that key of an office.
pub fn office_signed(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    let check = || {
        let key = VerifyingKey::from_sec1_bytes(SIGNER, &hex::decode(public_key).ok()?).ok()?;
        key.verify(message, &Signature::from_slice(signature).ok()?).ok()
    };
    check().is_some()
}

/// The keys an office has had, oldest first.
///
/// # Errors
/// What the store says.
pub fn keys_of(bureau: &Bureau, office: &OfficeId) -> Result<Vec<OfficeKey>, StorageError> {
    let mut found: Vec<OfficeKey> = Vec::new();
    for act in bureau.store.acts_of(&chain(office))? {
        let body: Option<Json> = serde_json::from_slice(&act.bytes).ok();
        let Some(public_key) = body.as_ref().and_then(|body| body.get("public_key")?.as_str()) else { continue };
        // Two programs that made the first key at once wrote the same one down twice.
        if found.last().is_some_and(|last| last.public_key == public_key) {
            continue;
        }
        if let Some(last) = found.last_mut() {
            last.until = Some(act.at);
        }
        found.push(OfficeKey { office: office.clone(), public_key: public_key.to_owned(), from: act.at, until: None });
    }
    Ok(found)
}

/// The key an office signs with now; made where it has none yet.
///
/// # Errors
/// [`OfficeKeyError`] says why there is none.
pub(crate) fn signer(bureau: &Bureau, now: Moment, office: &OfficeId) -> Result<OfficeSigner, OfficeKeyError> {
    bureau.law.place.office(office).ok_or_else(|| OfficeKeyError::NoOffice(office.clone()))?;
    let known = keys_of(bureau, office)?;
    match known.last() {
        None => begin(bureau, now, office, 1),
        Some(public) => {
            let secret = bureau.store.setting(&place(office, known.len()))?.unwrap_or_default();
            Ok(OfficeSigner { secret: opened(bureau, office, &secret)?, public: public.clone() })
        }
    }
}

/// Gives an office a new key. The one before signs no more, and what it signed stays signed.
///
/// # Errors
/// [`OfficeKeyError`] says why it keeps the key it has.
pub fn rotate(bureau: &Bureau, now: Moment, office: &OfficeId) -> Result<OfficeKey, OfficeKeyError> {
    bureau.law.place.office(office).ok_or_else(|| OfficeKeyError::NoOffice(office.clone()))?;
    let known = keys_of(bureau, office)?.len();
    let made = begin(bureau, now, office, known.saturating_add(1))?;
    if known > 0 {
        bureau.store.put_setting(&place(office, known), RETIRED)?;
    }
    Ok(made.public)
}

/// Makes the key of that count, or takes the one another program has just made, and writes down from when it signs.
fn begin(bureau: &Bureau, now: Moment, office: &OfficeId, count: usize) -> Result<OfficeSigner, OfficeKeyError> {
    let sealed = drawn(bureau, office)?;
    let kept = bureau.store.put_setting_once(&place(office, count), &sealed)?;
    let secret = opened(bureau, office, &kept)?;
    let public_key = hex::encode(secret.verifying_key().to_sec1_bytes());
    let mut body = Map::new();
    body.insert("act".into(), json!("office-key"));
    body.insert("office".into(), json!(office.as_str()));
    body.insert("public_key".into(), json!(public_key));
    side::append(bureau, now, &chain(office), body, &json!({}), Vec::new())?;
    let begun = keys_of(bureau, office)?.into_iter().rfind(|key| key.public_key == public_key);
    let public = begun.ok_or(KeyError::DoesNotOpen)?;
    Ok(OfficeSigner { secret, public })
}

/// A fresh secret, sealed.
fn drawn(bureau: &Bureau, office: &OfficeId) -> Result<String, KeyError> {
    for _ in 0..DRAWS {
        let secret: [u8; 32] = bureau.random();
        if SigningKey::from_slice(SIGNER, &secret).is_ok() {
            let sealed = bureau.keys.realm_key().seal(bureau.random(), &secret, label(office).as_bytes())?;
            return Ok(hex::encode(sealed));
        }
    }
    Err(KeyError::Weak("office"))
}

fn opened(bureau: &Bureau, office: &OfficeId, sealed: &str) -> Result<SigningKey, KeyError> {
    let sealed = hex::decode(sealed).map_err(|_| KeyError::DoesNotOpen)?;
    let secret = bureau.keys.realm_key().open(&sealed, label(office).as_bytes())?;
    SigningKey::from_slice(SIGNER, &secret).map_err(|_| KeyError::Malformed("office"))
}

fn chain(office: &OfficeId) -> store::MatterId {
    store::MatterId(format!("office-keys/{office}"))
}

/// Where the secrets are kept.
const SECRETS: &str = "office-key/";

/// Where the secret of the key of that count is kept.
fn place(office: &OfficeId, count: usize) -> String {
    format!("{SECRETS}{office}/{count}")
}

/// Seals the secrets anew that an older master sealed; answers how many.
///
/// # Errors
/// [`RotationError::DoesNotOpen`] for one that no master opens.
pub(crate) fn reseal(bureau: &Bureau) -> Result<u64, RotationError> {
    let mut done = 0;
    for (key, was) in bureau.store.settings_under(SECRETS)? {
        let Some((label, _)) = key.rsplit_once('/').filter(|_| was != RETIRED) else { continue };
        let sealed = hex::decode(&was).map_err(|_| KeyError::DoesNotOpen);
        let realm = bureau.keys.realm_key();
        let anew = sealed.and_then(|sealed| realm.reseal(&sealed, label.as_bytes(), bureau.random()));
        let anew = anew.map_err(|source| RotationError::DoesNotOpen { table: "setting", row: key.clone(), source })?;
        if let Some(anew) = anew {
            done += u64::from(bureau.store.change_setting(&key, &was, &hex::encode(anew))?);
        }
    }
    Ok(done)
}

/// Binds a secret to its office.
fn label(office: &OfficeId) -> String {
    format!("{SECRETS}{office}")
}

/// The list of the keys of all offices, signed by the key of the realm: what a checker needs who has no database.
///
/// # Errors
/// What the store says, and what signs.
pub fn list(bureau: &Bureau, now: Moment) -> Result<Json, OfficeKeyError> {
    let mut offices = Vec::new();
    for office in &bureau.law.place.offices {
        let keys = keys_of(bureau, &office.id)?;
        if !keys.is_empty() {
            let keys: Vec<Json> = keys.iter().map(told).collect();
            offices.push(json!({ "office": office.id.as_str(), "name": office.name, "keys": keys }));
        }
    }
    let mut list = json!({ "format": LIST, "realm": bureau.store.realm(), "place": bureau.law.place.name,
        "made_at": now.at.as_millisecond(), "offices": offices, "public_key": bureau.keys.public_key() });
    let signature = signed_bytes(&list).map(|bytes| bureau.keys.sign(&bytes)).transpose()?.unwrap_or_default();
    if let Some(object) = list.as_object_mut() {
        object.insert("signature".into(), json!(hex::encode(signature)));
    }
    Ok(list)
}

/// A key as the list and receipts tell it.
pub(crate) fn told(key: &OfficeKey) -> Json {
    json!({ "public_key": key.public_key, "from": key.from, "until": key.until })
}

fn signed_bytes(list: &Json) -> Option<Vec<u8>> {
    let mut unsigned = list.as_object()?.clone();
    unsigned.remove("signature");
    Some([b"xiezhi-keys\n".as_slice(), &canonical(&Json::Object(unsigned)).ok()?].concat())
}

/// A list that was read and whose signature holds.
#[derive(Debug, Clone)]
pub struct KeyList {
    /// The realm it is of.
    pub realm: String,
    /// The keys.
    pub keys: Vec<OfficeKey>,
}

/// Why a list is not one to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is no list of keys, or lacks a part.
    #[error("the text is no list of office keys")]
    Unreadable,
    /// It was signed by another key than the one the checker trusts.
    #[error("the list is signed by another key")]
    OtherKey,
    /// It was changed.
    #[error("the signature of the list does not hold")]
    Changed,
}

/// Reads a list of keys and checks its signature; `known_key` is the key of the realm the checker trusts.
///
/// # Errors
/// [`ListError`] says why it is not to be trusted.
pub fn read_list(text: &str, known_key: Option<&str>) -> Result<KeyList, ListError> {
    let list: Json = serde_json::from_str(text).map_err(|_| ListError::Unreadable)?;
    let text = |key: &str| list.get(key).and_then(Json::as_str).ok_or(ListError::Unreadable);
    if text("format")? != LIST {
        return Err(ListError::Unreadable);
    }
    let key = text("public_key")?;
    if known_key.is_some_and(|known| known != key) {
        return Err(ListError::OtherKey);
    }
    let signature = hex::decode(text("signature")?).map_err(|_| ListError::Changed)?;
    let bytes = signed_bytes(&list).ok_or(ListError::Unreadable)?;
    if !verify_signature(key, &bytes, &signature) {
        return Err(ListError::Changed);
    }
    let realm = text("realm")?.to_owned();
    let keys = keys_in(&list).ok_or(ListError::Unreadable)?;
    Ok(KeyList { realm, keys })
}

fn keys_in(list: &Json) -> Option<Vec<OfficeKey>> {
    let mut found = Vec::new();
    for office in list.get("offices")?.as_array()? {
        let id = OfficeId::new(office.get("office")?.as_str()?);
        for key in office.get("keys")?.as_array()? {
            let public_key = key.get("public_key")?.as_str()?.to_owned();
            let until = key.get("until").and_then(Json::as_i64);
            found.push(OfficeKey { office: id.clone(), public_key, from: key.get("from")?.as_i64()?, until });
        }
    }
    Some(found)
}
