//! Making the projections anew, beside the live ones.
//!
//! The acts are folded into shadow tables while appends go on; what was
//! appended meanwhile is folded again, until nothing is left, and the tables
//! are exchanged in one transaction. Readers see the old ones or the new ones.
//! Where the tables of a server are in parts or hold other realms too, the rows
//! of this realm are exchanged instead.
//!
//! INVARIANT: a rebuild that fails or is cut short leaves the live tables as
//! they were; of two at once, the one that began last is carried through.

use std::sync::TryLockError;

use crate::engine::{Session, params};
use kernel::ledger::Digest;
use thiserror::Error;

use crate::Store;
use crate::entry::{MatterId, NumberRef};
use crate::projections::{self, Issued, NEXT, RowDigest, Shown};
use crate::read::{self, StoredAct};
use crate::schema::{lock_tables, projection_tables};
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
    /// Another rebuild is under way, perhaps of another program.
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

const TABLES: [&str; 7] =
    ["matter_view", "matter_handler", "matter_reader", "task", "task_count", "paper", "matter_words"];
/// The number of the latest rebuild: the shadow tables are its own.
const LATEST: &str = "select max(projection) from schema_version";
const PUT_LATEST: &str = "update schema_version set projection = $1 where realm = $2";
/// Whether the tables hold more than this realm, or are in parts: then rows are exchanged, not tables.
const IS_SHARED: &str = "select (select count(*) from schema_version) - 1
    + (select count(*) from pg_partitioned_table where partrelid = to_regclass('matter_view'))";
const COLUMNS: &str = "select string_agg(quote_ident(attname), ', ') from pg_attribute
    where attrelid = to_regclass($1) and attnum > 0 and not attisdropped";
const TOUCHED: &str = "select distinct matter from act where realm = $1 and seq > $2 and seq <= $3
    order by matter";

/// How an exchange went.
enum Exchange {
    Done,
    /// Acts have come since.
    Behind,
    /// The shadow tables are another rebuild's, of this realm or of one beside it.
    Lost,
}

/// Makes empty shadow tables and answers the number of this rebuild and the place of the last act.
fn begin(sql: &Sql<'_>) -> Result<(i64, i64), StorageError> {
    lock_tables(sql)?;
    drop_tables(sql, "_next")?;
    let own = sql.integer(LATEST, params![])? + 1;
    sql.script(&projection_tables(sql.session(), "_next", &format!("_{own}")))?;
    sql.run(PUT_LATEST, params![own, sql.realm])?;
    Ok((own, read::last_seq(sql)?))
}

fn drop_tables(sql: &Sql<'_>, suffix: &str) -> Result<(), StorageError> {
    TABLES.iter().try_for_each(|table| sql.script(&format!("drop table if exists {table}{suffix}")))
}

/// Exchanges what is shown, unless acts have come after `mark`.
fn swap(sql: &Sql<'_>, own: i64, mark: i64) -> Result<Exchange, StorageError> {
    lock_tables(sql)?;
    if sql.integer(LATEST, params![])? != own {
        return Ok(Exchange::Lost);
    }
    if read::last_seq(sql)? != mark {
        return Ok(Exchange::Behind);
    }
    if matches!(sql.session(), Session::Remote(_)) && sql.integer(IS_SHARED, params![])? > 0 {
        TABLES.iter().try_for_each(|table| exchange_rows(sql, table))?;
        drop_tables(sql, "_next")?;
        return Ok(Exchange::Done);
    }
    drop_tables(sql, "")?;
    for table in TABLES {
        sql.script(&format!("alter table {table}_next rename to {table}"))?;
    }
    Ok(Exchange::Done)
}

/// Puts the rows of this realm in the place of those there are; rows of other realms stay.
fn exchange_rows(sql: &Sql<'_>, table: &str) -> Result<(), StorageError> {
    sql.run(&format!("delete from {table} where realm = $1"), params![sql.realm])?;
    // By name: a column that a later schema added stands last in one of them and elsewhere in the other.
    let columns = sql.one(COLUMNS, params![table], |row| row.get::<String>(0))?.unwrap_or_default();
    let put = format!("insert into {table}({columns}) select {columns} from {table}_next where realm = $1");
    sql.run(&put, params![sql.realm]).map(drop)
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

/// Puts projections into the shadow tables; whether those are still this rebuild's.
fn put(sql: &Sql<'_>, own: i64, projections: &[Projection]) -> Result<bool, StorageError> {
    if sql.integer(LATEST, params![])? != own {
        return Ok(false);
    }
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
    projections::put_papers(sql, &NEXT, &issued.collect::<Vec<_>>())?;
    Ok(true)
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
        let (own, mut mark) = self.write(begin)?;
        let mut rebuilt = Rebuilt::default();
        let mut after: Option<MatterId> = None;
        loop {
            let page = self.matters_after(after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            rebuilt.matters += self.fold_page(own, &page, &mut fold)?;
        }
        for _round in 0..ROUNDS_MAX {
            match self.write(move |sql| swap(sql, own, mark))? {
                Exchange::Done => return Ok(rebuilt),
                Exchange::Lost => return Err(RebuildError::Running),
                Exchange::Behind => {}
            }
            let (touched, now) = self.read(|sql| -> Result<_, StorageError> {
                let now = read::last_seq(sql)?;
                let place = params![sql.realm, mark, now];
                Ok((sql.all(TOUCHED, place, |row| Ok(MatterId(row.get(0)?)))?, now))
            })?;
            for page in touched.chunks(PAGE as usize) {
                rebuilt.matters += self.fold_page(own, page, &mut fold)?;
            }
            mark = now;
        }
        Err(RebuildError::Outrun)
    }

    fn fold_page<E, F>(&self, own: i64, page: &[MatterId], fold: &mut F) -> Result<u64, RebuildError<E>>
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
        match self.write(move |sql| put(sql, own, &projections))? {
            true => Ok(folded),
            false => Err(RebuildError::Running),
        }
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
const DIGESTED: [&str; 6] = [
    "select matter, procedure, edition, number, title, subject_masked, owner_office, area, channel,
         lane, stage, stage_title, closed, outcome, opened_on, closed_on, due_on, due_state,
         due_key, expires_on, keep_until, sealed, version, handlers, search_hash
     from matter_view where realm = $1 order by matter",
    "select handler, matter, opened_on from matter_handler where realm = $1
     order by handler, matter",
    "select reader, matter, opened_on from matter_reader where realm = $1 order by reader, matter",
    "select matter, key, title, seat, office, person, desk, since_on, due_on, due_state, due_key,
         lane, procedure, number, opened_on
     from task where realm = $1 order by matter, key",
    "select desk, due_key, tasks from task_count where realm = $1 order by desk, due_key",
    "select matter, version, paper, title, number, issued_on, voided, published_on from paper where realm = $1
     order by matter, version, paper",
];
