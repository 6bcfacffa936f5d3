//! Read-only connections, lent one at a time.
//!
//! Not a queue: when none is idle another is opened, and what is given back
//! beyond the limit is closed. Readers never wait for the writer.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::schema::keep_plans;
use crate::sql::{Sql, StorageError};

/// Connections kept open while idle; each may cache up to 8 MiB of pages.
const IDLE_MAX: usize = 4;
const STATEMENTS_CACHED: usize = 128;

pub(crate) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// Lends a connection to `work` inside one read transaction.
    pub(crate) fn with<T, E: From<StorageError>>(
        &self,
        realm: &str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.take().map_err(StorageError::from)?;
        let outcome = Self::snapshot(&connection, realm, work);
        // A connection that cannot end its transaction is closed, not lent again.
        if connection.is_autocommit() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_MAX {
                idle.push(connection);
            }
        }
        outcome
    }

    fn snapshot<T, E: From<StorageError>>(
        connection: &Connection,
        realm: &str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let run =
            |text: &str| -> Result<(), StorageError> { Ok(connection.prepare_cached(text)?.execute([]).map(drop)?) };
        run("begin")?;
        let outcome = work(&Sql::new(connection, realm));
        match (outcome, run("rollback")) {
            (Ok(_), Err(error)) => Err(error.into()),
            (outcome, _) => outcome,
        }
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        keep_plans(&connection)?;
        connection.execute_batch("pragma cache_size = -8192; pragma temp_store = memory;")?;
        Ok(connection)
    }
}
