//! One session with the engine: the only place that prepares statements.
//!
//! Not a query builder: texts stand where they are used. What is here is the
//! counting, the caching and the one error every operation shares.
//!
//! INVARIANT: the parameters of a text are `$1 … $n`, first met in that order,
//! so that the same text means the same to SQLite and to PostgreSQL.

use std::cell::Cell;
use std::sync::Arc;

use thiserror::Error;

use crate::engine::{Cell as Value, EngineError, Row, Session};

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
    Database(#[source] Arc<EngineError>),
    /// No room is left on the disk.
    #[error("no room is left for the database")]
    Full(#[source] Arc<EngineError>),
    /// The file or its disk cannot be written.
    #[error("the database is read-only")]
    ReadOnly(#[source] Arc<EngineError>),
    /// A page of the file is damaged.
    #[error("the database file is damaged")]
    Damaged(#[source] Arc<EngineError>),
    /// A part of what is to be verified is damaged.
    #[error("{part} cannot be read")]
    Unread {
        /// What it is, with the matters it belongs to where they are known.
        part: String,
        /// What was met.
        #[source]
        source: Box<StorageError>,
    },
    /// The writer has ended and takes no more requests.
    #[error("the writer has stopped")]
    WriterStopped,
    /// A copy of a file is asked of a store that is none.
    #[error("the store is on a server: back it up there")]
    NotAFile,
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

/// A connection, lent for one piece of work in one realm.
pub(crate) struct Sql<'c> {
    session: &'c Session,
    /// The realm every statement names first.
    pub(crate) realm: &'c str,
}

/// The values of a statement, in the order of `$1 … $n`.
pub(crate) trait Params<'p>: AsRef<[Value<'p>]> {}

impl<'p, P: AsRef<[Value<'p>]>> Params<'p> for P {}

impl<'c> Sql<'c> {
    pub(crate) fn new(session: &'c Session, realm: &'c str) -> Self {
        Self { session, realm }
    }

    /// The connection beneath, for the few texts that the engines write differently.
    pub(crate) fn session(&self) -> &'c Session {
        self.session
    }

    /// Runs a statement and returns how many rows it changed.
    pub(crate) fn run<'p>(&self, text: &str, params: impl Params<'p>) -> Result<usize, StorageError> {
        count_statements(1);
        match self.session {
            Session::File(connection) => Ok(prepare(connection, text)?.execute(bound(params.as_ref()))?),
            Session::Remote(remote) => remote.run(text, params.as_ref()),
        }
    }

    /// Reads the first row, if there is one.
    pub(crate) fn one<'p, T>(
        &self,
        text: &str,
        params: impl Params<'p>,
        read: impl FnOnce(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        count_statements(1);
        match self.session {
            Session::File(connection) => {
                let mut statement = prepare(connection, text)?;
                let mut rows = statement.query(bound(params.as_ref()))?;
                rows.next()?.map(|row| read(&Row::File(row))).transpose()
            }
            Session::Remote(remote) => {
                remote.query(text, params.as_ref())?.first().map(|row| read(&Row::Remote(row))).transpose()
            }
        }
    }

    /// Reads all rows.
    pub(crate) fn all<'p, T>(
        &self,
        text: &str,
        params: impl Params<'p>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        let mut found = Vec::new();
        match self.session {
            Session::File(_) => self.each(text, params, |row| {
                found.push(read(row)?);
                Ok(())
            })?,
            Session::Remote(remote) => {
                count_statements(1);
                for row in remote.query(text, params.as_ref())? {
                    found.push(read(&Row::Remote(&row))?);
                }
            }
        }
        Ok(found)
    }

    /// Reads rows one by one, keeping none.
    pub(crate) fn each<'p>(
        &self,
        text: &str,
        params: impl Params<'p>,
        mut read: impl FnMut(&Row<'_>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        count_statements(1);
        match self.session {
            Session::File(connection) => {
                let mut statement = prepare(connection, text)?;
                let mut rows = statement.query(bound(params.as_ref()))?;
                while let Some(row) = rows.next()? {
                    read(&Row::File(row))?;
                }
                Ok(())
            }
            Session::Remote(remote) => remote.each(text, params.as_ref(), &mut |row| read(&Row::Remote(row))),
        }
    }

    /// Reads a single integer; an empty answer and a null are 0.
    pub(crate) fn integer<'p>(&self, text: &str, params: impl Params<'p>) -> Result<i64, StorageError> {
        let value = self.one(text, params, |row| row.get::<Option<i64>>(0))?;
        Ok(value.flatten().unwrap_or(0))
    }

    /// Runs several statements without parameters; only definitions need it.
    pub(crate) fn script(&self, text: &str) -> Result<(), StorageError> {
        count_statements(1);
        match self.session {
            Session::File(connection) => Ok(connection.execute_batch(text)?),
            Session::Remote(remote) => remote.script(text),
        }
    }
}

fn bound<'v>(values: &'v [Value<'v>]) -> rusqlite::ParamsFromIter<&'v [Value<'v>]> {
    rusqlite::params_from_iter(values)
}

fn prepare<'c>(
    connection: &'c rusqlite::Connection,
    text: &str,
) -> Result<rusqlite::CachedStatement<'c>, StorageError> {
    let statement = connection.prepare_cached(text)?;
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

/// An instant or count as the engine keeps it; more than 2^63 cannot occur.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count read back from the engine; a negative one cannot occur.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
