//! What signing in is held to, as the bureau has set it.
//!
//! It judges nobody; it says what the limits are.
//!
//! INVARIANT: a setting that cannot be read is the strict default.

use crate::bureau::Bureau;
use jiff::civil::Date;
use store::{Allowance, StorageError};

/// Wrong passwords for one account before it rests.
pub const BY_LOGIN: Allowance = Allowance { tries_max: 5, rest_ms: 15 * 60 * 1000 };
/// Wrong passwords from one address before it rests: an office behind one address has many who mistype.
pub const BY_ADDRESS: Allowance = Allowance { tries_max: 30, rest_ms: 15 * 60 * 1000 };
/// Wrong codes of a second factor for one account before they rest.
pub const BY_CODE: Allowance = Allowance { tries_max: 5, rest_ms: 15 * 60 * 1000 };
/// How long after the password a session waits for the second factor, in milliseconds.
pub const CODE_WITHIN_MS: i64 = 10 * 60 * 1000;
/// How long a confirmation counts for what is confirmed anew each time, in milliseconds.
pub const FRESH_MS: i64 = 15 * 60 * 1000;
/// How long a session lives without use, in milliseconds (等保三级: idle sessions end).
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// How long a session lives at most, in milliseconds.
pub const LONGEST_MS: i64 = 12 * 60 * 60 * 1000;
/// A day, in milliseconds.
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// After how many days a password is changed; none where the bureau set 0.
///
/// # Errors
/// What the store says.
pub fn password_days(bureau: &Bureau) -> Result<Option<u32>, StorageError> {
    number(bureau, "access/password-days", 90)
}

/// How many sessions of one account live side by side; none where the bureau set 0.
///
/// # Errors
/// What the store says.
pub fn sessions_max(bureau: &Bureau) -> Result<Option<u32>, StorageError> {
    number(bureau, "access/sessions-max", 2)
}

/// From which day on the three administrators need a second factor; none where the bureau has put it off.
pub const FACTOR_FROM: &str = "access/second-factor-from";

/// Whether the three administrators need a second factor on a day.
///
/// # Errors
/// What the store says.
pub fn factor_is_due(bureau: &Bureau, on: Date) -> Result<bool, StorageError> {
    Ok(match bureau.store.setting(FACTOR_FROM)?.as_deref() {
        Some("none") => false,
        Some(from) => from.parse::<Date>().map_or(true, |from| from <= on),
        None => true,
    })
}

/// Has the three administrators need a second factor from a day on; none puts it off.
///
/// # Errors
/// What the store says.
pub fn set_factor_from(bureau: &Bureau, from: Option<Date>) -> Result<(), StorageError> {
    bureau.store.put_setting(FACTOR_FROM, &from.map_or_else(|| "none".to_owned(), |from| from.to_string()))
}

/// Sets all of them to no limit: for a simulated city whose accounts are shared by whoever looks at it.
///
/// # Errors
/// What the store says.
pub fn lift(bureau: &Bureau) -> Result<(), StorageError> {
    bureau.store.put_setting("access/password-days", "0")?;
    bureau.store.put_setting("access/sessions-max", "0")?;
    set_factor_from(bureau, None)
}

fn number(bureau: &Bureau, name: &str, default: u32) -> Result<Option<u32>, StorageError> {
    let set = bureau.store.setting(name)?.and_then(|text| text.parse().ok()).unwrap_or(default);
    Ok((set > 0).then_some(set))
}
