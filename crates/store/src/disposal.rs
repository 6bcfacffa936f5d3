//! Disposal: the content of a matter goes, its acts stay.
//!
//! Sealed parts, content in the open, files, papers and the reasons of void numbers are removed; the bytes that are
//! hashed, the numbers and the log are not touched, so that everything still verifies. Whether it may be done is decided
//! before; it is done in the transaction of the act that says so.
//!
//! On a file, what is deleted is overwritten at once. A server keeps the rows until it vacuums the tables.
//!
//! INVARIANT: no row is taken from `act`, and none of its hashed bytes is changed.

use crate::Store;
use crate::append::{AppendError, Reached, version_of};
use crate::engine::params;
use crate::entry::Disposal;
use crate::projections::{MATTER_COLUMNS, matter_row};
use crate::sql::{Sql, StorageError};
use crate::views::MatterRow;

/// A matter whose term of keeping is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The matter.
    pub matter: MatterRow,
    /// The first day on which it need no longer be kept.
    pub keep_until: String,
}

const EMPTY_OPEN: &str = "update act set open = $1 where realm = $2 and matter = $3 and version < $4";
const REMOVE: [&str; 4] = [
    "delete from sealed where realm = $1 and matter = $2",
    "delete from file_chunk where realm = $1 and file in (select id from file where realm = $1 and matter = $2)",
    "delete from file where realm = $1 and matter = $2",
    "delete from paper where realm = $1 and matter = $2",
];
const FORGET_REASONS: &str = "update number set void_reason = null where realm = $1 and matter = $2";
/// After every version there is.
const ALL: i64 = i64::MAX;

/// Destroys the content of a matter, the act that says so excepted.
pub(crate) fn dispose(sql: &Sql<'_>, disposal: &Disposal, reached: &Reached) -> Result<(), AppendError> {
    let matter = disposal.matter.as_str();
    let tombstone = i64::from(version_of(reached, &disposal.matter)?);
    let nothing: &[u8] = &[];
    for text in REMOVE {
        sql.run(text, params![sql.realm, matter])?;
    }
    sql.run(FORGET_REASONS, params![sql.realm, matter])?;
    sql.run(EMPTY_OPEN, params![nothing, sql.realm, matter, tombstone])?;
    for beside in &disposal.beside {
        sql.run(EMPTY_OPEN, params![nothing, sql.realm, beside.as_str(), ALL])?;
    }
    Ok(())
}

impl Store {
    /// The matters that need no longer be kept on a day, those kept longest beyond it first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn kept_until(&self, on: &str) -> Result<Vec<KeptRow>, StorageError> {
        let text = format!(
            "select {MATTER_COLUMNS}, v.keep_until from matter_view v
             where v.realm = $1 and v.keep_until <= $2 order by v.keep_until, v.matter"
        );
        self.read(|sql| {
            sql.all(&text, params![sql.realm, on], |row| {
                Ok(KeptRow { matter: matter_row(row, 0)?, keep_until: row.get(20)? })
            })
        })
    }
}
