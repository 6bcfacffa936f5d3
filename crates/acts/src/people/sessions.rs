//! Sessions: opened, used, ended; what one still owes before it opens anything.
//!
//! It checks no password: whoever opens a session has done that.
//!
//! INVARIANT: a session of an account ends half an hour after its last use and twelve hours after its beginning,
//! whichever is sooner.

use super::limits::{self, CODE_WITHIN_MS, DAY_MS, FRESH_MS, IDLE_MS, LONGEST_MS};
use super::posts::ADMINISTRATORS;
use crate::bureau::Bureau;
use crate::factors;
use kernel::world::Moment;
use store::{Account, Session, StorageError};

/// What a session owes before it opens anything; what is owed first stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Debt {
    /// The second factor of the account: nothing but its page is open.
    Code,
    /// A new password.
    Password,
    /// A second factor where there is none yet.
    Factor,
}

impl Debt {
    const ALL: [Debt; 3] = [Debt::Code, Debt::Password, Debt::Factor];

    fn word(self) -> &'static str {
        match self {
            Debt::Code => "owes-code",
            Debt::Password => "owes-password",
            Debt::Factor => "owes-factor",
        }
    }
}

/// How much somebody has proved who opens a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// One factor: a password, or the word of another house.
    One,
    /// Two: a passkey whose device recognised its holder, or a code after the password.
    Two,
}

/// Before the moment of the last confirmation in the data of a session.
const CONFIRMED: &str = "confirmed-at=";
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

/// Opens the session of somebody who has proved that the account is theirs, whatever the way. Where it owes no code and is
/// one more than may live side by side, the oldest ends: whoever has only the password ends nobody's session.
///
/// # Errors
/// What the store says.
pub fn open_account(bureau: &Bureau, now: Moment, account: &Account, shown: Shown) -> Result<String, StorageError> {
    let mut owes: Vec<Debt> = factor_owed(bureau, now, account, shown)?.into_iter().collect();
    owes.extend(password_is_due(bureau, now, account)?.then_some(Debt::Password));
    owes.sort_unstable();
    let half = owes.contains(&Debt::Code);
    let data = owes.iter().map(|debt| debt.word()).collect::<Vec<_>>().join(" ").into_bytes();
    let lives_ms = if half { CODE_WITHIN_MS } else { IDLE_MS };
    let token = open_session(bureau, now, ACCOUNT, &account.id, lives_ms, data)?;
    if let (false, Some(most)) = (half, limits::sessions_max(bureau)?) {
        let mine = bureau.keys.digest_of(&token);
        let mut living = bureau.store.sessions_of(ACCOUNT, &account.id, now.at.as_millisecond())?;
        living.retain(|session| owed(session) != Some(Debt::Code));
        let over = living.len().saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
        for session in living.iter().filter(|session| session.token_hash != mine).take(over) {
            bureau.store.end_session(session.token_hash)?;
        }
    }
    Ok(token)
}

/// What is owed of the second factor by somebody who has shown so much.
pub(super) fn factor_owed(
    bureau: &Bureau,
    now: Moment,
    account: &Account,
    shown: Shown,
) -> Result<Option<Debt>, StorageError> {
    if shown == Shown::Two {
        return Ok(None);
    }
    let held = factors::held(bureau, &account.id)?;
    if held.generator_at.is_some() {
        return Ok(Some(Debt::Code));
    }
    if !needs_factor(bureau, now, &account.id)? {
        return Ok(None);
    }
    Ok(Some(if held.any() { Debt::Code } else { Debt::Factor }))
}

/// Whether an account may not do without a second factor today.
///
/// # Errors
/// What the store says.
pub fn needs_factor(bureau: &Bureau, now: Moment, account: &str) -> Result<bool, StorageError> {
    if !limits::factor_is_due(bureau, now.on())? {
        return Ok(false);
    }
    let posts = bureau.store.posts_on(account, &now.on().to_string())?;
    Ok(posts.iter().any(|post| ADMINISTRATORS.contains(&post.seat.as_str())))
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

/// What a session owes first; one that carries a word nobody wrote owes everything.
pub fn owed(session: &Session) -> Option<Debt> {
    let Ok(text) = std::str::from_utf8(&session.data) else { return Some(Debt::Code) };
    let mut first = None;
    for word in text.split_whitespace().filter(|word| !word.starts_with(CONFIRMED)) {
        let Some(debt) = Debt::ALL.into_iter().find(|debt| debt.word() == word) else { return Some(Debt::Code) };
        first = Some(first.map_or(debt, |first: Debt| first.min(debt)));
    }
    first
}

/// Whether whoever uses a session has shown lately that it is them: by opening it, or by confirming it since.
pub fn is_fresh(session: &Session, now: Moment) -> bool {
    let text = std::str::from_utf8(&session.data).unwrap_or_default();
    let confirmed = text.split_whitespace().filter_map(|word| word.strip_prefix(CONFIRMED)?.parse().ok());
    let last = confirmed.chain([session.created_at]).max().unwrap_or(session.created_at);
    now.at.as_millisecond().saturating_sub(last) < FRESH_MS
}

/// Writes down that whoever uses a session has just shown that it is them.
///
/// # Errors
/// What the store says.
pub(super) fn keep_confirmed(bureau: &Bureau, now: Moment, session: &Session) -> Result<(), StorageError> {
    let text = String::from_utf8_lossy(&session.data);
    let at = format!("{CONFIRMED}{}", now.at.as_millisecond());
    let words = text.split_whitespace().filter(|word| !word.starts_with(CONFIRMED)).chain([at.as_str()]);
    let data = words.collect::<Vec<_>>().join(" ").into_bytes();
    let seen_at = now.at.as_millisecond();
    let expires_at = seen_at.saturating_add(IDLE_MS).min(session.created_at.saturating_add(LONGEST_MS));
    bureau.store.put_session(Session { data, seen_at, expires_at, ..session.clone() })
}

/// The session of a token, where it lives.
///
/// # Errors
/// What the store says.
pub fn session(bureau: &Bureau, now: Moment, token: &str) -> Result<Option<Session>, StorageError> {
    let at = now.at.as_millisecond();
    let Some(session) = living_session(bureau, now, token)? else { return Ok(None) };
    // A touch a minute is enough to tell idle from busy and spares a write per page. What waits for a code waits no longer.
    let half = owed(&session) == Some(Debt::Code);
    if session.kind == ACCOUNT && !half && at.saturating_sub(session.seen_at) > 60_000 {
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
