//! The tables, and the refusal of files that are not ours to write.
//!
//! INVARIANT: a file that is refused has not been changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use thiserror::Error;

use crate::engine::Session;
use crate::sql::{Sql, StorageError};

mod remote;

pub(crate) use remote::connect;

/// The version of the schema this program writes.
pub const SCHEMA_VERSION: i64 = 5;

/// "XIEZ" in the file's header, so that `file` and we know it again.
const APPLICATION_ID: i64 = 0x5849_455A;

/// Why a file cannot be opened as the store of a realm.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file exists and is something else.
    #[error("`{}` is not a store of this program", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("the store has schema {found}, this program knows schema {supported}: use a newer program")]
    NewerSchema {
        /// The version in the file.
        found: i64,
        /// The newest version known here.
        supported: i64,
    },
    /// The file belongs to another jurisdiction.
    #[error("the store belongs to realm `{found}`, not to `{wanted}`")]
    OtherRealm {
        /// The realm in the file.
        found: String,
        /// The realm asked for.
        wanted: String,
    },
    /// The folder of the file does not exist.
    #[error("there is no folder for `{}`", path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// The engine refused.
    #[error("the store `{}` cannot be opened", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The engine's own words.
        #[source]
        source: rusqlite::Error,
    },
    /// The server cannot be reached, or refuses.
    #[error("the database server cannot be used")]
    Server(#[from] StorageError),
    /// The server is too old.
    #[error("the database server is of version {found}, at least {needed} is needed")]
    OldServer {
        /// Its version.
        found: i64,
        /// What is needed.
        needed: i64,
    },
    /// The database holds texts in another encoding.
    #[error("the database is encoded in {found}, not in UTF8")]
    Encoding {
        /// Its encoding.
        found: String,
    },
    /// The database was made by an older program.
    #[error("the database has schema {found}, this program needs {needed}")]
    OlderSchema {
        /// The version found.
        found: i64,
        /// The version needed.
        needed: i64,
    },
    /// The database holds tables of something else.
    #[error("the database holds other tables and is no store of this program")]
    OtherTables,
    /// The file is cut short, or a page of it is damaged.
    #[error("`{}` is damaged: {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the engine found first.
        found: String,
    },
    /// The writer's thread could not be started.
    #[error("the writer cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Opens or makes the file and returns the writer's connection.
pub(crate) fn open(path: &Path, realm: &str) -> Result<Session, OpenError> {
    let failed = |source| OpenError::Database { path: path.to_owned(), source };
    if path.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()) {
        return Err(OpenError::NoFolder { path: path.to_owned() });
    }
    let fresh = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    if !fresh {
        check(path, realm)?;
    }
    let connection = Connection::open(path).map_err(failed)?;
    configure(&connection).map_err(failed)?;
    if fresh {
        create(&connection, realm).map_err(failed)?;
        // Somebody else may have made the file in between, for another realm.
        check(path, realm)?;
    }
    upgrade(&connection).map_err(failed)?;
    Ok(Session::File(connection))
}

/// Whose store a file is, once every page of it was found whole. The file is only read.
///
/// # Errors
///
/// [`OpenError`], as when it is opened; [`OpenError::Damaged`] when it is not whole.
pub fn examine(path: &Path) -> Result<String, OpenError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    let damaged = |found: String| OpenError::Damaged { path: path.to_owned(), found };
    let whole = connection.query_row("pragma integrity_check(1)", [], |row| row.get::<_, String>(0));
    match whole {
        Ok(found) if found == "ok" => {}
        Ok(found) => return Err(damaged(found)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(OpenError::NotAStore { path: path.to_owned() });
        }
        Err(error) => return Err(damaged(error.to_string())),
    }
    let realm = connection.query_row("select realm from schema_version", [], |row| row.get::<_, String>(0));
    let realm = realm.map_err(|_no_such_table| OpenError::NotAStore { path: path.to_owned() })?;
    drop(connection);
    check(path, &realm)?;
    Ok(realm)
}

/// Reads who a file belongs to, without the means to change it.
fn check(path: &Path, realm: &str) -> Result<(), OpenError> {
    let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NotAStore { path: path.to_owned() },
        _ => OpenError::Database { path: path.to_owned(), source },
    };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
    let id: i64 = connection
        .query_row("select application_id from pragma_application_id", [], |row| row.get(0))
        .map_err(failed)?;
    if id != APPLICATION_ID {
        return Err(OpenError::NotAStore { path: path.to_owned() });
    }
    let found = connection
        .query_row("select version, realm from schema_version", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()
        .map_err(failed)?;
    match found {
        None => Err(OpenError::NotAStore { path: path.to_owned() }),
        Some((version, _)) if version > SCHEMA_VERSION => {
            Err(OpenError::NewerSchema { found: version, supported: SCHEMA_VERSION })
        }
        Some((_, found)) if found != realm => Err(OpenError::OtherRealm { found, wanted: realm.to_owned() }),
        Some(_) => Ok(()),
    }
}

pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(256);
    keep_plans(connection)?;
    // `secure_delete` overwrites what is deleted: an erased key must be gone. The log is folded beside the work once a
    // second (`Store::ease_log`); a commit does it only where nobody else did, since it then keeps everybody waiting.
    connection.execute_batch(
        "pragma journal_mode = wal;
         pragma synchronous = full;
         pragma foreign_keys = on;
         pragma secure_delete = on;
         pragma temp_store = memory;
         pragma cache_size = -32768;
         pragma wal_autocheckpoint = 8000;
         pragma journal_size_limit = 67108864;",
    )
}

/// A statement keeps its plan whatever values it is given. Without this the engine plans anew whenever
/// another value is bound in a range or a limit, which cost a third of a page.
pub(crate) fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn create(connection: &Connection, realm: &str) -> rusqlite::Result<()> {
    connection.execute_batch("begin immediate")?;
    let made: i64 =
        connection
            .query_row("select count(*) from sqlite_schema where name = 'schema_version'", [], |row| row.get(0))?;
    if made == 0 {
        connection.execute_batch(TABLES)?;
        connection.execute_batch(&projections("", "_1"))?;
        connection.execute_batch(&format!("pragma application_id = {APPLICATION_ID}"))?;
        connection.execute(
            "insert into schema_version(realm, version, projection) values($1, $2, 1)",
            rusqlite::params![realm, SCHEMA_VERSION],
        )?;
    }
    connection.execute_batch("commit")
}

/// Brings a file of an older schema to this one, whole or not at all.
fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let version = || connection.query_row("select version from schema_version", [], |row| row.get::<_, i64>(0));
    if version()? == SCHEMA_VERSION {
        return Ok(());
    }
    connection.execute_batch("begin immediate")?;
    // Another process may have done it while this one waited.
    for (from, text) in UPGRADES {
        if version()? == *from {
            connection.execute_batch(text)?;
        }
    }
    connection.execute_batch("commit")
}

/// What brings a schema to the next, by the version it begins with.
///
/// INVARIANT: a step only adds, so that a program of the version before goes on beside the new one; what is no longer
/// used is removed a release later. The first two steps are older than the second engine.
const UPGRADES: &[(i64, &str)] = &[
    (1, include_str!("schema/upgrade-2.sql")),
    (2, include_str!("schema/upgrade-3.sql")),
    (3, include_str!("schema/upgrade-4.sql")),
    (4, include_str!("schema/upgrade-5.sql")),
];

/// Everything but the projections.
const TABLES: &str = include_str!("schema/tables.sql");

/// The projections, whose tables are made a second time for a rebuild.
///
/// `table` is added to each table's name and `index` to each index's: an index
/// keeps its name when its table is renamed, so each generation has its own.
pub(crate) fn projection_tables(session: &Session, table: &str, index: &str) -> String {
    match session {
        Session::File(_) => projections(table, index),
        Session::Remote(_) => remote::translated(&projections(table, index)),
    }
}

/// Lets one program at a time make or exchange tables, until its transaction ends; on a file the writer is alone anyway.
pub(crate) fn lock_tables(sql: &Sql<'_>) -> Result<(), StorageError> {
    match sql.session() {
        Session::File(_) => Ok(()),
        Session::Remote(_) => remote::lock_tables(sql),
    }
}

fn projections(table: &str, index: &str) -> String {
    include_str!("schema/projections.sql").replace("{t}", table).replace("{i}", index)
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA_VERSION, UPGRADES};

    #[test]
    fn every_version_has_a_step_and_no_step_takes_anything_away() {
        let steps: Vec<i64> = UPGRADES.iter().map(|(from, _)| *from).collect();
        assert_eq!(steps, (1..SCHEMA_VERSION).collect::<Vec<_>>());
        for (from, text) in UPGRADES {
            assert!(text.contains(&format!("update schema_version set version = {}", from + 1)), "{text}");
            let taken = ["drop ", "rename ", "delete ", " alter column"].iter().find(|word| text.contains(**word));
            assert_eq!(taken, None, "the step from {from} takes something away from the program before");
        }
    }
}
