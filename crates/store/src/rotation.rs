//! What is wrapped or sealed under a master key, read and replaced in batches.
//!
//! What the bytes mean is not known here.
//!
//! INVARIANT: a row is replaced only while its bytes are those that were read.

use crate::Store;
use crate::engine::params;
use crate::sql::StorageError;

/// Rows that depend on a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrapping {
    /// Keys of persons; those that were destroyed are not among them.
    PersonKeys,
    /// Drafts.
    Drafts,
    /// Messages, whatever became of them.
    Messages,
    /// Keys of passkeys, each known by its account and its own identity with a stroke between.
    Passkeys,
    /// Secrets of code generators, known in the same way.
    Generators,
}

impl Rewrapping {
    /// The table.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::PersonKeys => "person_key",
            Self::Drafts => "draft",
            Self::Messages => "outbox",
            Self::Passkeys | Self::Generators => "factor",
        }
    }

    fn after(self) -> &'static str {
        match self {
            Self::PersonKeys => {
                "select person, wrapped from person_key where realm = $1 and person > $2 and wrapped is not null
                 order by person limit $3"
            }
            Self::Drafts => "select id, body from draft where realm = $1 and id > $2 order by id limit $3",
            Self::Messages => "select id, body from outbox where realm = $1 and id > $2 order by id limit $3",
            Self::Passkeys => {
                "select account || '/' || id, secret from factor
                 where realm = $1 and kind = 'passkey' and account || '/' || id > $2
                 order by account || '/' || id limit $3"
            }
            Self::Generators => {
                "select account || '/' || id, secret from factor
                 where realm = $1 and kind = 'totp' and account || '/' || id > $2
                 order by account || '/' || id limit $3"
            }
        }
    }

    fn replace(self) -> &'static str {
        match self {
            Self::PersonKeys => "update person_key set wrapped = $1 where realm = $2 and person = $3 and wrapped = $4",
            Self::Drafts => "update draft set body = $1 where realm = $2 and id = $3 and body = $4",
            Self::Messages => "update outbox set body = $1 where realm = $2 and id = $3 and body = $4",
            Self::Passkeys => {
                "update factor set secret = $1
                 where realm = $2 and kind = 'passkey' and account || '/' || id = $3 and secret = $4"
            }
            Self::Generators => {
                "update factor set secret = $1
                 where realm = $2 and kind = 'totp' and account || '/' || id = $3 and secret = $4"
            }
        }
    }
}

/// One row, as it was read and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealedRow {
    /// Its identity.
    pub row: String,
    /// The bytes that were read.
    pub was: Vec<u8>,
    /// The bytes that replace them.
    pub is: Vec<u8>,
}

impl Store {
    /// The rows after `after`, in the order of their identities.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn wrapped_after(
        &self,
        what: Rewrapping,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        let after = after.unwrap_or("");
        self.read(|sql| sql.all(what.after(), params![sql.realm, after, limit], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Replaces rows that are still what was read, in one transaction; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn rewrap(&self, what: Rewrapping, rows: Vec<ResealedRow>) -> Result<u64, StorageError> {
        if rows.is_empty() {
            return Ok(0);
        }
        self.write(move |sql| {
            let mut done = 0;
            for ResealedRow { row, was, is } in &rows {
                done += u64::from(sql.run(what.replace(), params![is, sql.realm, row, was])? > 0);
            }
            Ok(done)
        })
    }
}
