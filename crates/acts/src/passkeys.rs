//! Passkeys (WebAuthn): a key in the hands of a person, instead of a password or beside it.
//!
//! The two ceremonies of Web Authentication Level 2, sections 7.1 and 7.2, without judging who made the key: attestation
//! is not asked for. The browser is spoken to elsewhere; here is only what it answered. A question goes out with its seal
//! and comes back with it, so that asking writes nothing.
//!
//! INVARIANT: a question is answered once; a passkey signs in one account, and only for the origin it was made for, by a
//! person whom the device itself recognised.

use crate::bureau::Bureau;
use crate::federation::record;
use crate::federation::signature::{PublicKey, Writing};
use crate::people;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coset::iana::{self, EnumI64};
use coset::{AsCborValue, CoseKey, Label, RegisteredLabelWithPrivate};
use kernel::world::Moment;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::{AccountError, AppendError, Factor, StorageError};

/// The kind of these factors in the store.
pub const KIND: &str = "passkey";
/// Passkeys of one account.
pub const KEYS_MAX: usize = 10;
/// Letters of the name a person gives to a passkey.
pub const LABEL_MAX: usize = 40;
/// How long a question waits for its answer, in milliseconds.
const WAITS_MS: i64 = 10 * 60 * 1000;
/// Longest identity of a passkey, in bytes (WebAuthn, 4).
const ID_MAX: usize = 1023;
/// What a sealed question is labelled with.
const SEAL: &[u8] = b"passkey-question";
/// Somebody touched the device.
const PRESENT: u8 = 0x01;
/// The device recognised them, by finger, face or number.
const RECOGNISED: u8 = 0x04;
/// A key is shown.
const SHOWS_KEY: u8 = 0x40;

/// What a question is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To give an account another passkey.
    Enrol(String),
    /// To sign in, whoever it is.
    SignIn,
    /// To show that somebody is the holder of an account.
    Confirm(String),
}

/// A question to the browser.
#[derive(Debug, Clone)]
pub struct Question {
    /// The challenge, in base64url.
    pub challenge: String,
    /// What the form sends back with the answer.
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    challenge: String,
    purpose: Purpose,
    until: i64,
}

/// What the browser answers to being asked for a new passkey, each part in base64url.
#[derive(Debug, Clone, Copy)]
pub struct Attestation<'a> {
    /// The question, as it was sealed.
    pub sealed: &'a str,
    /// What the browser signed for.
    pub client: &'a str,
    /// What the device made.
    pub object: &'a str,
}

/// What the browser answers to being asked for a passkey, each part in base64url.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// The question, as it was sealed.
    pub sealed: &'a str,
    /// Which passkey.
    pub id: &'a str,
    /// What the browser signed for.
    pub client: &'a str,
    /// What the device says.
    pub device: &'a str,
    /// The signature of the passkey over both.
    pub signature: &'a str,
    /// Whose the device thinks it is; may be empty.
    pub holder: &'a str,
}

/// Why a passkey does not count.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The site has no name of its own: passkeys are tied to one.
    #[error("the site has no origin under a domain name")]
    NoOrigin,
    /// The question is old, was answered before, or was for something else.
    #[error("the question is over or was answered before")]
    Over,
    /// What the browser answered cannot be read.
    #[error("the answer has no readable {0}")]
    Malformed(&'static str),
    /// Another site, another question, another kind of answer.
    #[error("the answer is for another {0}")]
    Other(&'static str),
    /// The device did not recognise the person.
    #[error("the device recognised nobody")]
    NotRecognised,
    /// A kind of key that is not taken.
    #[error("the key is of a kind that is not taken")]
    Algorithm,
    /// No such passkey, or its account is closed.
    #[error("the passkey belongs to no account")]
    Unknown,
    /// The signature is not by this passkey.
    #[error("the signature is not by the passkey")]
    Signature,
    /// The counter did not grow: there may be two of it.
    #[error("the counter did not grow")]
    Copied,
    /// It is here already.
    #[error("the passkey is here already")]
    Known,
    /// There are as many as there may be.
    #[error("an account has at most {KEYS_MAX} passkeys")]
    TooMany,
    /// The cipher.
    #[error("the question cannot be sealed")]
    Seal,
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The record.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// The name passkeys are tied to: the domain of the origin. An address of numbers has none.
pub fn domain(origin: &str) -> Option<&str> {
    let (scheme, rest) = origin.split_once("://")?;
    let name = rest.split(':').next().filter(|name| name.contains(|c: char| c.is_ascii_alphabetic()))?;
    (scheme == "https" || name == "localhost").then_some(name)
}

/// What a device calls an account: nothing that could be read back.
pub fn holder(bureau: &Bureau, account: &str) -> String {
    URL_SAFE_NO_PAD.encode(bureau.keys.digest_of(&format!("passkey-holder/{account}")).0)
}

/// A question to the browser.
///
/// # Errors
/// [`PasskeyError::Seal`].
pub fn ask(bureau: &Bureau, now: Moment, purpose: Purpose) -> Result<Question, PasskeyError> {
    let challenge = URL_SAFE_NO_PAD.encode(bureau.random::<32>());
    let until = now.at.as_millisecond().saturating_add(WAITS_MS);
    let sealed = Sealed { challenge: challenge.clone(), purpose, until };
    let text = serde_json::to_vec(&sealed).map_err(|_| PasskeyError::Seal)?;
    let sealed = bureau.keys.realm_key().seal(bureau.random(), &text, SEAL).map_err(|_| PasskeyError::Seal)?;
    Ok(Question { challenge, sealed: URL_SAFE_NO_PAD.encode(sealed) })
}

fn asked(bureau: &Bureau, now: Moment, sealed: &str, purpose: &Purpose) -> Result<Sealed, PasskeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| PasskeyError::Over)?;
    let text = bureau.keys.realm_key().open(&bytes, SEAL).map_err(|_| PasskeyError::Over)?;
    let asked: Sealed = serde_json::from_slice(&text).map_err(|_| PasskeyError::Over)?;
    let at = now.at.as_millisecond();
    if asked.purpose != *purpose || at >= asked.until {
        return Err(PasskeyError::Over);
    }
    let once = bureau.keys.digest_of(&format!("passkey/{}", asked.challenge)).to_string();
    if !bureau.store.take_turn("passkey", &once, at, asked.until)? {
        return Err(PasskeyError::Over);
    }
    Ok(asked)
}

fn bytes(text: &str, part: &'static str) -> Result<Vec<u8>, PasskeyError> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| PasskeyError::Malformed(part))
}

/// Whether the browser answered this question, of this kind, on this site; answers the bytes it signed for.
fn client(text: &str, kind: &str, challenge: &str, origin: &str) -> Result<Vec<u8>, PasskeyError> {
    let bytes = bytes(text, "client")?;
    let said: Json = serde_json::from_slice(&bytes).map_err(|_| PasskeyError::Malformed("client"))?;
    let is = |name: &str, value: &str| said.get(name).and_then(Json::as_str) == Some(value);
    match () {
        () if !is("type", kind) => Err(PasskeyError::Other("kind")),
        () if !is("challenge", challenge) => Err(PasskeyError::Other("question")),
        () if !is("origin", origin) || said.get("crossOrigin") == Some(&Json::Bool(true)) => {
            Err(PasskeyError::Other("site"))
        }
        () => Ok(bytes),
    }
}

/// What a device says (WebAuthn, 6.1).
struct Device<'a> {
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

fn device<'a>(bytes: &'a [u8], domain: &str) -> Result<Device<'a>, PasskeyError> {
    let malformed = || PasskeyError::Malformed("device");
    let (site, rest) = bytes.split_first_chunk::<32>().ok_or_else(malformed)?;
    let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or_else(malformed)?;
    if site.as_slice() != digest(&SHA256, domain.as_bytes()).as_ref() {
        return Err(PasskeyError::Other("site"));
    }
    if flags & PRESENT == 0 || flags & RECOGNISED == 0 {
        return Err(PasskeyError::NotRecognised);
    }
    Ok(Device { flags: *flags, counter: u32::from_be_bytes(*counter), rest })
}

/// The identity and the key of a new passkey (WebAuthn, 6.5.1).
fn shown(device: &Device<'_>) -> Result<(String, PublicKey), PasskeyError> {
    let malformed = || PasskeyError::Malformed("key");
    if device.flags & SHOWS_KEY == 0 {
        return Err(malformed());
    }
    let (_model, rest) = device.rest.split_first_chunk::<16>().ok_or_else(malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(malformed)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, mut key) = rest.split_at_checked(length).filter(|_| length <= ID_MAX).ok_or_else(malformed)?;
    // Extensions may follow the key: only its own bytes are read.
    let key: ciborium::Value = ciborium::from_reader(&mut key).map_err(|_| malformed())?;
    let key = CoseKey::from_cbor_value(key).map_err(|_| malformed())?;
    Ok((URL_SAFE_NO_PAD.encode(id), public_key(&key)?))
}

fn public_key(key: &CoseKey) -> Result<PublicKey, PasskeyError> {
    let part = |label: i64| {
        let found = key.params.iter().find(|(name, _)| *name == Label::Int(label));
        found.and_then(|(_, value)| value.as_bytes()).ok_or(PasskeyError::Malformed("key"))
    };
    match &key.alg {
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)) => {
            let curve = key.params.iter().find(|(name, _)| *name == Label::Int(iana::Ec2KeyParameter::Crv.to_i64()));
            let curve = curve.and_then(|(_, value)| value.as_integer());
            if curve != Some(iana::EllipticCurve::P_256.to_i64().into()) {
                return Err(PasskeyError::Algorithm);
            }
            let (x, y) = (part(iana::Ec2KeyParameter::X.to_i64())?, part(iana::Ec2KeyParameter::Y.to_i64())?);
            PublicKey::point(x, y).ok_or(PasskeyError::Malformed("key"))
        }
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::RS256)) => {
            let (n, e) = (part(iana::RsaKeyParameter::N.to_i64())?, part(iana::RsaKeyParameter::E.to_i64())?);
            Ok(PublicKey::Rsa { n: n.clone(), e: e.clone() })
        }
        _ => Err(PasskeyError::Algorithm),
    }
}

/// Where the key of a passkey stands, so that its seal opens nowhere else.
fn place(account: &str, id: &str) -> Vec<u8> {
    label(&format!("{account}/{id}"))
}

/// The same, of a passkey known by its account and its own identity with a stroke between.
pub(crate) fn label(row: &str) -> Vec<u8> {
    format!("passkey/{row}").into_bytes()
}

/// Gives an account another passkey.
///
/// # Errors
/// [`PasskeyError`] says what does not hold.
pub fn enrol(
    bureau: &Bureau,
    now: Moment,
    origin: &str,
    account: &str,
    label: &str,
    answer: Attestation<'_>,
) -> Result<(), PasskeyError> {
    let domain = domain(origin).ok_or(PasskeyError::NoOrigin)?;
    let asked = asked(bureau, now, answer.sealed, &Purpose::Enrol(account.to_owned()))?;
    client(answer.client, "webauthn.create", &asked.challenge, origin)?;
    let object = bytes(answer.object, "object")?;
    let object: ciborium::Value =
        ciborium::from_reader(object.as_slice()).map_err(|_| PasskeyError::Malformed("object"))?;
    let parts = object.as_map().ok_or(PasskeyError::Malformed("object"))?;
    let said = parts.iter().find(|(name, _)| name.as_text() == Some("authData"));
    let said = said.and_then(|(_, value)| value.as_bytes()).ok_or(PasskeyError::Malformed("device"))?;
    let device = device(said, domain)?;
    let (id, key) = shown(&device)?;
    if !bureau.store.factors_with_id(KIND, &id)?.is_empty() {
        return Err(PasskeyError::Known);
    }
    if of(bureau, account)?.len() >= KEYS_MAX {
        return Err(PasskeyError::TooMany);
    }
    let text = key.to_jwk().to_string();
    let sealed = bureau.keys.realm_key().seal(bureau.random(), text.as_bytes(), &place(account, &id));
    let label: String = label.trim().chars().filter(|c| !c.is_control()).take(LABEL_MAX).collect();
    bureau.store.put_factors(vec![Factor {
        account: account.to_owned(),
        id,
        kind: KIND.to_owned(),
        label: if label.is_empty() { "通行密钥".to_owned() } else { label },
        secret: sealed.map_err(|_| PasskeyError::Seal)?,
        counter: i64::from(device.counter),
        created_at: now.at.as_millisecond(),
        used_at: None,
    }])?;
    record(bureau, now, "enrol-passkey", account, json!({ "person": account }))?;
    Ok(())
}

/// The account whose passkey answered the question; its use is written down.
///
/// # Errors
/// [`PasskeyError`] says what does not hold.
pub fn proved(
    bureau: &Bureau,
    now: Moment,
    origin: &str,
    purpose: &Purpose,
    answer: Assertion<'_>,
) -> Result<String, PasskeyError> {
    let domain = domain(origin).ok_or(PasskeyError::NoOrigin)?;
    let asked = asked(bureau, now, answer.sealed, purpose)?;
    let client = client(answer.client, "webauthn.get", &asked.challenge, origin)?;
    let said = bytes(answer.device, "device")?;
    let device = device(&said, domain)?;
    let id = URL_SAFE_NO_PAD.encode(bytes(answer.id, "identity")?);
    let factor = bureau.store.factors_with_id(KIND, &id)?.into_iter().next().ok_or(PasskeyError::Unknown)?;
    let theirs = match purpose {
        Purpose::Confirm(account) | Purpose::Enrol(account) => *account == factor.account,
        Purpose::SignIn => true,
    };
    let named = answer.holder.is_empty() || answer.holder.trim_end_matches('=') == holder(bureau, &factor.account);
    let lives = bureau.store.account(&factor.account)?.is_some_and(|account| !account.disabled);
    if !theirs || !named || !lives {
        return Err(PasskeyError::Unknown);
    }
    let key = bureau.keys.realm_key().open(&factor.secret, &place(&factor.account, &id));
    let key = key.ok().and_then(|text| PublicKey::from_jwk(&serde_json::from_slice(&text).ok()?));
    let message = [said.as_slice(), digest(&SHA256, &client).as_ref()].concat();
    let signature = bytes(answer.signature, "signature")?;
    if !key.ok_or(PasskeyError::Unknown)?.verifies(Writing::Asn1, &message, &signature) {
        return Err(PasskeyError::Signature);
    }
    let counter = i64::from(device.counter);
    let counts = counter > 0 || factor.counter > 0;
    if counts && counter <= factor.counter {
        return Err(PasskeyError::Copied);
    }
    if !bureau.store.use_factor(&factor.account, &id, factor.counter, counter, now.at.as_millisecond())? {
        return Err(PasskeyError::Copied);
    }
    Ok(factor.account)
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// What the store says.
pub fn of(bureau: &Bureau, account: &str) -> Result<Vec<Factor>, StorageError> {
    let factors = bureau.store.factors_of(account)?;
    Ok(factors.into_iter().filter(|factor| factor.kind == KIND).collect())
}

/// Takes a passkey away; false when it was not there.
///
/// # Errors
/// What the store says.
pub fn remove(bureau: &Bureau, now: Moment, account: &str, id: &str) -> Result<bool, PasskeyError> {
    if !of(bureau, account)?.iter().any(|factor| factor.id == id) {
        return Ok(false);
    }
    let gone = bureau.store.remove_factor(account, id)?;
    if gone {
        record(bureau, now, "remove-passkey", account, json!({ "person": account }))?;
    }
    Ok(gone)
}

/// Opens a session for whoever's passkey answered.
///
/// # Errors
/// As [`proved`].
pub fn sign_in(bureau: &Bureau, now: Moment, origin: &str, answer: Assertion<'_>) -> Result<String, PasskeyError> {
    let id = proved(bureau, now, origin, &Purpose::SignIn, answer)?;
    let account = bureau.store.account(&id)?.ok_or(PasskeyError::Unknown)?;
    record(bureau, now, "sign-in", &id, json!({ "by": "passkey" }))?;
    // The device is one factor, and by what it recognised its holder another.
    Ok(people::open_account(bureau, now, &account, people::Shown::Two)?)
}
