//! The store: acts, and what is computed from them, in one SQLite file.
//!
//! It appends or refuses; it never decides. It knows no law, no policy and no
//! HTTP, and it has neither clock nor randomness: instants, days, tokens and
//! identifiers are handed in. Instants are integer milliseconds UTC (`_at`),
//! days are ISO text (`_on`), and spans of days are half-open.
//!
//! All writes pass through one writer thread that commits in groups
//! ([`Store::append`] returns only after its commit is on disk); reads use a
//! small pool of read-only connections. Calls block: a caller inside an
//! asynchronous runtime moves them to a blocking thread.
//!
//! The SQL texts are plain (`$1 … $n`, no JSON operators, no partial indexes)
//! and stand beside their use. Every table has its realm first in its key.
//!
//! INVARIANT: an acknowledged act is on disk with its numbers, projections and
//! outbox messages; a refused one has left nothing behind.

mod append;
mod assignments;
mod attempts;
mod bare;
mod belonging;
mod codes;
mod disposal;
mod drafts;
mod engine;
mod entry;
mod erasure;
mod factors;
mod files;
mod leases;
mod links;
mod log;
mod many;
mod matters;
mod notices;
mod numbers;
mod operator;
mod outbox;
mod people;
mod place;
mod pool;
mod projections;
mod read;
mod rebuild;
mod registers;
mod rotation;
mod schema;
mod sessions;
mod sql;
mod statutes;
mod trail;
mod verify;
mod views;
mod words;
mod worklist;
mod writer;

pub use append::{AppendError, Appended, AppendedEntry};
pub use assignments::{AssignmentLoad, AssignmentRow, Release};
pub use attempts::Allowance;
pub use bare::Bare;
pub use codes::{Code, CodeOutcome};
pub use disposal::KeptRow;
pub use drafts::Draft;
pub use engine::EngineError;
pub use entry::{
    Append, Disposal, Draw, Entry, Erasure, IdempotencyKey, MatterId, NewPersonKey, NumberRef, SealedPart, Void,
};
pub use factors::Factor;
pub use files::{DraftId, FileError, FileId, FileRow, NewFile};
pub use links::IdentityLink;
pub use log::{Checkpoint, LogError, LogLeaf};
pub use matters::{MatterScope, MattersPage, MattersQuery, Readable, Readers};
pub use notices::NoticesPage;
pub use numbers::NumberRow;
pub use operator::{Archiving, LogPart, Size, TableCount};
pub use outbox::{OutboxMessage, OutboxRow, OutboxState};
pub use people::{Account, AccountError, Post, Vacancy};
pub use read::{Head, PersonKey, StoredAct};
pub use rebuild::{Projection, RebuildError, Rebuilt};
pub use registers::{RegisterEntry, RegisterRow};
pub use rotation::{ResealedRow, Rewrapping};
pub use schema::{OpenError, SCHEMA_VERSION, examine};
pub use sessions::Session;
pub use sql::StorageError;
pub use statutes::{ArticleHit, ArticleRow, EditionRow, StatuteRow};
pub use trail::{Chains, TrailRow};
pub use verify::{ChainBreak, ChainFault, LogFault, NumberFault, VerifyReport};
pub use views::{DueState, MatterRow, MatterView, PaperRow, PaperView, Task};
pub use worklist::{Counters, Holder, Sort, WorkBox, Worklist, WorklistQuery, WorklistRow};
pub use writer::Activity;

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::place::Place;
use crate::pool::Pool;
use crate::sql::Sql;
use crate::writer::Writer;

/// The store of one realm (a jurisdiction). Cheap to clone; all clones share
/// one writer and one pool of readers.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    // Field order is drop order: the readers close before the writer, so that
    // the last connection, the writer's, folds the log file into the database.
    pool: Pool,
    writer: Writer,
    realm: Arc<str>,
    place: Place,
    /// Held by the one rebuild there may be.
    rebuilding: Mutex<()>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("realm", &self.inner.realm).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file of `realm`, making it when it is missing or empty.
    ///
    /// # Errors
    ///
    /// Refuses a file that is not a store, is of a newer schema, or belongs to
    /// another realm, and leaves such a file untouched.
    pub fn open(path: &Path, realm: &str) -> Result<Self, OpenError> {
        Self::start(schema::open(path, realm)?, Place::File(path.to_owned()), realm)
    }

    /// Opens the database of `realm` on a server, making the tables when there are none. `url` is
    /// `postgres://user@host/database` or `host=/run/postgresql dbname=xiezhi`; every column of text is
    /// ordered by `C`, whatever the order of the database itself.
    ///
    /// # Errors
    ///
    /// Refuses a server older than 15, a database that is not a store, is of another schema, or belongs to another
    /// realm, and leaves it untouched.
    pub fn connect(url: &str, realm: &str) -> Result<Self, OpenError> {
        Self::start(schema::connect(url, realm)?, Place::Remote(url.to_owned()), realm)
    }

    fn start(session: engine::Session, place: Place, realm: &str) -> Result<Self, OpenError> {
        let realm: Arc<str> = Arc::from(realm);
        let writer = Writer::start(session, place.clone(), Arc::clone(&realm)).map_err(OpenError::Thread)?;
        let pool = Pool::new(place.clone());
        Ok(Self { inner: Arc::new(Inner { pool, writer, realm, place, rebuilding: Mutex::new(()) }) })
    }

    /// The realm this store belongs to.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.inner.realm
    }

    /// What this program has written since it opened the store.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.inner.writer.activity()
    }

    /// The database file, where it is one of this machine.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.inner.place.file()
    }

    /// How many SQL statements this thread has caused since it started, those
    /// run for it by the writer included. The difference of two readings is
    /// the cost of what lies between them; tests hold budgets with it.
    #[must_use]
    pub fn statements_on_this_thread() -> u64 {
        sql::statements()
    }

    /// Runs `work` on one read-only connection, on one snapshot.
    pub(crate) fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, E>) -> Result<T, E> {
        self.inner.pool.with(&self.inner.realm, work)
    }

    /// Runs `work` in the writer, in a savepoint of the next group commit, and
    /// returns after that commit.
    pub(crate) fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: FnOnce(&Sql<'_>) -> Result<T, E> + Send + 'static,
    {
        self.inner.writer.submit(work)
    }
}
