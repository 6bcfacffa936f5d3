//! Sessions: who is logged in, known only by the hash of a token.

use crate::engine::params;
use kernel::ledger::Digest;

use crate::Store;
use crate::sql::StorageError;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of the token; the token itself is nowhere stored.
    pub token_hash: Digest,
    /// What kind of subject it is for.
    pub kind: String,
    /// Whom it is for.
    pub subject: String,
    /// When it began, milliseconds UTC.
    pub created_at: i64,
    /// When it was last used, milliseconds UTC.
    pub seen_at: i64,
    /// When it ends, milliseconds UTC.
    pub expires_at: i64,
    /// What the session carries, in its owner's own form.
    pub data: Vec<u8>,
}

const PUT: &str = "insert into session(realm, token_hash, kind, subject, created_at, seen_at,
        expires_at, data)
    values($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict(realm, token_hash) do update set seen_at = excluded.seen_at,
        expires_at = excluded.expires_at, data = excluded.data";
const GET: &str = "select kind, subject, created_at, seen_at, expires_at, data from session
    where realm = $1 and token_hash = $2 and expires_at > $3";
const TOUCH: &str = "update session set seen_at = $1, expires_at = $2
    where realm = $3 and token_hash = $4";
const OF: &str = "select token_hash, kind, subject, created_at, seen_at, expires_at, data from session
    where realm = $1 and kind = $2 and subject = $3 and expires_at > $4 order by created_at, token_hash";
const END: &str = "delete from session where realm = $1 and token_hash = $2";
const END_ALL: &str = "delete from session where realm = $1 and kind = $2 and subject = $3";
const END_OTHERS: &str = "delete from session where realm = $1 and kind = $2 and subject = $3 and token_hash <> $4";
const EXPIRE: &str = "delete from session where realm = $1 and expires_at <= $2";

impl Store {
    /// Writes a session, new or changed.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_session(&self, session: Session) -> Result<(), StorageError> {
        self.write(move |sql| {
            let Session { token_hash, kind, subject, created_at, seen_at, expires_at, data } = session;
            let hash = token_hash.0;
            sql.run(PUT, params![sql.realm, hash, kind, subject, created_at, seen_at, expires_at, data])?;
            Ok(())
        })
    }

    /// The session of a token, unless it has ended by `now`.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn session(&self, token_hash: Digest, now: i64) -> Result<Option<Session>, StorageError> {
        self.read(|sql| {
            sql.one(GET, params![sql.realm, token_hash.0, now], |row| {
                Ok(Session {
                    token_hash,
                    kind: row.get(0)?,
                    subject: row.get(1)?,
                    created_at: row.get(2)?,
                    seen_at: row.get(3)?,
                    expires_at: row.get(4)?,
                    data: row.get(5)?,
                })
            })
        })
    }

    /// The living sessions of a subject, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn sessions_of(&self, kind: &str, subject: &str, now: i64) -> Result<Vec<Session>, StorageError> {
        self.read(|sql| {
            sql.all(OF, params![sql.realm, kind, subject, now], |row| {
                Ok(Session {
                    token_hash: Digest(row.get(0)?),
                    kind: row.get(1)?,
                    subject: row.get(2)?,
                    created_at: row.get(3)?,
                    seen_at: row.get(4)?,
                    expires_at: row.get(5)?,
                    data: row.get(6)?,
                })
            })
        })
    }

    /// Records that a session was used, and moves its end.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn touch_session(&self, token_hash: Digest, seen_at: i64, expires_at: i64) -> Result<(), StorageError> {
        self.write(move |sql| sql.run(TOUCH, params![seen_at, expires_at, sql.realm, token_hash.0]).map(drop))
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn end_session(&self, token_hash: Digest) -> Result<(), StorageError> {
        self.write(move |sql| sql.run(END, params![sql.realm, token_hash.0]).map(drop))
    }

    /// Ends every session of a subject; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn end_sessions_of(&self, kind: &str, subject: &str) -> Result<usize, StorageError> {
        let (kind, subject) = (kind.to_owned(), subject.to_owned());
        self.write(move |sql| sql.run(END_ALL, params![sql.realm, kind, subject]))
    }

    /// Ends every session of a subject but one; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn end_other_sessions(&self, kind: &str, subject: &str, kept: Digest) -> Result<usize, StorageError> {
        let (kind, subject) = (kind.to_owned(), subject.to_owned());
        self.write(move |sql| sql.run(END_OTHERS, params![sql.realm, kind, subject, kept.0]))
    }

    /// Removes the sessions that have ended by `now`; answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn expire_sessions(&self, now: i64) -> Result<usize, StorageError> {
        self.write(move |sql| sql.run(EXPIRE, params![sql.realm, now]))
    }
}
