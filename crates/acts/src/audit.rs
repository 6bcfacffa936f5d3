//! Checking the ledger against itself, and making the projections anew from it.

use crate::bureau::Bureau;
use crate::content::{self, ContentError};
use crate::keys::verify_signature;
use crate::load::{self, LoadError};
use crate::rows;
use crate::tombstone;
use kernel::merkle::checkpoint_bytes;
use kernel::names::MatterId;
use store::{Projection, RebuildError, Rebuilt, StorageError, StoredAct, VerifyReport};

/// Acts read at a time.
const PAGE: u32 = 1000;

/// What was found.
#[derive(Debug, Default)]
pub struct Audit {
    /// Chains, numbers, log.
    pub store: VerifyReport,
    /// Acts whose content is not what their body committed to.
    pub content_differs: Vec<(String, u32)>,
    /// Matters whose content was destroyed when their term was over.
    pub disposed: u64,
    /// Such matters of which content is still there.
    pub content_left: Vec<String>,
    /// A latest checkpoint that is not signed by this realm's key.
    pub unsigned_checkpoint: bool,
}

impl Audit {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.store.holds()
            && self.content_differs.is_empty()
            && self.content_left.is_empty()
            && !self.unsigned_checkpoint
    }
}

/// Why a check cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Checks everything.
///
/// # Errors
/// [`AuditError`] when the store cannot be read; faults are in the audit.
pub fn audit(bureau: &Bureau) -> Result<Audit, AuditError> {
    let mut audit = Audit { store: bureau.store.verify()?, ..Audit::default() };
    let mut after = 0;
    loop {
        let acts = bureau.store.acts_after(after, PAGE)?;
        let Some(last) = acts.last() else { break };
        after = last.seq;
        for bare in &acts {
            let Some(act) = bureau.store.act(&bare.matter, bare.version)? else { continue };
            if tombstone::read(&act).is_some() {
                audit.disposed += 1;
                if !tombstone::stands_alone(bureau, &act)? {
                    audit.content_left.push(act.matter.to_string());
                }
            }
            let holds = content::keeps_commitment(bureau, &act);
            if !matches!(holds, Ok(true)) {
                if let Err(ContentError::Storage(error)) = holds {
                    return Err(error.into());
                }
                if !tombstone::explains(bureau, &act)? {
                    audit.content_differs.push((act.matter.to_string(), act.version));
                }
            }
        }
    }
    if let Some(latest) = bureau.store.latest_checkpoint()? {
        let bytes = checkpoint_bytes(bureau.store.realm(), latest.size, &latest.root, latest.at);
        audit.unsigned_checkpoint = !verify_signature(&bureau.keys.public_key(), &bytes, &latest.signature);
    }
    Ok(audit)
}

/// Makes all projections anew.
///
/// # Errors
/// What the store or a matter says; the live projections are then unchanged.
pub fn rebuild(bureau: &Bureau) -> Result<Rebuilt, RebuildError<LoadError>> {
    bureau.store.rebuild(|id, acts| projection(bureau, id, acts))
}

/// The projection of one matter; none for chains that are no matter (registers, reads).
fn projection(bureau: &Bureau, id: &store::MatterId, acts: &[StoredAct]) -> Result<Option<Projection>, LoadError> {
    if id.as_str().contains('/') {
        return Ok(None);
    }
    let rows = match load::from_stored(bureau, &MatterId::new(id.as_str()), acts) {
        Ok(loaded) => rows::rows(&bureau.law, &loaded.procedure, &loaded.matter),
        Err(LoadError::Disposed(left)) => rows::left(&bureau.law, &left.procedure, &left.matter),
        Err(error) => return Err(error),
    };
    Ok(Some(Projection { view: rows.view, tasks: rows.tasks, papers: rows.papers }))
}
