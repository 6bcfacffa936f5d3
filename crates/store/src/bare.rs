//! The engine alone: rows of a given size into a table without anything else, as durable as ours.
//!
//! It is the limit beside which a measurement of this program is read, and nothing more: no realm, no index, no chain.

use std::path::Path;

use rusqlite::Connection;

use crate::engine::{Cell, Session};
use crate::sql::{Sql, StorageError};
use crate::{many, schema};

const PUT: &str = "insert into bare(bytes)";

/// A table of bytes, in a file of its own or in a database.
pub struct Bare {
    session: Session,
}

impl Bare {
    /// Makes the file, with the settings of our own store.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        let connection = Connection::open(path)?;
        schema::configure(&connection)?;
        connection.execute_batch("create table bare(id integer primary key, bytes blob not null) strict")?;
        Ok(Self { session: Session::File(connection) })
    }

    /// Makes the table anew in a database, with the settings of our own store.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn connect(url: &str) -> Result<Self, StorageError> {
        let session = Session::connect_writer(url)?;
        Sql::new(&session, "").script(
            "drop table if exists bare;
             create table bare(id bigint generated always as identity primary key, bytes bytea not null)",
        )?;
        Ok(Self { session })
    }

    /// Inserts rows in one transaction; they are on disk when it returns.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn insert(&mut self, rows: &[Vec<u8>]) -> Result<(), StorageError> {
        self.session.control("begin")?;
        let rows: Vec<Vec<Cell<'_>>> = rows.iter().map(|row| vec![Cell::Bytes(row)]).collect();
        many::put(&Sql::new(&self.session, ""), PUT, "", &rows)?;
        self.session.control("commit")
    }

    /// Removes the table from a database.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove(self) -> Result<(), StorageError> {
        Sql::new(&self.session, "").script("drop table bare")
    }
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bare(..)")
    }
}
