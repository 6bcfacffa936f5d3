//! A session with PostgreSQL.
//!
//! INVARIANT: at most one writer of a realm is in a transaction, on whatever machine: it holds the realm's lock. One
//! that stands still inside it (a program stopped, a machine asleep, a cable pulled) is ended by the server.

use std::cell::{Cell as Slot, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use postgres::error::{DbError, Severity};
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Row, Statement};

use super::Cell;
use crate::sql::StorageError;

/// Statements kept prepared.
const STATEMENTS_MAX: usize = 512;
/// Rows fetched at a time where all are read and none is kept.
const FETCHED: usize = 1000;
/// The first half of the lock of a realm's writer; the second is the hash of its name.
const WRITER_LOCK: i32 = 0x5a48;
/// How long the server waits for the next word of a writer's transaction. Between two words of ours lie milliseconds;
/// whoever needs longer has stopped, and all others of the realm wait for its lock.
const WRITER_SILENT_MAX: &str = "set idle_in_transaction_session_timeout = '10s'";

/// How long a server on another machine may be silent, also to the question whether it is there.
const SERVER_SILENT_MAX: Duration = Duration::from_secs(60);

/// One connection.
pub(crate) struct Remote {
    client: RefCell<Client>,
    prepared: RefCell<HashMap<String, Statement>>,
    /// A transaction is open.
    open: Slot<bool>,
    /// The server has said that it ends the connection; whether it has closed it yet is a matter of time.
    ended: Slot<bool>,
    cursors: Slot<u32>,
}

impl Remote {
    pub(super) fn connect(url: &str) -> Result<Self, StorageError> {
        let mut client = address(url)?.connect(NoTls)?;
        // A decision of ours is on disk before it is acknowledged, whatever the server's default.
        client.batch_execute("set synchronous_commit = on; set client_min_messages = warning")?;
        Ok(Self {
            client: RefCell::new(client),
            prepared: RefCell::default(),
            open: Slot::new(false),
            ended: Slot::new(false),
            cursors: Slot::new(0),
        })
    }

    /// A connection that writes: its server does not wait for it for ever.
    pub(super) fn connect_writer(url: &str) -> Result<Self, StorageError> {
        let remote = Self::connect(url)?;
        remote.script(WRITER_SILENT_MAX)?;
        Ok(remote)
    }

    pub(crate) fn script(&self, text: &str) -> Result<(), StorageError> {
        self.heard(self.client.borrow_mut().batch_execute(text))?;
        match text.split_whitespace().next() {
            Some("begin") => self.open.set(true),
            // `rollback to` leaves the transaction open.
            Some("commit") => self.open.set(false),
            Some("rollback") if text == "rollback" => self.open.set(false),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn begin_write(&self, realm: &str) -> Result<(), StorageError> {
        self.script("begin")?;
        let lock = [Cell::Int(WRITER_LOCK.into()), Cell::Text(realm)];
        self.query("select pg_advisory_xact_lock($1, hashtext($2))::text", &lock).map(drop)
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.open.get() && !self.is_gone()
    }

    /// The connection is lost; another must be made.
    pub(crate) fn is_gone(&self) -> bool {
        self.ended.get() || self.client.borrow().is_closed()
    }

    /// What the server answered, which may be its last word.
    fn heard<T>(&self, answer: Result<T, postgres::Error>) -> Result<T, StorageError> {
        let severity = |error: &postgres::Error| error.as_db_error().and_then(DbError::parsed_severity);
        if let Some(Severity::Fatal | Severity::Panic) = answer.as_ref().err().and_then(severity) {
            self.ended.set(true);
        }
        Ok(answer?)
    }

    pub(crate) fn run(&self, text: &str, cells: &[Cell<'_>]) -> Result<usize, StorageError> {
        let statement = self.prepare(text)?;
        let changed = self.heard(self.client.borrow_mut().execute(&statement, &bound(cells)))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(crate) fn query(&self, text: &str, cells: &[Cell<'_>]) -> Result<Vec<Row>, StorageError> {
        let statement = self.prepare(text)?;
        self.heard(self.client.borrow_mut().query(&statement, &bound(cells)))
    }

    /// Reads all rows in parts, so that none need be kept. Only inside a transaction.
    pub(crate) fn each(
        &self,
        text: &str,
        cells: &[Cell<'_>],
        read: &mut dyn FnMut(&Row) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let number = self.cursors.get().wrapping_add(1);
        self.cursors.set(number);
        let declare = format!("declare walk_{number} no scroll cursor for {text}");
        self.heard(self.client.borrow_mut().execute(&declare, &bound(cells)))?;
        let fetch = format!("fetch {FETCHED} from walk_{number}");
        loop {
            let rows = self.heard(self.client.borrow_mut().query(&fetch, &[]))?;
            for row in &rows {
                read(row)?;
            }
            if rows.len() < FETCHED {
                break;
            }
        }
        self.script(&format!("close walk_{number}"))
    }

    fn prepare(&self, text: &str) -> Result<Statement, StorageError> {
        if let Some(known) = self.prepared.borrow().get(text) {
            return Ok(known.clone());
        }
        let statement = self.heard(self.client.borrow_mut().prepare(text))?;
        let mut prepared = self.prepared.borrow_mut();
        if prepared.len() >= STATEMENTS_MAX {
            prepared.clear();
        }
        prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Where the server is. One that has gone without a word (no power, a cable pulled) is given up after a while; the
/// machine's own patience is hours. What the address itself says of this stands.
fn address(url: &str) -> Result<Config, postgres::Error> {
    let mut config: Config = url.parse()?;
    if config.get_tcp_user_timeout().is_none() && !url.contains("keepalives") {
        config.tcp_user_timeout(SERVER_SILENT_MAX).keepalives_idle(SERVER_SILENT_MAX / 2);
        config.keepalives_interval(SERVER_SILENT_MAX / 6).keepalives_retries(3);
    }
    Ok(config)
}

fn bound<'c>(cells: &'c [Cell<'_>]) -> Vec<&'c (dyn ToSql + Sync)> {
    cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
}
