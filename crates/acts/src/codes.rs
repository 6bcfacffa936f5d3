//! A code sent to the phone opens the page of a matter; nobody needs an account.
//!
//! Whether a number and a phone belong together is never told: the answer to asking for a code is
//! the same either way.

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

/// Sends a code when number and phone belong together; does nothing otherwise. The answer says
/// nothing either way.
///
/// # Errors
/// What store or cipher say.
pub fn send(bureau: &Bureau, now: Moment, number: &str, phone: &str) -> Result<(), CodeError> {
    let Some(row) = bureau.store.find_by_number(number)? else { return Ok(()) };
    let id = MatterId::new(row.matter.0);
    let loaded = match load::load(bureau, &id) {
        // The phone was destroyed with the rest: it belongs to no number any more.
        Err(LoadError::Disposed(_)) => return Ok(()),
        loaded => loaded?,
    };
    let phone_field = first_party(&loaded.procedure).map(|party| Name::new(format!("{party}.phone")));
    let kept = phone_field.and_then(|field| loaded.matter.facts.get(&field)).and_then(Value::as_text);
    if kept.is_none_or(|kept| kept != phone) {
        return Ok(());
    }
    let bytes: [u8; 4] = bureau.random();
    let code = format!("{:06}", u32::from_be_bytes(bytes) % 1_000_000);
    let expires_at = now.at.as_millisecond().saturating_add(LIVES_MS);
    bureau.store.put_code(Code {
        purpose: "status".into(),
        subject: number.to_owned(),
        code_hash: bureau.keys.digest_of(&format!("{number}/{code}")),
        expires_at,
        tries_left: TRIES,
    })?;
    let text = format!("验证码{code}，10分钟内有效，用来查看办件。请不要告诉别人。");
    let body = Body { until: Some(expires_at), ..Body::about(&id, &text, phone) };
    bureau.store.put_message(body.seal(bureau, PHONE)?, now.at.as_millisecond())?;
    Ok(())
}

/// Whether another code may be sent for a number: not more often than once a minute, whichever program is asked.
///
/// # Errors
/// What the store says.
pub fn may_send(bureau: &Bureau, now: Moment, number: &str) -> Result<bool, StorageError> {
    let (number, at) = (bureau.keys.digest_of(&format!("sent/{number}")), now.at.as_millisecond());
    bureau.store.take_turn("rest", &number.to_string(), at, at.saturating_add(REST_MS))
}

/// Tries a code; on success answers the token of a page session for the matter.
///
/// # Errors
/// What the store says.
pub fn try_code(
    bureau: &Bureau,
    now: Moment,
    number: &str,
    code: &str,
) -> Result<Result<String, CodeOutcome>, CodeError> {
    let digest = bureau.keys.digest_of(&format!("{number}/{}", code.trim()));
    let outcome = bureau.store.try_code("status", number, digest, now.at.as_millisecond())?;
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
