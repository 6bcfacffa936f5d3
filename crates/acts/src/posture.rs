//! How the house stands against what is asked of it (等保三级): read from the running program, never written down beside it.
//!
//! What leaves no trace by itself (a check of the ledger, a backup, a change of the master) is noted when it is done.
//!
//! INVARIANT: what is not known is none, and never a guess.

use crate::bureau::Bureau;
use crate::people::limits::{self, BY_ADDRESS, BY_CODE, BY_LOGIN};
use crate::people::posts::ADMINISTRATORS;
use crate::{factors, passkeys, stamps};
use kernel::world::Moment;
use std::collections::BTreeSet;
use store::{Checkpoint, StorageError, Store};

/// Something that is done from time to time and leaves no other trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The ledger was checked and held.
    Verified,
    /// The database was copied.
    BackedUp,
    /// The master was changed.
    Rotated,
}

impl Note {
    fn key(self) -> &'static str {
        match self {
            Note::Verified => "noted/verified",
            Note::BackedUp => "noted/backed-up",
            Note::Rotated => "noted/rotated",
        }
    }
}

/// Notes that something was done.
///
/// # Errors
/// What the store says.
pub fn note(store: &Store, now: Moment, what: Note) -> Result<(), StorageError> {
    store.put_setting(what.key(), &now.at.as_millisecond().to_string())
}

/// One who holds one of the three seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// Their account.
    pub account: String,
    /// Their name.
    pub name: String,
    /// Which seat.
    pub seat: String,
    /// Whether they have a second factor.
    pub second: bool,
}

/// How the house stands.
#[derive(Debug, Clone, Default)]
pub struct Posture {
    /// Accounts that may sign in: identity, name, whether they have a second factor.
    pub accounts: Vec<(String, String, bool)>,
    /// Whoever holds one of the three seats today.
    pub administrators: Vec<Administrator>,
    /// Whether the three need a second factor today.
    pub factor_is_due: bool,
    /// Days after which a password is changed.
    pub password_days: Option<u32>,
    /// Sessions of one account side by side.
    pub sessions_max: Option<u32>,
    /// Logins that rest now, after wrong passwords or wrong codes.
    pub resting: u64,
    /// Addresses that rest now.
    pub resting_addresses: u64,
    /// The last signed checkpoint of the log.
    pub checkpoint: Option<Checkpoint>,
    /// When the log was last stamped by an authority.
    pub stamped_at: Option<i64>,
    /// When the ledger was last checked whole and held.
    pub verified_at: Option<i64>,
    /// When the database was last copied by the program.
    pub backed_up_at: Option<i64>,
    /// When the master was last changed.
    pub rotated_at: Option<i64>,
    /// What the masters are called, the one in use first.
    pub masters: Vec<String>,
}

/// How the house stands now.
///
/// # Errors
/// What the store says.
pub fn posture(bureau: &Bureau, now: Moment) -> Result<Posture, StorageError> {
    let (store, at, today) = (&bureau.store, now.at.as_millisecond(), now.on().to_string());
    let seconds: BTreeSet<String> =
        store.accounts_with_factors(&[factors::GENERATOR, passkeys::KIND])?.into_iter().collect();
    let accounts = store.accounts()?.into_iter().filter(|account| !account.disabled);
    let accounts: Vec<(String, String, bool)> =
        accounts.map(|account| (account.id.clone(), account.name, seconds.contains(&account.id))).collect();
    let holders = store.holders_of_seats(&ADMINISTRATORS, &today)?.into_iter();
    let administrators = holders.filter_map(|post| {
        let (account, name, second) = accounts.iter().find(|(id, _, _)| *id == post.account)?;
        Some(Administrator { account: account.clone(), name: name.clone(), seat: post.seat, second: *second })
    });
    let noted = store.settings_under("noted/")?;
    let when = |what: Note| noted.iter().find(|(key, _)| key == what.key()).and_then(|(_, at)| at.parse().ok());
    Ok(Posture {
        administrators: administrators.collect(),
        factor_is_due: limits::factor_is_due(bureau, now.on())?,
        password_days: limits::password_days(bureau)?,
        sessions_max: limits::sessions_max(bureau)?,
        resting: store.resting("login", BY_LOGIN, at)? + store.resting(factors::SCOPE, BY_CODE, at)?,
        resting_addresses: store.resting("address", BY_ADDRESS, at)?,
        checkpoint: store.latest_checkpoint()?,
        stamped_at: stamps::last_at(bureau)?,
        verified_at: when(Note::Verified),
        backed_up_at: when(Note::BackedUp),
        rotated_at: when(Note::Rotated),
        masters: bureau.keys.masters(),
        accounts,
    })
}
