//! What is shown beside the password: the second factor that a session owes, and a confirmation that is asked for anew.
//!
//! It adds no factor and takes none away ([`crate::factors`], [`crate::passkeys`]).
//!
//! INVARIANT: the session of before a right code ends with it: who saw its token has nothing.

use super::sessions::{keep_confirmed, open_account, owed};
use super::{Debt, Shown, SignInError, own_password};
use crate::bureau::Bureau;
use crate::factors::{self, FactorError, Proof};
use crate::passkeys::{self, Assertion, PasskeyError, Purpose};
use kernel::world::Moment;
use store::Session;

/// Whether a code is of an account, in the words of signing in.
pub(super) fn code_of(bureau: &Bureau, now: Moment, account: &str, typed: &str) -> Result<Proof, SignInError> {
    factors::prove(bureau, now, account, typed).map_err(|error| match error {
        FactorError::Resting => SignInError::Resting,
        FactorError::Account(error) => error.into(),
        FactorError::Storage(error) => error.into(),
        _ => SignInError::WrongCode,
    })
}

/// Pays the code a session owes and answers the token of the session in its place.
///
/// # Errors
/// [`SignInError::WrongCode`], [`SignInError::Resting`].
pub fn give_code(bureau: &Bureau, now: Moment, session: &Session, typed: &str) -> Result<(String, Proof), SignInError> {
    let proof = code_of(bureau, now, &session.subject, typed)?;
    Ok((in_its_place(bureau, now, session)?, proof))
}

/// Pays it with a passkey of the account.
///
/// # Errors
/// [`PasskeyError`] says what does not hold.
pub fn give_passkey(
    bureau: &Bureau,
    now: Moment,
    origin: &str,
    session: &Session,
    answer: Assertion<'_>,
) -> Result<String, PasskeyError> {
    passkeys::proved(bureau, now, origin, &Purpose::Confirm(session.subject.clone()), answer)?;
    in_its_place(bureau, now, session).map_err(|error| match error {
        SignInError::Storage(error) => error.into(),
        _ => PasskeyError::Unknown,
    })
}

/// The session in the place of one in which a second factor was added: it owes none, and every other of the account ends,
/// since none of them has shown it.
///
/// # Errors
/// What the store says.
pub fn renewed(bureau: &Bureau, now: Moment, session: &Session) -> Result<String, SignInError> {
    whole(session)?;
    bureau.store.end_sessions_of("account", &session.subject)?;
    in_its_place(bureau, now, session)
}

fn in_its_place(bureau: &Bureau, now: Moment, session: &Session) -> Result<String, SignInError> {
    let account = bureau.store.account(&session.subject)?.filter(|account| !account.disabled);
    let account = account.ok_or(SignInError::Wrong)?;
    bureau.store.end_session(session.token_hash)?;
    Ok(open_account(bureau, now, &account, Shown::Two)?)
}

/// Confirms by the password that whoever uses a session is whose it is.
///
/// # Errors
/// [`SignInError::Wrong`], [`SignInError::Resting`]; [`SignInError::CodeNeeded`] while a code is owed.
pub fn confirm_by_password(bureau: &Bureau, now: Moment, session: &Session, password: &str) -> Result<(), SignInError> {
    whole(session)?;
    own_password(bureau, now, &session.subject, password)?;
    Ok(keep_confirmed(bureau, now, session)?)
}

/// Confirms it by a code.
///
/// # Errors
/// [`SignInError::WrongCode`], [`SignInError::Resting`]; [`SignInError::CodeNeeded`] while a code is owed.
pub fn confirm_by_code(bureau: &Bureau, now: Moment, session: &Session, typed: &str) -> Result<(), SignInError> {
    whole(session)?;
    code_of(bureau, now, &session.subject, typed)?;
    Ok(keep_confirmed(bureau, now, session)?)
}

/// Confirms it by a passkey.
///
/// # Errors
/// [`PasskeyError`] says what does not hold.
pub fn confirm_by_passkey(
    bureau: &Bureau,
    now: Moment,
    origin: &str,
    session: &Session,
    answer: Assertion<'_>,
) -> Result<(), PasskeyError> {
    whole(session).map_err(|_| PasskeyError::Unknown)?;
    passkeys::proved(bureau, now, origin, &Purpose::Confirm(session.subject.clone()), answer)?;
    Ok(keep_confirmed(bureau, now, session)?)
}

fn whole(session: &Session) -> Result<(), SignInError> {
    if owed(session) == Some(Debt::Code) { Err(SignInError::CodeNeeded) } else { Ok(()) }
}
