//! What a password must be, how it is hashed, and whether it was used before.
//!
//! It opens no session and counts no try.
//!
//! INVARIANT: a password is compared with a hash in the same time whether or not there is an account.

use super::SignInError;
use crate::bureau::Bureau;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use kernel::world::Moment;
use store::{Account, Factor, StorageError};

/// Shortest password.
pub const LENGTH_MIN: usize = 12;
/// Kinds of characters at least, of four: small letters, capitals, digits, others.
pub const KINDS_MIN: usize = 3;
/// How many earlier passwords are not taken again.
pub const KEPT: usize = 5;
/// The kind under which the hash of an earlier password is kept.
const EARLIER: &str = "earlier-password";

/// What is found at the beginning of lists of stolen passwords. One that is made of these alone is guessed first.
const COMMON: [&str; 20] = [
    "password",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "admin",
    "administrator",
    "qwerty",
    "qwertyuiop",
    "1qaz2wsx",
    "123456",
    "12345678",
    "123456789",
    "1234567890",
    "888888",
    "666666",
    "abc123",
    "letmein",
    "welcome",
    "woaini",
    "iloveyou",
];

/// A hash of nothing anybody knows, so that unknown logins cost as much as known ones.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$OEXuFJ0RYMJb9o5y8mVZ0Tm2hJ4JYOqzXx3RrZ0mG0o";

/// Whether a password is that of an account; the same work is done where there is none.
pub(super) fn is_of(account: Option<&Account>, password: &str) -> bool {
    matches(account.map_or(NOBODY, |account| account.password_hash.as_str()), password)
}

fn matches(stored: &str, password: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a password of the right length.
pub(super) fn hash(bureau: &Bureau, password: &str) -> Result<String, SignInError> {
    if password.chars().count() < LENGTH_MIN {
        return Err(SignInError::TooShort);
    }
    let salt: [u8; 16] = bureau.random();
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).map_err(|_| SignInError::Hash)
}

/// Whether a person may choose this password.
pub(super) fn check(login: &str, password: &str) -> Result<(), SignInError> {
    if password.chars().count() < LENGTH_MIN {
        return Err(SignInError::TooShort);
    }
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        |c| c.is_numeric(),
        |c| !(c.is_lowercase() || c.is_uppercase() || c.is_numeric()),
    ];
    let lower = password.to_lowercase();
    let named = !login.is_empty() && lower.contains(&login.to_lowercase());
    if kinds.iter().filter(|kind| password.chars().any(*kind)).count() < KINDS_MIN || named || is_common(&lower) {
        return Err(SignInError::TooWeak);
    }
    Ok(())
}

/// Whether a common password is most of it: less is left beside than a password must have to be one.
fn is_common(lower: &str) -> bool {
    let longest = COMMON.iter().filter(|common| lower.contains(**common)).map(|common| common.len()).max();
    longest.is_some_and(|length| lower.chars().count().saturating_sub(length) < LENGTH_MIN / 2)
}

/// Whether it is the present password or one of the last.
pub(super) fn was_used(bureau: &Bureau, account: &Account, password: &str) -> Result<bool, StorageError> {
    let earlier = bureau.store.factors_of(&account.id)?.into_iter().filter(|factor| factor.kind == EARLIER);
    let mut hashes = earlier.filter_map(|factor| String::from_utf8(factor.secret).ok());
    Ok(is_of(Some(account), password) || hashes.any(|hash| matches(&hash, password)))
}

/// Keeps the hash of the password an account has now, and no more than the last few.
pub(super) fn keep(bureau: &Bureau, now: Moment, account: &Account) -> Result<(), SignInError> {
    let earlier = bureau.store.factors_of(&account.id)?.into_iter().filter(|factor| factor.kind == EARLIER);
    let earlier: Vec<Factor> = earlier.collect();
    // The present one is among the last few that are not taken again.
    let over = (earlier.len() + 2).saturating_sub(KEPT);
    for factor in earlier.iter().take(over) {
        bureau.store.remove_factor(&account.id, &factor.id)?;
    }
    bureau.store.put_factors(vec![Factor {
        account: account.id.clone(),
        id: format!("{EARLIER}/{}", bureau.fresh_id()),
        kind: EARLIER.to_owned(),
        label: String::new(),
        secret: account.password_hash.clone().into_bytes(),
        counter: 0,
        created_at: now.at.as_millisecond(),
        used_at: None,
    }])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_password_is_long_mixed_and_not_the_first_that_is_guessed() {
        for (password, fine) in [
            ("Zhangjiang-2026", true),
            ("长江后浪推前浪-Ab1长江", true),
            ("short-A1", false),
            ("only small letters", false),
            ("onlysmallletters1", false),
            ("P@ssw0rd1234", false),
            ("Admin1234567", true),
            ("wang-jing-A1", false),
            ("WANG-JING-a1", false),
        ] {
            assert_eq!(check("wang-jing", password).is_ok(), fine, "{password}");
        }
    }
}
