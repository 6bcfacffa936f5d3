//! The one writer: requests in, group commits out.
//!
//! It takes what is waiting, at most [`BATCH_MAX`] requests, runs each in a
//! savepoint of one transaction, commits once, and only then answers. It knows
//! nothing of what a request does.
//!
//! INVARIANT: a request that fails undoes only itself; nothing is acknowledged
//! before the commit that holds it has reached the disk.

use std::sync::atomic::{AtomicU64, Ordering};
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

/// What the writer of this program has done since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Transactions committed.
    pub commits: u64,
    /// Requests committed in them.
    pub writes: u64,
    /// Requests that were refused or failed.
    pub refused: u64,
}

#[derive(Debug, Default)]
struct Counts {
    commits: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
}

pub(crate) struct Writer {
    requests: Option<SyncSender<Boxed>>,
    counts: Arc<Counts>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// One request, its type of answer forgotten.
trait Job: Send {
    /// Does the work; false asks for this request to be undone.
    fn apply(&mut self, sql: &Sql<'_>) -> bool;
    /// Answers the caller, knowing how the commit went; whether the request is now on disk.
    fn settle(self: Box<Self>, commit: Result<(), StorageError>) -> bool;
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

    fn settle(self: Box<Self>, commit: Result<(), StorageError>) -> bool {
        let answer = match (self.outcome, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StorageError::WriterStopped.into()),
        };
        let written = answer.is_ok();
        // A caller that has gone away has given up its answer.
        drop(self.reply.send((answer, self.statements)));
        written
    }
}

impl Writer {
    /// Starts the thread that owns `session`.
    pub(crate) fn start(session: Session, place: Place, realm: Arc<str>) -> std::io::Result<Self> {
        let (requests, waiting) = sync_channel(WAITING_MAX);
        let counts = Arc::new(Counts::default());
        let counting = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(session, &place, &realm, &waiting, &counting))?;
        Ok(Self { requests: Some(requests), counts, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn activity(&self) -> Activity {
        let Counts { commits, writes, refused } = &*self.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Activity { commits: read(commits), writes: read(writes), refused: read(refused) }
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

fn run(mut session: Session, place: &Place, realm: &str, waiting: &Receiver<Boxed>, counts: &Counts) {
    let mut batch: Vec<Boxed> = Vec::with_capacity(BATCH_MAX);
    while let Ok(first) = waiting.recv() {
        batch.push(first);
        while batch.len() < BATCH_MAX {
            match waiting.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        let outcome = living(&mut session, place).and_then(|()| commit(&session, realm, &mut batch));
        if outcome.is_err() && !session.is_idle() {
            // The next batch starts afresh; an error here shows up there.
            drop(session.control("rollback"));
        }
        if outcome.is_ok() {
            counts.commits.fetch_add(1, Ordering::Relaxed);
        }
        for request in batch.drain(..) {
            let count = if request.settle(outcome.clone()) { &counts.writes } else { &counts.refused };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    session.farewell();
}

/// Another connection, where the server has ended the one there was.
fn living(session: &mut Session, place: &Place) -> Result<(), StorageError> {
    if session.is_gone() {
        *session = place.writer()?;
    }
    Ok(())
}

/// One transaction for the whole batch.
fn commit(session: &Session, realm: &str, batch: &mut [Boxed]) -> Result<(), StorageError> {
    let sql = Sql::new(session, realm);
    session.begin_write(realm)?;
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
