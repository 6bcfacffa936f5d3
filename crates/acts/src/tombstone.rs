//! What is left of a matter whose content was destroyed: its acts without content, and the act that says so.
//!
//! The tombstone is the last act of its matter. It stands in the hashed bytes: the term and its basis, who proposed and
//! who approved, how much was destroyed, and one digest over it, so that whoever finds a copy can be told whether it was
//! part of it. The matter is folded without content; no page, paper or list can show what is not there.
//!
//! INVARIANT: no act follows a tombstone: a matter that has one is not loaded to act on.

use crate::bureau::Bureau;
use crate::load::{self, LoadError};
use crate::people;
use crate::unmask;
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::ledger::{Digest, sm3};
use kernel::matter::{Act, Matter};
use kernel::names::{MatterId, PersonId};
use kernel::procedure::Procedure;
use kernel::system;
use kernel::value::Facts;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::{FileRow, StorageError, StoredAct};

/// The key of the body.
const DISPOSAL: &str = "disposal";

/// The act that says that the content was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The day.
    pub on: Date,
    /// Who approved it.
    pub approved_by: PersonId,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// The act that proposed it.
    pub proposal: u32,
    /// 长期（30年）.
    pub term: String,
    /// The day the matter was closed.
    pub closed_on: Date,
    /// The first day on which it need no longer be kept.
    pub kept_until: Date,
    /// The article the term rests on; may be empty.
    pub basis: String,
    /// How much was destroyed.
    pub destroyed: Destroyed,
}

/// How much was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Acts that had content.
    pub acts: u32,
    /// Sealed parts.
    pub sealed: u32,
    /// Files.
    pub files: u32,
    /// Over the hashes of all of it.
    pub digest: Digest,
}

/// A matter without its content.
#[derive(Clone)]
pub struct Left {
    /// Folded without content.
    pub matter: Matter,
    /// Its edition.
    pub procedure: Arc<Procedure>,
    /// What its last act says.
    pub tombstone: Tombstone,
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Left { matter, tombstone, .. } = self;
        f.debug_struct("Left").field("matter", &matter.id).field("tombstone", tombstone).finish_non_exhaustive()
    }
}

impl Destroyed {
    /// Counts and digests what is about to be destroyed: open content and sealed parts by act, then files.
    pub(crate) fn of(acts: &[StoredAct], files: &[FileRow]) -> Destroyed {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut lines = String::new();
        for act in acts {
            lines.push_str(&format!("{}/open {}\n", act.version, sm3(&act.open)));
            for (part, sealed) in act.sealed.iter().enumerate() {
                lines.push_str(&format!("{}/{part} {}\n", act.version, sm3(&sealed.bytes)));
            }
        }
        for file in files {
            lines.push_str(&format!("file/{} {}\n", file.id, file.sm3));
        }
        Destroyed {
            acts: count(acts.len()),
            sealed: count(acts.iter().map(|act| act.sealed.len()).sum()),
            files: count(files.len()),
            digest: sm3(lines.as_bytes()),
        }
    }
}

impl Tombstone {
    /// The key and value that the body of the act gets; who approved it, and when, is in every body.
    pub(crate) fn to_body(&self) -> (String, Json) {
        let Destroyed { acts, sealed, files, digest } = &self.destroyed;
        let value = json!({
            "proposed-by": self.proposed_by.as_str(), "proposal": self.proposal, "term": self.term,
            "closed-on": self.closed_on.to_string(), "kept-until": self.kept_until.to_string(), "basis": self.basis,
            "acts": acts, "sealed": sealed, "files": files, "digest": digest.to_string(),
        });
        (DISPOSAL.to_owned(), value)
    }

    fn from_body(act: &Act, body: &Json) -> Option<Tombstone> {
        let text = |key: &str| body.get(key)?.as_str();
        let count = |key: &str| u32::try_from(body.get(key)?.as_u64()?).ok();
        Some(Tombstone {
            on: act.moment.on(),
            approved_by: act.actor.person.clone(),
            proposed_by: text("proposed-by")?.into(),
            proposal: count("proposal")?,
            term: text("term")?.to_owned(),
            closed_on: text("closed-on")?.parse().ok()?,
            kept_until: text("kept-until")?.parse().ok()?,
            basis: text("basis")?.to_owned(),
            destroyed: Destroyed {
                acts: count("acts")?,
                sealed: count("sealed")?,
                files: count("files")?,
                digest: Digest::parse(text("digest")?).ok()?,
            },
        })
    }
}

/// The tombstone, when an act is one.
#[must_use]
pub fn read(act: &StoredAct) -> Option<Tombstone> {
    let body: Json = serde_json::from_slice(&act.bytes).ok()?;
    if body.get("act")?.as_str()? != system::DISPOSED {
        return None;
    }
    Tombstone::from_body(&Act::from_body(act.version, body.as_object()?).ok()?, body.get(DISPOSAL)?)
}

/// The matter of a number, when its content was destroyed.
///
/// # Errors
/// What loading says.
pub fn of_number(bureau: &Bureau, number: &str) -> Result<Option<Left>, LoadError> {
    let Some(row) = bureau.store.find_by_number(number)? else { return Ok(None) };
    let stored = bureau.store.acts_of(&row.matter)?;
    let Some(tombstone) = stored.last().and_then(read) else { return Ok(None) };
    left(bureau, &MatterId::new(row.matter.as_str()), &stored, tombstone).map(Some)
}

/// Folds acts whose content is gone.
pub(crate) fn left(
    bureau: &Bureau,
    id: &MatterId,
    stored: &[StoredAct],
    tombstone: Tombstone,
) -> Result<Left, LoadError> {
    let acts: Vec<Act> = stored.iter().map(load::body_of).collect::<Result<_, _>>()?;
    let matter = without_content(id, acts)?;
    let procedure = load::edition_of(bureau, &matter)?;
    Ok(Left { matter, procedure, tombstone })
}

/// A matter as its acts alone make it.
pub(crate) fn without_content(id: &MatterId, acts: Vec<Act>) -> Result<Matter, LoadError> {
    Ok(Matter::fold(id, acts.into_iter().map(|act| (act, Facts::new())))?)
}

/// Whether nothing but the tombstone itself has content.
///
/// # Errors
/// What the store says.
pub(crate) fn stands_alone(bureau: &Bureau, tombstone: &StoredAct) -> Result<bool, StorageError> {
    let acts = bureau.store.acts_of(&tombstone.matter)?;
    let before = acts.iter().filter(|act| act.version != tombstone.version);
    let looks = bureau.store.acts_of(&unmask::stream(&MatterId::new(tombstone.matter.as_str())))?;
    Ok(before.chain(&looks).all(is_empty) && bureau.store.files_of(&tombstone.matter)?.is_empty())
}

/// Whether an act has no content because its matter, or the matter it is a look at, was disposed of.
///
/// # Errors
/// What the store says.
pub(crate) fn explains(bureau: &Bureau, act: &StoredAct) -> Result<bool, StorageError> {
    let matter = unmask::looked_at(&act.matter).unwrap_or_else(|| act.matter.clone());
    let Some(head) = bureau.store.head(&matter)? else { return Ok(false) };
    let last = bureau.store.act(&matter, head.version)?;
    Ok(is_empty(act) && last.as_ref().and_then(read).is_some())
}

fn is_empty(act: &StoredAct) -> bool {
    act.open.is_empty() && act.sealed.is_empty()
}

/// What somebody who may read the matter is told.
///
/// # Errors
/// What the store says.
pub fn told(bureau: &Bureau, left: &Left) -> Result<Vec<String>, StorageError> {
    let stone = &left.tombstone;
    let names = people::names_of(bureau, [stone.proposed_by.as_str(), stone.approved_by.as_str()])?;
    let name = |person: &PersonId| names.get(person.as_str()).cloned().unwrap_or_else(|| person.to_string());
    let Destroyed { acts, sealed, files, digest } = &stone.destroyed;
    let mut told = told_outside(left);
    told.insert(1, format!("{}提出，{}批准。", name(&stone.proposed_by), name(&stone.approved_by)));
    told.push(format!("销毁了{acts}个行为的内容、{sealed}份加密内容、{files}个文件，摘要 {digest}。"));
    Ok(told)
}

/// What everybody is told who knows the number.
#[must_use]
pub fn told_outside(left: &Left) -> Vec<String> {
    let stone = &left.tombstone;
    let number = left.matter.number.as_deref().unwrap_or_default();
    let basis = if stone.basis.is_empty() { String::new() } else { format!("，依据{}", stone.basis) };
    vec![
        format!("办件{number}（{}）的内容已于{}按保管期限销毁。", left.procedure.title, zh_date(stone.on)),
        format!(
            "保管期限：{}，{}办结，{}期满{basis}。",
            stone.term,
            zh_date(stone.closed_on),
            zh_date(stone.kept_until)
        ),
        "编号和每一步的摘要还在总账里，从前发出的凭证仍然可以验证。".to_owned(),
    ]
}
