//! A state of a matter, packed into bits: the stage, and one place for everything a condition or a duty can depend on.
//!
//! [`Layout`] hands out the places. It does not know what they mean.
//!
//! INVARIANT: two states are equal exactly when nothing that is watched tells them apart.

use std::collections::BTreeMap;

use kernel::names::Name;

/// Words of a state; beyond them a procedure watches more than can be explored.
const WORDS: usize = 8;

/// Whether a field has been collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    No,
    Perhaps,
    Yes,
}

/// What a condition comes to, as far as a state decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    False,
    Open,
    True,
}

/// Where a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// It has not started, or has ended.
    Off,
    Running,
    Stopped,
}

/// A set of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Bits([u64; WORDS]);

impl Bits {
    pub(super) fn get(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(super) fn set(&mut self, at: usize, on: bool) {
        if let Some(word) = self.0.get_mut(at / 64) {
            let bit = 1 << (at % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    pub(super) fn union(&mut self, other: &Bits) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    pub(super) fn remove(&mut self, other: &Bits) {
        for (word, gone) in self.0.iter_mut().zip(other.0) {
            *word &= !gone;
        }
    }

    pub(super) fn meet(&mut self, other: &Bits) {
        for (word, kept) in self.0.iter_mut().zip(other.0) {
            *word &= kept;
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.0.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
            (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        })
    }
}

/// A state. Stage 0 is before the opening; stage `n` is the `n`th of the procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct State {
    pub stage: u16,
    pub bits: Bits,
}

impl State {
    pub(super) fn given(&self, place: Place) -> Given {
        match (self.bits.get(place.0), self.bits.get(place.0 + 1)) {
            (true, _) => Given::Yes,
            (false, true) => Given::Perhaps,
            (false, false) => Given::No,
        }
    }

    pub(super) fn set_given(&mut self, place: Place, given: Given) {
        self.bits.set(place.0, given == Given::Yes);
        self.bits.set(place.0 + 1, given == Given::Perhaps);
    }

    pub(super) fn clock(&self, place: Place) -> Clock {
        match (self.bits.get(place.0), self.bits.get(place.0 + 1)) {
            (false, _) => Clock::Off,
            (true, false) => Clock::Running,
            (true, true) => Clock::Stopped,
        }
    }

    pub(super) fn set_clock(&mut self, place: Place, clock: Clock) {
        self.bits.set(place.0, clock != Clock::Off);
        self.bits.set(place.0 + 1, clock == Clock::Stopped);
    }

    pub(super) fn has(&self, place: Place) -> bool {
        self.bits.get(place.0)
    }

    pub(super) fn put(&mut self, place: Place, on: bool) {
        self.bits.set(place.0, on);
    }
}

/// Where something stands in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub usize);

/// What a place is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Watch {
    Field,
    Done,
    Mark,
    Slot,
    Opener,
    Limit,
}

/// The places of everything watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    places: BTreeMap<(Watch, Name), Place>,
    width: usize,
}

impl Layout {
    /// Watches something.
    pub(super) fn watch(&mut self, watch: Watch, name: &Name) {
        let bits = if matches!(watch, Watch::Field | Watch::Limit) { 2 } else { 1 };
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.places.entry((watch, name.clone())) {
            vacant.insert(Place(self.width));
            self.width += bits;
        }
    }

    pub(super) fn place(&self, watch: Watch, name: &Name) -> Option<Place> {
        self.places.get(&(watch, name.clone())).copied()
    }

    /// Everything watched.
    pub(super) fn all(&self) -> impl Iterator<Item = (Watch, &Name)> {
        self.places.keys().map(|(watch, name)| (*watch, name))
    }

    /// Whether everything watched has its place in a state.
    pub(super) const fn fits(&self) -> bool {
        self.width <= WORDS * 64
    }

    /// The bits of a place.
    pub(super) fn bits(&self, watch: Watch, place: Place) -> Bits {
        let mut bits = Bits::default();
        bits.set(place.0, true);
        if matches!(watch, Watch::Field | Watch::Limit) {
            bits.set(place.0 + 1, true);
        }
        bits
    }
}

/// `true` or `false`, decided.
pub(super) const fn decided(flag: bool) -> Truth {
    if flag { Truth::True } else { Truth::False }
}
