//! Making the projections anew, beside the live ones.
//!
//! The acts are folded into shadow tables while appends go on; what was
//! appended meanwhile is folded again, until nothing is left, and the tables
//! are exchanged in one transaction. Readers see the old ones or the new ones.
//!
//! INVARIANT: a rebuild that fails or is cut short leaves the live tables as
//! they were.

use std::sync::TryLockError;

use crate::engine::params;
use kernel::ledger::Digest;
use thiserror::Error;

use crate::Store;
use crate::entry::{MatterId, NumberRef};
use crate::projections::{self, Issued, NEXT, RowDigest, Shown};
use crate::read::{self, StoredAct};
use crate::schema::projection_tables;
use crate::sql::{Sql, StorageError};
use crate::views::{MatterView, PaperRow, Task};

/// Everything projected from the acts of one matter. Numbers are known here;
/// none is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The view; here its version counts, and is that of the last act.
    pub view: MatterView,
    /// The open tasks.
    pub tasks: Vec<Task>,
    /// All papers, each with the version of its act.
    pub papers: Vec<PaperRow>,
}

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Matters folded; one folded twice counts twice.
    pub matters: u64,
}

/// Why a rebuild was given up.
#[derive(Debug, Error)]
pub enum RebuildError<E> {
    /// Another rebuild is under way.
    #[error("another rebuild is under way")]
    Running,
    /// Appends came faster than they could be folded.
    #[error("appends outran the rebuild: repeat it at a quieter time")]
    Outrun,
    /// A projection refers to a number of its own append.
    #[error("the projection of matter `{matter}` draws a number")]
    Draws {
        /// The matter.
        matter: MatterId,
    },
    /// The acts of a matter could not be folded.
    #[error("the acts of matter `{matter}` cannot be folded")]
    Fold {
        /// The matter.
        matter: MatterId,
        /// Why.
        #[source]
        source: E,
    },
    /// The storage beneath failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Matters folded and written at a time.
const PAGE: u32 = 200;
/// Rounds of catching up before giving up.
const ROUNDS_MAX: u32 = 1000;

const TABLES: [&str; 6] = ["matter_view", "matter_handler", "task", "task_count", "paper", "matter_words"];
const GENERATION: &str = "select projection from schema_version where realm = $1";
const PUT_GENERATION: &str = "update schema_version set projection = $1 where realm = $2";
const TOUCHED: &str = "select distinct matter from act where realm = $1 and seq > $2 and seq <= $3
    order by matter";

/// Makes empty shadow tables and answers the place of the last act.
fn begin(sql: &Sql<'_>) -> Result<i64, StorageError> {
    drop_tables(sql, "_next")?;
    let next = sql.integer(GENERATION, params![sql.realm])? + 1;
    sql.script(&projection_tables(sql.session(), "_next", &format!("_{next}")))?;
    read::last_seq(sql)
}

fn drop_tables(sql: &Sql<'_>, suffix: &str) -> Result<(), StorageError> {
    TABLES.iter().try_for_each(|table| sql.script(&format!("drop table if exists {table}{suffix}")))
}

/// Exchanges the tables, unless acts have come after `mark`.
fn swap(sql: &Sql<'_>, mark: i64) -> Result<bool, StorageError> {
    if read::last_seq(sql)? != mark {
        return Ok(false);
    }
    drop_tables(sql, "")?;
    for table in TABLES {
        sql.script(&format!("alter table {table}_next rename to {table}"))?;
    }
    let next = sql.integer(GENERATION, params![sql.realm])? + 1;
    sql.run(PUT_GENERATION, params![next, sql.realm])?;
    Ok(true)
}

/// A known number; `Err` for one that would have to be drawn.
fn known(number: &NumberRef) -> Result<Option<&str>, ()> {
    match number {
        NumberRef::None => Ok(None),
        NumberRef::Known(text) => Ok(Some(text)),
        NumberRef::Drawn(_) => Err(()),
    }
}

fn draws(projection: &Projection) -> bool {
    let papers = projection.papers.iter().map(|paper| &paper.number);
    std::iter::once(&projection.view.number).chain(papers).any(|number| known(number).is_err())
}

fn put(sql: &Sql<'_>, projections: &[Projection]) -> Result<(), StorageError> {
    let number = |number: &NumberRef| known(number).unwrap_or(None).map(str::to_owned);
    let shown = projections.iter().map(|Projection { view, tasks, .. }| Shown {
        view,
        number: number(&view.number),
        version: view.version,
        tasks,
    });
    projections::put_views(sql, &NEXT, &shown.collect::<Vec<_>>())?;
    let issued = projections.iter().flat_map(|Projection { view, papers, .. }| {
        papers.iter().map(|paper| Issued { paper, number: number(&paper.number), version: view.version })
    });
    projections::put_papers(sql, &NEXT, &issued.collect::<Vec<_>>())
}

impl Store {
    /// Makes all projections anew: `fold` is given each matter with all its
    /// acts and answers what to keep of it, or none. Appends go on meanwhile.
    ///
    /// # Errors
    ///
    /// See [`RebuildError`]; the live projections are then unchanged.
    pub fn rebuild<E, F>(&self, mut fold: F) -> Result<Rebuilt, RebuildError<E>>
    where
        F: FnMut(&MatterId, &[StoredAct]) -> Result<Option<Projection>, E>,
    {
        let _running = match self.inner.rebuilding.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(RebuildError::Running),
        };
        let mut mark = self.write(begin)?;
        let mut rebuilt = Rebuilt::default();
        let mut after: Option<MatterId> = None;
        loop {
            let page = self.matters_after(after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            rebuilt.matters += self.fold_page(&page, &mut fold)?;
        }
        for _round in 0..ROUNDS_MAX {
            if self.write(move |sql| swap(sql, mark))? {
                return Ok(rebuilt);
            }
            let (touched, now) = self.read(|sql| -> Result<_, StorageError> {
                let now = read::last_seq(sql)?;
                let place = params![sql.realm, mark, now];
                Ok((sql.all(TOUCHED, place, |row| Ok(MatterId(row.get(0)?)))?, now))
            })?;
            for page in touched.chunks(PAGE as usize) {
                rebuilt.matters += self.fold_page(page, &mut fold)?;
            }
            mark = now;
        }
        Err(RebuildError::Outrun)
    }

    fn fold_page<E, F>(&self, page: &[MatterId], fold: &mut F) -> Result<u64, RebuildError<E>>
    where
        F: FnMut(&MatterId, &[StoredAct]) -> Result<Option<Projection>, E>,
    {
        let mut projections = Vec::with_capacity(page.len());
        for matter in page {
            let acts = self.acts_of(matter)?;
            let folded = fold(matter, &acts).map_err(|source| RebuildError::Fold { matter: matter.clone(), source })?;
            if folded.as_ref().is_some_and(draws) {
                return Err(RebuildError::Draws { matter: matter.clone() });
            }
            projections.extend(folded);
        }
        let folded = projections.len() as u64;
        self.write(move |sql| put(sql, &projections))?;
        Ok(folded)
    }

    /// One digest over all projections, in the order of their keys, the words
    /// of the full-text index included by their hash. Two stores with the same
    /// projections have the same digest, however they came by them.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn projection_digest(&self) -> Result<Digest, StorageError> {
        self.read(|sql| {
            let mut digest = RowDigest::new("projections");
            for text in DIGESTED {
                sql.each(text, params![sql.realm], |row| digest.add(row))?;
            }
            Ok(digest.value())
        })
    }
}

/// All columns but `doc`, which is the index's own affair.
const DIGESTED: [&str; 5] = [
    "select matter, procedure, edition, number, title, subject_masked, owner_office, area, channel,
         lane, stage, stage_title, closed, outcome, opened_on, closed_on, due_on, due_state,
         due_key, expires_on, keep_until, version, handlers, search_hash
     from matter_view where realm = $1 order by matter",
    "select handler, matter, opened_on from matter_handler where realm = $1
     order by handler, matter",
    "select matter, key, title, seat, office, person, desk, since_on, due_on, due_state, due_key,
         lane, procedure, number, opened_on
     from task where realm = $1 order by matter, key",
    "select desk, due_key, tasks from task_count where realm = $1 order by desk, due_key",
    "select matter, version, paper, title, number, issued_on, voided, published_on from paper where realm = $1
     order by matter, version, paper",
];
