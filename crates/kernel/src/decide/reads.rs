//! What a decision reads: the matter, what is stated now, rates of the day; and a note of the rates it read.

use super::{Refusal, Request};
use crate::guard::{GuardError, Operand, Scope};
use crate::matter::Matter;
use crate::names::Name;
use crate::procedure::{ActKind, Procedure, RateRead};
use crate::value::{Facts, Value};
use crate::world::{RateInForce, World};
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Everything an act reads, and a note of the rates it read.
pub(super) struct Reads<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) matter: Option<&'a Matter>,
    pub(super) request: &'a Request<'a>,
    pub(super) world: &'a World<'a>,
    pub(super) read: RefCell<BTreeMap<String, String>>,
}

impl Reads<'_> {
    pub(super) fn scope(&self) -> MatterScope<'_> {
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

    pub(super) fn fact(&self, field: &Name) -> Option<&Value> {
        self.request.facts.get(field).or_else(|| self.matter?.facts.get(field))
    }

    /// Reads a rate and notes which value.
    pub(super) fn rate(&self, read: &RateRead, on: Date) -> Result<i64, Refusal> {
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
pub(super) struct MatterScope<'a> {
    pub(super) procedure: &'a Procedure,
    /// Where rates are noted; nowhere when nothing is decided.
    pub(super) read: Option<&'a RefCell<BTreeMap<String, String>>>,
    pub(super) matter: Option<&'a Matter>,
    pub(super) stated: &'a Facts,
    pub(super) world: &'a World<'a>,
    pub(super) on: Date,
}

impl Scope for MatterScope<'_> {
    fn today(&self) -> Date {
        self.on
    }

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

    fn open_items(&self, act: &Name) -> i64 {
        let open = self.matter.map_or(0, |matter| matter.open_items(self.procedure, act).count());
        i64::try_from(open).unwrap_or(i64::MAX)
    }

    fn times(&self, act: &Name) -> i64 {
        let times = self.matter.map_or(0, |matter| matter.history.iter().filter(|done| &done.act.name == act).count());
        i64::try_from(times).unwrap_or(i64::MAX)
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
