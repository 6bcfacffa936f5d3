//! What an operator needs: settings, sizes, a backup of a file, and what a server says of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::Store;
use crate::engine::{Cell, Row, Session, params};
use crate::sql::{StorageError, unsigned};

/// How large the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the database, free pages included.
    pub bytes: u64,
    /// Bytes of it that are free.
    pub free_bytes: u64,
    /// Rows of the tables that grow.
    pub tables: Vec<TableCount>,
}

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCount {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

/// What a server says of the archive of its write-ahead log, without which it is restored to no moment but that of a copy.
///
/// Settings are as the server writes them; one that the user may not see is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archiving {
    /// The name of the server, or the folder of its socket.
    pub host: String,
    /// Who this store is to the server.
    pub user: String,
    /// Whether that user may copy the server.
    pub user_may_copy: bool,
    /// `port`.
    pub port: Option<String>,
    /// `data_directory`.
    pub data_directory: Option<String>,
    /// `wal_level`.
    pub wal_level: Option<String>,
    /// `archive_mode`.
    pub archive_mode: Option<String>,
    /// `archive_command`. It may hold a password: it is never shown.
    pub archive_command: Option<String>,
    /// `archive_library`.
    pub archive_library: Option<String>,
    /// `archive_timeout`, in seconds.
    pub archive_timeout: Option<String>,
    /// The last part of the log that was archived.
    pub archived: Option<LogPart>,
    /// The last part that could not be.
    pub failed: Option<LogPart>,
    /// How often that was.
    pub failed_count: u64,
}

/// A part of the write-ahead log of a server, and when something happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPart {
    /// Its name.
    pub name: String,
    /// When, milliseconds UTC.
    pub at: i64,
}

const TABLES: [&str; 13] = [
    "head",
    "act",
    "sealed",
    "number",
    "matter_view",
    "task",
    "task_count",
    "paper",
    "file",
    "file_chunk",
    "log_leaf",
    "outbox",
    "session",
];
const PUT: &str = "insert into setting(realm, key, value) values($1, $2, $3)
    on conflict(realm, key) do update set value = excluded.value";
const PUT_NEW: &str = "insert into setting(realm, key, value) values($1, $2, $3)
    on conflict(realm, key) do nothing";
const GET: &str = "select value from setting where realm = $1 and key = $2";
const UNDER: &str = "select key, value from setting where realm = $1 and substr(key, 1, $2) = $3 order by key";
const CHANGE: &str = "update setting set value = $1 where realm = $2 and key = $3 and value = $4";
const REMOVE: &str = "delete from setting where realm = $1 and key = $2";
const USER: &str = "select rolname, rolsuper or rolreplication from pg_roles where rolname = current_user";
const SERVER: &str = "select name, setting from pg_settings where name in ('port', 'data_directory', 'wal_level',
    'archive_mode', 'archive_command', 'archive_library', 'archive_timeout')";
const ARCHIVER: &str = "select last_archived_wal, (extract(epoch from last_archived_time) * 1000)::bigint,
    last_failed_wal, (extract(epoch from last_failed_time) * 1000)::bigint, failed_count from pg_stat_archiver";
/// Pages copied between two looks at the writer.
const BACKUP_PAGES: i32 = 1024;

impl Store {
    /// The value of a setting.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.read(|sql| sql.one(GET, params![sql.realm, key], |row| row.get(0)))
    }

    /// Writes a setting.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_setting(&self, key: &str, value: &str) -> Result<(), StorageError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |sql| sql.run(PUT, params![sql.realm, key, value]).map(drop))
    }

    /// Changes a setting that is still what it was; whether it was.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn change_setting(&self, key: &str, was: &str, is: &str) -> Result<bool, StorageError> {
        let (key, was, is) = (key.to_owned(), was.to_owned(), is.to_owned());
        self.write(move |sql| Ok(sql.run(CHANGE, params![is, sql.realm, key, was])? > 0))
    }

    /// The settings whose names begin so, in their order.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn settings_under(&self, prefix: &str) -> Result<Vec<(String, String)>, StorageError> {
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        self.read(|sql| sql.all(UNDER, params![sql.realm, length, prefix], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Removes a setting.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn remove_setting(&self, key: &str) -> Result<(), StorageError> {
        let key = key.to_owned();
        self.write(move |sql| sql.run(REMOVE, params![sql.realm, key]).map(drop))
    }

    /// Writes a setting unless it has a value, and answers the value it has:
    /// of two that try at once, both get the same.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn put_setting_once(&self, key: &str, value: &str) -> Result<String, StorageError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |sql| {
            sql.run(PUT_NEW, params![sql.realm, key, value])?;
            let kept = sql.one(GET, params![sql.realm, key], |row| row.get(0))?;
            Ok(kept.unwrap_or(value))
        })
    }

    /// How large the store is. Counts every row: for an operator, not for a page.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn size(&self) -> Result<Size, StorageError> {
        self.read(|sql| {
            let none: [Cell<'_>; 0] = [];
            let number = |text: &str| Ok::<u64, StorageError>(unsigned(sql.integer(text, none)?));
            let (bytes, free_bytes) = match sql.session() {
                Session::File(_) => {
                    let page = number("select page_size from pragma_page_size")?;
                    let pages = number("select page_count from pragma_page_count")?;
                    (page * pages, page * number("select freelist_count from pragma_freelist_count")?)
                }
                Session::Remote(_) => (number("select pg_database_size(current_database())")?, 0),
            };
            let mut tables = Vec::new();
            for table in TABLES {
                let text = format!("select count(*) from {table} where realm = $1");
                let rows = unsigned(sql.integer(&text, params![sql.realm])?);
                tables.push(TableCount { table, rows });
            }
            Ok(Size { bytes, free_bytes, tables })
        })
    }

    /// Folds the write-ahead log into the database and empties it; answers
    /// whether that could be done at once (a long read holds it up).
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn fold_log(&self) -> Result<bool, StorageError> {
        // A server keeps its own log.
        let Some(path) = self.path() else { return Ok(true) };
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(1))?;
        let text = "pragma wal_checkpoint(truncate)";
        let busy: i64 = connection.query_row(text, [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// What the server of this store says of its archive; none where the store is a file.
    ///
    /// # Errors
    ///
    /// When the database fails, or refuses to say: it may be told not to.
    pub fn archiving(&self) -> Result<Option<Archiving>, StorageError> {
        let Some(host) = self.inner.place.host() else { return Ok(None) };
        self.read(|sql| {
            let user = sql.one(USER, params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (user, user_may_copy) = user.unwrap_or_default();
            let mut known: BTreeMap<String, String> =
                sql.all(SERVER, params![], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
            let mut setting = |name: &str| known.remove(name);
            let part = |row: &Row<'_>, at: usize| {
                let (name, when): (Option<String>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
                Ok::<_, StorageError>(name.zip(when).map(|(name, at)| LogPart { name, at }))
            };
            let archiver =
                sql.one(ARCHIVER, params![], |row| Ok((part(row, 0)?, part(row, 2)?, unsigned(row.get(4)?))))?;
            let (archived, failed, failed_count) = archiver.unwrap_or_default();
            Ok(Some(Archiving {
                host,
                user,
                user_may_copy,
                port: setting("port"),
                data_directory: setting("data_directory"),
                wal_level: setting("wal_level"),
                archive_mode: setting("archive_mode"),
                archive_command: setting("archive_command"),
                archive_library: setting("archive_library"),
                archive_timeout: setting("archive_timeout"),
                archived,
                failed,
                failed_count,
            }))
        })
    }

    /// Folds what can be folded of the write-ahead log into the database without holding anybody up. Called often, it
    /// leaves little for the commit that would otherwise do it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn ease_log(&self) -> Result<(), StorageError> {
        let Some(path) = self.path() else { return Ok(()) };
        let connection = Connection::open(path)?;
        Ok(connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()))?)
    }

    /// Copies the store, as it is at one moment, to a new file while it is in
    /// use. The copy opens like the original.
    ///
    /// # Errors
    ///
    /// Fails when the target exists and is not an empty file, or the disk is full.
    pub fn backup_to(&self, target: &Path) -> Result<(), StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = self.path().ok_or(StorageError::NotAFile)?;
        let from = Connection::open_with_flags(path, flags)?;
        // One snapshot: without it every write would start the copy anew.
        from.execute_batch("begin; select count(*) from schema_version;")?;
        let mut to = Connection::open(target)?;
        let used: i64 = to.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
        if used > 0 {
            return Err(StorageError::TargetInUse { target: target.to_owned() });
        }
        Backup::new(&from, &mut to)?.run_to_completion(BACKUP_PAGES, Duration::ZERO, None)?;
        // The copy is one file: nothing of it may stay in a log beside it.
        to.execute_batch("pragma journal_mode = delete; pragma synchronous = full;")?;
        to.close().map_err(|(_connection, error)| error)?;
        Ok(())
    }
}
