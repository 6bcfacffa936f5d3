//! One act on a state: whether it may be done, what it leads to, and what was noticed on the way.
//!
//! INVARIANT: an act that is refused here is refused in every matter that is in the state.

use std::collections::BTreeMap;

use kernel::names::Name;
use kernel::procedure::ActKind;

use super::condition::Cond;
use super::model::{Clocked, Effect, Model, Seated, Step};
use super::state::{Clock, Given, State, Truth, Watch};

/// What was noticed while acts were tried.
#[derive(Debug, Clone)]
pub(super) struct Noticed {
    /// Conditions that read what may not have been collected: the worst case, and the first state it was met in.
    pub missing: BTreeMap<(usize, Name), (Given, u32)>,
    /// The same of keys of computations, by act and place in its list.
    pub keyless: BTreeMap<(usize, usize), (Given, u32)>,
    /// Computations whose governing act may not have been done.
    pub ungoverned: BTreeMap<(usize, usize), u32>,
    /// By act: whether it was possible somewhere.
    pub possible: Vec<bool>,
}

impl Noticed {
    pub(super) fn of(model: &Model<'_>) -> Self {
        let acts = model.steps.len();
        Self {
            missing: BTreeMap::new(),
            keyless: BTreeMap::new(),
            ungoverned: BTreeMap::new(),
            possible: vec![false; acts],
        }
    }
}

/// Keeps the worse of two findings at one place.
fn keep<K: Ord>(found: &mut BTreeMap<K, (Given, u32)>, key: K, given: Given, from: u32) {
    let known = found.get(&key).map(|(known, _)| *known);
    if known.is_none_or(|known| given < known) {
        found.insert(key, (given, from));
    }
}

/// Tries an act on a state and adds the states it may lead to.
pub(super) fn perform(
    model: &Model<'_>,
    act: usize,
    state: &State,
    from: u32,
    noticed: &mut Noticed,
    after: &mut Vec<State>,
) {
    let Some(step) = model.steps.get(act) else { return };
    if !stands_open(model, step, state) {
        return;
    }
    let Some(mut reached) = conditions(step, state, from, noticed) else { return };
    if extends_nothing(model, step, state) {
        return;
    }
    keys(act, step, &reached, from, noticed);
    if let Some(possible) = noticed.possible.get_mut(act) {
        *possible = true;
    }
    for place in &step.gives {
        reached.set_given(*place, Given::Yes);
    }
    for (place, on) in &step.flags {
        reached.put(*place, *on);
    }
    if let Some(done) = step.done {
        reached.put(done, true);
    }
    let stage = step.to.unwrap_or(state.stage);
    for (clock, effect) in model.clocks.iter().zip(&step.effects) {
        let Some(place) = clock.place else { continue };
        reached.set_clock(place, clock.after(state.clock(place), effect, stage));
    }
    reached.stage = stage;
    branches(model, step, reached, after);
}

/// Whether `once` and the seats allow the act.
fn stands_open(model: &Model<'_>, step: &Step<'_>, state: &State) -> bool {
    let once = step.def.once && step.done.is_some_and(|done| state.has(done));
    !once && step.seats.iter().any(|(_, seated)| sits(*seated, state, step)) && !expires_nothing(model, step, state)
}

/// Whether somebody can be in a seat.
pub(super) fn sits(seated: Seated, state: &State, step: &Step<'_>) -> bool {
    match seated {
        Seated::Always => true,
        Seated::If(place) => state.has(place) || step.def.kind == ActKind::Open,
        Seated::Never => false,
    }
}

/// An act that happens at the end of a limit needs one that runs.
fn expires_nothing(model: &Model<'_>, step: &Step<'_>, state: &State) -> bool {
    let runs = |clock: &Clocked<'_>| clock.place.is_none_or(|place| state.clock(place) == Clock::Running);
    let mut ending = model.clocks.iter().zip(&step.effects).filter(|(_, effect)| effect.expires);
    step.def.kind == ActKind::Expire && !ending.any(|(clock, _)| runs(clock))
}

/// The state with the answers of the form and what the guards let know; `None` when one surely forbids the act.
fn conditions(step: &Step<'_>, state: &State, from: u32, noticed: &mut Noticed) -> Option<State> {
    let mut at = *state;
    for place in &step.superseded {
        at.set_given(*place, Given::No);
    }
    let mut ask = |number: usize, cond: &Cond, at: &State| {
        cond.truth(at, &mut |field, given| keep(&mut noticed.missing, (number, field.clone()), given, from))
    };
    for asked in &step.form {
        let truth = asked.when.as_ref().map_or(Truth::True, |(number, cond)| ask(*number, cond, &at));
        let Some(place) = asked.place else { continue };
        let answered = match truth {
            Truth::True => asked.answered,
            Truth::Open => Given::Perhaps,
            Truth::False => Given::No,
        };
        let before = at.given(place);
        at.set_given(place, before.max(answered));
    }
    for (number, cond) in &step.guards {
        if ask(*number, cond, &at) == Truth::False {
            return None;
        }
        cond.assume(true, &mut at);
    }
    for (number, cond) in &step.inside {
        ask(*number, cond, &at);
    }
    Some(at)
}

/// A limit that does not run cannot be prolonged.
fn extends_nothing(model: &Model<'_>, step: &Step<'_>, state: &State) -> bool {
    let mut effects = model.clocks.iter().zip(&step.effects);
    effects.any(|(clock, effect)| effect.extends && clock.place.is_some_and(|place| state.clock(place) == Clock::Off))
}

/// Keys of computations that may be missing.
fn keys(act: usize, step: &Step<'_>, at: &State, from: u32, noticed: &mut Noticed) {
    for (number, (place, ..)) in step.keys.iter().enumerate() {
        let given = at.given(*place);
        if given != Given::Yes {
            keep(&mut noticed.keyless, (act, number), given, from);
        }
    }
    for (number, (place, ..)) in step.governed.iter().enumerate() {
        if !at.has(*place) {
            noticed.ungoverned.entry((act, number)).or_insert(from);
        }
    }
}

/// Files that may follow later: handed in now, or the request stands open.
fn branches(model: &Model<'_>, step: &Step<'_>, reached: State, after: &mut Vec<State>) {
    let mut variants = vec![reached];
    for asked in &step.form {
        let Some(mark) = &asked.follow else { continue };
        let mut more = variants.clone();
        if let Some(place) = model.layout.place(Watch::Mark, mark) {
            more.iter_mut().for_each(|state| state.put(place, true));
        }
        if let Some(place) = asked.place {
            variants.iter_mut().for_each(|state| state.set_given(place, Given::Yes));
        }
        variants.append(&mut more);
    }
    let live = model.live.get(usize::from(reached.stage));
    for mut state in variants {
        live.into_iter().for_each(|live| state.bits.meet(live));
        after.push(state);
    }
}

impl Clocked<'_> {
    /// Where the clock stands after an act that leads to a stage.
    pub(super) fn after(&self, now: Clock, effect: &Effect, stage: u16) -> Clock {
        if effect.starts {
            return if effect.ends { Clock::Off } else { Clock::Running };
        }
        if now == Clock::Off {
            return Clock::Off;
        }
        if effect.stops {
            return Clock::Stopped;
        }
        let next = if effect.resumes || effect.restarts { Clock::Running } else { now };
        if effect.ends || self.left(next, stage) { Clock::Off } else { next }
    }

    /// Whether the stage ends it.
    fn left(&self, clock: Clock, stage: u16) -> bool {
        let at = |list: &[bool]| list.get(usize::from(stage)).copied().unwrap_or(false);
        if self.limit.spans.is_empty() {
            at(&self.closed) && !at(&self.meetable)
        } else {
            !(at(&self.spans) || clock == Clock::Stopped && at(&self.stopped_in))
        }
    }
}
