//! What every act needs at hand: the store, the law, the policy, the keys and a source of chance.

use crate::keys::{Entropy, Keys};
use crate::policy::Policy;
use kernel::calendar::Calendar;
use kernel::ledger::Digest;
use kernel::names::Name;
use kernel::procedure::Procedure;
use kernel::world::Place;
use std::sync::Arc;
use store::Store;

/// One running bureau.
#[derive(Clone)]
pub struct Bureau {
    /// Acts and projections.
    pub store: Store,
    /// The law it works under.
    pub law: Arc<Law>,
    /// Who may do what.
    pub policy: Arc<Policy>,
    /// Its keys.
    pub keys: Arc<Keys>,
    /// Chance.
    pub entropy: Entropy,
    /// Version of the program, pinned in every act.
    pub program: String,
}

/// The law as loaded: the current edition of every procedure, and every older one that a matter
/// may still be on.
#[derive(Debug, Clone, Default)]
pub struct Law {
    /// Procedures, current and older.
    pub procedures: Vec<Arc<Procedure>>,
    /// Days off.
    pub calendar: Calendar,
    /// The place.
    pub place: Place,
}

impl Law {
    /// The procedure under which matters are opened on a day.
    pub fn current(&self, id: &Name, on: jiff::civil::Date) -> Option<&Arc<Procedure>> {
        self.procedures.iter().find(|procedure| {
            &procedure.id == id
                && procedure.in_force_from <= on
                && procedure.in_force_until.is_none_or(|until| on < until)
        })
    }

    /// What a seat is called: in any procedure, or outside of all.
    pub fn seat_title(&self, seat: &Name) -> Option<&str> {
        let declared = self.procedures.iter().find_map(|procedure| procedure.seat(seat));
        declared.map(|seat| seat.title.as_str()).or_else(|| kernel::system::seat_title(seat))
    }

    /// The edition of that hash.
    pub fn edition(&self, edition: Digest) -> Option<&Arc<Procedure>> {
        self.procedures.iter().find(|procedure| procedure.edition == edition)
    }
}

impl Bureau {
    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.entropy)(&mut bytes);
        bytes
    }

    /// A fresh identity nobody can guess.
    pub fn fresh_id(&self) -> String {
        hex::encode(self.random::<16>())
    }
}
