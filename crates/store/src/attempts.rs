//! Tries that are counted: of a login, of an address.
//!
//! A try is counted before it is made, so that many at the same moment are not more than so many one after another.
//!
//! INVARIANT: until the rest is over no more than the allowed number of tries is given, whichever programs ask.

use crate::Store;
use crate::engine::params;
use crate::sql::StorageError;

/// How many tries, in which span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Tries at most.
    pub tries_max: u32,
    /// So long after the last of them the count begins anew, in milliseconds.
    pub rest_ms: i64,
}

/// A count that began before the clock was set back ends later than any that is made now: it begins anew.
const TAKE: &str = "insert into attempt(realm, scope, subject, tries, since_at, expires_at)
    values($1, $2, $3, 1, $4, $5)
    on conflict(realm, scope, subject) do update set
        tries = case when attempt.expires_at <= $4 or attempt.expires_at > excluded.expires_at
            then 1 else attempt.tries + 1 end,
        since_at = case when attempt.expires_at <= $4 or attempt.expires_at > excluded.expires_at
            then excluded.since_at else attempt.since_at end,
        expires_at = excluded.expires_at
    where attempt.expires_at <= $4 or attempt.expires_at > excluded.expires_at or attempt.tries < $6";
const GIVE_BACK: &str = "update attempt set tries = attempt.tries - 1
    where realm = $1 and scope = $2 and subject = $3 and tries > 0";
const FORGET: &str = "delete from attempt where realm = $1 and scope = $2 and subject = $3";
const RESTING: &str = "select count(*) from attempt
    where realm = $1 and scope = $2 and tries >= $3 and expires_at > $4";
const EXPIRE: &str = "delete from attempt where realm = $1 and expires_at <= $2";

impl Store {
    /// Counts a try before it is made; false when none is left until the rest is over. A try that is refused does not
    /// prolong the rest.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn take_attempt(&self, scope: &str, subject: &str, now: i64, allowed: Allowance) -> Result<bool, StorageError> {
        let (scope, subject) = (scope.to_owned(), subject.to_owned());
        self.write(move |sql| {
            let until = now.saturating_add(allowed.rest_ms);
            Ok(sql.run(TAKE, params![sql.realm, scope, subject, now, until, allowed.tries_max])? > 0)
        })
    }

    /// Takes back one try that was right, and leaves the wrong ones counted.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn give_back_attempt(&self, scope: &str, subject: &str) -> Result<(), StorageError> {
        let (scope, subject) = (scope.to_owned(), subject.to_owned());
        self.write(move |sql| sql.run(GIVE_BACK, params![sql.realm, scope, subject]).map(drop))
    }

    /// Forgets the tries of a subject.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn forget_attempts(&self, scope: &str, subject: &str) -> Result<(), StorageError> {
        let (scope, subject) = (scope.to_owned(), subject.to_owned());
        self.write(move |sql| sql.run(FORGET, params![sql.realm, scope, subject]).map(drop))
    }

    /// How many subjects have no try left.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn resting(&self, scope: &str, allowed: Allowance, now: i64) -> Result<u64, StorageError> {
        let asked = self
            .read(|sql| sql.one(RESTING, params![sql.realm, scope, allowed.tries_max, now], |row| row.get::<i64>(0)))?;
        Ok(crate::sql::unsigned(asked.unwrap_or(0)))
    }

    /// Removes the counts that have ended by `now`; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn expire_attempts(&self, now: i64) -> Result<usize, StorageError> {
        self.write(move |sql| sql.run(EXPIRE, params![sql.realm, now]))
    }
}
