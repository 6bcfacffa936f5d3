//! Read-only connections, lent one at a time.
//!
//! Not a queue: when none is idle another is opened, and what is given back
//! beyond the limit is closed. Readers never wait for the writer.

use std::sync::{Mutex, PoisonError};

use crate::engine::Session;
use crate::place::Place;
use crate::sql::{Sql, StorageError};

/// Connections kept open while idle; each may cache up to 8 MiB of pages.
const IDLE_MAX: usize = 4;

pub(crate) struct Pool {
    place: Place,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, idle: Mutex::new(Vec::new()) }
    }

    /// Lends a connection to `work` inside one read transaction.
    ///
    /// A connection the server has ended while it was idle is nobody's error.
    pub(crate) fn with<T, E: From<StorageError>>(
        &self,
        realm: &str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let session = self.lend()?;
        let outcome = Self::snapshot(&session, realm, work);
        // A connection that cannot end its transaction is closed, not lent again.
        if session.is_idle() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_MAX {
                idle.push(session);
            }
        }
        outcome
    }

    fn snapshot<T, E: From<StorageError>>(
        session: &Session,
        realm: &str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let outcome = work(&Sql::new(session, realm));
        match (outcome, session.control("rollback")) {
            (Ok(_), Err(error)) => Err(error.into()),
            (outcome, _) => outcome,
        }
    }

    /// A connection inside a transaction.
    fn lend(&self) -> Result<Session, StorageError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                // Whether it lives shows when it is spoken to.
                Some(session) if session.is_idle() && session.begin_read().is_ok() => return Ok(session),
                Some(_) => {}
                None => {
                    let session = self.place.reader()?;
                    session.begin_read()?;
                    return Ok(session);
                }
            }
        }
    }
}

impl Drop for Pool {
    /// Closes the connections on a thread of their own: a connection to a server must not be closed by a thread that
    /// drives asynchronous work, and whoever drops the store last may be one.
    fn drop(&mut self) {
        let idle = std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner));
        if idle.iter().any(|session| matches!(session, Session::Remote(_))) {
            // Connections that cannot be closed in order end with the program.
            drop(std::thread::spawn(move || drop(idle)).join());
        }
    }
}
