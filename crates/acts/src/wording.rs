//! Values, seats and limits in the words of the procedure, for pages and papers alike.

use crate::bureau::Bureau;
use crate::registers::{self, RegisterError};
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::matter::Matter;
use kernel::money::Fen;
use kernel::names::{Name, reserved};
use kernel::procedure::{Expiry, FieldKind, Limit, Procedure, SeatPlace};
use kernel::value::{Facts, Value};
use kernel::world::Actor;
use std::collections::{BTreeMap, BTreeSet};

/// Words for one procedure on one day.
#[derive(Debug, Clone)]
pub struct Wording<'a> {
    bureau: &'a Bureau,
    procedure: &'a Procedure,
    members: BTreeMap<String, String>,
}

impl std::fmt::Debug for Bureau {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bureau").field("realm", &self.store.realm()).finish_non_exhaustive()
    }
}

impl<'a> Wording<'a> {
    /// Gathers what is needed: the procedure's own titles, and the names of the register entries that will be named.
    ///
    /// # Errors
    /// [`RegisterError`] when one of the entries cannot be read.
    pub fn new(
        bureau: &'a Bureau,
        procedure: &'a Procedure,
        entries: &BTreeSet<&str>,
        on: Date,
    ) -> Result<Wording<'a>, RegisterError> {
        let mut members = BTreeMap::new();
        for register in registers_of(procedure) {
            for entry in entries {
                let found = registers::member(bureau, register, entry, on)?;
                members.extend(found.map(|member| (member.id, member.name)));
            }
        }
        Ok(Wording { bureau, procedure, members })
    }

    /// The title of a seat.
    pub fn seat(&self, seat: &Name) -> String {
        let title = self.procedure.seat(seat).map(|seat| seat.title.as_str());
        title.or_else(|| kernel::system::seat_title(seat)).unwrap_or(seat.as_str()).to_owned()
    }

    /// The title of an act, of the law file or of the system.
    pub fn act(&self, act: &Name) -> String {
        let title = self.procedure.act(act).map(|def| def.title.as_str());
        title.or_else(|| kernel::system::title(act)).unwrap_or(act.as_str()).to_owned()
    }

    /// The title of the seat that a slot stands for.
    pub fn slot(&self, slot: &Name) -> String {
        let seat = self.procedure.seats.iter().find(|seat| seat.place == SeatPlace::Slot(slot.clone()));
        seat.map_or_else(|| slot.to_string(), |seat| seat.title.clone())
    }

    /// The title of a channel.
    pub fn channel(&self, channel: &str) -> String {
        let list = self.procedure.choice_list(&Name::from(reserved::CHANNELS));
        list.and_then(|list| list.title_of(channel)).unwrap_or(channel).to_owned()
    }

    /// The name behind a register entry.
    pub fn member_name(&self, entry: &str) -> String {
        self.members.get(entry).cloned().unwrap_or_else(|| entry.to_owned())
    }

    /// The title of a fact that is worked out.
    pub fn computed_title(&self, field: &Name) -> Option<String> {
        let mut computes = self.procedure.acts.iter().flat_map(|act| &act.computes);
        computes.find(|compute| &compute.field == field).map(|compute| compute.title.clone())
    }

    /// What happens when a limit ends.
    pub fn at_end(&self, limit: &Limit) -> String {
        let post = limit.post.as_ref().map(|post| format!("期满前交邮的不算过期（{}）。", post.cite));
        let end = match &limit.expiry {
            Expiry::Act(act) => {
                let title = self.procedure.act(act).map_or_else(|| act.to_string(), |act| act.title.clone());
                format!("到期没有完成的，{title}。")
            }
            Expiry::Alarm => "到期没有完成的，办件亮红灯，列入超期清单。".to_owned(),
        };
        end + &post.unwrap_or_default()
    }

    /// A value in words, in clear.
    pub fn value(&self, kind: Option<&FieldKind>, value: &Value) -> String {
        match (kind, value) {
            (Some(FieldKind::Choice { list }), Value::Text(name)) => self.choice(list, name),
            (Some(FieldKind::Choices { list }), Value::Choices(names)) => {
                names.iter().map(|name| self.choice(list, name)).collect::<Vec<_>>().join("、")
            }
            (Some(FieldKind::Ranking { .. }), Value::Choices(entries)) => {
                let ranked = entries.iter().enumerate();
                ranked
                    .map(|(at, entry)| format!("{}. {}", at + 1, self.member_name(entry)))
                    .collect::<Vec<_>>()
                    .join("　")
            }
            (Some(FieldKind::Region), Value::Text(code)) => self.region(code),
            (Some(FieldKind::Office { .. }), Value::Text(id)) => {
                let office = self.bureau.law.place.office(&id.as_str().into());
                office.map_or_else(|| id.clone(), |office| office.name.clone())
            }
            (Some(FieldKind::Promise { .. }), Value::Bool(true)) => "已承诺".to_owned(),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Fen(fen)) => format!("{}元", Fen(*fen).grouped()),
            (_, Value::Int(number)) => number.to_string(),
            (_, Value::Date(date)) => zh_date(*date),
            (_, Value::Time(time)) => {
                format!("{}{:02}:{:02}", zh_date(time.date()), time.hour(), time.minute())
            }
            (_, Value::Bool(flag)) => if *flag { "是" } else { "否" }.to_owned(),
            (_, Value::Choices(names)) => names.join("、"),
            (_, Value::Files(files)) => files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、"),
        }
    }

    fn choice(&self, list: &Name, name: &str) -> String {
        let list = self.procedure.choice_list(list);
        list.and_then(|list| list.title_of(name)).unwrap_or(name).to_owned()
    }

    /// A region with those above it inside the city.
    pub fn region(&self, code: &str) -> String {
        let regions = &self.bureau.law.place.regions;
        let own = regions.get(code).cloned().unwrap_or_else(|| code.to_owned());
        let county = code.get(..6).map(|county| format!("{county}000000"));
        match county.filter(|county| county != code).and_then(|county| regions.get(&county)) {
            Some(county) => format!("{county}{own}"),
            None => own,
        }
    }
}

/// The register entries a matter names: who sits or sat in its slots, who acted there, who was wished for. Those
/// that were passed over are not among them (see [`passed_over`]).
pub fn named_in<'m>(procedure: &Procedure, matter: &'m Matter) -> BTreeSet<&'m str> {
    let is_seated =
        |actor: &Actor| procedure.seat(&actor.seat).is_some_and(|seat| matches!(seat.place, SeatPlace::Slot(_)));
    let acted = matter.history.iter().map(|done| &done.act.actor).filter(|actor| is_seated(actor));
    let acted = acted.map(|actor| actor.person.as_str());
    let assigned = matter.history.iter().flat_map(|done| done.act.slots.values()).chain(matter.slots.values());
    let assigned = assigned.map(|seated| seated.entry.as_str());
    let stated = matter.history.iter().map(|done| &done.facts).chain([&matter.facts]);
    let wished = stated.flat_map(|facts| wished_for(procedure, facts));
    acted.chain(assigned).chain(wished).collect()
}

/// Everybody who acted in a matter.
pub fn actors(matter: &Matter) -> impl Iterator<Item = &str> {
    matter.history.iter().map(|done| done.act.actor.person.as_str())
}

/// The register entries that assignments of a matter passed over.
pub fn passed_over(matter: &Matter) -> impl Iterator<Item = &str> {
    let assigned = matter.history.iter().flat_map(|done| done.act.slots.values());
    assigned.flat_map(|seated| &seated.skipped).map(|(entry, _)| entry.as_str())
}

/// The register entries ranked in what was stated.
pub fn wished_for<'f>(procedure: &Procedure, facts: &'f Facts) -> impl Iterator<Item = &'f str> {
    let ranked =
        |field: &Name| procedure.field(field).is_some_and(|field| matches!(field.kind, FieldKind::Ranking { .. }));
    let lists = facts.iter().filter_map(move |(field, value)| match value {
        Value::Choices(entries) if ranked(field) => Some(entries),
        _ => None,
    });
    lists.flatten().map(String::as_str)
}

/// The registers a procedure takes persons from.
pub fn registers_of(procedure: &Procedure) -> impl Iterator<Item = &Name> {
    let assigned = procedure.acts.iter().filter_map(|act| Some(&act.assigns.as_ref()?.register));
    let registers: BTreeSet<&Name> = assigned.collect();
    registers.into_iter()
}
