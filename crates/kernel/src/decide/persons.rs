//! Who may: the stage, the seat, separation, two persons, recusal.

use super::{Refusal, Request};
use crate::matter::Matter;
use crate::names::{OfficeId, PersonId};
use crate::procedure::{ActDef, ActKind, Procedure, SeatPlace};
use crate::value::{Facts, Value};
use crate::world::{Actor, Place, World};

pub(super) fn check_stage(
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
    request: &Request<'_>,
) -> Result<(), Refusal> {
    let on = request.moment.on();
    match matter {
        None if def.kind != ActKind::Open => Err(Refusal::UnknownAct(def.name.clone())),
        None => {
            let in_force = procedure.in_force_from <= on && procedure.in_force_until.is_none_or(|until| on < until);
            if in_force { Ok(()) } else { Err(Refusal::NotInForce(on)) }
        }
        Some(matter) if def.within.contains(&matter.stage) => Ok(()),
        Some(matter) => Err(Refusal::NotInStage { act: def.name.clone(), stage: matter.stage.clone() }),
    }
}

pub(super) fn check_seat(
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
    actor: &Actor,
    world: &World<'_>,
) -> Result<(), Refusal> {
    if !def.by.contains(&actor.seat) {
        return Err(Refusal::NotYourSeat { act: def.name.clone(), seat: actor.seat.clone() });
    }
    let not_yours = || Refusal::NotYourMatter { seat: actor.seat.clone() };
    let seat = procedure.seat(&actor.seat).ok_or_else(not_yours)?;
    let office = |wanted: Option<&OfficeId>| wanted.is_some() && actor.office.as_ref() == wanted;
    let holds_it = match (&seat.place, matter) {
        (SeatPlace::Owner, Some(matter)) => office(Some(&matter.owner)),
        (SeatPlace::AboveOwner, Some(matter)) => {
            office(world.place.office(&matter.owner).and_then(|owner| owner.parent.as_ref()))
        }
        (place @ SeatPlace::OfficeOf { .. }, Some(matter)) => office(partner(world.place, place, matter)),
        (SeatPlace::Owner | SeatPlace::AboveOwner | SeatPlace::OfficeOf { .. }, None) | (SeatPlace::Anywhere, _) => {
            actor.office.is_some()
        }
        (SeatPlace::Slot(slot), Some(matter)) => {
            matter.slots.get(slot).is_some_and(|seated| seated.entry == actor.person.as_str())
        }
        (SeatPlace::Slot(_), None) => false,
        (SeatPlace::Opener, Some(matter)) => matter.opener.person == actor.person,
        // A party is shown by receipt or phone code; the clock by who calls.
        (SeatPlace::Opener, None) | (SeatPlace::Party | SeatPlace::System, _) => true,
    };
    if holds_it { Ok(()) } else { Err(not_yours()) }
}

/// The office beside the owner in which a seat is held: the one a field names, or else the one that is responsible for
/// the area of the owner. `None` for seats that are held elsewhere.
pub fn partner<'p>(place: &'p Place, seat: &SeatPlace, matter: &Matter) -> Option<&'p OfficeId> {
    let SeatPlace::OfficeOf { kind, level, by_field } = seat else { return None };
    let named = by_field.as_ref().and_then(|field| matter.facts.get(field)).and_then(Value::as_text);
    let named = named.and_then(|id| place.office(&OfficeId::from(id))).filter(|office| &office.kind == kind);
    let nearest = || place.competent(kind, *level, &place.office(&matter.owner)?.area);
    named.or_else(nearest).map(|office| &office.id)
}

/// Once, apart from others, by two, and not by anybody recused.
pub(super) fn check_history(
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
    request: &Request<'_>,
) -> Result<(), Refusal> {
    let second = match &def.with {
        None => None,
        Some(field) => {
            let named = request.facts.get(field).and_then(Value::as_text).map(PersonId::from);
            Some(named.filter(|second| *second != request.actor.person).ok_or(Refusal::NeedsTwo(def.name.clone()))?)
        }
    };
    let Some(matter) = matter else { return Ok(()) };
    if def.once && matter.has_done(&def.name) {
        return Err(Refusal::OnlyOnce(def.name.clone()));
    }
    for person in std::iter::once(&request.actor.person).chain(&second) {
        if matter.is_recused(procedure, person) {
            return Err(Refusal::Recused);
        }
        if let Some(done) = matter.was_done_by(procedure, &def.apart_from, person) {
            return Err(Refusal::NotApart(done.act.name.clone()));
        }
    }
    check_item(procedure, def, matter, request.facts)
}

/// What is answered stands open.
fn check_item(procedure: &Procedure, def: &ActDef, matter: &Matter, facts: &Facts) -> Result<(), Refusal> {
    let Some(answers) = &def.answers else { return Ok(()) };
    let wanted = facts.get(&answers.item);
    let mut open = matter.open_items(procedure, &answers.act);
    if open.any(|done| wanted == Some(&Value::Int(i64::from(done.version)))) {
        Ok(())
    } else {
        Err(Refusal::NoSuchItem(answers.act.clone()))
    }
}
