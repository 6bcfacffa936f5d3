//! Accounts of those who work here, their posts, and signing in.
//!
//! There is no built-in account and no default password: the first start makes accounts and shows
//! their passwords once.

pub mod limits;
pub mod password;
pub mod posts;
mod second;
mod sessions;

use crate::bureau::Bureau;
use crate::factors;
use crate::policy::HeldPost;
use jiff::civil::Date;
use kernel::names::PersonId;
use kernel::world::Moment;
pub use limits::IDLE_MS;
pub use second::{confirm_by_code, confirm_by_passkey, confirm_by_password, give_code, give_passkey, renewed};
pub use sessions::{
    Debt, Shown, is_fresh, living_session, needs_factor, open_account, open_session, owed, session, sessions_of,
    sign_out, sign_out_others,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{Account, AccountError, Post, Session, StorageError};

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
    /// The password is right, and the account has a second factor that was not shown.
    #[error("the account has a second factor")]
    CodeNeeded,
    /// A code that is wrong, was used before, or is of no generator of this account.
    #[error("the code is wrong")]
    WrongCode,
    /// A password too short.
    #[error("a password has at least {} characters", password::LENGTH_MIN)]
    TooShort,
    /// A password of too few kinds of characters, with the login in it, or one that is guessed first.
    #[error("the password is too easy to guess")]
    TooWeak,
    /// The present password or one of the last.
    #[error("the password was used before")]
    UsedBefore,
    /// Hashing failed.
    #[error("the password cannot be hashed")]
    Hash,
    /// Two of the three administrators' seats at once.
    #[error("nobody holds two of the three administrators' seats")]
    SecondSeat,
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
/// [`SignInError::TooShort`], [`SignInError::SecondSeat`], or a login that is taken.
pub fn create(
    bureau: &Bureau,
    now: Moment,
    login: &str,
    name: &str,
    password: &str,
    posts: &[HeldPost],
) -> Result<PersonId, SignInError> {
    if posts::conflict(posts.iter().map(|post| post.seat.as_str())) {
        return Err(SignInError::SecondSeat);
    }
    let person = PersonId::new(login);
    bureau.store.put_account(Account {
        id: login.to_owned(),
        login: login.to_owned(),
        name: name.to_owned(),
        password_hash: password::hash(bureau, password)?,
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

/// Has the password of an account changed at its next sign-in, before anything else.
///
/// # Errors
/// [`SignInError::Wrong`] when nobody has that login.
pub fn demand_change(bureau: &Bureau, login: &str) -> Result<(), SignInError> {
    let account = bureau.store.account_by_login(login)?.ok_or(SignInError::Wrong)?;
    Ok(bureau.store.put_account(Account { must_change: true, ..account })?)
}

/// Gives an account another password and ends its sessions; a rest after wrong tries ends too.
///
/// # Errors
/// [`SignInError::Wrong`] when nobody has that login, [`SignInError::TooShort`].
pub fn reset(bureau: &Bureau, now: Moment, login: &str, password: &str) -> Result<(), SignInError> {
    let account = bureau.store.account_by_login(login)?.ok_or(SignInError::Wrong)?;
    let id = account.id.clone();
    let password_at = Some(now.at.as_millisecond());
    bureau.store.put_account(Account { password_hash: password::hash(bureau, password)?, password_at, ..account })?;
    bureau.store.end_sessions_of("account", &id)?;
    bureau.store.forget_attempts("login", &subject(bureau, login))?;
    Ok(())
}

/// Signs in and answers the token of the session; the store keeps only its digest.
///
/// # Errors
/// As [`sign_in_from`].
pub fn sign_in(bureau: &Bureau, now: Moment, login: &str, password: &str) -> Result<String, SignInError> {
    sign_in_from(bureau, now, login, password, "")
}

/// Signs in from an address, empty where none is known. The try is counted for the login and for the address before
/// the password is looked at.
///
/// # Errors
/// [`SignInError::Wrong`] or [`SignInError::Resting`]; neither tells whether there is such a login.
pub fn sign_in_from(
    bureau: &Bureau,
    now: Moment,
    login: &str,
    password: &str,
    address: &str,
) -> Result<String, SignInError> {
    let account = proved(bureau, now, login, password, address)?;
    Ok(open_account(bureau, now, &account, Shown::One)?)
}

/// Signs in whole or not at all, for a caller that has no page to be asked for a code on: a code that is owed comes with
/// the password.
///
/// # Errors
/// As [`sign_in_from`]; [`SignInError::CodeNeeded`] and [`SignInError::WrongCode`] only after the right password.
pub fn sign_in_whole(
    bureau: &Bureau,
    now: Moment,
    (login, password): (&str, &str),
    code: Option<&str>,
    address: &str,
) -> Result<String, SignInError> {
    let account = proved(bureau, now, login, password, address)?;
    if sessions::factor_owed(bureau, now, &account, Shown::One)? != Some(Debt::Code) {
        return Ok(open_account(bureau, now, &account, Shown::One)?);
    }
    second::code_of(bureau, now, &account.id, code.ok_or(SignInError::CodeNeeded)?)?;
    Ok(open_account(bureau, now, &account, Shown::Two)?)
}

/// The account of a login, where the password is its own.
fn proved(bureau: &Bureau, now: Moment, login: &str, password: &str, address: &str) -> Result<Account, SignInError> {
    let (store, at, subject) = (&bureau.store, now.at.as_millisecond(), subject(bureau, login));
    let from_here = address.is_empty() || store.take_attempt("address", address, at, limits::BY_ADDRESS)?;
    if !from_here || !store.take_attempt("login", &subject, at, limits::BY_LOGIN)? {
        return Err(SignInError::Resting);
    }
    let account = store.account_by_login(login)?.filter(|account| !account.disabled);
    let right = password::is_of(account.as_ref(), password);
    let account = account.filter(|_| right).ok_or(SignInError::Wrong)?;
    store.forget_attempts("login", &subject)?;
    if !address.is_empty() {
        store.give_back_attempt("address", address)?;
    }
    Ok(account)
}

/// Under which the tries of a login are counted: what was typed there may be a password typed in the wrong line.
fn subject(bureau: &Bureau, login: &str) -> String {
    bureau.keys.digest_of(&format!("login/{login}")).to_string()
}

/// The account, where the password is its own; tries are counted as when signing in.
pub(crate) fn own_password(bureau: &Bureau, now: Moment, id: &str, password: &str) -> Result<Account, SignInError> {
    let login = bureau.store.account(id)?.ok_or(SignInError::Wrong)?.login;
    proved(bureau, now, &login, password, "")
}

/// Changes one's own password, which ends every session of the account, and answers the token of a new one. What the
/// session owes beside the password the new one owes too.
///
/// # Errors
/// [`SignInError::CodeNeeded`] while a code is owed, [`SignInError::Wrong`] for a wrong old password, and what a new one may
/// not be.
pub fn change_password(
    bureau: &Bureau,
    now: Moment,
    session: &Session,
    old: &str,
    new: &str,
) -> Result<String, SignInError> {
    if owed(session) == Some(Debt::Code) {
        return Err(SignInError::CodeNeeded);
    }
    let account = own_password(bureau, now, &session.subject, old)?;
    password::check(&account.login, new)?;
    if password::was_used(bureau, &account, new)? {
        return Err(SignInError::UsedBefore);
    }
    let password_hash = password::hash(bureau, new)?;
    password::keep(bureau, now, &account)?;
    let changed = Account { password_hash, must_change: false, password_at: Some(now.at.as_millisecond()), ..account };
    bureau.store.put_account(changed.clone())?;
    bureau.store.end_sessions_of("account", &changed.id)?;
    // Whoever has a second factor has shown it in the session before, or would still owe it.
    let shown = if factors::held(bureau, &changed.id)?.any() { Shown::Two } else { Shown::One };
    Ok(open_account(bureau, now, &changed, shown)?)
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
    bureau.store.names_of_accounts(&ids.into_iter().collect::<Vec<_>>())
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
