//! Reading acts back: of one matter, or all of them in the order they came.

use crate::engine::{Row, params};
use kernel::ledger::Digest;

use crate::Store;
use crate::entry::{MatterId, SealedPart};
use crate::projections::{MATTER_COLUMNS, PAPER_COLUMNS, TASK_COLUMNS, matter_row, paper_row, task_row};
use crate::sql::{Sql, StorageError, signed, unsigned};
use crate::views::{MatterRow, PaperView, Task};

/// An act as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAct {
    /// The matter.
    pub matter: MatterId,
    /// Its place among the acts of the matter, from 1.
    pub version: u32,
    /// Its place among all acts of the realm, from 1.
    pub seq: u64,
    /// The instant that was handed in with it, milliseconds UTC.
    pub at: i64,
    /// The canonical bytes that are hashed.
    pub bytes: Vec<u8>,
    /// The hash over them and, within them, the act before.
    pub hash: Digest,
    /// Content that is not personal.
    pub open: Vec<u8>,
    /// Personal content, encrypted.
    pub sealed: Vec<SealedPart>,
}

/// Where a matter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The version of its last act.
    pub version: u32,
    /// The hash of its last act.
    pub hash: Digest,
}

/// The key of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonKey {
    /// The wrapped key.
    Wrapped(Vec<u8>),
    /// The key was destroyed; what it sealed cannot be read any more.
    Erased {
        /// When, milliseconds UTC.
        at: i64,
    },
}

const ACTS_OF: &str = "select matter, version, seq, at, bytes, hash, open from act
    where realm = $1 and matter = $2 order by version";
const ACT: &str = "select matter, version, seq, at, bytes, hash, open from act
    where realm = $1 and matter = $2 and version = $3";
const ACTS_AFTER: &str = "select matter, version, seq, at, bytes, hash, open from act
    where realm = $1 and seq > $2 order by seq limit $3";
const SEALED_OF: &str = "select version, person, bytes from sealed
    where realm = $1 and matter = $2 order by version, part";
const SEALED: &str = "select version, person, bytes from sealed
    where realm = $1 and matter = $2 and version = $3 order by part";
const HEAD: &str = "select version, hash from head where realm = $1 and matter = $2";
const MATTERS: &str = "select matter from head where realm = $1 and matter > $2
    order by matter limit $3";
const PERSON_KEY: &str = "select wrapped, erased_at from person_key
    where realm = $1 and person = $2";
const ERASE: &str = "update person_key set wrapped = null, erased_at = $1
    where realm = $2 and person = $3 and wrapped is not null";
const LAST_SEQ: &str = "select max(seq) from act where realm = $1";

fn act(row: &Row<'_>) -> Result<StoredAct, StorageError> {
    Ok(StoredAct {
        matter: MatterId(row.get(0)?),
        version: row.get(1)?,
        seq: unsigned(row.get(2)?),
        at: row.get(3)?,
        bytes: row.get(4)?,
        hash: Digest(row.get(5)?),
        open: row.get(6)?,
        sealed: Vec::new(),
    })
}

fn sealed(row: &Row<'_>) -> Result<(u32, SealedPart), StorageError> {
    Ok((row.get(0)?, SealedPart { person: row.get(1)?, bytes: row.get(2)? }))
}

/// All acts of a matter with their sealed parts.
pub(crate) fn acts_of(sql: &Sql<'_>, matter: &MatterId) -> Result<Vec<StoredAct>, StorageError> {
    let mut acts = sql.all(ACTS_OF, params![sql.realm, matter.as_str()], act)?;
    let mut parts = sql.all(SEALED_OF, params![sql.realm, matter.as_str()], sealed)?.into_iter();
    let mut next = parts.next();
    for act in &mut acts {
        while let Some((_, part)) = next.take_if(|(version, _)| *version == act.version) {
            act.sealed.push(part);
            next = parts.next();
        }
    }
    Ok(acts)
}

/// The matters after `after`, in the order of their identities.
pub(crate) fn matters_after(
    sql: &Sql<'_>,
    after: Option<&MatterId>,
    limit: u32,
) -> Result<Vec<MatterId>, StorageError> {
    let after = after.map_or("", MatterId::as_str);
    sql.all(MATTERS, params![sql.realm, after, limit], |row| Ok(MatterId(row.get(0)?)))
}

/// The place of the last act.
pub(crate) fn last_seq(sql: &Sql<'_>) -> Result<i64, StorageError> {
    sql.integer(LAST_SEQ, params![sql.realm])
}

/// The acts after a place, in the order they came, sealed parts left out.
pub(crate) fn bare_acts_after(sql: &Sql<'_>, after: i64, limit: u32) -> Result<Vec<StoredAct>, StorageError> {
    sql.all(ACTS_AFTER, params![sql.realm, after, limit], act)
}

impl Store {
    /// The place of the last act of all, 0 when there is none: it moves with every act, whoever appends it, and asking for
    /// it is one look into an index.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn last_place(&self) -> Result<u64, StorageError> {
        self.read(|sql| Ok(unsigned(last_seq(sql)?)))
    }

    /// All acts of a matter, oldest first; none for an unknown matter.
    ///
    /// # Errors
    ///
    /// Fails only when the database does, as do all reads here.
    pub fn acts_of(&self, matter: &MatterId) -> Result<Vec<StoredAct>, StorageError> {
        self.read(|sql| acts_of(sql, matter))
    }

    /// One act.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn act(&self, matter: &MatterId, version: u32) -> Result<Option<StoredAct>, StorageError> {
        self.read(|sql| {
            let place = params![sql.realm, matter.as_str(), version];
            let Some(mut act) = sql.one(ACT, place, act)? else { return Ok(None) };
            let parts = sql.all(SEALED, place, sealed)?;
            act.sealed = parts.into_iter().map(|(_, part)| part).collect();
            Ok(Some(act))
        })
    }

    /// Where a matter stands; none for an unknown matter.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn head(&self, matter: &MatterId) -> Result<Option<Head>, StorageError> {
        self.read(|sql| {
            sql.one(HEAD, params![sql.realm, matter.as_str()], |row| {
                Ok(Head { version: row.get(0)?, hash: Digest(row.get(1)?) })
            })
        })
    }

    /// At most `limit` matters after `after`, in the order of their
    /// identities; the last of them continues the walk.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn matters_after(&self, after: Option<&MatterId>, limit: u32) -> Result<Vec<MatterId>, StorageError> {
        self.read(|sql| matters_after(sql, after, limit))
    }

    /// At most `limit` acts of all matters after the place `after` (0 for the
    /// first), in the order they came, without their sealed parts.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn acts_after(&self, after: u64, limit: u32) -> Result<Vec<StoredAct>, StorageError> {
        self.read(|sql| bare_acts_after(sql, signed(after), limit))
    }

    /// The view of a matter.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn matter(&self, matter: &MatterId) -> Result<Option<MatterRow>, StorageError> {
        let text = format!("select {MATTER_COLUMNS} from matter_view v where v.realm = $1 and v.matter = $2");
        self.read(|sql| sql.one(&text, params![sql.realm, matter.as_str()], |row| matter_row(row, 0)))
    }

    /// The open tasks of a matter.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn tasks_of(&self, matter: &MatterId) -> Result<Vec<Task>, StorageError> {
        let text = format!("select {TASK_COLUMNS} from task t where t.realm = $1 and t.matter = $2 order by t.key");
        self.read(|sql| sql.all(&text, params![sql.realm, matter.as_str()], |row| task_row(row, 0)))
    }

    /// The papers of a matter, in the order they were issued.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn papers_of(&self, matter: &MatterId) -> Result<Vec<PaperView>, StorageError> {
        let text = format!(
            "select {PAPER_COLUMNS} from paper where realm = $1 and matter = $2
             order by version, paper"
        );
        self.read(|sql| sql.all(&text, params![sql.realm, matter.as_str()], paper_row))
    }

    /// The papers of one name issued from a day on and before another, in the order of their days.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn papers_issued(&self, paper: &str, from: &str, until: &str) -> Result<Vec<PaperView>, StorageError> {
        let text = format!(
            "select {PAPER_COLUMNS} from paper
             where realm = $1 and paper = $2 and issued_on >= $3 and issued_on < $4
             order by issued_on, matter, version"
        );
        self.read(|sql| sql.all(&text, params![sql.realm, paper, from, until], paper_row))
    }

    /// The key of a person; none for a person never met.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn person_key(&self, person: &str) -> Result<Option<PersonKey>, StorageError> {
        self.read(|sql| {
            sql.one(PERSON_KEY, params![sql.realm, person], |row| {
                Ok(match row.get::<Option<Vec<u8>>>(0)? {
                    Some(wrapped) => PersonKey::Wrapped(wrapped),
                    None => PersonKey::Erased { at: row.get::<Option<i64>>(1)?.unwrap_or(0) },
                })
            })
        })
    }

    /// Destroys the key of a person, overwriting it in the database; the acts
    /// stay and still verify. Answers whether there was a key to destroy.
    ///
    /// Backups made before still hold the key. What the write-ahead log still
    /// has of it goes with the next checkpoint, which is tried at once.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn erase_person_key(&self, person: &str, at: i64) -> Result<bool, StorageError> {
        let person = person.to_owned();
        let erased =
            self.write(move |sql| Ok::<_, StorageError>(sql.run(ERASE, params![at, sql.realm, person])? > 0))?;
        self.fold_log()?;
        Ok(erased)
    }
}
