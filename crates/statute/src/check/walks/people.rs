//! The people of a walk: one who usually sits in each seat, and whoever is named instead.

use std::collections::{BTreeMap, BTreeSet};

use kernel::assignment::Candidate;
use kernel::decide::partner;
use kernel::names::{Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, Procedure, SeatPlace};
use kernel::world::{Actor, Office, Place};

use super::Walking;

/// Who does an act. `by` names a person, or the seat from which it is tried.
pub(super) fn actor(walking: &Walking<'_>, def: &ActDef, by: Option<&str>) -> Actor {
    let procedure = walking.procedure;
    let tried = by.and_then(|by| procedure.seat(&Name::new(by)));
    let seat = tried.map_or_else(|| usual_seat(walking, def), |seat| seat.name.clone());
    let person = match by.filter(|_| tried.is_none()) {
        Some(named) => PersonId::new(named),
        None => usual(walking, &seat),
    };
    Actor { person, office: office(walking, &seat), seat }
}

/// The first seat that somebody can be found in.
fn usual_seat(walking: &Walking<'_>, def: &ActDef) -> Name {
    let can_sit = |seat: &&Name| match (walking.procedure.seat(seat).map(|seat| &seat.place), &walking.matter) {
        (Some(SeatPlace::Slot(slot)), Some(matter)) => matter.slots.contains_key(slot),
        (Some(SeatPlace::Opener), Some(matter)) => &&matter.opener.seat == seat,
        (Some(SeatPlace::AboveOwner), Some(_)) => office(walking, seat).is_some(),
        (Some(_), _) => true,
        (None, _) => false,
    };
    def.by.iter().find(can_sit).or(def.by.first()).cloned().unwrap_or_default()
}

fn usual(walking: &Walking<'_>, seat: &Name) -> PersonId {
    let slot = match walking.procedure.seat(seat).map(|seat| &seat.place) {
        Some(SeatPlace::Slot(slot)) => walking.matter.as_ref().and_then(|matter| matter.slots.get(slot)),
        _ => None,
    };
    slot.map_or_else(|| PersonId::new(seat.as_str()), |seated| PersonId::new(&seated.entry))
}

fn office(walking: &Walking<'_>, seat: &Name) -> Option<OfficeId> {
    let place = walking.place;
    let found = walking.procedure.seat(seat).map(|seat| &seat.place);
    match (found?, &walking.matter) {
        (SeatPlace::Slot(_) | SeatPlace::Party | SeatPlace::System, _) => None,
        (SeatPlace::Owner, Some(matter)) => Some(matter.owner.clone()),
        (SeatPlace::AboveOwner, Some(matter)) => place.office(&matter.owner)?.parent.clone(),
        (seated @ SeatPlace::OfficeOf { .. }, Some(matter)) => partner(place, seated, matter).cloned(),
        (SeatPlace::Opener, Some(matter)) => matter.opener.office.clone(),
        (SeatPlace::OfficeOf { kind, .. }, None) => {
            place.offices.iter().find(|office| &office.kind == kind).map(|office| office.id.clone())
        }
        (SeatPlace::Anywhere, Some(_)) | (_, None) => own(walking.procedure, place).map(|office| office.id.clone()),
    }
}

/// An office of the kind that owns such matters, below another where there is one.
pub(super) fn own<'p>(procedure: &Procedure, place: &'p Place) -> Option<&'p Office> {
    let rule = &procedure.competence;
    let fits = |office: &&Office| {
        office.kind == rule.office_kind && rule.level.is_none_or(|level| office.level() == Some(level))
    };
    let below = place.offices.iter().filter(fits).find(|office| office.parent.is_some());
    below.or_else(|| place.offices.iter().find(fits))
}

/// The persons behind the parties.
pub(super) fn parties(procedure: &Procedure) -> BTreeMap<Name, PersonId> {
    let seats = procedure.seats.iter().filter(|seat| seat.place == SeatPlace::Party);
    seats.map(|seat| (seat.name.clone(), PersonId::new(seat.name.as_str()))).collect()
}

/// Three people who can be assigned, where an act assigns somebody.
pub(super) fn candidates(def: &ActDef) -> BTreeMap<Name, Vec<Candidate>> {
    let Some(assigns) = &def.assigns else { return BTreeMap::new() };
    let candidate = |id: &str| Candidate {
        id: format!("{}-{id}", assigns.register),
        name: id.to_owned(),
        firm: format!("firm-{}-{id}", assigns.register),
        load: 0,
        turns: 0,
        last_turn: None,
        on_leave: false,
        practising_since: jiff::civil::Date::new(2000, 1, 1).ok(),
        acted_for: BTreeSet::new(),
        fields: BTreeSet::new(),
    };
    BTreeMap::from([(assigns.register.clone(), ["1", "2", "3"].map(candidate).to_vec())])
}
