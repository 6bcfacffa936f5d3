//! What was done, newest first, over all chains: the bodies of acts and where they stand, without their content.
//!
//! It does not know what a body says, nor who may read the trail.

use crate::Store;
use crate::engine::{Row, params};
use crate::entry::MatterId;
use crate::sql::{Sql, StorageError, signed, unsigned};
use kernel::ledger::Digest;

/// An act, as the trail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRow {
    /// The chain it stands in.
    pub matter: MatterId,
    /// Its place in the chain.
    pub version: u32,
    /// Its place among all acts.
    pub seq: u64,
    /// When, milliseconds UTC.
    pub at: i64,
    /// Its canonical body.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub hash: Digest,
    /// The number of the matter it is of, or of the matter whose looks the chain holds.
    pub number: Option<String>,
    /// The procedure of that matter.
    pub procedure: Option<String>,
}

/// Which chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chains {
    /// All.
    All,
    /// Those of a kind: whose names begin with it and a stroke.
    Of(String),
    /// One matter, with the looks at it.
    Matter(MatterId),
}

const ROWS: &str = "select a.matter, a.version, a.seq, a.at, a.bytes, a.hash, v.number, v.procedure from act a
    left join matter_view v on v.realm = a.realm
        and v.matter = case when a.matter like 'reads/%' then substr(a.matter, 7) else a.matter end";
const AT: &str = "select at from act where realm = $1 and seq >= $2 order by seq limit 1";

fn row(row: &Row<'_>) -> Result<TrailRow, StorageError> {
    Ok(TrailRow {
        matter: MatterId(row.get(0)?),
        version: row.get(1)?,
        seq: unsigned(row.get(2)?),
        at: row.get(3)?,
        bytes: row.get(4)?,
        hash: Digest(row.get(5)?),
        number: row.get(6)?,
        procedure: row.get(7)?,
    })
}

/// The first place whose act was not before an instant: acts come in the order of time, but for those of several programs
/// in the same moment.
fn first_from(sql: &Sql<'_>, at: i64) -> Result<i64, StorageError> {
    let (mut low, mut high) = (1, crate::read::last_seq(sql)?.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        match sql.one(AT, params![sql.realm, middle], |row| row.get::<i64>(0))? {
            Some(found) if found < at => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

impl Store {
    /// At most `limit` acts before a place, newest first.
    ///
    /// # Errors
    ///
    /// Fails only when the database does, as do all reads here.
    pub fn trail(&self, chains: &Chains, before: u64, limit: u32) -> Result<Vec<TrailRow>, StorageError> {
        let before = signed(before);
        self.read(|sql| match chains {
            Chains::All => {
                let text = format!("{ROWS} where a.realm = $1 and a.seq < $2 order by a.seq desc limit $3");
                sql.all(&text, params![sql.realm, before, limit], row)
            }
            Chains::Of(kind) => {
                let text = format!(
                    "{ROWS} where a.realm = $1 and a.seq < $2 and a.matter >= $3 and a.matter < $4
                    order by a.seq desc limit $5"
                );
                // A nought is what follows a stroke: between them lies whatever a name may hold.
                let (first, end) = (format!("{kind}/"), format!("{kind}0"));
                sql.all(&text, params![sql.realm, before, first, end, limit], row)
            }
            Chains::Matter(matter) => {
                let text = format!(
                    "{ROWS} where a.realm = $1 and a.seq < $2 and a.matter in ($3, $4)
                    order by a.seq desc limit $5"
                );
                let looks = format!("reads/{matter}");
                sql.all(&text, params![sql.realm, before, matter.as_str(), looks, limit], row)
            }
        })
    }

    /// The place of the first act that was not before an instant; one beyond the last where all were. Some twenty
    /// statements for a million acts.
    ///
    /// # Errors
    ///
    /// As [`Store::trail`].
    pub fn first_place_from(&self, at: i64) -> Result<u64, StorageError> {
        self.read(|sql| Ok(unsigned(first_from(sql, at)?)))
    }
}
