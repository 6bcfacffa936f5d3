//! One-time codes sent to a phone, known only by their hash.
//!
//! INVARIANT: a code is accepted once; a wrong try is counted even when many
//! come at the same moment.

use crate::engine::params;
use kernel::ledger::Digest;

use crate::Store;
use crate::sql::StorageError;

/// A code that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What it opens.
    pub purpose: String,
    /// For whom.
    pub subject: String,
    /// The hash of the code.
    pub code_hash: Digest,
    /// When it ends, milliseconds UTC.
    pub expires_at: i64,
    /// Wrong tries still allowed.
    pub tries_left: u32,
}

/// What came of trying a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It was right, and is used up.
    Accepted,
    /// It was wrong; so many tries are left.
    Wrong {
        /// Tries left.
        tries_left: u32,
    },
    /// The code has ended, by time or by wrong tries.
    Spent,
    /// No code was sent.
    Unknown,
}

const PUT: &str = "insert into code(realm, purpose, subject, code_hash, expires_at, tries_left)
    values($1, $2, $3, $4, $5, $6)
    on conflict(realm, purpose, subject) do update set code_hash = excluded.code_hash,
        expires_at = excluded.expires_at, tries_left = excluded.tries_left";
const GET: &str = "select code_hash, expires_at, tries_left from code
    where realm = $1 and purpose = $2 and subject = $3";
const WRONG: &str = "update code set tries_left = code.tries_left - 1
    where realm = $1 and purpose = $2 and subject = $3";
const REMOVE: &str = "delete from code where realm = $1 and purpose = $2 and subject = $3";
/// A turn taken before the clock was set back ends later than any that is taken now: it does not count.
const TURN: &str = "insert into code(realm, purpose, subject, code_hash, expires_at, tries_left)
    values($1, $2, $3, $4, $5, 0)
    on conflict(realm, purpose, subject) do update set expires_at = excluded.expires_at
        where code.expires_at <= $6 or code.expires_at > excluded.expires_at";
const EXPIRE: &str = "delete from code where realm = $1 and expires_at <= $2";

impl Store {
    /// Keeps a code, in place of an earlier one for the same purpose and subject.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_code(&self, code: Code) -> Result<(), StorageError> {
        self.write(move |sql| {
            let Code { purpose, subject, code_hash, expires_at, tries_left } = code;
            let hash = code_hash.0;
            sql.run(PUT, params![sql.realm, purpose, subject, hash, expires_at, tries_left])?;
            Ok(())
        })
    }

    /// Takes the turn of a subject until an instant; false while an earlier one lasts. Of two that try at once, one has it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn take_turn(&self, purpose: &str, subject: &str, now: i64, until: i64) -> Result<bool, StorageError> {
        let (purpose, subject) = (purpose.to_owned(), subject.to_owned());
        self.write(move |sql| {
            let no_code = [0_u8; 32];
            Ok(sql.run(TURN, params![sql.realm, purpose, subject, no_code, until, now])? > 0)
        })
    }

    /// Tries a code: uses it up when it is right, counts the try when not.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn try_code(
        &self,
        purpose: &str,
        subject: &str,
        code_hash: Digest,
        now: i64,
    ) -> Result<CodeOutcome, StorageError> {
        let (purpose, subject) = (purpose.to_owned(), subject.to_owned());
        self.write(move |sql| {
            let key = params![sql.realm, purpose, subject];
            let sent =
                sql.one(GET, key, |row| Ok((row.get::<[u8; 32]>(0)?, row.get::<i64>(1)?, row.get::<u32>(2)?)))?;
            let Some((sent_hash, expires_at, tries_left)) = sent else {
                return Ok(CodeOutcome::Unknown);
            };
            if expires_at <= now || tries_left == 0 {
                return Ok(CodeOutcome::Spent);
            }
            if sent_hash == code_hash.0 {
                sql.run(REMOVE, key)?;
                return Ok(CodeOutcome::Accepted);
            }
            sql.run(WRONG, key)?;
            Ok(CodeOutcome::Wrong { tries_left: tries_left - 1 })
        })
    }

    /// Removes the codes that have ended by `now`; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn expire_codes(&self, now: i64) -> Result<usize, StorageError> {
        self.write(move |sql| sql.run(EXPIRE, params![sql.realm, now]))
    }
}
