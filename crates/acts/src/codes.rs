//! A code sent to the phone opens the page of a matter; nobody needs an account.
//!
//! Whether a number and a phone belong together is never told: the answer to asking for a code is the same either way, and
//! so is what is written. A pair that does not belong together gets a code that nobody knows.
//!
//! INVARIANT: a code belongs to a number and a phone together: asking with another phone neither replaces nor delays it.

use crate::bureau::Bureau;
use crate::content::{ContentError, first_party};
use crate::load::{self, LoadError};
use crate::message::{Body, PHONE};
use kernel::names::{MatterId, Name};
use kernel::value::Value;
use kernel::world::Moment;
use store::{AppendError, Code, CodeOutcome, StorageError};

/// How long a code lives, in milliseconds.
const LIVES_MS: i64 = 10 * 60 * 1000;
/// Between two codes for one number, in milliseconds.
const REST_MS: i64 = 60 * 1000;
/// Wrong tries allowed.
const TRIES: u32 = 5;
/// How long a page stays open after a code, in milliseconds.
pub const PAGE_LIVES_MS: i64 = 2 * 60 * 60 * 1000;

/// Why no code can be sent or tried.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The outbox.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The cipher.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Under what a code of that number and phone is kept.
fn subject(bureau: &Bureau, number: &str, phone: &str) -> String {
    bureau.keys.digest_of(&format!("status/{phone}/{number}")).to_string()
}

/// Sends a code when number and phone belong together; otherwise keeps one that nobody knows. The answer says nothing
/// either way.
///
/// # Errors
/// What store or cipher say.
pub fn send(bureau: &Bureau, now: Moment, number: &str, phone: &str) -> Result<(), CodeError> {
    let bytes: [u8; 4] = bureau.random();
    let code = format!("{:06}", u32::from_be_bytes(bytes) % 1_000_000);
    let belongs = belonging(bureau, number, phone)?;
    let known = if belongs.is_some() { code.clone() } else { bureau.fresh_id() };
    let expires_at = now.at.as_millisecond().saturating_add(LIVES_MS);
    bureau.store.put_code(Code {
        purpose: "status".into(),
        subject: subject(bureau, number, phone),
        code_hash: bureau.keys.digest_of(&format!("{number}/{known}")),
        expires_at,
        tries_left: TRIES,
    })?;
    let Some(id) = belongs else { return Ok(()) };
    let text = format!("验证码{code}，10分钟内有效，用来查看办件。请不要告诉别人。");
    let body = Body { until: Some(expires_at), ..Body::about(&id, &text, phone) };
    bureau.store.put_message(body.seal(bureau, PHONE)?, now.at.as_millisecond())?;
    Ok(())
}

/// The matter of that number, where the phone is its first party's.
fn belonging(bureau: &Bureau, number: &str, phone: &str) -> Result<Option<MatterId>, CodeError> {
    let Some(row) = bureau.store.find_by_number(number)? else { return Ok(None) };
    let id = MatterId::new(row.matter.0);
    let loaded = match load::load(bureau, &id) {
        // The phone was destroyed with the rest: it belongs to no number any more.
        Err(LoadError::Disposed(_)) => return Ok(None),
        loaded => loaded?,
    };
    let phone_field = first_party(&loaded.procedure).map(|party| Name::new(format!("{party}.phone")));
    let kept = phone_field.and_then(|field| loaded.matter.facts.get(&field)).and_then(Value::as_text);
    Ok(kept.is_some_and(|kept| kept == phone).then_some(id))
}

/// Whether another code may be sent for a number and a phone: not more often than once a minute, whichever program is
/// asked. Somebody who does not know the phone holds up nobody who does.
///
/// # Errors
/// What the store says.
pub fn may_send(bureau: &Bureau, now: Moment, number: &str, phone: &str) -> Result<bool, StorageError> {
    let at = now.at.as_millisecond();
    bureau.store.take_turn("rest", &subject(bureau, number, phone), at, at.saturating_add(REST_MS))
}

/// Tries a code that was asked for with that phone; on success answers the token of a page session for the matter.
///
/// # Errors
/// What the store says.
pub fn try_code(
    bureau: &Bureau,
    now: Moment,
    number: &str,
    phone: &str,
    code: &str,
) -> Result<Result<String, CodeOutcome>, CodeError> {
    let digest = bureau.keys.digest_of(&format!("{number}/{}", code.trim()));
    let outcome = bureau.store.try_code("status", &subject(bureau, number, phone), digest, now.at.as_millisecond())?;
    if outcome != CodeOutcome::Accepted {
        return Ok(Err(outcome));
    }
    let Some(row) = bureau.store.find_by_number(number)? else { return Ok(Err(CodeOutcome::Unknown)) };
    let token = crate::people::open_session(bureau, now, "matter", &row.matter.0, PAGE_LIVES_MS, Vec::new())?;
    Ok(Ok(token))
}

/// A message of the outbox, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it says, with the number of the matter in place.
    pub text: String,
    /// The matter it is about.
    pub matter: Option<MatterId>,
}

/// A message of the outbox as the operator's console shows it: text with its number in place.
///
/// # Errors
/// What store or cipher say.
pub fn message_text(bureau: &Bureau, row: &store::OutboxRow) -> Result<String, CodeError> {
    Ok(message(bureau, row)?.text)
}

/// A message of the outbox with the matter it is about.
///
/// # Errors
/// What store or cipher say.
pub fn message(bureau: &Bureau, row: &store::OutboxRow) -> Result<Message, CodeError> {
    let body = Body::open(bureau, row)?;
    let number = body.number(bureau)?;
    Ok(Message { text: body.filled(number.as_deref()), matter: body.matter })
}
