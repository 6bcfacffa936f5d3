//! Erasure: the key of a person goes, and with it all that was sealed under it, in every matter.
//!
//! Files they handed in, messages to them and the reasons of void numbers in their matters go too. The sealed bytes stay and
//! open no more; acts, hashes and numbers are not touched. Whether it may be done is decided before; it is done in the
//! transaction of the acts that say so.
//!
//! INVARIANT: no matter that holds something of the person is passed over: it would lose its content without a word.

use crate::Store;
use crate::append::{AppendError, Reached};
use crate::engine::params;
use crate::entry::{Erasure, MatterId};
use crate::sql::{Sql, StorageError};

const MATTERS: &str = "select distinct matter from sealed where realm = $1 and person = $2 order by matter";
const KEY: &str = "update person_key set wrapped = null, erased_at = $1
    where realm = $2 and person = $3 and wrapped is not null";
const FILE: [&str; 2] =
    ["delete from file_chunk where realm = $1 and file = $2", "delete from file where realm = $1 and id = $2"];
const MESSAGE: &str = "delete from outbox where realm = $1 and id = $2";
const REASONS: &str = "update number set void_reason = null where realm = $1 and matter = $2";

fn matters(sql: &Sql<'_>, person: &str) -> Result<Vec<MatterId>, StorageError> {
    sql.all(MATTERS, params![sql.realm, person], |row| Ok(MatterId(row.get(0)?)))
}

/// Destroys the key of a person and what else is known of them.
pub(crate) fn erase(sql: &Sql<'_>, erasure: &Erasure, at: i64, reached: &Reached) -> Result<(), AppendError> {
    let person = erasure.person.as_str();
    for matter in matters(sql, person)? {
        if !reached.contains_key(&matter) {
            return Err(AppendError::PersonElsewhere { person: person.to_owned(), matter });
        }
        sql.run(REASONS, params![sql.realm, matter.as_str()])?;
    }
    if sql.run(KEY, params![at, sql.realm, person])? == 0 {
        return Err(AppendError::NoPersonKey { person: person.to_owned() });
    }
    for file in &erasure.files {
        for text in FILE {
            sql.run(text, params![sql.realm, file.0])?;
        }
    }
    for message in &erasure.messages {
        sql.run(MESSAGE, params![sql.realm, message])?;
    }
    Ok(())
}

impl Store {
    /// The matters that hold something of a person.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn matters_of_person(&self, person: &str) -> Result<Vec<MatterId>, StorageError> {
        self.read(|sql| matters(sql, person))
    }
}
