//! The one writer: requests in, group commits out.
//!
//! It takes what is waiting, at most [`BATCH_MAX`] requests, runs each in a
//! savepoint of one transaction, commits once, and only then answers. It knows
//! nothing of what a request does.
//!
//! INVARIANT: a request that fails undoes only itself; nothing is acknowledged
//! before the commit that holds it has reached the disk.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::engine::Session;
use crate::place::Place;
use crate::sql::{Sql, StorageError, count_statements, statements};

/// Requests in one commit.
const BATCH_MAX: usize = 256;
/// Requests that may wait before a caller is held up.
const WAITING_MAX: usize = 1024;

type Boxed = Box<dyn Job>;

pub(crate) struct Writer {
    requests: Option<SyncSender<Boxed>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// One request, its type of answer forgotten.
trait Job: Send {
    /// Does the work; false asks for this request to be undone.
    fn apply(&mut self, sql: &Sql<'_>) -> bool;
    /// Answers the caller, knowing how the commit went.
    fn settle(self: Box<Self>, commit: Result<(), StorageError>);
}

struct Request<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    statements: u64,
    reply: SyncSender<(Result<T, E>, u64)>,
}

impl<F, T, E> Job for Request<F, T, E>
where
    T: Send,
    E: From<StorageError> + Send,
    F: FnOnce(&Sql<'_>) -> Result<T, E> + Send,
{
    fn apply(&mut self, sql: &Sql<'_>) -> bool {
        let before = statements();
        self.outcome = self.work.take().map(|work| work(sql));
        self.statements = statements().wrapping_sub(before);
        matches!(self.outcome, Some(Ok(_)))
    }

    fn settle(self: Box<Self>, commit: Result<(), StorageError>) {
        let answer = match (self.outcome, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StorageError::WriterStopped.into()),
        };
        // A caller that has gone away has given up its answer.
        drop(self.reply.send((answer, self.statements)));
    }
}

impl Writer {
    /// Starts the thread that owns `session`.
    pub(crate) fn start(session: Session, place: Place, realm: Arc<str>) -> std::io::Result<Self> {
        let (requests, waiting) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(session, &place, &realm, &waiting))?;
        Ok(Self { requests: Some(requests), thread: Mutex::new(Some(thread)) })
    }

    /// Hands `work` to the writer and waits for its commit.
    pub(crate) fn submit<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&Sql<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let request = Request { work: Some(work), outcome: None, statements: 0, reply };
        let requests = self.requests.as_ref().ok_or(StorageError::WriterStopped)?;
        requests.send(Box::new(request)).map_err(|_gone| StorageError::WriterStopped)?;
        let (answer, statements) = answer.recv().map_err(|_gone| StorageError::WriterStopped)?;
        count_statements(statements);
        answer
    }
}

impl Drop for Writer {
    /// Finishes what is waiting, then closes the file.
    fn drop(&mut self) {
        drop(self.requests.take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A writer that panicked has already answered `WriterStopped`.
            drop(thread.join());
        }
    }
}

fn run(mut session: Session, place: &Place, realm: &str, waiting: &Receiver<Boxed>) {
    let mut batch: Vec<Boxed> = Vec::with_capacity(BATCH_MAX);
    while let Ok(first) = waiting.recv() {
        batch.push(first);
        while batch.len() < BATCH_MAX {
            match waiting.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        let outcome = begin(&mut session, place, realm).and_then(|()| commit(&session, realm, &mut batch));
        if outcome.is_err() && !session.is_idle() {
            // The next batch starts afresh; an error here shows up there.
            drop(session.control("rollback"));
        }
        for request in batch.drain(..) {
            request.settle(outcome.clone());
        }
    }
    session.farewell();
}

/// Opens the transaction of a batch, on another connection where the server has ended the one there was: nothing was
/// asked of it yet, so it is nobody's error.
fn begin(session: &mut Session, place: &Place, realm: &str) -> Result<(), StorageError> {
    let begun = session.begin_write(realm);
    if begun.is_ok() || !session.is_gone() {
        return begun;
    }
    *session = place.writer()?;
    session.begin_write(realm)
}

/// One transaction for the whole batch, which is open.
fn commit(session: &Session, realm: &str, batch: &mut [Boxed]) -> Result<(), StorageError> {
    let sql = Sql::new(session, realm);
    for request in batch {
        session.control("savepoint request")?;
        if request.apply(&sql) {
            session.control("release savepoint request")?;
        } else {
            // INVARIANT: on a full disk the engine may have undone the whole
            // transaction by itself; then this fails and so does the batch.
            session.control("rollback to savepoint request")?;
            session.control("release savepoint request")?;
        }
    }
    session.control("commit")
}
