//! Where a store is, and how its connections are opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::config::Host;
use rusqlite::{Connection, OpenFlags};

use crate::engine::Session;
use crate::schema::{configure, keep_plans};
use crate::sql::StorageError;

const STATEMENTS_CACHED: usize = 128;

/// A file of this machine, or a database somewhere.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    /// `postgres://…` or `host=… dbname=…`. It may hold a password: it is never shown.
    Remote(String),
}

impl Place {
    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Place::File(path) => Some(path),
            Place::Remote(_) => None,
        }
    }

    /// Where the server is, without what may be secret in its address: its name, or the folder of its socket.
    pub(crate) fn host(&self) -> Option<String> {
        let Place::Remote(url) = self else { return None };
        let config = url.parse::<postgres::Config>().ok()?;
        Some(match config.get_hosts().first()? {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        })
    }

    /// A connection that reads.
    pub(crate) fn reader(&self) -> Result<Session, StorageError> {
        let path = match self {
            Place::File(path) => path,
            Place::Remote(url) => return Session::connect_reader(url),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        keep_plans(&connection)?;
        connection.execute_batch("pragma cache_size = -8192; pragma temp_store = memory;")?;
        Ok(Session::File(connection))
    }

    /// A connection that writes, to a store that is there.
    pub(crate) fn writer(&self) -> Result<Session, StorageError> {
        match self {
            Place::Remote(url) => Session::connect_writer(url),
            Place::File(path) => {
                let connection = Connection::open(path)?;
                configure(&connection)?;
                Ok(Session::File(connection))
            }
        }
    }
}
