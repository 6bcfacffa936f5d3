//! One session with the engine: the only place that prepares statements.
//!
//! Not a query builder: texts stand where they are used. What is here is the
//! counting, the caching and the one error every operation shares.
//!
//! INVARIANT: the parameters of a text are `$1 … $n`, first met in that order,
//! so that the same text means the same to SQLite and to PostgreSQL.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, Params, Row};
use thiserror::Error;

thread_local! {
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// The statements counted on this thread.
pub(crate) fn statements() -> u64 {
    STATEMENTS.with(Cell::get)
}

/// Adds statements that another thread ran on this thread's behalf.
pub(crate) fn count_statements(more: u64) {
    STATEMENTS.with(|count| count.set(count.get().wrapping_add(more)));
}

/// What can go wrong beneath any operation: the file, the disk, the engine.
#[derive(Debug, Clone, Error)]
pub enum StorageError {
    /// The engine could not carry out a statement.
    #[error("the database could not carry out a statement")]
    Database(#[source] Arc<rusqlite::Error>),
    /// No room is left on the disk.
    #[error("no room is left for the database")]
    Full(#[source] Arc<rusqlite::Error>),
    /// The file or its disk cannot be written.
    #[error("the database is read-only")]
    ReadOnly(#[source] Arc<rusqlite::Error>),
    /// A page of the file is damaged.
    #[error("the database file is damaged")]
    Damaged(#[source] Arc<rusqlite::Error>),
    /// The writer has ended and takes no more requests.
    #[error("the writer has stopped")]
    WriterStopped,
    /// A backup is to be written over something.
    #[error("`{}` exists and is not empty", target.display())]
    TargetInUse {
        /// The file.
        target: std::path::PathBuf,
    },
    /// A stored value is not one that this program writes.
    #[error("the stored `{column}` cannot be read: `{value}`")]
    Unreadable {
        /// Table and column.
        column: &'static str,
        /// What was found.
        value: String,
    },
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let source = Arc::new(error);
        match code {
            Some(ErrorCode::DiskFull) => Self::Full(source),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(source),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(source),
            _ => Self::Database(source),
        }
    }
}

/// A connection, lent for one piece of work in one realm.
pub(crate) struct Sql<'c> {
    connection: &'c Connection,
    /// The realm every statement names first.
    pub(crate) realm: &'c str,
}

impl<'c> Sql<'c> {
    pub(crate) fn new(connection: &'c Connection, realm: &'c str) -> Self {
        Self { connection, realm }
    }

    /// Runs a statement and returns how many rows it changed.
    pub(crate) fn run(&self, text: &str, params: impl Params) -> Result<usize, StorageError> {
        Ok(self.prepare(text)?.execute(params)?)
    }

    /// Reads the first row, if there is one.
    pub(crate) fn one<T>(
        &self,
        text: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StorageError> {
        let mut statement = self.prepare(text)?;
        let mut rows = statement.query(params)?;
        Ok(rows.next()?.map(read).transpose()?)
    }

    /// Reads all rows.
    pub(crate) fn all<T>(
        &self,
        text: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StorageError> {
        let mut statement = self.prepare(text)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// Reads rows one by one, keeping none.
    pub(crate) fn each(
        &self,
        text: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StorageError> {
        let mut statement = self.prepare(text)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }

    /// Reads a single integer; an empty answer and a null are 0.
    pub(crate) fn integer(&self, text: &str, params: impl Params) -> Result<i64, StorageError> {
        let value = self.one(text, params, |row| row.get::<_, Option<i64>>(0))?;
        Ok(value.flatten().unwrap_or(0))
    }

    /// Runs several statements without parameters; only definitions need it.
    pub(crate) fn script(&self, text: &str) -> Result<(), StorageError> {
        count_statements(1);
        Ok(self.connection.execute_batch(text)?)
    }

    fn prepare(&self, text: &str) -> Result<rusqlite::CachedStatement<'c>, StorageError> {
        count_statements(1);
        let statement = self.connection.prepare_cached(text)?;
        if cfg!(debug_assertions) {
            for index in 1..=statement.parameter_count() {
                if statement.parameter_name(index) != Some(format!("${index}").as_str()) {
                    let name = format!("${index} out of order in `{text}`");
                    return Err(rusqlite::Error::InvalidParameterName(name).into());
                }
            }
        }
        Ok(statement)
    }
}

/// An instant or count as the engine keeps it; more than 2^63 cannot occur.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count read back from the engine; a negative one cannot occur.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
