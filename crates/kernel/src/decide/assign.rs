//! Who is put into a slot, by the rule the act declares.

use super::Refusal;
use super::reads::Reads;
use crate::assignment::{self, AssignedBy, Assignment, AssignmentRule};
use crate::guard::holds;
use crate::matter::Seated;
use crate::names::Name;
use crate::procedure::{Assigns, RateRead};
use crate::value::Value;
use std::collections::BTreeSet;

pub(super) fn seat_somebody(assigns: &Assigns, reads: &Reads<'_>) -> Result<Seated, Refusal> {
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
