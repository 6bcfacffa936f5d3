//! The decision: may this act happen now, and what follows.
//!
//! The order of the questions is fixed, so that the answer to "why not" is always the first that
//! a person can do something about: stage, seat, separation, conditions, competence, assignment,
//! rates. Policy (who holds which post) is asked before this, elsewhere.
//!
//! INVARIANT: an [`Outcome`] is returned only for a transition the procedure declares.

mod assign;
mod dossier;
mod persons;
mod reads;
mod refusal;
mod time;

pub use assign::normalised;
pub use dossier::{DossierState, dossier};
pub use persons::partner;
pub use refusal::Refusal;

use crate::guard::{GuardError, holds};
use crate::matter::{Act, Issued, Matter, Pins};
use crate::money::{Factor, Fen};
use crate::names::{Name, OfficeId, PersonId};
use crate::procedure::{ActDef, ActKind, Competence, Compute, Guard, NumberSeries, Procedure, Target};
use crate::value::{Facts, Value};
use crate::world::{Actor, Moment, Office, World};
use jiff::civil::Date;
use persons::{check_history, check_seat, check_stage};
use reads::{MatterScope, Reads};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What somebody wants to do.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The act.
    pub act: &'a Name,
    /// Who.
    pub actor: &'a Actor,
    /// What they stated, already checked.
    pub facts: &'a Facts,
    /// The persons behind the parties; opening acts only.
    pub parties: &'a BTreeMap<Name, PersonId>,
    /// The channel; opening acts only.
    pub channel: Option<&'a str>,
    /// When.
    pub moment: Moment,
    /// Version of the program, for pinning.
    pub program: &'a str,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The act as it will stand in the ledger, numbers still to be drawn.
    pub act: Act,
    /// The numbers to draw: slot and series.
    pub draws: Vec<(String, NumberSeries)>,
}

/// Decides. `matter` is `None` for opening acts and only for those.
///
/// # Errors
/// [`Refusal`] says the first reason why not.
pub fn decide(
    procedure: &Procedure,
    matter: Option<&Matter>,
    request: &Request<'_>,
    world: &World<'_>,
) -> Result<Outcome, Refusal> {
    let def = procedure.act(request.act).ok_or_else(|| Refusal::UnknownAct(request.act.clone()))?;
    check_stage(procedure, def, matter, request)?;
    check_seat(procedure, def, matter, request.actor, world)?;
    check_history(procedure, def, matter, request)?;
    let reads = Reads { procedure, matter, request, world, read: RefCell::default() };
    time::check_time(def, &reads)?;
    check_guards(def, &reads)?;
    if def.needs_dossier {
        dossier::check_dossier(procedure, def, &reads)?;
    }
    let voided =
        def.voids.as_ref().map(|field| voided_paper(def.reissues, field, matter, request.facts)).transpose()?;
    let reissued: BTreeMap<Name, u32> =
        voided.iter().filter(|_| def.reissues).map(|issued| (issued.paper.clone(), issued.content_of)).collect();
    let papers: Vec<Name> = def.papers.iter().chain(reissued.keys()).cloned().collect();
    let owner = owner_after(procedure, def, matter, &reads)?;
    let slots = match &def.assigns {
        Some(assigns) => BTreeMap::from([(assigns.slot.clone(), assign::seat_somebody(assigns, &reads)?)]),
        None => BTreeMap::new(),
    };
    let computed = def.computes.iter().map(|compute| work_out(compute, &reads)).collect::<Result<Facts, _>>()?;
    let act = Act {
        owner,
        slots,
        released: def.releases.clone(),
        computed,
        voids: voided.filter(|issued| !issued.voided).and_then(|issued| issued.number.clone()),
        reissued,
        raises: def.raises.iter().cloned().chain(to_follow(def, &reads)).collect(),
        settles: def.settles.clone(),
        publishes: def.publishes.clone(),
        unpublishes: def.unpublishes.clone(),
        papers,
        to: stage_after(def, matter)?,
        pins: Pins {
            calendar: world.calendar.version().to_owned(),
            rates: reads.read.borrow().clone(),
            program: request.program.to_owned(),
        },
        ..bare_act(&reads)
    };
    Ok(Outcome { draws: draws(procedure, def, &act.papers), act })
}

fn stage_after(def: &ActDef, matter: Option<&Matter>) -> Result<Name, Refusal> {
    match (&def.to, matter) {
        (Target::Stage(stage), _) => Ok(stage.clone()),
        (Target::Stay, Some(matter)) => Ok(matter.stage.clone()),
        (Target::Stay, None) => Err(Refusal::UnknownAct(def.name.clone())),
    }
}

/// Requests that stay open because what may follow later was not handed in (容缺).
fn to_follow(def: &ActDef, reads: &Reads<'_>) -> Vec<Name> {
    let scope = reads.scope();
    let asked = |when: &Option<crate::guard::Expr>| when.as_ref().is_none_or(|when| holds(when, &scope) == Ok(true));
    let missing = def.fields().filter(|field| !reads.request.facts.contains_key(&field.name) && asked(&field.when));
    missing.filter_map(|field| field.may_follow.clone()).collect()
}

/// Who does what when, before anything follows from it.
fn bare_act(reads: &Reads<'_>) -> Act {
    let request = reads.request;
    Act {
        parties: request.parties.clone(),
        channel: request.channel.map(str::to_owned),
        to: reads.matter.map(|matter| matter.stage.clone()).unwrap_or_default(),
        ..Act::bare(reads.procedure, request.act.clone(), request.moment, request.actor.clone())
    }
}

/// Which acts somebody in these seats could do on the matter now, guards and forms aside.
pub fn available<'p>(
    procedure: &'p Procedure,
    matter: &'p Matter,
    actor: &'p Actor,
    world: &'p World<'p>,
) -> impl Iterator<Item = &'p ActDef> {
    procedure.acts.iter().filter(move |def| {
        def.kind != ActKind::Open
            && def.within.contains(&matter.stage)
            && check_seat(procedure, def, Some(matter), actor, world).is_ok()
            && !(def.once && matter.has_done(&def.name))
    })
}

/// The first condition of an act that cannot hold whatever its form says: none of its own fields is
/// read, and what it does read says no.
pub fn hindered_by<'p>(
    procedure: &'p Procedure,
    def: &'p ActDef,
    matter: &Matter,
    world: &World<'_>,
    on: Date,
) -> Option<&'p Guard> {
    let nothing = Facts::new();
    let scope = MatterScope { procedure, read: None, matter: Some(matter), stated: &nothing, world, on };
    let own: BTreeSet<&Name> = def.fields().map(|field| &field.name).collect();
    def.guards
        .iter()
        .filter(|guard| guard.when.reads().is_disjoint(&own))
        .find(|guard| holds(&guard.when, &scope) == Ok(false))
}

/// The first condition of an act that cannot be read: it asks for a fact the matter does not have and the form of the
/// act does not collect, or for a rate that is not in force. An edition a matter goes over to must be readable.
pub fn unreadable_by<'p>(
    procedure: &'p Procedure,
    def: &'p ActDef,
    matter: &Matter,
    world: &World<'_>,
    on: Date,
) -> Option<(&'p Guard, GuardError)> {
    let nothing = Facts::new();
    let scope = MatterScope { procedure, read: None, matter: Some(matter), stated: &nothing, world, on };
    let own: BTreeSet<&Name> = def.fields().map(|field| &field.name).collect();
    def.guards.iter().find_map(|guard| match holds(&guard.when, &scope) {
        Err(GuardError::NotCollected(field)) if own.contains(&field) => None,
        Err(why) => Some((guard, why)),
        Ok(_) => None,
    })
}

fn check_guards(def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
    for guard in &def.guards {
        if !holds(&guard.when, &reads.scope())? {
            return Err(Refusal::Condition { otherwise: guard.otherwise.clone(), cite: guard.cite.clone() });
        }
    }
    Ok(())
}

/// The paper with that number. One that is void already can still be issued anew, unless that was done.
fn voided_paper<'m>(
    reissues: bool,
    field: &Name,
    matter: Option<&'m Matter>,
    facts: &Facts,
) -> Result<&'m Issued, Refusal> {
    let wanted = facts.get(field).and_then(Value::as_text).unwrap_or_default();
    let papers = matter.map(|matter| matter.papers.as_slice()).unwrap_or_default();
    let replaced = |void: &Issued| {
        let same = |other: &&Issued| other.paper == void.paper && other.content_of == void.content_of;
        papers.iter().filter(same).any(|other| !other.voided)
    };
    let is_it = |issued: &&Issued| {
        issued.number.as_deref() == Some(wanted) && (!issued.voided || reissues && !replaced(issued))
    };
    papers.iter().find(is_it).ok_or_else(|| Refusal::NoSuchNumber(wanted.to_owned()))
}

fn owner_after(
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
    reads: &Reads<'_>,
) -> Result<OfficeId, Refusal> {
    if let Some(matter) = matter.filter(|_| !def.reroutes) {
        return Ok(matter.owner.clone());
    }
    let rule = &procedure.competence;
    let place = reads.world.place;
    let own = reads.request.actor.office.as_ref().and_then(|office| place.office(office));
    let region = match (&rule.by_field, own) {
        (Some(field), _) => {
            let region = reads.fact(field).and_then(Value::as_text);
            region.ok_or_else(|| GuardError::NotCollected(field.clone()))?
        }
        (None, Some(own)) if is_competent_itself(rule, own) => return Ok(own.id.clone()),
        (None, own) => own.map_or(place.code.as_str(), |own| own.area.as_str()),
    };
    let office = place.competent(&rule.office_kind, rule.level, region);
    let office =
        office.ok_or_else(|| Refusal::NoOffice { kind: rule.office_kind.clone(), region: region.to_owned() })?;
    Ok(office.id.clone())
}

fn is_competent_itself(rule: &Competence, own: &Office) -> bool {
    own.kind == rule.office_kind && rule.level.is_none_or(|level| own.level() == Some(level))
}

fn work_out(compute: &Compute, reads: &Reads<'_>) -> Result<(Name, Value), Refusal> {
    let governing = reads.matter.and_then(|matter| matter.last(&compute.governed_by));
    let on = governing.ok_or_else(|| Refusal::NoGoverningDay(compute.governed_by.clone()))?.act.moment.on();
    let base = Fen(reads.rate(&compute.base, on)?);
    let amount = match &compute.factor {
        None => base,
        Some(factor) => base.times_factor(Factor(reads.rate(factor, on)?)).map_err(|_| Refusal::AmountOutOfRange)?,
    };
    Ok((compute.field.clone(), Value::Fen(amount.0)))
}

fn draws(procedure: &Procedure, def: &ActDef, papers: &[Name]) -> Vec<(String, NumberSeries)> {
    let own = (def.kind == ActKind::Open).then(|| ("matter".to_owned(), procedure.number.clone()));
    let papers = papers.iter().filter_map(|name| {
        let series = procedure.paper(name)?.number.clone()?;
        Some((name.to_string(), series))
    });
    own.into_iter().chain(papers).collect()
}

#[cfg(test)]
mod tests;
