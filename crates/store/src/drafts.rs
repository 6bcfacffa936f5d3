//! Drafts: half-filled forms that survive a closed browser.

use crate::engine::{Row, params};

use crate::Store;
use crate::files::{self, DraftId};
use crate::sql::{Sql, StorageError};

/// A half-filled form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its identity.
    pub id: DraftId,
    /// The procedure the form belongs to.
    pub procedure: String,
    /// The act the form is for.
    pub act: String,
    /// What was typed, in the form's own encoding.
    pub body: Vec<u8>,
    /// When it was last saved, milliseconds UTC.
    pub updated_at: i64,
}

const PUT: &str = "insert into draft(realm, id, procedure, act, body, updated_at)
    values($1, $2, $3, $4, $5, $6)
    on conflict(realm, id) do update set procedure = excluded.procedure, act = excluded.act,
        body = excluded.body, updated_at = excluded.updated_at";
const GET: &str = "select id, procedure, act, body, updated_at from draft
    where realm = $1 and id = $2";
const REMOVE: &str = "delete from draft where realm = $1 and id = $2";
const OLD: &str = "select id from draft where realm = $1 and updated_at < $2
    order by updated_at limit 1000";

/// Removes a draft and the files of it that belong to no matter.
pub(crate) fn remove(sql: &Sql<'_>, draft: &DraftId) -> Result<(), StorageError> {
    files::remove_of_draft(sql, draft)?;
    sql.run(REMOVE, params![sql.realm, draft.0])?;
    Ok(())
}

fn draft(row: &Row<'_>) -> Result<Draft, StorageError> {
    Ok(Draft {
        id: DraftId(row.get(0)?),
        procedure: row.get(1)?,
        act: row.get(2)?,
        body: row.get(3)?,
        updated_at: row.get(4)?,
    })
}

impl Store {
    /// Saves a draft.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_draft(&self, new: Draft) -> Result<(), StorageError> {
        self.write(move |sql| {
            let Draft { id, procedure, act, body, updated_at } = new;
            sql.run(PUT, params![sql.realm, id.0, procedure, act, body, updated_at])?;
            Ok(())
        })
    }

    /// A draft.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StorageError> {
        self.read(|sql| sql.one(GET, params![sql.realm, id.0], draft))
    }

    /// Removes a draft and its files.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_draft(&self, id: &DraftId) -> Result<(), StorageError> {
        let id = id.clone();
        self.write(move |sql| remove(sql, &id))
    }

    /// Removes drafts last saved before an instant, at most 1,000 at a time;
    /// answers how many.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn expire_drafts(&self, before: i64) -> Result<usize, StorageError> {
        self.write(move |sql| {
            let old = sql.all(OLD, params![sql.realm, before], |row| Ok(DraftId(row.get(0)?)))?;
            old.iter().try_for_each(|id| remove(sql, id))?;
            Ok(old.len())
        })
    }
}
