//! Verification: whatever the store claims, checked against what it holds.
//!
//! It repairs nothing and stops at nothing: every fault found is named with
//! its place. Only what the engine cannot read ends it early, and then it says
//! which matters' acts those are.
//!
//! INVARIANT: a changed byte of an act, its hash, its place, the log or a
//! checkpoint's root is found.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::engine::{Cell, Row, params};
use kernel::ledger::{Digest, act_digest};
use kernel::merkle::{Frontier, leaf_hash};
use serde::Deserialize;

use crate::Store;
use crate::entry::MatterId;
use crate::log::{self, Checkpoint};
use crate::sql::{Sql, StorageError, signed, unsigned};

/// What is wrong with an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// The version is not there.
    Missing,
    /// The hash is not that of the bytes.
    HashDiffers,
    /// The bytes do not name the act before.
    PrevDiffers,
    /// The bytes name another matter or version, or cannot be read.
    OtherPlace,
    /// The head does not point to the last act.
    HeadDiffers,
}

/// An act that does not fit its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainBreak {
    /// The matter.
    pub matter: MatterId,
    /// The act.
    pub version: u32,
    /// What is wrong.
    pub fault: ChainFault,
}

/// A fault of a number series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFault {
    /// The series.
    pub series: String,
    /// The office.
    pub office: String,
    /// The year.
    pub year: i16,
    /// Places of the series at which no number is, or one whose act is gone.
    pub missing: Vec<u32>,
}

/// A fault of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFault {
    /// A leaf is not the hash of its act, or its act is gone.
    Leaf {
        /// From 0.
        index: u64,
        /// The matter it names.
        matter: MatterId,
        /// The act it names.
        version: u32,
    },
    /// A subtree is missing or is not the hash of what is below it.
    Node {
        /// 1 covers two leaves.
        level: u8,
        /// From 0.
        index: u64,
    },
    /// The log has not as many leaves as it says.
    Size {
        /// Leaves it says it has.
        stated: u64,
        /// Leaves in order from the first.
        found: u64,
    },
    /// Acts the log says it has taken in and has not.
    Left {
        /// How many.
        acts: u64,
    },
    /// A checkpoint's root is not that of the log.
    Checkpoint {
        /// The size it was made over.
        size: u64,
    },
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Matters walked.
    pub matters: u64,
    /// Acts whose hash was computed.
    pub acts: u64,
    /// Numbers seen.
    pub numbers: u64,
    /// Leaves compared.
    pub leaves: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// Faults of the chains.
    pub breaks: Vec<ChainBreak>,
    /// Faults of the number series.
    pub number_faults: Vec<NumberFault>,
    /// Faults of the log.
    pub log_faults: Vec<LogFault>,
}

impl VerifyReport {
    /// Adds what was found in another part.
    fn add(&mut self, other: VerifyReport) {
        self.matters += other.matters;
        self.acts += other.acts;
        self.numbers += other.numbers;
        self.leaves += other.leaves;
        self.checkpoints += other.checkpoints;
        self.breaks.extend(other.breaks);
        self.number_faults.extend(other.number_faults);
        self.log_faults.extend(other.log_faults);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.breaks.is_empty() && self.number_faults.is_empty() && self.log_faults.is_empty()
    }
}

/// Rows read at a time.
const PAGE: u32 = 1000;
/// Matters named in one message.
const NAMED_MAX: usize = 50;
const ACTS: &str = "select a.matter, a.version, a.bytes, a.hash, h.version, h.hash
    from act a left join head h on h.realm = a.realm and h.matter = a.matter
    where a.realm = $1 and (a.matter, a.version) > ($2, $3) and a.matter <= $4
    order by a.matter, a.version limit $5";
const MIDDLE: &str = "select matter from head where realm = $1 order by matter
    limit 1 offset (select count(*) from head where realm = $1) / 2";
/// After every matter there is.
const END: &str = "\u{10ffff}";
const MATTERS: &str = "select matter from head where realm = $1 order by matter";
const ACTS_OF: &str = "select version, bytes, hash, open from act where realm = $1 and matter = $2";
const BARE_HEADS: &str = "select h.matter, h.version from head h where h.realm = $1 and not exists (
        select 1 from act a where a.realm = h.realm and a.matter = h.matter)
    order by h.matter";
const SERIES: &str = "select series, office, year, last from number_series where realm = $1
    union
    select distinct series, office, year, 0 from number n where realm = $1 and not exists (
        select 1 from number_series s where s.realm = n.realm and s.series = n.series
          and s.office = n.office and s.year = n.year)
    order by 1, 2, 3";
const NUMBERS: &str = "select n.seq, a.version from number n
    left join act a on a.realm = n.realm and a.matter = n.matter and a.version = n.version
    where n.realm = $1 and n.series = $2 and n.office = $3 and n.year = $4 order by n.seq";
const LEAVES: &str = "select l.idx, l.matter, l.version, l.hash, a.hash from log_leaf l
    left join act a on a.realm = l.realm and a.matter = l.matter and a.version = l.version
    where l.realm = $1 and l.idx >= $2 order by l.idx limit $3";
const NODES: &str = "select level, idx, hash from log_node
    where realm = $1 and level = $2 and idx >= $3 order by idx limit $4";
const CHECKPOINTS: &str = "select size, root, at, signature from checkpoint
    where realm = $1 order by size";
const SEQUENCED: &str = "select count(*) from act where realm = $1 and seq <= $2";

/// What the bytes of an act say of its place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stated<'b> {
    #[serde(borrow)]
    matter: Cow<'b, str>,
    version: u64,
    #[serde(borrow)]
    prev: Cow<'b, str>,
}

struct ActRow {
    matter: MatterId,
    version: u32,
    bytes: Vec<u8>,
    hash: Digest,
    head: Option<(u32, Digest)>,
}

/// A digest as found; what is none is shown as zero, which no act hashes to.
fn digest(row: &Row<'_>, index: usize) -> Result<Digest, StorageError> {
    let bytes = match row.cell(index)? {
        Cell::Bytes(bytes) => bytes.try_into().ok(),
        _ => None,
    };
    Ok(bytes.map_or(Digest::ZERO, Digest))
}

/// Does a part of the work; after damage the snapshot can still be read.
fn part(sql: &Sql<'_>, work: impl FnOnce() -> Result<(), StorageError>) -> Result<(), StorageError> {
    sql.session().control("savepoint part")?;
    let outcome = work();
    match &outcome {
        Ok(()) => {}
        Err(error) if is_damage(error) => sql.session().control("rollback to savepoint part")?,
        Err(_) => return outcome,
    }
    sql.session().control("release savepoint part")?;
    outcome
}

fn is_damage(error: &StorageError) -> bool {
    matches!(error, StorageError::Damaged(_) | StorageError::Unreadable { .. })
}

/// Damage, with the name of the part it was met in.
fn named(error: StorageError, part: impl FnOnce() -> String) -> StorageError {
    if is_damage(&error) { StorageError::Unread { part: part(), source: Box::new(error) } } else { error }
}

/// The acts that cannot be read, by their matters: the heads say which there are.
fn unread(sql: &Sql<'_>) -> String {
    let mut matters: Vec<String> = Vec::new();
    let heads =
        part(sql, || sql.each(MATTERS, params![sql.realm], |row| row.get(0).map(|matter| matters.push(matter))));
    if heads.is_err() {
        return "the list of matters".to_owned();
    }
    matters.retain(|matter| {
        let read = |row: &Row<'_>| {
            row.get::<u32>(0)?;
            (1..row.len()).try_for_each(|at| row.cell(at).map(drop))
        };
        part(sql, || sql.all(ACTS_OF, params![sql.realm, matter], read).map(drop)).is_err()
    });
    let named: Vec<String> = matters.iter().take(NAMED_MAX).map(|matter| format!("`{matter}`")).collect();
    match matters.len().saturating_sub(NAMED_MAX) {
        _ if matters.is_empty() => "an act of no known matter".to_owned(),
        0 => format!("what was done in {}", named.join(", ")),
        more => format!("what was done in {} and {more} more matters", named.join(", ")),
    }
}

/// Walks all acts of the matters after one, up to another.
fn chains(sql: &Sql<'_>, after: &str, until: &str, report: &mut VerifyReport) -> Result<(), StorageError> {
    let mut last: Option<ActRow> = None;
    loop {
        let (matter, version) = last.as_ref().map_or((after, u32::MAX), |last| (last.matter.as_str(), last.version));
        let page = sql.all(ACTS, params![sql.realm, matter, version, until, PAGE], |row| {
            let head: Option<u32> = row.get(4)?;
            let bytes = match row.cell(2)? {
                Cell::Bytes(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            };
            Ok(ActRow {
                matter: MatterId(row.get(0)?),
                version: row.get(1)?,
                bytes,
                hash: digest(row, 3)?,
                head: head.zip(Some(digest(row, 5)?)),
            })
        })?;
        if page.is_empty() {
            break;
        }
        for act in page {
            let same = last.as_ref().is_some_and(|last| last.matter == act.matter);
            if !same {
                close(last.as_ref(), report);
                report.matters += 1;
            }
            let before = last.as_ref().filter(|_| same);
            check_act(&act, before, report);
            last = Some(act);
        }
    }
    close(last.as_ref(), report);
    Ok(())
}

/// Heads of matters that have no act.
fn bare_heads(sql: &Sql<'_>, report: &mut VerifyReport) -> Result<(), StorageError> {
    let heads = sql.all(BARE_HEADS, params![sql.realm], |row| {
        Ok(ChainBreak { matter: MatterId(row.get(0)?), version: row.get(1)?, fault: ChainFault::Missing })
    })?;
    report.breaks.extend(heads);
    Ok(())
}

/// The last act of a matter must be the one its head names.
fn close(last: Option<&ActRow>, report: &mut VerifyReport) {
    let Some(last) = last else { return };
    if last.head != Some((last.version, last.hash)) {
        let (matter, version) = (last.matter.clone(), last.version);
        report.breaks.push(ChainBreak { matter, version, fault: ChainFault::HeadDiffers });
    }
}

fn check_act(act: &ActRow, before: Option<&ActRow>, report: &mut VerifyReport) {
    report.acts += 1;
    let mut found = |version, fault| {
        report.breaks.push(ChainBreak { matter: act.matter.clone(), version, fault });
    };
    let expected = before.map_or(1, |before| before.version + 1);
    for missing in expected..act.version {
        found(missing, ChainFault::Missing);
    }
    if act_digest(&act.bytes) != act.hash {
        found(act.version, ChainFault::HashDiffers);
    }
    let stated: Stated<'_> = serde_json::from_slice(&act.bytes).unwrap_or_default();
    if stated.matter != act.matter.as_str() || stated.version != u64::from(act.version) {
        found(act.version, ChainFault::OtherPlace);
    }
    let prev = before.map_or(Digest::ZERO, |before| before.hash);
    if act.version == expected && Digest::parse(&stated.prev) != Ok(prev) {
        found(act.version, ChainFault::PrevDiffers);
    }
}

fn series(sql: &Sql<'_>, report: &mut VerifyReport) -> Result<(), StorageError> {
    let all = sql.all(SERIES, params![sql.realm], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i16>(2)?, row.get::<u32>(3)?))
    })?;
    for (series, office, year, last) in all {
        let mut missing = Vec::new();
        let mut expected = 1_u32;
        let place = params![sql.realm, series, office, year];
        sql.each(NUMBERS, place, |row| {
            let (seq, act): (u32, Option<u32>) = (row.get(0)?, row.get(1)?);
            missing.extend(expected..seq);
            if act.is_none() {
                missing.push(seq);
            }
            expected = seq + 1;
            report.numbers += 1;
            Ok(())
        })?;
        missing.extend(expected..last + 1);
        if expected > last + 1 {
            // A number beyond the end of its series was not drawn from it.
            missing.extend(last + 1..expected);
        }
        if !missing.is_empty() {
            report.number_faults.push(NumberFault { series, office, year, missing });
        }
    }
    Ok(())
}

/// The nodes of each level, read ahead as the tree is computed again.
#[derive(Default)]
struct Nodes(BTreeMap<u8, std::collections::VecDeque<(u64, Digest)>>);

impl Nodes {
    fn next(&mut self, sql: &Sql<'_>, level: u8, index: u64) -> Result<Option<Digest>, StorageError> {
        let waiting = self.0.entry(level).or_default();
        if waiting.is_empty() {
            let place = params![sql.realm, level, signed(index), PAGE];
            waiting.extend(sql.all(NODES, place, |row| Ok((unsigned(row.get(1)?), digest(row, 2)?)))?);
        }
        while waiting.front().is_some_and(|(at, _)| *at < index) {
            waiting.pop_front();
        }
        let here = waiting.pop_front_if(|(at, _)| *at == index);
        Ok(here.map(|(_, digest)| digest))
    }
}

/// Computes the whole tree again, comparing as it grows.
fn tree(sql: &Sql<'_>, report: &mut VerifyReport) -> Result<(), StorageError> {
    let (stated, last_seq) = log::state(sql)?;
    let mut checkpoints: std::collections::VecDeque<Checkpoint> =
        sql.all(CHECKPOINTS, params![sql.realm], log::checkpoint)?.into();
    report.checkpoints = checkpoints.len() as u64;
    let mut frontier = Frontier::default();
    let mut nodes = Nodes::default();
    compare(&frontier, &mut checkpoints, report);
    'pages: loop {
        let page = sql.all(LEAVES, params![sql.realm, signed(frontier.size()), PAGE], |row| {
            let place = (MatterId(row.get(1)?), row.get::<u32>(2)?);
            let hashes = (digest(row, 3)?, digest(row, 4)?);
            Ok((unsigned(row.get(0)?), place, hashes))
        })?;
        if page.is_empty() {
            break;
        }
        for (index, (matter, version), (leaf, act)) in page {
            if index != frontier.size() {
                break 'pages;
            }
            report.leaves += 1;
            if act != leaf {
                report.log_faults.push(LogFault::Leaf { index, matter, version });
            }
            for node in frontier.append(leaf_hash(&leaf.0)).iter().filter(|node| node.level > 0) {
                if nodes.next(sql, node.level, node.index)? != Some(node.digest) {
                    let (level, index) = (node.level, node.index);
                    report.log_faults.push(LogFault::Node { level, index });
                }
            }
            compare(&frontier, &mut checkpoints, report);
        }
    }
    let found = frontier.size();
    if found != stated {
        report.log_faults.push(LogFault::Size { stated, found });
    }
    let sequenced = unsigned(sql.integer(SEQUENCED, params![sql.realm, last_seq])?);
    if sequenced > found {
        report.log_faults.push(LogFault::Left { acts: sequenced - found });
    }
    let beyond = checkpoints.iter().map(|left| LogFault::Checkpoint { size: left.size });
    report.log_faults.extend(beyond);
    Ok(())
}

/// Compares the checkpoint made at this size, if there is one.
fn compare(frontier: &Frontier, checkpoints: &mut std::collections::VecDeque<Checkpoint>, report: &mut VerifyReport) {
    if let Some(made) = checkpoints.pop_front_if(|made| made.size == frontier.size())
        && made.root != frontier.root()
    {
        report.log_faults.push(LogFault::Checkpoint { size: made.size });
    }
}

impl Store {
    /// Checks the chain of every matter, every number series, and the log with its checkpoints, each on one snapshot and
    /// beside the others. Signatures are checked by whoever knows the keys.
    ///
    /// # Errors
    ///
    /// Fails only when the database cannot be read, [`StorageError::Unread`] where a part of it is damaged; faults
    /// are in the report.
    pub fn verify(&self) -> Result<VerifyReport, StorageError> {
        // Where the heads cannot be read, whoever walks the acts says so.
        let middle = self.read(|sql| sql.one(MIDDLE, params![sql.realm], |row| row.get::<String>(0)));
        let middle = middle.ok().flatten().unwrap_or_else(|| END.to_owned());
        let walk = |after: &str, until: &str| {
            self.read(|sql| {
                let mut report = VerifyReport::default();
                part(sql, || chains(sql, after, until, &mut report)).map_err(|error| named(error, || unread(sql)))?;
                Ok::<_, StorageError>(report)
            })
        };
        let rest = || {
            self.read(|sql| {
                let mut report = VerifyReport::default();
                part(sql, || bare_heads(sql, &mut report)).map_err(|error| named(error, || unread(sql)))?;
                part(sql, || series(sql, &mut report))
                    .map_err(|error| named(error, || "the list of numbers".to_owned()))?;
                part(sql, || tree(sql, &mut report)).map_err(|error| named(error, || "the log".to_owned()))?;
                Ok::<_, StorageError>(report)
            })
        };
        let (first, second, rest) = std::thread::scope(|scope| {
            let second = scope.spawn(|| walk(&middle, END));
            let rest = scope.spawn(rest);
            (walk("", &middle), second.join(), rest.join())
        });
        // A thread that failed for another reason than the database has found nothing.
        let joined = |outcome: std::thread::Result<_>| outcome.unwrap_or(Err(StorageError::WriterStopped));
        let mut report = first?;
        report.add(joined(second)?);
        report.add(joined(rest)?);
        Ok(report)
    }
}
