//! Accounts of those who work here, their posts, and signing in.
//!
//! There is no built-in account and no default password: the first start makes accounts and shows
//! their passwords once.

use crate::bureau::Bureau;
use crate::policy::HeldPost;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use jiff::civil::Date;
use kernel::names::PersonId;
use kernel::world::Moment;
use std::collections::{BTreeMap, BTreeSet};
use store::{Account, AccountError, Post, Session, StorageError};

/// Wrong passwords in a row before an account rests.
const TRIES_MAX: u32 = 5;
/// How long it rests, in milliseconds.
const REST_MS: i64 = 15 * 60 * 1000;
/// How long a session lives without use, in milliseconds (等保三级: idle sessions end).
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// Shortest password.
const LENGTH_MIN: usize = 12;

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Posts held today.
    pub posts: Vec<HeldPost>,
}

/// Why somebody cannot sign in or have an account.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown, disabled or wrong: never told apart.
    #[error("login or password is wrong")]
    Wrong,
    /// Too many wrong tries.
    #[error("the account rests after too many wrong passwords")]
    Resting,
    /// A password too short.
    #[error("a password has at least {LENGTH_MIN} characters")]
    TooShort,
    /// Hashing failed.
    #[error("the password cannot be hashed")]
    Hash,
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes an account with its posts.
///
/// # Errors
/// [`SignInError::TooShort`], or a login that is taken.
pub fn create(
    bureau: &Bureau,
    now: Moment,
    login: &str,
    name: &str,
    password: &str,
    posts: &[HeldPost],
) -> Result<PersonId, SignInError> {
    let person = PersonId::new(login);
    bureau.store.put_account(Account {
        id: login.to_owned(),
        login: login.to_owned(),
        name: name.to_owned(),
        password_hash: hash(bureau, password)?,
        disabled: false,
        created_at: now.at.as_millisecond(),
        must_change: false,
        password_at: Some(now.at.as_millisecond()),
    })?;
    for post in posts {
        bureau.store.put_post(Post {
            account: login.to_owned(),
            office: post.office.to_string(),
            seat: post.seat.to_string(),
            from_on: now.on().to_string(),
            until_on: None,
            instead_of: None,
        })?;
    }
    Ok(person)
}

/// Gives an account another password and ends its sessions; a rest after wrong tries ends too.
///
/// # Errors
/// [`SignInError::Wrong`] when nobody has that login, [`SignInError::TooShort`].
pub fn reset(bureau: &Bureau, login: &str, password: &str) -> Result<(), SignInError> {
    let account = bureau.store.account_by_login(login)?.ok_or(SignInError::Wrong)?;
    let id = account.id.clone();
    bureau.store.put_account(Account { password_hash: hash(bureau, password)?, ..account })?;
    bureau.store.end_sessions_of("account", &id)?;
    bureau.store.put_setting(&format!("tries/{login}"), "0/0")?;
    Ok(())
}

fn hash(bureau: &Bureau, password: &str) -> Result<String, SignInError> {
    if password.chars().count() < LENGTH_MIN {
        return Err(SignInError::TooShort);
    }
    let salt: [u8; 16] = bureau.random();
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).map_err(|_| SignInError::Hash)
}

/// Signs in and answers the token of the session; the store keeps only its digest.
///
/// # Errors
/// [`SignInError::Wrong`] or [`SignInError::Resting`].
pub fn sign_in(bureau: &Bureau, now: Moment, login: &str, password: &str) -> Result<String, SignInError> {
    let at = now.at.as_millisecond();
    let tries = format!("tries/{login}");
    let (wrong, since) = tries_of(bureau.store.setting(&tries)?.as_deref());
    if wrong >= TRIES_MAX && at < since.saturating_add(REST_MS) {
        return Err(SignInError::Resting);
    }
    let account = bureau.store.account_by_login(login)?.filter(|account| !account.disabled);
    // The same work is done whether or not the account exists.
    let stored = account.as_ref().map_or(NOBODY, |account| account.password_hash.as_str());
    let right = PasswordHash::new(stored)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    let Some(account) = account.filter(|_| right) else {
        let wrong = if wrong >= TRIES_MAX { 1 } else { wrong + 1 };
        bureau.store.put_setting(&tries, &format!("{wrong}/{at}"))?;
        return Err(SignInError::Wrong);
    };
    if wrong > 0 {
        bureau.store.put_setting(&tries, "0/0")?;
    }
    Ok(open_session(bureau, now, "account", &account.id, IDLE_MS, Vec::new())?)
}

/// A hash of nothing anybody knows, so that unknown logins cost as much as known ones.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$OEXuFJ0RYMJb9o5y8mVZ0Tm2hJ4JYOqzXx3RrZ0mG0o";

fn tries_of(setting: Option<&str>) -> (u32, i64) {
    let parts = setting.and_then(|text| text.split_once('/'));
    parts.and_then(|(wrong, at)| Some((wrong.parse().ok()?, at.parse().ok()?))).unwrap_or((0, 0))
}

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

/// The session of a token, where it lives.
///
/// # Errors
/// What the store says.
pub fn session(bureau: &Bureau, now: Moment, token: &str) -> Result<Option<Session>, StorageError> {
    let at = now.at.as_millisecond();
    let Some(session) = living_session(bureau, now, token)? else { return Ok(None) };
    // A touch a minute is enough to tell idle from busy and spares a write per page.
    if session.kind == "account" && at.saturating_sub(session.seen_at) > 60_000 {
        bureau.store.touch_session(session.token_hash, at, at.saturating_add(IDLE_MS))?;
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

/// Somebody's name and posts on a day.
///
/// # Errors
/// What the store says.
pub fn person(bureau: &Bureau, id: &str, on: Date) -> Result<Option<Person>, StorageError> {
    let Some(account) = bureau.store.account(id)?.filter(|account| !account.disabled) else { return Ok(None) };
    let posts = bureau.store.posts_on(id, &on.to_string())?;
    let posts =
        posts.into_iter().map(|post| HeldPost { seat: post.seat.as_str().into(), office: post.office.as_str().into() });
    Ok(Some(Person { id: PersonId::new(account.id), name: account.name, posts: posts.collect() }))
}

/// Names by account, of all accounts.
///
/// # Errors
/// What the store says.
pub fn names(bureau: &Bureau) -> Result<BTreeMap<String, String>, StorageError> {
    Ok(bureau.store.accounts()?.into_iter().map(|account| (account.id, account.name)).collect())
}

/// Names by account of some of them; who has no account is not among them.
///
/// # Errors
/// What the store says.
pub fn names_of<'i>(
    bureau: &Bureau,
    ids: impl IntoIterator<Item = &'i str>,
) -> Result<BTreeMap<String, String>, StorageError> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    let accounts = ids.into_iter().map(|id| bureau.store.account(id)).filter_map(Result::transpose);
    accounts.map(|account| account.map(|account| (account.id, account.name))).collect()
}

/// A password nobody chose: five groups of letters and digits that are not mistaken for one another.
pub fn fresh_password(bureau: &Bureau) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
    let bytes: [u8; 20] = bureau.random();
    let mut password = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'x');
        password.push(char::from(letter));
    }
    password
}
