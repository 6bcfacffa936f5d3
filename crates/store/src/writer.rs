//! The one writer: requests in, group commits out.
//!
//! It takes what is waiting, at most [`BATCH_MAX`] requests, runs each in a
//! savepoint of one transaction, commits once, and only then answers. Of what a
//! request does it knows one thing: appends that wait side by side are written
//! together, and each alone where that fails.
//!
//! INVARIANT: a request that fails undoes only itself; nothing is acknowledged
//! before the commit that holds it has reached the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::append::{Apart, AppendError, Appended, together};
use crate::engine::Session;
use crate::entry::Append;
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
    /// The append it asks for, where it asks for one.
    fn append(&self) -> Option<&Append> {
        None
    }
    /// Takes the outcome of an append that was written together with others.
    fn written(&mut self, _outcome: Result<Appended, AppendError>, _statements: u64) {}
}

/// What a caller waits for.
struct Reply<T, E> {
    outcome: Option<Result<T, E>>,
    statements: u64,
    to: SyncSender<(Result<T, E>, u64)>,
}

impl<T, E: From<StorageError>> Reply<T, E> {
    /// What the work comes to, and what it cost; whether it may stand.
    fn made(&mut self, work: impl FnOnce() -> Option<Result<T, E>>) -> bool {
        let before = statements();
        self.outcome = work();
        self.statements = statements().wrapping_sub(before);
        matches!(self.outcome, Some(Ok(_)))
    }

    fn settle(self, commit: Result<(), StorageError>) -> bool {
        let answer = match (self.outcome, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StorageError::WriterStopped.into()),
        };
        let written = answer.is_ok();
        // A caller that has gone away has given up its answer.
        drop(self.to.send((answer, self.statements)));
        written
    }
}

struct Request<F, T, E> {
    work: Option<F>,
    reply: Reply<T, E>,
}

impl<F, T, E> Job for Request<F, T, E>
where
    T: Send,
    E: From<StorageError> + Send,
    F: FnOnce(&Sql<'_>) -> Result<T, E> + Send,
{
    fn apply(&mut self, sql: &Sql<'_>) -> bool {
        let work = self.work.take();
        self.reply.made(|| work.map(|work| work(sql)))
    }

    fn settle(self: Box<Self>, commit: Result<(), StorageError>) -> bool {
        self.reply.settle(commit)
    }
}

struct Appending {
    append: Append,
    reply: Reply<Appended, AppendError>,
}

impl Job for Appending {
    fn apply(&mut self, sql: &Sql<'_>) -> bool {
        let alone = || match together(sql, &[&self.append]) {
            Ok(mut outcomes) => outcomes.pop(),
            Err(Apart::Failed(error)) => Some(Err(error)),
            Err(Apart::Repeated) => None,
        };
        self.reply.made(alone)
    }

    fn settle(self: Box<Self>, commit: Result<(), StorageError>) -> bool {
        self.reply.settle(commit)
    }

    fn append(&self) -> Option<&Append> {
        Some(&self.append)
    }

    fn written(&mut self, outcome: Result<Appended, AppendError>, statements: u64) {
        self.reply.outcome = Some(outcome);
        self.reply.statements = statements;
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
        self.ask(|reply| Box::new(Request { work: Some(work), reply }))
    }

    /// Appends, with whatever else waits, and waits for the commit.
    pub(crate) fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.ask(|reply| Box::new(Appending { append, reply }))
    }

    fn ask<T, E: From<StorageError>>(&self, request: impl FnOnce(Reply<T, E>) -> Boxed) -> Result<T, E> {
        let (to, answer) = sync_channel(1);
        let request = request(Reply { outcome: None, statements: 0, to });
        let requests = self.requests.as_ref().ok_or(StorageError::WriterStopped)?;
        requests.send(request).map_err(|_gone| StorageError::WriterStopped)?;
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
        let outcome = begin(&mut session, place, realm).and_then(|()| commit(&session, realm, &mut batch));
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
    for group in batch.chunk_by_mut(|one, next| one.append().is_some() && next.append().is_some()) {
        if !(group.len() > 1 && beside_each_other(&sql, group)?) {
            group.iter_mut().try_for_each(|request| alone(&sql, request))?;
        }
    }
    session.control("commit")
}

/// One request, which undoes only itself.
fn alone(sql: &Sql<'_>, request: &mut Boxed) -> Result<(), StorageError> {
    let session = sql.session();
    session.control("savepoint request")?;
    if !request.apply(sql) {
        // INVARIANT: on a full disk the engine may have undone the whole
        // transaction by itself; then this fails and so does the batch.
        session.control("rollback to savepoint request")?;
    }
    session.control("release savepoint request")
}

/// Appends written together; false when they are undone and must be written one by one.
fn beside_each_other(sql: &Sql<'_>, group: &mut [Boxed]) -> Result<bool, StorageError> {
    let session = sql.session();
    session.control("savepoint request")?;
    let before = statements();
    let appends: Vec<&Append> = group.iter().filter_map(|request| request.append()).collect();
    match together(sql, &appends) {
        Ok(outcomes) => {
            let each = statements().wrapping_sub(before).div_ceil(group.len().max(1) as u64);
            group.iter_mut().zip(outcomes).for_each(|(request, outcome)| request.written(outcome, each));
            session.control("release savepoint request")?;
            Ok(true)
        }
        Err(Apart::Failed(AppendError::Storage(
            error @ (StorageError::Full(_) | StorageError::ReadOnly(_) | StorageError::Damaged(_)),
        ))) => Err(error),
        Err(Apart::Failed(_) | Apart::Repeated) => {
            session.control("rollback to savepoint request")?;
            session.control("release savepoint request")?;
            Ok(false)
        }
    }
}
