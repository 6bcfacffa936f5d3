//! The decision: may this act happen now, and what follows.
//!
//! The order of the questions is fixed, so that the answer to "why not" is always the first that
//! a person can do something about: stage, seat, separation, conditions, competence, assignment,
//! rates. Policy (who holds which post) is asked before this, elsewhere.
//!
//! INVARIANT: an [`Outcome`] is returned only for a transition the procedure declares.

use crate::assignment::{self, AssignedBy, Assignment, AssignmentRule, NoOneLeft};
use crate::guard::{GuardError, Operand, Scope, holds};
use crate::matter::{Act, Issued, Matter, Pins, Seated};
use crate::money::{Factor, Fen};
use crate::names::{Name, OfficeId, PersonId};
use crate::procedure::{
    ActDef, ActKind, Assigns, Citation, Compute, DossierItem, DossierSource, Guard, NumberSeries, Procedure, RateRead,
    SeatPlace, Target,
};
use crate::value::{Facts, Value};
use crate::world::{Actor, Moment, RateInForce, World};
use jiff::civil::Date;
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

/// Why it may not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The procedure has no such act.
    #[error("no act `{0}` is declared")]
    UnknownAct(Name),
    /// Not on this day: the edition is not in force.
    #[error("the edition is not in force on {0}")]
    NotInForce(Date),
    /// Not in this stage.
    #[error("`{act}` is not declared in stage `{stage}`")]
    NotInStage {
        /// The act.
        act: Name,
        /// Where the matter is.
        stage: Name,
    },
    /// The actor's seat may not do it.
    #[error("seat `{seat}` may not do `{act}`")]
    NotYourSeat {
        /// The act.
        act: Name,
        /// The seat.
        seat: Name,
    },
    /// The seat is held by somebody else, or in another office.
    #[error("seat `{seat}` of this matter is not the actor's")]
    NotYourMatter {
        /// The seat.
        seat: Name,
    },
    /// It was done, and may be done once.
    #[error("`{0}` was already done")]
    OnlyOnce(Name),
    /// The same person did what must be kept apart.
    #[error("the actor already did `{0}` on this matter")]
    NotApart(Name),
    /// A condition does not hold.
    #[error("condition not met")]
    Condition {
        /// What the law file says to that.
        otherwise: String,
        /// Its basis.
        cite: Option<Citation>,
    },
    /// A condition reads what is not there.
    #[error(transparent)]
    Unreadable(#[from] GuardError),
    /// No office is competent.
    #[error("no office of kind `{kind}` is competent for region `{region}`")]
    NoOffice {
        /// Kind of office.
        kind: String,
        /// The region.
        region: String,
    },
    /// Nobody can be assigned.
    #[error("nobody in the register can be assigned")]
    NoOneLeft(NoOneLeft),
    /// The case file lacks something.
    #[error("the case file lacks {}", .0.join(", "))]
    Incomplete(Vec<String>),
    /// No such number, or it is void already.
    #[error("no paper of this matter has number `{0}`, or it is void already")]
    NoSuchNumber(String),
    /// The governing act has not been done, so no rate is in force.
    #[error("`{0}` has not been done, so the day that governs the rate is not known")]
    NoGoverningDay(Name),
    /// The amount cannot be written.
    #[error("the amount is out of range")]
    AmountOutOfRange,
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
    check_history(def, matter, request.actor)?;
    let reads = Reads { procedure, matter, request, world, read: RefCell::default() };
    check_guards(def, &reads)?;
    if def.needs_dossier {
        check_dossier(procedure, def, &reads)?;
    }
    let voided =
        def.voids.as_ref().map(|field| voided_paper(def.reissues, field, matter, request.facts)).transpose()?;
    let reissued: BTreeMap<Name, u32> =
        voided.iter().filter(|_| def.reissues).map(|issued| (issued.paper.clone(), issued.content_of)).collect();
    let papers: Vec<Name> = def.papers.iter().chain(reissued.keys()).cloned().collect();
    let owner = owner_after(procedure, def, matter, &reads)?;
    let slots = match &def.assigns {
        Some(assigns) => BTreeMap::from([(assigns.slot.clone(), seat_somebody(assigns, &reads)?)]),
        None => BTreeMap::new(),
    };
    let computed = def.computes.iter().map(|compute| work_out(compute, &reads)).collect::<Result<Facts, _>>()?;
    let to = match (&def.to, matter) {
        (Target::Stage(stage), _) => stage.clone(),
        (Target::Stay, Some(matter)) => matter.stage.clone(),
        (Target::Stay, None) => return Err(Refusal::UnknownAct(def.name.clone())),
    };
    let act = Act {
        name: def.name.clone(),
        procedure: procedure.id.clone(),
        edition: procedure.edition,
        moment: request.moment,
        actor: request.actor.clone(),
        owner,
        parties: request.parties.clone(),
        channel: request.channel.map(str::to_owned),
        to,
        slots,
        released: def.releases.clone(),
        computed,
        papers,
        numbers: BTreeMap::new(),
        voids: voided.filter(|issued| !issued.voided).and_then(|issued| issued.number.clone()),
        reissued,
        raises: def.raises.clone(),
        settles: def.settles.clone(),
        pins: Pins {
            calendar: world.calendar.version().to_owned(),
            rates: reads.read.into_inner(),
            program: request.program.to_owned(),
        },
    };
    Ok(Outcome { draws: draws(procedure, def, &act.papers), act })
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

/// One place of the case file as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierState {
    /// What it is called.
    pub title: String,
    /// 必须, as things stand.
    pub must: bool,
    /// Something is there.
    pub there: bool,
}

/// The case file as it stands, in the order of the law file.
///
/// # Errors
/// [`GuardError`] when a condition reads what is not there.
pub fn dossier(
    procedure: &Procedure,
    matter: &Matter,
    world: &World<'_>,
    on: Date,
) -> Result<Vec<DossierState>, GuardError> {
    let nothing = Facts::new();
    let scope = MatterScope { procedure, read: None, matter: Some(matter), stated: &nothing, world, on };
    dossier_states(procedure, matter, &[], &scope)
}

fn check_stage(
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

fn check_seat(
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
        (SeatPlace::Owner | SeatPlace::AboveOwner, None) | (SeatPlace::Anywhere, _) => actor.office.is_some(),
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

fn check_history(def: &ActDef, matter: Option<&Matter>, actor: &Actor) -> Result<(), Refusal> {
    let Some(matter) = matter else { return Ok(()) };
    if def.once && matter.has_done(&def.name) {
        return Err(Refusal::OnlyOnce(def.name.clone()));
    }
    match matter.was_done_by(&def.apart_from, &actor.person) {
        Some(done) => Err(Refusal::NotApart(done.act.name.clone())),
        None => Ok(()),
    }
}

/// Everything an act reads, and a note of the rates it read.
struct Reads<'a> {
    procedure: &'a Procedure,
    matter: Option<&'a Matter>,
    request: &'a Request<'a>,
    world: &'a World<'a>,
    read: RefCell<BTreeMap<String, String>>,
}

impl Reads<'_> {
    fn scope(&self) -> MatterScope<'_> {
        let on = self.request.moment.on();
        MatterScope {
            procedure: self.procedure,
            read: Some(&self.read),
            matter: self.matter,
            stated: self.request.facts,
            world: self.world,
            on,
        }
    }

    fn fact(&self, field: &Name) -> Option<&Value> {
        self.request.facts.get(field).or_else(|| self.matter?.facts.get(field))
    }

    /// Reads a rate and notes which value.
    fn rate(&self, read: &RateRead, on: Date) -> Result<i64, Refusal> {
        let key = match &read.key {
            None => None,
            Some(field) => {
                let value = self.fact(field).and_then(Value::as_text);
                Some(value.ok_or_else(|| GuardError::NotCollected(field.clone()))?)
            }
        };
        let found = self.world.place.rate(&read.rate, key, on)?;
        note(&self.read, &read.rate, key, &found);
        Ok(found.value)
    }
}

/// Notes a rate as read, for the pins.
fn note(read: &RefCell<BTreeMap<String, String>>, rate: &Name, key: Option<&str>, found: &RateInForce) {
    let name = key.map_or_else(|| rate.to_string(), |key| format!("{rate}/{key}"));
    read.borrow_mut().insert(name, format!("{}@{}", found.value, found.from));
}

/// What conditions read: the matter, and what is stated now.
struct MatterScope<'a> {
    procedure: &'a Procedure,
    /// Where rates are noted; nowhere when nothing is decided.
    read: Option<&'a RefCell<BTreeMap<String, String>>>,
    matter: Option<&'a Matter>,
    stated: &'a Facts,
    world: &'a World<'a>,
    on: Date,
}

impl Scope for MatterScope<'_> {
    fn fact(&self, field: &Name) -> Option<Operand> {
        let known = || self.matter.filter(|matter| !is_superseded(self.procedure, matter, field))?.facts.get(field);
        Operand::of(self.stated.get(field).or_else(known)?)
    }

    fn done(&self, act: &Name) -> bool {
        self.matter.is_some_and(|matter| matter.has_done(act))
    }

    fn raised(&self, mark: &Name) -> bool {
        self.matter.is_some_and(|matter| matter.raised.contains_key(mark))
    }

    fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError> {
        let found = self.world.place.rate(rate, key, self.on)?;
        if let Some(read) = self.read {
            note(read, rate, key, &found);
        }
        Ok(found.value)
    }
}

/// Whether a fact was stated in a proposal that another proposal on the same question has replaced since: what was
/// proposed then is not what is to be decided now.
fn is_superseded(procedure: &Procedure, matter: &Matter, field: &Name) -> bool {
    let proposal = |name: &Name| procedure.act(name).filter(|def| def.kind == ActKind::Propose);
    let Some(version) = matter.stated_by.get(field) else { return false };
    let stated = matter.history.iter().find(|done| done.version == *version);
    let Some(stated) = stated.and_then(|done| proposal(&done.act.name)) else { return false };
    let later = matter.history.iter().filter(|done| done.version > *version);
    later.filter_map(|done| proposal(&done.act.name)).any(|def| def.to == stated.to)
}

fn check_guards(def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
    for guard in &def.guards {
        if !holds(&guard.when, &reads.scope())? {
            return Err(Refusal::Condition { otherwise: guard.otherwise.clone(), cite: guard.cite.clone() });
        }
    }
    Ok(())
}

fn check_dossier(procedure: &Procedure, def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
    let Some(matter) = reads.matter else { return Ok(()) };
    let states = dossier_states(procedure, matter, &def.papers, &reads.scope())?;
    let gaps: Vec<String> =
        states.into_iter().filter(|state| state.must && !state.there).map(|state| state.title).collect();
    if gaps.is_empty() { Ok(()) } else { Err(Refusal::Incomplete(gaps)) }
}

fn dossier_states(
    procedure: &Procedure,
    matter: &Matter,
    issuing: &[Name],
    scope: &MatterScope<'_>,
) -> Result<Vec<DossierState>, GuardError> {
    let state = |item: &DossierItem| {
        let must = item.always || item.must.as_ref().map(|must| holds(must, scope)).transpose()?.unwrap_or(false);
        let there = match &item.source {
            DossierSource::Paper(paper) => {
                issuing.contains(paper) || matter.papers.iter().any(|issued| &issued.paper == paper && !issued.voided)
            }
            DossierSource::Field(field) => matter.facts.contains_key(field) || scope.stated.contains_key(field),
            DossierSource::Records { acts, .. } => acts.iter().any(|act| matter.has_done(act)),
        };
        Ok(DossierState { title: item.title.clone(), must, there })
    };
    procedure.dossier.iter().map(state).collect()
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
    let region = reads.fact(&rule.by_field).and_then(Value::as_text);
    let region = region.ok_or_else(|| GuardError::NotCollected(rule.by_field.clone()))?;
    let office = reads.world.place.competent(&rule.office_kind, region);
    let office =
        office.ok_or_else(|| Refusal::NoOffice { kind: rule.office_kind.clone(), region: region.to_owned() })?;
    Ok(office.id.clone())
}

fn seat_somebody(assigns: &Assigns, reads: &Reads<'_>) -> Result<Seated, Refusal> {
    let on = reads.request.moment.on();
    let texts = |field: &Name| match reads.fact(field) {
        Some(Value::Choices(names)) => names.clone(),
        Some(Value::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    let wishes = assigns.wishes.as_ref().map(texts).unwrap_or_default();
    let consents = match &assigns.consent {
        Some(field) => reads.fact(field) == Some(&Value::Bool(true)),
        None => true,
    };
    let cap =
        assigns.cap.as_ref().map(|rate| reads.rate(&RateRead { rate: rate.clone(), key: None }, on)).transpose()?;
    let min_years = match &assigns.min_years {
        Some(min) if holds(&min.when, &reads.scope())? => Some(min.years),
        _ => None,
    };
    let rule = AssignmentRule {
        cap: cap.and_then(|cap| u32::try_from(cap).ok()),
        min_years,
        opponents: assigns.conflict_fields.iter().flat_map(texts).map(|text| normalised(&text)).collect(),
        excluded: excluded(assigns, reads),
        today: on,
        rota_allowed: wishes.is_empty() || consents,
    };
    let candidates = reads.world.candidates.get(&assigns.register).map(Vec::as_slice).unwrap_or_default();
    let assignment = assignment::assign(&wishes, candidates, &rule).map_err(Refusal::NoOneLeft)?;
    Ok(seated(assigns, assignment))
}

/// An identity as it is compared: without spaces, upper case.
pub fn normalised(identity: &str) -> String {
    identity.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

fn excluded(assigns: &Assigns, reads: &Reads<'_>) -> BTreeSet<String> {
    let held = |slots: &[Name]| -> BTreeSet<String> {
        let held = reads.matter.map(|matter| &matter.held);
        slots.iter().filter_map(|slot| held?.get(slot)).flatten().cloned().collect()
    };
    let mut excluded = held(&assigns.not_from_slots);
    let from_firms_of = held(&assigns.not_from_firms_of);
    let entries = |register: &Name| reads.world.candidates.get(register).into_iter().flatten();
    let firms: BTreeSet<&str> = entries(assigns.firms_register.as_ref().unwrap_or(&assigns.register))
        .filter(|candidate| from_firms_of.contains(&candidate.id))
        .map(|candidate| candidate.firm.as_str())
        .collect();
    excluded.extend(
        entries(&assigns.register)
            .filter(|candidate| firms.contains(candidate.firm.as_str()))
            .map(|candidate| candidate.id.clone()),
    );
    excluded
}

fn seated(assigns: &Assigns, assignment: Assignment) -> Seated {
    let rank = match assignment.by {
        AssignedBy::Choice { rank } => Some(rank),
        AssignedBy::Rota { .. } => None,
    };
    let skipped = assignment.skipped.iter().map(|skip| (skip.id.clone(), skip.why.zh())).collect();
    Seated { register: assigns.register.clone(), entry: assignment.chosen, rank, skipped }
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
