//! Sessions: opened, used, ended; what one still owes before it opens anything.
//!
//! It checks no password: whoever opens a session has done that.
//!
//! INVARIANT: a session of an account ends half an hour after its last use and twelve hours after its beginning,
//! whichever is sooner.

use super::limits::{self, DAY_MS, IDLE_MS, LONGEST_MS};
use crate::bureau::Bureau;
use kernel::world::Moment;
use store::{Account, Session, StorageError};

/// What the session of an account carries when its password must be changed first.
const OWES_PASSWORD: &[u8] = b"owes-password";
/// The kind of session somebody who works here has.
const ACCOUNT: &str = "account";

/// Opens a session of any kind and answers its token.
///
/// # Errors
/// What the store says.
pub fn open_session(
    bureau: &Bureau,
    now: Moment,
    kind: &str,
    subject: &str,
    lives_ms: i64,
    data: Vec<u8>,
) -> Result<String, StorageError> {
    let token = hex::encode(bureau.random::<32>());
    let at = now.at.as_millisecond();
    bureau.store.put_session(Session {
        token_hash: bureau.keys.digest_of(&token),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        created_at: at,
        seen_at: at,
        expires_at: at.saturating_add(lives_ms),
        data,
    })?;
    Ok(token)
}

/// Opens the session of somebody who has proved that the account is theirs, whatever the way; where that is one more
/// than may live side by side, the oldest ends.
///
/// # Errors
/// What the store says.
pub fn open_account(bureau: &Bureau, now: Moment, account: &Account) -> Result<String, StorageError> {
    let owes = if password_is_due(bureau, now, account)? { OWES_PASSWORD.to_vec() } else { Vec::new() };
    let token = open_session(bureau, now, ACCOUNT, &account.id, IDLE_MS, owes)?;
    if let Some(most) = limits::sessions_max(bureau)? {
        let mine = bureau.keys.digest_of(&token);
        let living = bureau.store.sessions_of(ACCOUNT, &account.id, now.at.as_millisecond())?;
        let over = living.len().saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
        for session in living.iter().filter(|session| session.token_hash != mine).take(over) {
            bureau.store.end_session(session.token_hash)?;
        }
    }
    Ok(token)
}

/// Whether a password must be changed before anything else is done.
fn password_is_due(bureau: &Bureau, now: Moment, account: &Account) -> Result<bool, StorageError> {
    if account.must_change {
        return Ok(true);
    }
    let Some(days) = limits::password_days(bureau)? else { return Ok(false) };
    let set_at = account.password_at.unwrap_or(account.created_at);
    Ok(now.at.as_millisecond().saturating_sub(set_at) >= i64::from(days).saturating_mul(DAY_MS))
}

/// Whether a session opens nothing until its password was changed.
pub fn owes_password(session: &Session) -> bool {
    session.data == OWES_PASSWORD
}

/// The session of a token, where it lives.
///
/// # Errors
/// What the store says.
pub fn session(bureau: &Bureau, now: Moment, token: &str) -> Result<Option<Session>, StorageError> {
    let at = now.at.as_millisecond();
    let Some(session) = living_session(bureau, now, token)? else { return Ok(None) };
    // A touch a minute is enough to tell idle from busy and spares a write per page.
    if session.kind == ACCOUNT && at.saturating_sub(session.seen_at) > 60_000 {
        let end = session.created_at.saturating_add(LONGEST_MS);
        bureau.store.touch_session(session.token_hash, at, at.saturating_add(IDLE_MS).min(end))?;
    }
    Ok(Some(session))
}

/// The session of a token, where it lives, looked at without using it: a page that only waits keeps no session alive.
///
/// # Errors
/// What the store says.
pub fn living_session(bureau: &Bureau, now: Moment, token: &str) -> Result<Option<Session>, StorageError> {
    bureau.store.session(bureau.keys.digest_of(token), now.at.as_millisecond())
}

/// Ends a session.
///
/// # Errors
/// What the store says.
pub fn sign_out(bureau: &Bureau, token: &str) -> Result<(), StorageError> {
    bureau.store.end_session(bureau.keys.digest_of(token))
}

/// The sessions of an account that live now, the oldest first.
///
/// # Errors
/// What the store says.
pub fn sessions_of(bureau: &Bureau, now: Moment, account: &str) -> Result<Vec<Session>, StorageError> {
    bureau.store.sessions_of(ACCOUNT, account, now.at.as_millisecond())
}

/// Ends every session of an account but the one of this token; answers how many.
///
/// # Errors
/// What the store says.
pub fn sign_out_others(bureau: &Bureau, account: &str, token: &str) -> Result<usize, StorageError> {
    bureau.store.end_other_sessions(ACCOUNT, account, bureau.keys.digest_of(token))
}
