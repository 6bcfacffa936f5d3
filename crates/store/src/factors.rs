//! What an account proves itself with beside a password: secrets of code generators, recovery codes, passkeys, and the
//! hashes of earlier passwords.
//!
//! It neither knows nor judges what a secret is; secrets come sealed or hashed.
//!
//! INVARIANT: of two uses of a factor that saw the same counter, one succeeds.

use crate::Store;
use crate::engine::{Row, params};
use crate::people::{AccountError, exists};
use crate::sql::StorageError;

/// One factor of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Whose it is.
    pub account: String,
    /// Its identity, of its own within the account.
    pub id: String,
    /// What kind it is, in its owner's own word.
    pub kind: String,
    /// What the person calls it.
    pub label: String,
    /// Sealed or hashed.
    pub secret: Vec<u8>,
    /// The last counter used.
    pub counter: i64,
    /// When it was made, milliseconds UTC.
    pub created_at: i64,
    /// When it was last used, milliseconds UTC.
    pub used_at: Option<i64>,
}

const PUT: &str = "insert into factor(realm, account, id, kind, label, secret, counter, created_at, used_at)
    values($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict(realm, account, id) do update set kind = excluded.kind, label = excluded.label,
        secret = excluded.secret, counter = excluded.counter, used_at = excluded.used_at";
const OF: &str = "select account, id, kind, label, secret, counter, created_at, used_at from factor
    where realm = $1 and account = $2 order by created_at, id";
const BY_ID: &str = "select account, id, kind, label, secret, counter, created_at, used_at from factor
    where realm = $1 and kind = $2 and id = $3 order by account";
const HOLDERS: &str = "select distinct account from factor
    where realm = $1 and (kind = $2 or kind = $3) order by account";
const USE: &str = "update factor set counter = $1, used_at = $2
    where realm = $3 and account = $4 and id = $5 and counter = $6";
const REMOVE: &str = "delete from factor where realm = $1 and account = $2 and id = $3";
const REMOVE_KIND: &str = "delete from factor where realm = $1 and account = $2 and kind = $3";

fn factor(row: &Row<'_>) -> Result<Factor, StorageError> {
    Ok(Factor {
        account: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        label: row.get(3)?,
        secret: row.get(4)?,
        counter: row.get(5)?,
        created_at: row.get(6)?,
        used_at: row.get(7)?,
    })
}

impl Store {
    /// Writes factors of one kind or several, new or changed, all or none; `created_at` of an old one stays.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`].
    pub fn put_factors(&self, new: Vec<Factor>) -> Result<(), AccountError> {
        self.write(move |sql| {
            for factor in new {
                let Factor { account, id, kind, label, secret, counter, created_at, used_at } = factor;
                exists(sql, &account)?;
                sql.run(PUT, params![sql.realm, account, id, kind, label, secret, counter, created_at, used_at])?;
            }
            Ok(())
        })
    }

    /// The factors of an account, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn factors_of(&self, account: &str) -> Result<Vec<Factor>, StorageError> {
        self.read(|sql| sql.all(OF, params![sql.realm, account], factor))
    }

    /// The factors of a kind with this identity, whosever they are.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn factors_with_id(&self, kind: &str, id: &str) -> Result<Vec<Factor>, StorageError> {
        self.read(|sql| sql.all(BY_ID, params![sql.realm, kind, id], factor))
    }

    /// The accounts that have a factor of one of two kinds.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn accounts_with_factors(&self, [one, other]: &[&str; 2]) -> Result<Vec<String>, StorageError> {
        self.read(|sql| sql.all(HOLDERS, params![sql.realm, *one, *other], |row| row.get(0)))
    }

    /// Records that a factor was used: its counter goes from the one that was seen to another. False when somebody
    /// else was quicker, or the factor is gone.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn use_factor(&self, account: &str, id: &str, seen: i64, counter: i64, at: i64) -> Result<bool, StorageError> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.write(move |sql| Ok(sql.run(USE, params![counter, at, sql.realm, account, id, seen])? > 0))
    }

    /// Removes a factor; false when it was not there.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_factor(&self, account: &str, id: &str) -> Result<bool, StorageError> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.write(move |sql| Ok(sql.run(REMOVE, params![sql.realm, account, id])? > 0))
    }

    /// Removes every factor of a kind; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_factors(&self, account: &str, kind: &str) -> Result<usize, StorageError> {
        let (account, kind) = (account.to_owned(), kind.to_owned());
        self.write(move |sql| sql.run(REMOVE_KIND, params![sql.realm, account, kind]))
    }
}
