//! The second factor of an account beside its password: a code generator (RFC 6238) and ten recovery codes.
//!
//! A new secret goes out with its seal and comes back with the first code, so that offering writes nothing. It opens no
//! session: what a session owes is told in [`crate::people`].
//!
//! INVARIANT: a code, and a recovery code, counts once; wrong ones are counted by account before they are looked at.

mod totp;

pub use totp::{DIGITS, STEP_MS, STEPS_BESIDE};

use crate::bureau::Bureau;
use crate::federation::{encoded, record};
use crate::passkeys;
use crate::people::{self, SignInError, limits};
use crate::policy::Duty;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use kernel::names::PersonId;
use kernel::world::Moment;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{AccountError, AppendError, Factor, StorageError};

/// The kind of a code generator in the store, and its identity there: an account has one.
pub(crate) const GENERATOR: &str = "totp";
/// The kind of a recovery code in the store.
const RECOVERY: &str = "recovery";
/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// How long a new secret waits for its first code, in milliseconds.
const WAITS_MS: i64 = 30 * 60 * 1000;
/// What a sealed secret is labelled with.
const SEAL: &[u8] = b"new-generator";
/// Wrong codes are counted under this, apart from wrong passwords: a right password must not give tries back.
pub(crate) const SCOPE: &str = "code";

/// A secret for a code generator, not yet anybody's.
#[derive(Debug, Clone)]
pub struct Offer {
    /// In letters, to be typed.
    pub letters: String,
    /// As a code generator reads it from a picture.
    pub address: String,
    /// What the form sends back with the first code.
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    account: String,
    secret: Vec<u8>,
    until: i64,
}

/// What an account has beside its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// When its code generator was added, milliseconds UTC.
    pub generator_at: Option<i64>,
    /// When a code of it was last taken.
    pub used_at: Option<i64>,
    /// Recovery codes that are left.
    pub recovery_codes: usize,
    /// Passkeys.
    pub passkeys: usize,
}

impl Held {
    /// Whether there is any second factor.
    #[must_use]
    pub fn any(&self) -> bool {
        self.generator_at.is_some() || self.passkeys > 0
    }
}

/// What proved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A code of the generator.
    Code,
    /// A recovery code, which is gone now.
    Recovery,
}

/// Why a code does not count.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Wrong, used before, or there is no generator: never told apart.
    #[error("the code is wrong or was used before")]
    Wrong,
    /// Too many wrong ones.
    #[error("codes rest after too many wrong ones")]
    Resting,
    /// The secret was offered too long ago, or to another account, or is in use already.
    #[error("the offered secret is over")]
    Over,
    /// There is one already.
    #[error("the account has a code generator already")]
    Known,
    /// The author may not take it off.
    #[error("only the security administrator takes a factor off, and never their own")]
    Forbidden,
    /// Nothing to take off.
    #[error("the account has no second factor")]
    NotHeld,
    /// The cipher.
    #[error("the secret cannot be sealed")]
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

/// Where the secret of a generator stands, known by its account and its identity with a stroke between.
pub(crate) fn label(row: &str) -> Vec<u8> {
    format!("generator/{row}").into_bytes()
}

/// What an account has beside its password.
///
/// # Errors
/// What the store says.
pub fn held(bureau: &Bureau, account: &str) -> Result<Held, StorageError> {
    let mut held = Held::default();
    for factor in bureau.store.factors_of(account)? {
        match factor.kind.as_str() {
            GENERATOR => (held.generator_at, held.used_at) = (Some(factor.created_at), factor.used_at),
            RECOVERY => held.recovery_codes += 1,
            passkeys::KIND => held.passkeys += 1,
            _ => {}
        }
    }
    Ok(held)
}

/// A fresh secret for an account; `site` stands above its codes on the phone.
///
/// # Errors
/// [`FactorError::Known`], [`FactorError::Seal`].
pub fn offer(bureau: &Bureau, now: Moment, account: &str, site: &str) -> Result<Offer, FactorError> {
    if held(bureau, account)?.generator_at.is_some() {
        return Err(FactorError::Known);
    }
    let secret = bureau.random::<{ totp::SECRET_BYTES }>().to_vec();
    let until = now.at.as_millisecond().saturating_add(WAITS_MS);
    let text = serde_json::to_vec(&Sealed { account: account.to_owned(), secret: secret.clone(), until });
    let text = text.map_err(|_| FactorError::Seal)?;
    let sealed = bureau.keys.realm_key().seal(bureau.random(), &text, SEAL).map_err(|_| FactorError::Seal)?;
    written(bureau, account, site, &secret, URL_SAFE_NO_PAD.encode(sealed))
}

/// The same secret once more, for whoever mistyped its first code.
///
/// # Errors
/// [`FactorError::Over`].
pub fn again(bureau: &Bureau, now: Moment, account: &str, site: &str, sealed: &str) -> Result<Offer, FactorError> {
    let offered = offered(bureau, now, account, sealed)?;
    written(bureau, account, site, &offered.secret, sealed.to_owned())
}

fn written(bureau: &Bureau, account: &str, site: &str, secret: &[u8], sealed: String) -> Result<Offer, FactorError> {
    let login = bureau.store.account(account)?.ok_or(FactorError::Over)?.login;
    let letters = totp::letters(secret);
    let (issuer, login) = (encoded(site), encoded(&login));
    let address = format!("otpauth://totp/{issuer}:{login}?secret={letters}&issuer={issuer}");
    Ok(Offer { letters, address, sealed })
}

fn offered(bureau: &Bureau, now: Moment, account: &str, sealed: &str) -> Result<Sealed, FactorError> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| FactorError::Over)?;
    let text = bureau.keys.realm_key().open(&bytes, SEAL).map_err(|_| FactorError::Over)?;
    let offered: Sealed = serde_json::from_slice(&text).map_err(|_| FactorError::Over)?;
    let in_time = now.at.as_millisecond() < offered.until;
    if offered.account == account && in_time { Ok(offered) } else { Err(FactorError::Over) }
}

/// Gives an account the offered generator, once it has made a right code, and answers fresh recovery codes: they are shown
/// now and never again.
///
/// # Errors
/// [`FactorError::Wrong`] for a wrong code; the same secret may then be offered [`again`].
pub fn enrol(
    bureau: &Bureau,
    now: Moment,
    account: &str,
    sealed: &str,
    typed: &str,
) -> Result<Vec<String>, FactorError> {
    let at = now.at.as_millisecond();
    let offered = offered(bureau, now, account, sealed)?;
    if held(bureau, account)?.generator_at.is_some() {
        return Err(FactorError::Known);
    }
    try_of(bureau, account, at)?;
    let step = totp::step_of(&offered.secret, &plain(typed), at).ok_or(FactorError::Wrong)?;
    let once = bureau.keys.digest_of(&format!("generator/{sealed}")).to_string();
    if !bureau.store.take_turn(GENERATOR, &once, at, offered.until)? {
        return Err(FactorError::Over);
    }
    forget_wrong(bureau, account)?;
    let place = label(&format!("{account}/{GENERATOR}"));
    let secret = bureau.keys.realm_key().seal(bureau.random(), &offered.secret, &place);
    let generator = Factor {
        account: account.to_owned(),
        id: GENERATOR.to_owned(),
        kind: GENERATOR.to_owned(),
        label: String::new(),
        secret: secret.map_err(|_| FactorError::Seal)?,
        counter: step,
        created_at: at,
        used_at: Some(at),
    };
    let codes = fresh_codes(bureau);
    // Of an earlier generator nothing is left that could still open this account.
    bureau.store.remove_factors(account, RECOVERY)?;
    let recovery = codes.iter().map(|code| recovery(bureau, account, code, at));
    bureau.store.put_factors(std::iter::once(generator).chain(recovery).collect())?;
    record(bureau, now, "enrol-generator", account, json!({ "person": account }))?;
    Ok(codes)
}

/// Recovery codes in place of those there were, shown now and never again.
///
/// # Errors
/// [`FactorError::NotHeld`] without a generator.
pub fn renew_recovery(bureau: &Bureau, now: Moment, account: &str) -> Result<Vec<String>, FactorError> {
    if held(bureau, account)?.generator_at.is_none() {
        return Err(FactorError::NotHeld);
    }
    let codes = fresh_codes(bureau);
    bureau.store.remove_factors(account, RECOVERY)?;
    let fresh = codes.iter().map(|code| recovery(bureau, account, code, now.at.as_millisecond()));
    bureau.store.put_factors(fresh.collect())?;
    record(bureau, now, "renew-recovery-codes", account, json!({ "person": account }))?;
    Ok(codes)
}

/// Codes nobody chose: fifty bits each, in two groups of letters and digits.
fn fresh_codes(bureau: &Bureau) -> Vec<String> {
    let code = |_| {
        let letters = totp::letters(&bureau.random::<7>()).to_ascii_lowercase();
        let (first, rest) = letters.split_at_checked(5).unwrap_or_default();
        format!("{first}-{}", rest.chars().take(5).collect::<String>())
    };
    (0..RECOVERY_CODES).map(code).collect()
}

fn recovery(bureau: &Bureau, account: &str, code: &str, at: i64) -> Factor {
    Factor {
        account: account.to_owned(),
        id: format!("{RECOVERY}/{}", bureau.fresh_id()),
        kind: RECOVERY.to_owned(),
        label: String::new(),
        secret: mark(bureau, account, &plain(code)),
        counter: 0,
        created_at: at,
        used_at: None,
    }
}

/// What is kept of a recovery code. No code has a nought, a one or an eight: whoever reads one there means the letter.
fn mark(bureau: &Bureau, account: &str, code: &str) -> Vec<u8> {
    let code = code.replace('0', "o").replace('1', "l").replace('8', "b");
    bureau.keys.digest_of(&format!("recovery/{account}/{code}")).0.to_vec()
}

/// A code as it was meant: people leave blanks, and a Chinese keyboard makes wide digits.
fn plain(typed: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c).saturating_sub(0xff10), 10).unwrap_or(c),
        other => other.to_ascii_lowercase(),
    };
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(narrow).collect()
}

/// Counts a try before it is made.
fn try_of(bureau: &Bureau, account: &str, at: i64) -> Result<(), FactorError> {
    if bureau.store.take_attempt(SCOPE, &subject(bureau, account), at, limits::BY_CODE)? {
        Ok(())
    } else {
        Err(FactorError::Resting)
    }
}

fn forget_wrong(bureau: &Bureau, account: &str) -> Result<(), StorageError> {
    bureau.store.forget_attempts(SCOPE, &subject(bureau, account))
}

fn subject(bureau: &Bureau, account: &str) -> String {
    bureau.keys.digest_of(&format!("code/{account}")).to_string()
}

/// Whether a code, or a recovery code, is of this account; it counts once.
///
/// # Errors
/// [`FactorError::Wrong`], [`FactorError::Resting`].
pub fn prove(bureau: &Bureau, now: Moment, account: &str, typed: &str) -> Result<Proof, FactorError> {
    let at = now.at.as_millisecond();
    try_of(bureau, account, at)?;
    let typed = plain(typed);
    let factors = bureau.store.factors_of(account)?;
    let proof = match by_generator(bureau, account, &factors, &typed, at)? {
        true => Proof::Code,
        false if by_recovery(bureau, account, &factors, &typed)? => Proof::Recovery,
        false => return Err(FactorError::Wrong),
    };
    forget_wrong(bureau, account)?;
    if proof == Proof::Recovery {
        record(bureau, now, "use-recovery-code", account, json!({ "person": account }))?;
    }
    Ok(proof)
}

fn by_generator(bureau: &Bureau, account: &str, factors: &[Factor], typed: &str, at: i64) -> Result<bool, FactorError> {
    let Some(factor) = factors.iter().find(|factor| factor.kind == GENERATOR) else { return Ok(false) };
    let place = label(&format!("{account}/{}", factor.id));
    let secret = bureau.keys.realm_key().open(&factor.secret, &place).map_err(|_| FactorError::Seal)?;
    match totp::step_of(&secret, typed, at) {
        // Each step opens once, and no step before it afterwards.
        Some(step) if step > factor.counter => {
            Ok(bureau.store.use_factor(account, &factor.id, factor.counter, step, at)?)
        }
        _ => Ok(false),
    }
}

fn by_recovery(bureau: &Bureau, account: &str, factors: &[Factor], typed: &str) -> Result<bool, FactorError> {
    let mark = mark(bureau, account, typed);
    let found = factors.iter().find(|factor| factor.kind == RECOVERY && factor.secret == mark);
    // Of two who type the same code at once, one takes it away.
    found.map_or(Ok(false), |factor| Ok(bureau.store.remove_factor(account, &factor.id)?))
}

/// Takes the generator of one's own account off, with the password and a code; every recovery code goes with it.
///
/// # Errors
/// As [`prove`]; a wrong password is a wrong code.
pub fn remove(bureau: &Bureau, now: Moment, account: &str, password: &str, typed: &str) -> Result<(), FactorError> {
    match people::own_password(bureau, now, account, password) {
        Ok(_) => {}
        Err(SignInError::Resting) => return Err(FactorError::Resting),
        Err(SignInError::Storage(error)) => return Err(error.into()),
        Err(_) => return Err(FactorError::Wrong),
    }
    prove(bureau, now, account, typed)?;
    gone(bureau, account)?;
    record(bureau, now, "remove-generator", account, json!({ "person": account }))?;
    Ok(())
}

fn gone(bureau: &Bureau, account: &str) -> Result<usize, StorageError> {
    Ok(bureau.store.remove_factors(account, GENERATOR)? + bureau.store.remove_factors(account, RECOVERY)?)
}

/// Decides from which day on the three administrators need a second factor; none puts it off. Only the security
/// administrator may, and it is recorded with theirs.
///
/// # Errors
/// [`FactorError::Forbidden`].
pub fn demand_from(bureau: &Bureau, now: Moment, author: &PersonId, from: Option<Date>) -> Result<(), FactorError> {
    let who = people::person(bureau, author.as_str(), now.on())?.ok_or(FactorError::Forbidden)?;
    if !bureau.policy.has_duty(&who.id, &who.posts, Duty::Appoint) {
        return Err(FactorError::Forbidden);
    }
    let told = from.map_or_else(|| "none".to_owned(), |from| from.to_string());
    record(bureau, now, "demand-second-factor", author.as_str(), json!({ "author": author.as_str(), "from": told }))?;
    Ok(limits::set_factor_from(bureau, from)?)
}

/// Takes the second factors off somebody else who has lost them, passkeys too, and ends their sessions. Only the security
/// administrator may, who resets no password: it takes two to become somebody else.
///
/// # Errors
/// [`FactorError::Forbidden`], [`FactorError::NotHeld`].
pub fn take_off(bureau: &Bureau, now: Moment, author: &PersonId, account: &str) -> Result<(), FactorError> {
    let who = people::person(bureau, author.as_str(), now.on())?.ok_or(FactorError::Forbidden)?;
    if !bureau.policy.has_duty(&who.id, &who.posts, Duty::Appoint) || author.as_str() == account {
        return Err(FactorError::Forbidden);
    }
    if bureau.store.account(account)?.is_none() {
        return Err(AccountError::Unknown { account: account.to_owned() }.into());
    }
    if gone(bureau, account)? + bureau.store.remove_factors(account, passkeys::KIND)? == 0 {
        return Err(FactorError::NotHeld);
    }
    forget_wrong(bureau, account)?;
    bureau.store.end_sessions_of("account", account)?;
    record(bureau, now, "take-off-factors", account, json!({ "author": author.as_str() }))?;
    Ok(())
}
