//! What happens by itself: limits whose end has an effect.
//!
//! The clock is an actor like any other; what it does goes through the corridor and is in the
//! ledger.

use crate::bureau::Bureau;
use crate::load::{self, LoadError};
use crate::perform::{Command, PerformError, Standing, perform};
use crate::rows::plain_world;
use kernel::deadline::deadlines;
use kernel::names::{MatterId, Name};
use kernel::procedure::Expiry;
use kernel::world::Moment;
use std::collections::BTreeMap;
use store::StorageError;

/// What the clock did.
#[derive(Debug, Default)]
pub struct Tick {
    /// Acts performed: matter and act.
    pub performed: Vec<(MatterId, Name)>,
    /// Acts that were due and could not be performed, with the reason.
    pub failed: Vec<(MatterId, PerformError)>,
}

/// Why the clock cannot run.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A matter.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Performs every act that a limit brings about by ending.
///
/// # Errors
/// [`TickError`] when the store cannot be read; single failures are in the tick.
pub fn tick(bureau: &Bureau, now: Moment) -> Result<Tick, TickError> {
    let mut tick = Tick::default();
    for matter in bureau.store.expiring(&now.on().to_string())? {
        let id = MatterId::new(matter.0);
        for act in due_acts(bureau, &id, now)? {
            let command = Command {
                matter: Some(id.clone()),
                act: act.clone(),
                key: Some(format!("expiry/{act}/{}", now.on())),
                ..Command::default()
            };
            match perform(bureau, now, &Standing::Clock, &command) {
                Ok(_) => tick.performed.push((id.clone(), act)),
                Err(error) => tick.failed.push((id.clone(), error)),
            }
        }
    }
    Ok(tick)
}

/// What the limits that are over bring about now; what is not declared in this stage waits until the matter is where it is.
fn due_acts(bureau: &Bureau, id: &MatterId, now: Moment) -> Result<Vec<Name>, LoadError> {
    let loaded = load::load(bureau, id)?;
    let nobody = BTreeMap::new();
    let world = plain_world(&bureau.law, &nobody);
    let over = |deadline: &kernel::deadline::Deadline| deadline.has_lapsed(now);
    let ended = deadlines(&loaded.matter, &loaded.procedure, &world).into_iter().filter(over);
    let acts = ended.filter_map(|deadline| match &loaded.procedure.limit(&deadline.limit)?.expiry {
        Expiry::Act(act) => loaded.procedure.act(act),
        Expiry::Alarm => None,
    });
    Ok(acts.filter(|act| act.within.contains(&loaded.matter.stage)).map(|act| act.name.clone()).collect())
}
