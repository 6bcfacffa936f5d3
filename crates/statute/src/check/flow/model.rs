//! The procedure as a machine: what is watched, and for every act what it needs and what it changes.
//!
//! A place is watched only if something reads it; in a stage from which nothing that reads it can be reached any more,
//! it is forgotten, so that states which can no longer differ count once.
//!
//! INVARIANT: forgetting never merges two states that a later act could tell apart.

use kernel::names::Name;
use kernel::procedure::{
    ActDef, ActKind, Amount, Anchor, Binds, Expiry, Field, FieldKind, Limit, Procedure, SeatPlace, Target,
};

use super::condition::Cond;
use super::state::{Bits, Given, Layout, Place, Watch};
use crate::check::Desk;
use crate::index::Role;

/// A procedure ready to be explored.
pub(super) struct Model<'a> {
    pub desk: &'a Desk<'a>,
    pub layout: &'a Layout,
    pub steps: Vec<Step<'a>>,
    /// The steps that may be taken in each stage; in stage 0 those that open.
    pub placed: Vec<Vec<usize>>,
    /// What can still matter in each stage.
    pub live: Vec<Bits>,
    pub clocks: Vec<Clocked<'a>>,
}

/// An act with its places looked up.
pub(super) struct Step<'a> {
    pub def: &'a ActDef,
    pub to: Option<u16>,
    pub done: Option<Place>,
    /// Who can be there to do it: one of these, where there is any such need.
    pub seats: Vec<(&'a Name, Seated)>,
    pub form: Vec<Asked>,
    pub guards: Vec<(usize, Cond)>,
    pub inside: Vec<(usize, Cond)>,
    pub keys: Vec<(Place, &'a Name, &'a Name, &'static str)>,
    pub governed: Vec<(Place, &'a Name, &'a Name)>,
    pub gives: Vec<Place>,
    pub superseded: Vec<Place>,
    pub flags: Vec<(Place, bool)>,
    pub effects: Vec<Effect>,
}

/// Whether somebody sits in a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seated {
    Always,
    /// When this place is set.
    If(Place),
    Never,
}

/// A field of a form.
pub(super) struct Asked {
    pub place: Option<Place>,
    pub when: Option<(usize, Cond)>,
    pub answered: Given,
    /// The mark raised when it is handed in later.
    pub follow: Option<Name>,
}

/// A limit, and where it stands in a state if something depends on its running.
pub(super) struct Clocked<'a> {
    pub limit: &'a Limit,
    pub place: Option<Place>,
    /// By stage: whether it runs through it, whether the stage is closed, whether an act can meet it there, whether an
    /// act that stops it leads there.
    pub spans: Vec<bool>,
    pub closed: Vec<bool>,
    pub meetable: Vec<bool>,
    pub stopped_in: Vec<bool>,
}

/// What an act does to a clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Effect {
    pub starts: bool,
    pub stops: bool,
    pub resumes: bool,
    pub restarts: bool,
    pub extends: bool,
    pub ends: bool,
    pub expires: bool,
}

impl<'a> Model<'a> {
    /// Looks everything up that the layout watches.
    pub(super) fn of(desk: &'a Desk<'a>, layout: &'a Layout) -> Model<'a> {
        let procedure = desk.procedure;
        let clocks = clocks(procedure, layout);
        let steps: Vec<Step<'a>> = procedure.acts.iter().map(|def| step(desk, def, layout, &clocks)).collect();
        let placed = placed(procedure);
        let mut model = Model { desk, steps, placed, live: Vec::new(), clocks, layout };
        model.live = model.living();
        model
    }

    /// How many stages there are, the one before the opening included.
    pub(super) fn stages(&self) -> usize {
        self.desk.procedure.stages.len() + 1
    }

    pub(super) fn is_closed(&self, stage: u16) -> bool {
        self.stage(stage).is_some_and(|stage| stage.closed)
    }

    /// The stage of a number.
    pub(super) fn stage(&self, stage: u16) -> Option<&'a kernel::procedure::Stage> {
        self.desk.procedure.stages.get(usize::from(stage).checked_sub(1)?)
    }

    /// What can still be read from each stage on, before it is stated anew.
    fn living(&self) -> Vec<Bits> {
        let mut live = vec![Bits::default(); self.stages()];
        loop {
            let before = live.clone();
            for (stage, placed) in self.placed.iter().enumerate() {
                for step in placed.iter().filter_map(|step| self.steps.get(*step)) {
                    let to = step.to.map_or(stage, usize::from);
                    let mut needed = before.get(to).copied().unwrap_or_default();
                    needed.remove(&self.stated_by(step));
                    self.read_by(step, &mut needed);
                    if let Some(here) = live.get_mut(stage) {
                        here.union(&needed);
                    }
                }
            }
            if live == before {
                return live;
            }
        }
    }

    /// What an act states, whatever stood there before.
    fn stated_by(&self, step: &Step<'_>) -> Bits {
        let (layout, mut bits) = (self.layout, Bits::default());
        let asked = step.form.iter().filter(|asked| asked.when.is_none() && asked.answered == Given::Yes);
        let fields = asked.filter_map(|asked| asked.place).chain(step.gives.iter().chain(&step.superseded).copied());
        fields.for_each(|place| bits.union(&layout.bits(Watch::Field, place)));
        let flags = step.flags.iter().map(|(place, _)| *place).chain(step.done);
        flags.for_each(|place| bits.union(&layout.bits(Watch::Done, place)));
        for (clock, effect) in self.clocks.iter().zip(&step.effects) {
            if let Some(place) = clock.place.filter(|_| effect.starts) {
                bits.union(&layout.bits(Watch::Limit, place));
            }
        }
        bits
    }

    /// What an act reads.
    fn read_by(&self, step: &Step<'_>, bits: &mut Bits) {
        let layout = self.layout;
        let one = |place: Place| layout.bits(Watch::Done, place);
        let field = |place: Place| layout.bits(Watch::Field, place);
        if step.def.once
            && let Some(done) = step.done
        {
            bits.union(&one(done));
        }
        for (_, seated) in &step.seats {
            if let Seated::If(place) = seated {
                bits.union(&one(*place));
            }
        }
        let whens = step.form.iter().filter_map(|asked| asked.when.as_ref());
        for (_, cond) in whens.chain(&step.guards).chain(&step.inside) {
            cond.reads(layout, bits);
        }
        for limit in &self.desk.procedure.limits {
            let before = match &limit.binds {
                Binds::Before { field } if limit.met_by.contains(&step.def.name) => Some(field),
                _ => None,
            };
            let long = match (&limit.amount, &limit.from) {
                (Amount::Field(field), Anchor::Acts(acts)) if acts.contains(&step.def.name) => Some(field),
                _ => None,
            };
            let places = before.into_iter().chain(long).filter_map(|name| layout.place(Watch::Field, name));
            places.for_each(|place| bits.union(&field(place)));
        }
        step.keys.iter().for_each(|(place, ..)| bits.union(&field(*place)));
        step.governed.iter().for_each(|(place, ..)| bits.union(&one(*place)));
        for (clock, effect) in self.clocks.iter().zip(&step.effects) {
            let Some(place) = clock.place.filter(|_| effect.extends || effect.expires) else { continue };
            bits.union(&layout.bits(Watch::Limit, place));
        }
    }
}

/// The number of a stage.
pub(super) fn number(procedure: &Procedure, stage: &Name) -> Option<u16> {
    let at = procedure.stages.iter().position(|known| &known.name == stage)?;
    u16::try_from(at + 1).ok()
}

fn clocks<'a>(procedure: &'a Procedure, layout: &Layout) -> Vec<Clocked<'a>> {
    let by_stage = |holds: &dyn Fn(&Name) -> bool| -> Vec<bool> {
        std::iter::once(false).chain(procedure.stages.iter().map(|stage| holds(&stage.name))).collect()
    };
    let clock = |limit: &'a Limit| {
        let stops = |act: &ActDef| act.stops.contains(&limit.name) || act.deducts.contains(&limit.name);
        Clocked {
            limit,
            place: layout.place(Watch::Limit, &limit.name),
            spans: by_stage(&|stage| limit.spans.contains(stage)),
            closed: by_stage(&|stage| procedure.stage(stage).is_some_and(|stage| stage.closed)),
            meetable: by_stage(&|stage| {
                let met = limit.met_by.iter().filter_map(|act| procedure.act(act));
                met.into_iter().any(|act| act.within.contains(stage))
            }),
            stopped_in: by_stage(&|stage| {
                let leads = |act: &ActDef| match &act.to {
                    Target::Stay => act.within.contains(stage),
                    Target::Stage(to) => to == stage,
                };
                procedure.acts.iter().any(|act| stops(act) && leads(act))
            }),
        }
    };
    procedure.limits.iter().map(clock).collect()
}

fn placed(procedure: &Procedure) -> Vec<Vec<usize>> {
    let acts = || procedure.acts.iter().enumerate();
    let opens = acts().filter(|(_, act)| act.kind == ActKind::Open).map(|(at, _)| at).collect();
    let of = |stage: &kernel::procedure::Stage| {
        let here = acts().filter(|(_, act)| act.kind != ActKind::Open && act.within.contains(&stage.name));
        here.map(|(at, _)| at).collect()
    };
    std::iter::once(opens).chain(procedure.stages.iter().map(of)).collect()
}

fn step<'a>(desk: &Desk<'a>, def: &'a ActDef, layout: &Layout, clocks: &[Clocked<'a>]) -> Step<'a> {
    let procedure = desk.procedure;
    let field = |name: &Name| layout.place(Watch::Field, name);
    let own = || desk.file.conditions.iter().enumerate().filter(|(_, found)| found.owner.as_ref() == Some(&def.name));
    let inside = own().filter(|(_, found)| found.role == Role::Inside);
    let guards = def.guards.iter().map(|guard| {
        let written = own().find(|(_, found)| found.role == Role::Guard && found.expr == guard.when);
        (written.map_or(usize::MAX, |(at, _)| at), Cond::of(&guard.when, layout))
    });
    let keys = def.computes.iter().flat_map(|compute| {
        let factor = compute.factor.as_ref().and_then(|factor| factor.key.as_ref());
        let keys = [("base-key", compute.base.key.as_ref()), ("factor-key", factor)];
        keys.into_iter().filter_map(move |(prop, key)| Some((key?, &compute.field, prop)))
    });
    let governed = def.computes.iter().map(|compute| (&compute.governed_by, &compute.field));
    Step {
        def,
        to: match &def.to {
            Target::Stage(stage) => number(procedure, stage),
            Target::Stay => None,
        },
        done: layout.place(Watch::Done, &def.name),
        seats: def.by.iter().map(|seat| (seat, seated(procedure, seat, layout))).collect(),
        form: form(desk, def, layout),
        guards: guards.collect(),
        inside: inside.map(|(at, found)| (at, Cond::of(&found.expr, layout))).collect(),
        keys: keys.filter_map(|(key, of, prop)| Some((field(key)?, key, of, prop))).collect(),
        governed: governed.filter_map(|(act, of)| Some((layout.place(Watch::Done, act)?, act, of))).collect(),
        gives: def.computes.iter().filter_map(|compute| field(&compute.field)).collect(),
        superseded: superseded(procedure, def, layout),
        flags: flags(procedure, def, layout),
        effects: clocks.iter().map(|clock| effect(def, clock.limit)).collect(),
    }
}

fn seated(procedure: &Procedure, seat: &Name, layout: &Layout) -> Seated {
    let if_watched = |watch, name: &Name| layout.place(watch, name).map_or(Seated::Always, Seated::If);
    match procedure.seat(seat).map(|seat| &seat.place) {
        Some(SeatPlace::Slot(slot)) => {
            let filled = |act: &ActDef| act.assigns.as_ref().is_some_and(|assigns| &assigns.slot == slot);
            if procedure.acts.iter().any(filled) { if_watched(Watch::Slot, slot) } else { Seated::Never }
        }
        Some(SeatPlace::Opener) => if_watched(Watch::Opener, seat),
        _ => Seated::Always,
    }
}

fn form(desk: &Desk<'_>, def: &ActDef, layout: &Layout) -> Vec<Asked> {
    let promised = |field: &Field| def.fields().any(|other| other.or_promise.as_ref() == Some(&field.name));
    let asked = |field: &Field| {
        let written = desk.file.conditions.iter().position(|found| {
            found.owner.as_ref() == Some(&def.name) && found.role == Role::FieldWhen(field.name.clone())
        });
        Asked {
            place: layout.place(Watch::Field, &field.name),
            when: field.when.as_ref().map(|when| (written.unwrap_or(usize::MAX), Cond::of(when, layout))),
            answered: if promised(field) { Given::Perhaps } else { answered(field) },
            follow: field.may_follow.clone(),
        }
    };
    let asked = def.fields().map(asked);
    asked.filter(|asked| asked.place.is_some() || asked.when.is_some() || asked.follow.is_some()).collect()
}

/// Whether a field that is asked is answered by everybody.
pub(super) fn answered(field: &Field) -> Given {
    let always =
        field.or_promise.is_none() && field.may_follow.is_none() && (field.required || field.kind == FieldKind::Bool);
    if always { Given::Yes } else { Given::Perhaps }
}

/// Facts of other proposals on the same question: a new one replaces what they stated.
fn superseded(procedure: &Procedure, def: &ActDef, layout: &Layout) -> Vec<Place> {
    if def.kind != ActKind::Propose {
        return Vec::new();
    }
    let rivals = procedure.acts.iter().filter(|other| other.kind == ActKind::Propose && other.to == def.to);
    let names = rivals.flat_map(|other| {
        let computed = other.computes.iter().map(|compute| &compute.field);
        other.fields().map(|field| &field.name).chain(computed)
    });
    names.filter_map(|name| layout.place(Watch::Field, name)).collect()
}

/// Marks, slots and openers that an act sets or clears, in this order.
fn flags(procedure: &Procedure, def: &ActDef, layout: &Layout) -> Vec<(Place, bool)> {
    let of = |watch, names: &[Name], on| -> Vec<(Place, bool)> {
        names.iter().filter_map(|name| Some((layout.place(watch, name)?, on))).collect()
    };
    let mut flags = of(Watch::Slot, &def.releases, false);
    let slot: Vec<Name> = def.assigns.iter().map(|assigns| assigns.slot.clone()).collect();
    flags.extend(of(Watch::Slot, &slot, true));
    flags.extend(of(Watch::Mark, &def.raises, true));
    flags.extend(of(Watch::Mark, &def.settles, false));
    if def.kind == ActKind::Open {
        let openers: Vec<Name> = def
            .by
            .iter()
            .filter(|seat| procedure.seat(seat).is_some_and(|seat| seat.place == SeatPlace::Opener))
            .cloned()
            .collect();
        flags.extend(of(Watch::Opener, &openers, true));
    }
    flags
}

fn effect(def: &ActDef, limit: &Limit) -> Effect {
    let states = |field: &Name| def.fields().any(|own| &own.name == field);
    let starts = match (&limit.binds, &limit.from) {
        (Binds::Before { field }, _) | (_, Anchor::Field(field)) => states(field),
        (_, Anchor::Acts(acts)) => acts.contains(&def.name),
    };
    let is_settled = limit.while_raised.as_ref().is_some_and(|mark| def.settles.contains(mark));
    let is_held = matches!(&limit.binds, Binds::AtLeast { holds, .. } if holds.contains(&def.name));
    Effect {
        starts,
        stops: def.stops.contains(&limit.name) || def.deducts.contains(&limit.name),
        resumes: def.resumes.contains(&limit.name),
        restarts: def.restarts.contains(&limit.name),
        extends: def.extends.iter().any(|extend| extend.limit == limit.name),
        ends: limit.met_by.contains(&def.name) || is_settled || is_held || (starts && is_measured(limit)),
        expires: limit.expiry == Expiry::Act(def.name.clone()),
    }
}

/// It does not run on: the act that states its starting day meets it.
fn is_measured(limit: &Limit) -> bool {
    matches!(limit.from, Anchor::Field(_))
        && limit.spans.is_empty()
        && limit.while_raised.is_none()
        && limit.met_by.is_empty()
}
