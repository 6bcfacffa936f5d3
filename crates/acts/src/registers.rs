//! Registers of persons who can be assigned: entries with a beginning, an author and a past.
//!
//! An entry is amended by an act of its own in the ledger; the register of any past day can be read.
//!
//! INVARIANT: an assignment of the past is not touched by a later change of the register.

use crate::bureau::Bureau;
use crate::policy::HeldPost;
use crate::side;
use jiff::civil::Date;
use kernel::assignment::Candidate;
use kernel::decide::normalised;
use kernel::matter::{Act, Matter};
use kernel::names::{Name, PersonId};
use kernel::procedure::ActDef;
use kernel::value::Facts;
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{AppendError, AssignmentRow, RegisterEntry, RegisterRow, StorageError};

/// A person of a register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Entry; also the account of the person.
    pub id: String,
    /// 姓名.
    pub name: String,
    /// 执业机构.
    pub firm: String,
    /// 执业证号.
    pub licence: String,
    /// 电话.
    pub phone: String,
    /// 业务专长.
    pub fields: Vec<String>,
    /// First day of practice.
    pub practising_since: Option<Date>,
    /// Declared former clients: names or codes of persons they acted for.
    pub acted_for: Vec<String>,
    /// 休假: from, until (both included).
    pub leave: Vec<(Date, Date)>,
    /// 简介, shown to whoever chooses.
    pub about: String,
}

/// Why a register cannot be read or amended.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// An entry that is not of its form.
    #[error("entry `{entry}` of register `{register}` is not readable")]
    Unreadable {
        /// The register.
        register: String,
        /// The entry.
        entry: String,
    },
    /// The author may not.
    #[error("the author may not keep this register")]
    Forbidden,
}

/// The members of a register on a day.
///
/// # Errors
/// [`RegisterError::Unreadable`] names an entry that is not of its form.
pub fn members(bureau: &Bureau, register: &Name, on: Date) -> Result<Vec<Member>, RegisterError> {
    let rows = bureau.store.register_as_of(register.as_str(), &on.to_string())?;
    rows.iter().map(|row| read(register, row)).collect()
}

fn read(register: &Name, row: &RegisterEntry) -> Result<Member, RegisterError> {
    let unreadable = || RegisterError::Unreadable { register: register.to_string(), entry: row.entry.clone() };
    Member::from_json(&row.entry, &row.body).ok_or_else(unreadable)
}

/// Names by entry, over every register of every procedure, on a day.
///
/// # Errors
/// As [`members`].
pub fn names(bureau: &Bureau, on: Date) -> Result<BTreeMap<String, String>, RegisterError> {
    let registers: BTreeSet<&Name> =
        bureau.law.procedures.iter().flat_map(|procedure| crate::wording::registers_of(procedure)).collect();
    let mut names = BTreeMap::new();
    for register in registers {
        names.extend(members(bureau, register, on)?.into_iter().map(|member| (member.id, member.name)));
    }
    Ok(names)
}

/// The member of that entry on a day.
///
/// # Errors
/// As [`members`].
pub fn member(bureau: &Bureau, register: &Name, entry: &str, on: Date) -> Result<Option<Member>, RegisterError> {
    let row = bureau.store.register_entry(register.as_str(), entry, &on.to_string())?;
    row.as_ref().map(|row| read(register, row)).transpose()
}

/// Amends a register: one act, one entry in its own chain, one dated value.
///
/// # Errors
/// [`RegisterError::Forbidden`] for whoever has not the duty.
pub fn amend(
    bureau: &Bureau,
    now: Moment,
    author: &PersonId,
    posts: &[HeldPost],
    register: &Name,
    member: &Member,
    from: Date,
) -> Result<(), RegisterError> {
    if !bureau.policy.has_duty(author, posts, crate::policy::Duty::KeepRegisters) {
        return Err(RegisterError::Forbidden);
    }
    record(bureau, now, author, register, member, from)
}

/// Writes an entry without asking who: first start and import only.
///
/// # Errors
/// What the store says.
pub fn record(
    bureau: &Bureau,
    now: Moment,
    author: &PersonId,
    register: &Name,
    member: &Member,
    from: Date,
) -> Result<(), RegisterError> {
    let stream = store::MatterId(format!("register/{register}"));
    let mut body = Map::new();
    body.insert("act".into(), json!("amend-register"));
    body.insert("author".into(), json!(author.as_str()));
    body.insert("entry".into(), json!(member.id));
    body.insert("from".into(), json!(from.to_string()));
    let value = member.to_json();
    let row = RegisterRow {
        register: register.to_string(),
        entry: member.id.clone(),
        from_on: from.to_string(),
        until_on: None,
        body: value.to_string(),
        author: author.to_string(),
        matter: Some(stream.clone()),
    };
    side::append(bureau, now, &stream, body, &value, vec![row])?;
    Ok(())
}

/// The candidates an act's assignment may read.
///
/// # Errors
/// As [`members`].
pub fn candidates(
    bureau: &Bureau,
    def: &ActDef,
    matter: Option<&Matter>,
    stated: &Facts,
    on: Date,
) -> Result<BTreeMap<Name, Vec<Candidate>>, RegisterError> {
    let Some(assigns) = &def.assigns else { return Ok(BTreeMap::new()) };
    let opponents = assigns
        .conflict_fields
        .iter()
        .filter_map(|field| stated.get(field).or_else(|| matter?.facts.get(field))?.as_text().map(normalised));
    let opponents: Vec<String> = opponents.collect();
    let registers: BTreeSet<&Name> =
        [Some(&assigns.register), assigns.firms_register.as_ref()].into_iter().flatten().collect();
    let mut found = BTreeMap::new();
    for register in registers {
        found.insert(register.clone(), of_register(bureau, register, &opponents, on)?);
    }
    Ok(found)
}

fn of_register(
    bureau: &Bureau,
    register: &Name,
    opponents: &[String],
    on: Date,
) -> Result<Vec<Candidate>, RegisterError> {
    let loads = bureau.store.assignment_load(register.as_str())?;
    let loads: BTreeMap<&str, &store::AssignmentLoad> = loads.iter().map(|load| (load.entry.as_str(), load)).collect();
    // Whom they acted for in this very system: known by person, not by name.
    let mut acted_here: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for opponent in opponents {
        let person = bureau.keys.person_of(opponent);
        for entry in bureau.store.entries_that_acted_for(register.as_str(), &person)? {
            acted_here.entry(entry).or_default().insert(opponent.clone());
        }
    }
    let members = members(bureau, register, on)?;
    let candidate = |member: Member| {
        let load = loads.get(member.id.as_str());
        let mut acted_for: BTreeSet<String> = member.acted_for.iter().map(|client| normalised(client)).collect();
        acted_for.extend(acted_here.remove(&member.id).unwrap_or_default());
        Candidate {
            load: load.map_or(0, |load| u32::try_from(load.active).unwrap_or(u32::MAX)),
            turns: load.map_or(0, |load| u32::try_from(load.turns).unwrap_or(u32::MAX)),
            last_turn: load.map(|load| load.last_turn).filter(|turn| *turn > 0),
            on_leave: member.is_on_leave(on),
            practising_since: member.practising_since,
            acted_for,
            fields: member.fields.into_iter().collect(),
            id: member.id,
            name: member.name,
            firm: member.firm,
        }
    };
    Ok(members.into_iter().map(candidate).collect())
}

/// The rows by which an act burdens register entries.
pub fn assignment_rows(act: &Act, matter: &store::MatterId) -> Vec<AssignmentRow> {
    let row = |seated: &kernel::matter::Seated| AssignmentRow {
        register: seated.register.to_string(),
        entry: seated.entry.clone(),
        matter: matter.clone(),
        by_rota: seated.rank.is_none(),
    };
    act.slots.values().map(row).collect()
}

impl Member {
    /// Whether they are away on a day.
    pub fn is_on_leave(&self, on: Date) -> bool {
        self.leave.iter().any(|(from, until)| *from <= on && on <= *until)
    }

    /// The value as it is kept.
    pub fn to_json(&self) -> Json {
        let leave: Vec<Json> =
            self.leave.iter().map(|(from, until)| json!([from.to_string(), until.to_string()])).collect();
        json!({ "name": self.name, "firm": self.firm, "licence": self.licence, "phone": self.phone,
                "fields": self.fields, "practising_since": self.practising_since.map(|day| day.to_string()),
                "acted_for": self.acted_for, "leave": leave, "about": self.about })
    }

    /// Reads the value back.
    pub fn from_json(id: &str, body: &str) -> Option<Member> {
        let json: Json = serde_json::from_str(body).ok()?;
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned).unwrap_or_default();
        let texts = |key: &str| -> Vec<String> {
            json.get(key)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect()
        };
        let leave = json.get("leave").and_then(Json::as_array).into_iter().flatten().map(|span| {
            let day = |at: usize| span.get(at)?.as_str()?.parse::<Date>().ok();
            Some((day(0)?, day(1)?))
        });
        Some(Member {
            id: id.to_owned(),
            name: json.get("name")?.as_str()?.to_owned(),
            firm: text("firm"),
            licence: text("licence"),
            phone: text("phone"),
            fields: texts("fields"),
            practising_since: json.get("practising_since").and_then(Json::as_str).and_then(|day| day.parse().ok()),
            acted_for: texts("acted_for"),
            leave: leave.collect::<Option<_>>()?,
            about: text("about"),
        })
    }
}
