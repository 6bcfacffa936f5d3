//! The engines beneath: one file of SQLite, or a PostgreSQL shared by several programs.
//!
//! The texts of all statements are the same for both; here is what differs beneath them: sessions, values, rows,
//! the names of errors. Nothing here knows a table.
//!
//! INVARIANT: a value read from one engine equals the value read from the other.

mod cell;
mod postgres;

pub(crate) use cell::{Cell, FromCell, Owned, Param, params};

use std::sync::Arc;

use thiserror::Error;

use crate::sql::StorageError;
pub(crate) use postgres::Remote;

/// A failure of an engine, in its own words.
#[derive(Debug, Error)]
pub enum EngineError {
    /// SQLite's.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
    /// PostgreSQL's.
    #[error(transparent)]
    Remote(#[from] ::postgres::Error),
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let code = error.sqlite_error_code();
        let source = Arc::new(EngineError::File(error));
        match code {
            Some(Code::DiskFull) => Self::Full(source),
            Some(Code::ReadOnly) => Self::ReadOnly(source),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged(source),
            _ => Self::Database(source),
        }
    }
}

impl From<::postgres::Error> for StorageError {
    fn from(error: ::postgres::Error) -> Self {
        use ::postgres::error::SqlState;
        let code = error.code().cloned();
        let source = Arc::new(EngineError::Remote(error));
        match code {
            Some(SqlState::DISK_FULL) => Self::Full(source),
            Some(SqlState::READ_ONLY_SQL_TRANSACTION) => Self::ReadOnly(source),
            Some(SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED) => Self::Damaged(source),
            _ => Self::Database(source),
        }
    }
}

/// A connection to one of the engines.
pub(crate) enum Session {
    File(rusqlite::Connection),
    Remote(Box<Remote>),
}

/// A row while it is being read.
pub(crate) enum Row<'r> {
    File(&'r rusqlite::Row<'r>),
    Remote(&'r ::postgres::Row),
}

impl Row<'_> {
    /// The value of a column, from 0.
    pub(crate) fn get<T: FromCell>(&self, at: usize) -> Result<T, StorageError> {
        let cell = self.cell(at)?;
        T::from_cell(&cell).ok_or_else(|| StorageError::Unreadable {
            column: "a column of an answer",
            value: format!("{at}: {cell:?}"),
        })
    }

    /// The value of a column as it is.
    pub(crate) fn cell(&self, at: usize) -> Result<Cell<'_>, StorageError> {
        match self {
            Row::File(row) => Ok(Cell::of_file(row.get_ref(at)?)),
            Row::Remote(row) => Ok(row.try_get::<_, Cell<'_>>(at)?),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Row::File(row) => row.as_ref().column_count(),
            Row::Remote(row) => row.len(),
        }
    }
}

impl Session {
    /// A session on a server that reads.
    pub(crate) fn connect_reader(url: &str) -> Result<Self, StorageError> {
        Ok(Self::Remote(Box::new(Remote::connect(url)?)))
    }

    /// A session on a server that writes.
    pub(crate) fn connect_writer(url: &str) -> Result<Self, StorageError> {
        Ok(Self::Remote(Box::new(Remote::connect_writer(url)?)))
    }

    /// Runs a text without parameters and without answer.
    pub(crate) fn control(&self, text: &str) -> Result<(), StorageError> {
        match self {
            Session::File(connection) => Ok(connection.prepare_cached(text)?.execute([]).map(drop)?),
            Session::Remote(remote) => remote.script(text),
        }
    }

    /// Opens a transaction that sees one moment and changes nothing.
    pub(crate) fn begin_read(&self) -> Result<(), StorageError> {
        match self {
            Session::File(_) => self.control("begin"),
            Session::Remote(_) => self.control("begin isolation level repeatable read read only"),
        }
    }

    /// Opens the transaction of a writer; no other writer of this realm is in one.
    pub(crate) fn begin_write(&self, realm: &str) -> Result<(), StorageError> {
        match self {
            Session::File(_) => self.control("begin immediate"),
            Session::Remote(remote) => remote.begin_write(realm),
        }
    }

    /// Whether no transaction is open and the connection lives.
    pub(crate) fn is_idle(&self) -> bool {
        match self {
            Session::File(connection) => connection.is_autocommit(),
            Session::Remote(remote) => remote.is_idle(),
        }
    }

    /// The server has ended the connection. A file is never gone.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Session::Remote(remote) if remote.is_gone())
    }

    /// The instant by the clock of the database, milliseconds UTC.
    pub(crate) fn now_ms(&self) -> Result<i64, StorageError> {
        match self {
            Session::File(connection) => {
                let text = "select cast(unixepoch('now', 'subsec') * 1000 as integer)";
                Ok(connection.prepare_cached(text)?.query_row([], |row| row.get(0))?)
            }
            Session::Remote(remote) => {
                let rows = remote.query("select (extract(epoch from clock_timestamp()) * 1000)::bigint", &[])?;
                rows.first().map_or(Ok(0), |row| Row::Remote(row).get(0))
            }
        }
    }

    /// What is good to do before closing; nothing is lost without it.
    pub(crate) fn farewell(&self) {
        if let Session::File(connection) = self {
            // Statistics for the planner.
            drop(connection.execute_batch("pragma optimize"));
        }
    }
}
