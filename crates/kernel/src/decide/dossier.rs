//! The case file: what it must hold, and what is there.

use super::Refusal;
use super::reads::{MatterScope, Reads};
use crate::guard::{GuardError, holds};
use crate::matter::Matter;
use crate::names::Name;
use crate::procedure::{ActDef, DossierItem, DossierSource, Procedure};
use crate::value::Facts;
use crate::world::World;
use jiff::civil::Date;

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

pub(super) fn check_dossier(procedure: &Procedure, def: &ActDef, reads: &Reads<'_>) -> Result<(), Refusal> {
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
