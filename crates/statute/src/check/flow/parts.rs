//! A procedure in parts, where it has too many states as a whole.
//!
//! Requests that run side by side multiply the states although they hardly touch each other. So what is watched is
//! parted: things stay together that one condition reads or one act changes. Each part is explored with everything
//! else left open, which only adds runs: what one part does not find, is not there. A finding with a run is believed
//! when the run can be walked with everything watched at once; where it cannot, it is looked for again with what
//! stopped it watched too.
//!
//! INVARIANT: what is reported can happen as far as the whole state tells; what is impossible in a part is impossible.

use std::collections::{BTreeMap, BTreeSet};

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{ActDef, Target};

use super::explore::STATES_MAX;
use super::model::Model;
use super::perform::{Noticed, perform};
use super::state::{Layout, State, Watch};
use super::{Found, prove as prove_part};
use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Role;

/// Something watched.
type Thing = (Watch, Name);

/// How often a finding is looked for again with more watched.
const GROWTHS_MAX: usize = 8;

/// What tells findings apart.
type Key = (&'static str, usize, String);

/// Proves a procedure part by part; `None` when even a part has too many states.
pub(super) fn prove(desk: &Desk<'_>, all: &Layout) -> Option<Found> {
    if !all.fits() {
        return None;
    }
    let parts = parts(desk, all);
    let proved: Vec<Found> =
        parts.iter().map(|part| prove_part(desk, &layout_of(part), STATES_MAX)).collect::<Option<_>>()?;
    let mut search = Search { desk, all, whole: Model::of(desk, all), seen: BTreeMap::new() };
    let mut kept: BTreeMap<Key, (Diagnostic, Vec<u16>)> = BTreeMap::new();
    for (part, found) in parts.iter().zip(&proved) {
        for (diagnostic, run) in &found.0 {
            let key = key(diagnostic);
            let is_everywhere = || proved.iter().all(|other| other.0.iter().any(|(other, _)| self::key(other) == key));
            if kept.contains_key(&key) || needs_all(diagnostic, run) && !is_everywhere() {
                continue;
            }
            if let Some(shown) = search.shown(part, diagnostic, run) {
                kept.insert(key, shown);
            }
        }
    }
    Some(Found(kept.into_values().collect()))
}

fn key(diagnostic: &Diagnostic) -> Key {
    (diagnostic.code, diagnostic.span.start, diagnostic.message.clone())
}

/// A run is refuted by any part that does not have it; what reads a field is seen only where the field is watched.
fn needs_all(diagnostic: &Diagnostic, run: &[u16]) -> bool {
    let own = [Code::UncollectedField.name(), Code::DayNotStated.name()];
    !run.is_empty() && !own.contains(&diagnostic.code)
}

/// Findings looked for again, with more watched each time.
struct Search<'a> {
    desk: &'a Desk<'a>,
    all: &'a Layout,
    whole: Model<'a>,
    seen: BTreeMap<BTreeSet<Thing>, Option<Found>>,
}

impl Search<'_> {
    /// The finding with a run that can be walked.
    fn shown(&mut self, part: &BTreeSet<Thing>, wanted: &Diagnostic, run: &[u16]) -> Option<(Diagnostic, Vec<u16>)> {
        let mut watched = if needs_all(wanted, run) { BTreeSet::new() } else { part.clone() };
        let mut found = (wanted.clone(), run.to_vec());
        for _ in 0..GROWTHS_MAX {
            let stopped = match walk(&self.whole, &found.1) {
                Ok(()) => return Some(found),
                Err(act) => read_by(self.desk, act, self.all),
            };
            if stopped.is_subset(&watched) {
                return None;
            }
            watched.extend(stopped);
            let desk = self.desk;
            let again = self.seen.entry(watched.clone());
            let again = again.or_insert_with(|| prove_part(desk, &layout_of(&watched), STATES_MAX));
            found = again.as_ref()?.0.iter().find(|(other, _)| key(other) == key(wanted))?.clone();
        }
        None
    }
}

fn layout_of(part: &BTreeSet<Thing>) -> Layout {
    let mut layout = Layout::default();
    part.iter().for_each(|(watch, name)| layout.watch(*watch, name));
    layout
}

/// Walks a run with everything watched; the act that stops it otherwise.
fn walk(whole: &Model<'_>, run: &[u16]) -> Result<(), u16> {
    let mut noticed = Noticed::of(whole);
    let mut states = vec![State::default()];
    let last = run.len().saturating_sub(1);
    for (at, act) in run.iter().enumerate() {
        let mut after = Vec::new();
        for state in &states {
            let placed =
                whole.placed.get(usize::from(state.stage)).is_some_and(|placed| placed.contains(&usize::from(*act)));
            if placed {
                perform(whole, usize::from(*act), state, 0, &mut noticed, &mut after);
            }
        }
        // What an act reads is read even where it is then refused.
        if after.is_empty() && (at != last || noticed.missing.is_empty()) {
            return Err(*act);
        }
        states = after;
    }
    Ok(())
}

/// What an act depends on.
fn read_by(desk: &Desk<'_>, act: u16, all: &Layout) -> BTreeSet<Thing> {
    let mut things = BTreeSet::new();
    let Some(def) = desk.procedure.acts.get(usize::from(act)) else { return things };
    for condition in desk.file.conditions.iter().filter(|condition| condition.owner.as_ref() == Some(&def.name)) {
        things.extend(of_expr(&condition.expr));
    }
    things.insert((Watch::Done, def.name.clone()));
    things.extend(touched(desk, def));
    things.retain(|(watch, name)| all.place(*watch, name).is_some());
    things
}

fn of_expr(expr: &Expr) -> BTreeSet<Thing> {
    let mut things = BTreeSet::new();
    expr.visit(&mut |part| {
        let thing = match part {
            Expr::Fact(field) | Expr::Given(field) => (Watch::Field, field),
            Expr::Done(act) | Expr::Times(act) | Expr::OpenItems(act) => (Watch::Done, act),
            Expr::Raised(mark) => (Watch::Mark, mark),
            _ => return,
        };
        things.insert((thing.0, thing.1.clone()));
    });
    things
}

/// What an act changes, and what seats and clocks decide on it.
fn touched(desk: &Desk<'_>, def: &ActDef) -> BTreeSet<Thing> {
    let mut things: BTreeSet<Thing> = BTreeSet::new();
    let mut add = |watch: Watch, names: &[Name]| things.extend(names.iter().map(|name| (watch, name.clone())));
    add(Watch::Done, std::slice::from_ref(&def.name));
    add(Watch::Mark, &def.raises);
    add(Watch::Mark, &def.settles);
    add(Watch::Slot, &def.releases);
    def.assigns.iter().for_each(|assigns| add(Watch::Slot, std::slice::from_ref(&assigns.slot)));
    for names in [&def.stops, &def.deducts, &def.resumes, &def.restarts] {
        add(Watch::Limit, names);
    }
    for field in def.fields() {
        add(Watch::Field, std::slice::from_ref(&field.name));
        field.may_follow.iter().for_each(|mark| add(Watch::Mark, std::slice::from_ref(mark)));
    }
    for limit in &desk.procedure.limits {
        let expires = limit.expiry == kernel::procedure::Expiry::Act(def.name.clone());
        let extends = def.extends.iter().any(|extend| extend.limit == limit.name);
        if expires || extends {
            add(Watch::Limit, std::slice::from_ref(&limit.name));
        }
    }
    things
}

/// What is watched, parted.
fn parts(desk: &Desk<'_>, all: &Layout) -> Vec<BTreeSet<Thing>> {
    let mut parts: Vec<BTreeSet<Thing>> = Vec::new();
    let mut join = |mut things: BTreeSet<Thing>| {
        things.retain(|(watch, name)| all.place(*watch, name).is_some());
        if things.is_empty() {
            return;
        }
        let mut apart = Vec::new();
        for part in parts.drain(..) {
            if part.is_disjoint(&things) {
                apart.push(part);
            } else {
                things.extend(part);
            }
        }
        apart.push(things);
        parts = apart;
    };
    all.all().for_each(|(watch, name)| join([(watch, name.clone())].into()));
    for condition in desk.file.conditions.iter().filter(|found| !matches!(found.role, Role::Matter | Role::Screening)) {
        let mut conjuncts = Vec::new();
        split(&condition.expr, &mut conjuncts);
        conjuncts.into_iter().for_each(|expr| join(of_expr(expr)));
    }
    for def in &desk.procedure.acts {
        let mut things = touched(desk, def);
        // An act that clears away several requests at once does not tie them together.
        if def.settles.len() > 1 || matches!(def.to, Target::Stage(_)) {
            things.retain(|(watch, name)| *watch != Watch::Mark || !def.settles.contains(name));
        }
        join(things);
    }
    for def in &desk.procedure.acts {
        let keys = def.computes.iter().flat_map(|compute| {
            let factor = compute.factor.as_ref().and_then(|factor| factor.key.clone());
            let keys = compute.base.key.clone().into_iter().chain(factor).map(|key| (Watch::Field, key));
            keys.chain(std::iter::once((Watch::Done, compute.governed_by.clone())))
        });
        join(keys.collect());
    }
    parts
}

/// The parts of a condition that must all hold.
fn split<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match expr {
        Expr::And(left, right) => {
            split(left, parts);
            split(right, parts);
        }
        _ => parts.push(expr),
    }
}
