//! What signing in is held to, as the bureau has set it.
//!
//! It judges nobody; it says what the limits are.
//!
//! INVARIANT: a setting that cannot be read is the strict default.

use crate::bureau::Bureau;
use store::{Allowance, StorageError};

/// Wrong passwords for one account before it rests.
pub const BY_LOGIN: Allowance = Allowance { tries_max: 5, rest_ms: 15 * 60 * 1000 };
/// Wrong passwords from one address before it rests: an office behind one address has many who mistype.
pub const BY_ADDRESS: Allowance = Allowance { tries_max: 30, rest_ms: 15 * 60 * 1000 };
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

/// Sets both to no limit: for a simulated city whose accounts are shared by whoever looks at it.
///
/// # Errors
/// What the store says.
pub fn lift(bureau: &Bureau) -> Result<(), StorageError> {
    bureau.store.put_setting("access/password-days", "0")?;
    bureau.store.put_setting("access/sessions-max", "0")
}

fn number(bureau: &Bureau, name: &str, default: u32) -> Result<Option<u32>, StorageError> {
    let set = bureau.store.setting(name)?.and_then(|text| text.parse().ok()).unwrap_or(default);
    Ok((set > 0).then_some(set))
}
