//! Money that was worked out from dated rates and approved: slips, for totals.
//!
//! A slip is the paper of a decision that must be taken by somebody else than who worked the
//! amount out; the law file says which acts these are. Amounts are read from the acts, never
//! computed again.

use crate::bureau::Bureau;
use crate::load::{self, LoadError, Loaded};
use crate::registers::RegisterError;
use crate::wording::{Wording, named_in};
use jiff::civil::Date;
use kernel::money::Fen;
use kernel::names::{MatterId, Name, OfficeId};
use kernel::procedure::{ActKind, Compute, Procedure, SeatPlace};
use kernel::value::Value;
use std::collections::BTreeSet;
use store::{PaperView, StorageError};

/// One approved amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The matter.
    pub matter: MatterId,
    /// Its number.
    pub matter_number: Option<String>,
    /// The paper.
    pub paper: Name,
    /// The act that issued it.
    pub version: u32,
    /// Its number.
    pub number: Option<String>,
    /// The day of approval.
    pub on: Date,
    /// What the amount is: 补贴金额.
    pub title: String,
    /// The facts that keyed the rates, in words: 民事, 优.
    pub kinds: Vec<String>,
    /// To whom it is paid.
    pub person: String,
    /// How much.
    pub amount: Fen,
    /// The rates read when it was worked out.
    pub rates: Vec<String>,
}

/// Why slips cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum MoneyError {
    /// A matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Slips of the matters of these offices approved from a day on and before another, oldest first.
///
/// # Errors
/// [`MoneyError`] says what cannot be read.
pub fn slips(bureau: &Bureau, offices: &[OfficeId], from: Date, until: Date) -> Result<Vec<Slip>, MoneyError> {
    let papers: BTreeSet<&Name> =
        bureau.law.procedures.iter().flat_map(|procedure| slip_papers(procedure)).map(|(paper, _)| paper).collect();
    let mut found = Vec::new();
    for paper in papers {
        for row in bureau.store.papers_issued(paper.as_str(), &from.to_string(), &until.to_string())? {
            let loaded = load::load(bureau, &MatterId::new(row.matter.as_str()))?;
            if offices.contains(&loaded.matter.owner) && !row.voided {
                found.extend(slip(bureau, &loaded, &row)?);
            }
        }
    }
    found.sort_by(|a, b| (a.on, &a.matter, a.version).cmp(&(b.on, &b.matter, b.version)));
    Ok(found)
}

/// Papers of decisions kept apart from an act that works money out.
fn slip_papers(procedure: &Procedure) -> impl Iterator<Item = (&Name, &Compute)> {
    let computing = procedure.acts.iter().flat_map(|act| act.computes.iter().map(move |compute| (&act.name, compute)));
    computing.flat_map(move |(name, compute)| {
        let deciding =
            procedure.acts.iter().filter(move |act| act.kind == ActKind::Decide && act.apart_from.contains(name));
        deciding.flat_map(|act| &act.papers).map(move |paper| (paper, compute))
    })
}

fn slip(bureau: &Bureau, loaded: &Loaded, row: &PaperView) -> Result<Option<Slip>, MoneyError> {
    let procedure = &loaded.procedure;
    let Some((paper, compute)) = slip_papers(procedure).find(|(paper, _)| paper.as_str() == row.paper) else {
        return Ok(None);
    };
    // What was approved is what had been worked out last before the approval.
    let before = loaded.matter.history.iter().rev().filter(|done| done.version <= row.version);
    let worked_out = before.into_iter().find_map(|done| match done.act.computed.get(&compute.field) {
        Some(Value::Fen(fen)) => Some((done, Fen(*fen))),
        _ => None,
    });
    let (Some((done, amount)), Ok(on)) = (worked_out, row.issued_on.parse::<Date>()) else { return Ok(None) };
    let wording = Wording::new(bureau, procedure, &named_in(procedure, &loaded.matter), on)?;
    let keys =
        [Some(&compute.base), compute.factor.as_ref()].into_iter().flatten().filter_map(|read| read.key.as_ref());
    let kinds = keys.filter_map(|key| {
        let kind = procedure.field(key).map(|field| &field.kind);
        loaded.matter.facts.get(key).map(|value| wording.value(kind, value))
    });
    let readers = procedure.paper(paper).map(|def| def.readers.as_slice()).unwrap_or_default();
    let slot = readers.iter().find_map(|seat| match &procedure.seat(seat)?.place {
        SeatPlace::Slot(slot) => Some(slot),
        _ => None,
    });
    let person = slot.and_then(|slot| loaded.matter.slots.get(slot)).map(|seated| wording.member_name(&seated.entry));
    Ok(Some(Slip {
        matter: loaded.matter.id.clone(),
        matter_number: loaded.matter.number.clone(),
        paper: paper.clone(),
        version: row.version,
        number: row.number.clone(),
        on,
        title: compute.title.clone(),
        kinds: kinds.collect(),
        person: person.unwrap_or_default(),
        amount,
        rates: done.act.pins.rates.iter().map(|(rate, value)| format!("{rate} = {value}")).collect(),
    }))
}
