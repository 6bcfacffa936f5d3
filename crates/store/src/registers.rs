//! Registers (名册): values with a beginning, an author and, perhaps, an end.
//!
//! Rows are only ever added. On a day, an entry has the value of the row with
//! the latest beginning on or before it, of two with the same beginning the
//! one recorded later, unless that row has ended. So a value ends by a row
//! with the same beginning and an end, or by one that ends where it begins.
//!
//! INVARIANT: the register of any past day can be read.

use crate::engine::{Row, params};

use crate::Store;
use crate::append::{AppendError, Reached, version_of};
use crate::entry::MatterId;
use crate::sql::{Sql, StorageError};

/// A value that begins, as handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRow {
    /// The register.
    pub register: String,
    /// Its entry.
    pub entry: String,
    /// The first day of the value.
    pub from_on: String,
    /// The first day it no longer holds; none is open.
    pub until_on: Option<String>,
    /// The value.
    pub body: String,
    /// Who answers for it.
    pub author: String,
    /// The matter whose act in this append records it; none for an import.
    pub matter: Option<MatterId>,
}

/// A value as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterEntry {
    /// The entry.
    pub entry: String,
    /// The first day of the value.
    pub from_on: String,
    /// The first day it no longer holds; none is open.
    pub until_on: Option<String>,
    /// The value.
    pub body: String,
    /// Who answers for it.
    pub author: String,
    /// The act that recorded it.
    pub act: Option<(MatterId, u32)>,
}

const PUT: &str = "insert into register_row(realm, register, entry, from_on, seq, until_on, body,
        author, matter, version)
    values($1, $2, $3, $4,
        (select coalesce(max(seq), 0) + 1 from register_row
         where realm = $1 and register = $2 and entry = $3),
        $5, $6, $7, $8, $9)";
const AS_OF: &str = "select r.entry, r.from_on, r.until_on, r.body, r.author, r.matter, r.version
    from register_row r
    where r.realm = $1 and r.register = $2 and r.from_on <= $3
      and (r.until_on is null or r.until_on > $3)
      and not exists (
        select 1 from register_row n
        where n.realm = r.realm and n.register = r.register and n.entry = r.entry
          and n.from_on <= $3
          and (n.from_on > r.from_on or (n.from_on = r.from_on and n.seq > r.seq)))
    order by r.entry";
const ENTRY_AS_OF: &str = "select r.entry, r.from_on, r.until_on, r.body, r.author, r.matter, r.version
    from register_row r
    where r.realm = $1 and r.register = $2 and r.entry = $3 and r.from_on <= $4
    order by r.from_on desc, r.seq desc limit 1";
const HISTORY: &str = "select r.entry, r.from_on, r.until_on, r.body, r.author, r.matter, r.version
    from register_row r where r.realm = $1 and r.register = $2 and r.entry = $3
    order by r.from_on, r.seq";
const NAMES: &str = "select distinct register from register_row where realm = $1 order by register";

fn put(sql: &Sql<'_>, row: &RegisterRow, version: Option<u32>) -> Result<(), StorageError> {
    let matter = row.matter.as_ref().map(MatterId::as_str);
    sql.run(
        PUT,
        params![sql.realm, row.register, row.entry, row.from_on, row.until_on, row.body, row.author, matter, version,],
    )?;
    Ok(())
}

pub(crate) fn put_rows(sql: &Sql<'_>, rows: &[RegisterRow], reached: &Reached) -> Result<(), AppendError> {
    for row in rows {
        let version = row.matter.as_ref().map(|matter| version_of(reached, matter)).transpose()?;
        put(sql, row, version)?;
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<RegisterEntry, StorageError> {
    let matter: Option<String> = row.get(5)?;
    let version: Option<u32> = row.get(6)?;
    Ok(RegisterEntry {
        entry: row.get(0)?,
        from_on: row.get(1)?,
        until_on: row.get(2)?,
        body: row.get(3)?,
        author: row.get(4)?,
        act: matter.map(MatterId).zip(version),
    })
}

impl Store {
    /// Adds rows without an act, as an import does; their `matter` is not kept.
    ///
    /// # Errors
    ///
    /// Fails only when the database does; then no row was added.
    pub fn put_register_rows(&self, rows: Vec<RegisterRow>) -> Result<(), StorageError> {
        self.write(move |sql| {
            for row in rows {
                put(sql, &RegisterRow { matter: None, ..row }, None)?;
            }
            Ok(())
        })
    }

    /// The register as it stood on `day`, in the order of its entries.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn register_as_of(&self, register: &str, day: &str) -> Result<Vec<RegisterEntry>, StorageError> {
        self.read(|sql| sql.all(AS_OF, params![sql.realm, register, day], entry))
    }

    /// One entry as it stood on `day`: what [`Store::register_as_of`] says of it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn register_entry(&self, register: &str, name: &str, day: &str) -> Result<Option<RegisterEntry>, StorageError> {
        let latest = self.read(|sql| sql.one(ENTRY_AS_OF, params![sql.realm, register, name, day], entry))?;
        Ok(latest.filter(|row| row.until_on.as_deref().is_none_or(|until| until > day)))
    }

    /// Every row ever recorded for an entry, by beginning and recording.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn register_history(&self, register: &str, name: &str) -> Result<Vec<RegisterEntry>, StorageError> {
        self.read(|sql| sql.all(HISTORY, params![sql.realm, register, name], entry))
    }

    /// The names of all registers.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn registers(&self) -> Result<Vec<String>, StorageError> {
        self.read(|sql| sql.all(NAMES, params![sql.realm], |row| row.get(0)))
    }
}
