//! The Merkle log over all committed acts, and its checkpoints.
//!
//! Acts are sequenced after their commit, in small write transactions of their
//! own, so that no act waits for the log. The tree itself is the kernel's;
//! here its complete subtrees are kept. Leaves are the hashes of the acts.
//!
//! INVARIANT: the log only grows; leaf `n` never changes once it is there.

use crate::engine::{Cell, Row, params};
use kernel::ledger::Digest;
use kernel::merkle::{Frontier, ProofError, consistency_path, inclusion_path, leaf_hash};
use thiserror::Error;

use crate::Store;
use crate::entry::MatterId;
use crate::many;
use crate::read;
use crate::sql::{Sql, StorageError, signed, unsigned};

/// One act's place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLeaf {
    /// From 0.
    pub index: u64,
    /// The matter.
    pub matter: MatterId,
    /// The act of the matter.
    pub version: u32,
    /// The hash of the act, of which the leaf hash is made.
    pub hash: Digest,
}

/// A signed statement of what the log was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many leaves the log had.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// When it was made, milliseconds UTC.
    pub at: i64,
    /// The signature over the above.
    pub signature: Vec<u8>,
}

/// Why the log cannot answer.
#[derive(Debug, Error)]
pub enum LogError {
    /// The size asked for lies in the future.
    #[error("the log has {size} leaves, not {asked}")]
    TooLarge {
        /// The size asked for.
        asked: u64,
        /// The size there is.
        size: u64,
    },
    /// The leaf is not in a tree of that size.
    #[error("leaf {index} is not in a tree of {size}")]
    NoSuchLeaf {
        /// The leaf, from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is empty or larger than the newer.
    #[error("a tree of {old} is no earlier state of a tree of {new}")]
    NotEarlier {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A subtree that must be there is missing.
    #[error("node {index} of level {level} is missing from the log")]
    NodeMissing {
        /// 0 for leaves.
        level: u8,
        /// From 0.
        index: u64,
    },
    /// A checkpoint of that size exists with another root.
    #[error("the checkpoint of size {size} has another root")]
    OtherRoot {
        /// The size.
        size: u64,
    },
    /// The storage beneath failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ProofError<LogError>> for LogError {
    fn from(error: ProofError<LogError>) -> Self {
        match error {
            ProofError::NoSuchLeaf { index, size } => Self::NoSuchLeaf { index, size },
            ProofError::NotEarlier { old, new } => Self::NotEarlier { old, new },
            ProofError::Node(error) => error,
        }
    }
}

const STATE: &str = "select size, last_seq from log_state where realm = $1";
const PUT_STATE: &str = "insert into log_state(realm, size, last_seq) values($1, $2, $3)
    on conflict(realm) do update set size = excluded.size, last_seq = excluded.last_seq";
const AFTER: &str = "select seq, matter, version, hash from act where realm = $1 and seq > $2 order by seq limit $3";
const PUT_LEAVES: &str = "insert into log_leaf(realm, idx, matter, version, hash)";
const PUT_NODES: &str = "insert into log_node(realm, level, idx, hash)";
const NODE: &str = "select hash from log_node where realm = $1 and level = $2 and idx = $3";
const LEAF: &str = "select hash from log_leaf where realm = $1 and idx = $2";
const LEAF_OF: &str = "select idx, matter, version, hash from log_leaf
    where realm = $1 and matter = $2 and version = $3";
const PUT_CHECKPOINT: &str = "insert into checkpoint(realm, size, root, at, signature)
    values($1, $2, $3, $4, $5) on conflict(realm, size) do nothing";
const LATEST: &str = "select size, root, at, signature from checkpoint
    where realm = $1 order by size desc limit 1";
const BY_SIZE: &str = "select size, root, at, signature from checkpoint
    where realm = $1 and size = $2";
const COVERING: &str = "select size, root, at, signature from checkpoint
    where realm = $1 and size >= $2 order by size limit 1";

/// Leaves there are, and the place of the last act among them.
pub(crate) fn state(sql: &Sql<'_>) -> Result<(u64, i64), StorageError> {
    let state = sql.one(STATE, params![sql.realm], |row| Ok((unsigned(row.get(0)?), row.get(1)?)))?;
    Ok(state.unwrap_or((0, 0)))
}

/// A complete subtree; those of level 0 are made from the leaves.
fn node(sql: &Sql<'_>, level: u8, index: u64) -> Result<Digest, LogError> {
    let found = if level == 0 {
        let hash = sql.one(LEAF, params![sql.realm, signed(index)], |row| row.get(0))?;
        hash.map(|hash: [u8; 32]| leaf_hash(&hash))
    } else {
        let place = params![sql.realm, level, signed(index)];
        sql.one(NODE, place, |row| row.get(0))?.map(Digest)
    };
    found.ok_or(LogError::NodeMissing { level, index })
}

fn within(sql: &Sql<'_>, asked: u64) -> Result<(), LogError> {
    let (size, _) = state(sql)?;
    if asked > size { Err(LogError::TooLarge { asked, size }) } else { Ok(()) }
}

fn root(sql: &Sql<'_>, size: u64) -> Result<Digest, LogError> {
    within(sql, size)?;
    Ok(Frontier::restore(size, |level, index| node(sql, level, index))?.root())
}

fn sequence(sql: &Sql<'_>, limit: u32) -> Result<u64, LogError> {
    let (size, mut last) = state(sql)?;
    let acts = sql.all(AFTER, params![sql.realm, last, limit], |row| {
        Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<u32>(2)?, row.get::<[u8; 32]>(3)?))
    })?;
    if acts.is_empty() {
        return Ok(0);
    }
    let mut frontier = Frontier::restore(size, |level, index| node(sql, level, index))?;
    let (mut leaves, mut nodes) = (Vec::with_capacity(acts.len()), Vec::with_capacity(acts.len()));
    for (seq, matter, version, hash) in &acts {
        leaves.push(params![sql.realm, signed(frontier.size()), matter, version, hash].to_vec());
        let complete = frontier.append(leaf_hash(hash));
        nodes.extend(complete.into_iter().filter(|node| node.level > 0));
        last = *seq;
    }
    let nodes: Vec<Vec<Cell<'_>>> =
        nodes.iter().map(|node| params![sql.realm, node.level, signed(node.index), node.digest.0].to_vec()).collect();
    many::put(sql, PUT_LEAVES, "", &leaves)?;
    many::put(sql, PUT_NODES, "", &nodes)?;
    sql.run(PUT_STATE, params![sql.realm, signed(frontier.size()), last])?;
    Ok(frontier.size() - size)
}

fn leaf(row: &Row<'_>) -> Result<LogLeaf, StorageError> {
    Ok(LogLeaf {
        index: unsigned(row.get(0)?),
        matter: MatterId(row.get(1)?),
        version: row.get(2)?,
        hash: Digest(row.get(3)?),
    })
}

pub(crate) fn checkpoint(row: &Row<'_>) -> Result<Checkpoint, StorageError> {
    Ok(Checkpoint { size: unsigned(row.get(0)?), root: Digest(row.get(1)?), at: row.get(2)?, signature: row.get(3)? })
}

impl Store {
    /// Takes at most `limit` committed acts into the log and answers how many
    /// it took; 0 when the log is complete. A call that fails has taken none
    /// and can be repeated. Keep `limit` to some hundreds: appends wait for
    /// the transaction this runs in.
    ///
    /// # Errors
    ///
    /// [`LogError::NodeMissing`] when the log is damaged.
    pub fn sequence(&self, limit: u32) -> Result<u64, LogError> {
        self.write(move |sql| sequence(sql, limit))
    }

    /// How many leaves the log has.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn log_size(&self) -> Result<u64, StorageError> {
        self.read(|sql| Ok(state(sql)?.0))
    }

    /// How many leaves the log has, and how many committed acts wait to be taken into it.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn log_progress(&self) -> Result<(u64, u64), StorageError> {
        self.read(|sql| {
            let (size, last) = state(sql)?;
            Ok((size, unsigned(read::last_seq(sql)?.saturating_sub(last))))
        })
    }

    /// The place of an act in the log; none while it waits to be sequenced.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn leaf_of(&self, matter: &MatterId, version: u32) -> Result<Option<LogLeaf>, StorageError> {
        self.read(|sql| sql.one(LEAF_OF, params![sql.realm, matter.as_str(), version], leaf))
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves.
    ///
    /// # Errors
    ///
    /// When there is no such leaf or no such tree.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Digest>, LogError> {
        self.read(|sql| {
            within(sql, size)?;
            Ok(inclusion_path(index, size, |level, index| node(sql, level, index))?)
        })
    }

    /// The proof that the tree of `old` leaves is an earlier state of that of
    /// `new`.
    ///
    /// # Errors
    ///
    /// When one of the trees does not exist, or they are in the wrong order.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, LogError> {
        self.read(|sql| {
            within(sql, new)?;
            Ok(consistency_path(old, new, |level, index| node(sql, level, index))?)
        })
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// # Errors
    ///
    /// [`LogError::TooLarge`] when the log has fewer.
    pub fn root(&self, size: u64) -> Result<Digest, LogError> {
        self.read(|sql| root(sql, size))
    }

    /// Keeps a signed checkpoint. One of the same size and root stays as it
    /// was first signed.
    ///
    /// # Errors
    ///
    /// [`LogError::OtherRoot`] when the root is not the log's.
    pub fn put_checkpoint(&self, made: Checkpoint) -> Result<(), LogError> {
        self.write(move |sql| {
            if root(sql, made.size)? != made.root {
                return Err(LogError::OtherRoot { size: made.size });
            }
            let Checkpoint { size, root, at, signature } = made;
            sql.run(PUT_CHECKPOINT, params![sql.realm, signed(size), root.0, at, signature])?;
            Ok(())
        })
    }

    /// The checkpoint over the largest tree.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        self.read(|sql| sql.one(LATEST, params![sql.realm], checkpoint))
    }

    /// The checkpoint over the tree of exactly `size` leaves.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn checkpoint(&self, size: u64) -> Result<Option<Checkpoint>, StorageError> {
        self.read(|sql| sql.one(BY_SIZE, params![sql.realm, signed(size)], checkpoint))
    }

    /// The first checkpoint that covers leaf `index`.
    ///
    /// # Errors
    ///
    /// Fails only when the database does.
    pub fn checkpoint_covering(&self, index: u64) -> Result<Option<Checkpoint>, StorageError> {
        self.read(|sql| {
            let size = signed(index.saturating_add(1));
            sql.one(COVERING, params![sql.realm, size], checkpoint)
        })
    }
}
