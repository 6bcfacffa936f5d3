//! The engine alone: rows of a given size into a table without anything else, as durable as ours.
//!
//! It is the limit beside which a measurement of this program is read, and nothing more: no realm, no index, no chain.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::schema;
use crate::sql::StorageError;

/// A table of bytes in a file of its own.
pub struct Bare {
    connection: Connection,
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
        Ok(Self { connection })
    }

    /// Inserts `rows` rows in one transaction; they are on disk when it returns.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn insert(&mut self, bytes: &[u8], rows: u32) -> Result<(), StorageError> {
        let group = self.connection.transaction()?;
        for _ in 0..rows {
            group.prepare_cached("insert into bare(bytes) values($1)")?.execute(params![bytes])?;
        }
        group.commit()?;
        Ok(())
    }
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bare(..)")
    }
}
