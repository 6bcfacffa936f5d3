//! Who somebody is elsewhere: the subject of an issuer, tied to an account of ours.
//!
//! It believes whoever says that a subject was proved; proving it is done elsewhere.
//!
//! INVARIANT: a subject of an issuer belongs to one account.

use crate::Store;
use crate::engine::{Row, params};
use crate::people::{AccountError, exists};
use crate::sql::{Sql, StorageError};

/// An identity of another house, tied to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLink {
    /// Who vouches for it.
    pub issuer: String,
    /// What they call the person.
    pub subject: String,
    /// The account.
    pub account: String,
    /// When it was tied, milliseconds UTC.
    pub created_at: i64,
}

const PUT: &str = "insert into identity_link(realm, issuer, subject, account, created_at)
    values($1, $2, $3, $4, $5)
    on conflict(realm, issuer, subject) do nothing";
const GET: &str = "select issuer, subject, account, created_at from identity_link
    where realm = $1 and issuer = $2 and subject = $3";
const OF: &str = "select issuer, subject, account, created_at from identity_link
    where realm = $1 and account = $2 order by created_at, issuer, subject";
const REMOVE: &str = "delete from identity_link
    where realm = $1 and issuer = $2 and subject = $3 and account = $4";

fn link(row: &Row<'_>) -> Result<IdentityLink, StorageError> {
    Ok(IdentityLink { issuer: row.get(0)?, subject: row.get(1)?, account: row.get(2)?, created_at: row.get(3)? })
}

fn found(sql: &Sql<'_>, issuer: &str, subject: &str) -> Result<Option<IdentityLink>, StorageError> {
    sql.one(GET, params![sql.realm, issuer, subject], link)
}

impl Store {
    /// Ties an identity to an account. False when it is tied to another one, which stays; tying it again to the same
    /// account changes nothing.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`].
    pub fn put_link(&self, new: IdentityLink) -> Result<bool, AccountError> {
        self.write(move |sql| {
            let IdentityLink { issuer, subject, account, created_at } = new;
            exists(sql, &account)?;
            sql.run(PUT, params![sql.realm, issuer, subject, account, created_at])?;
            Ok(found(sql, &issuer, &subject)?.is_some_and(|kept| kept.account == account))
        })
    }

    /// The tie of an identity.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn link(&self, issuer: &str, subject: &str) -> Result<Option<IdentityLink>, StorageError> {
        self.read(|sql| found(sql, issuer, subject))
    }

    /// The identities tied to an account, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn links_of(&self, account: &str) -> Result<Vec<IdentityLink>, StorageError> {
        self.read(|sql| sql.all(OF, params![sql.realm, account], link))
    }

    /// Unties an identity from an account; false when it was not tied to it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_link(&self, account: &str, issuer: &str, subject: &str) -> Result<bool, StorageError> {
        let (account, issuer, subject) = (account.to_owned(), issuer.to_owned(), subject.to_owned());
        self.write(move |sql| Ok(sql.run(REMOVE, params![sql.realm, issuer, subject, account])? > 0))
    }
}
