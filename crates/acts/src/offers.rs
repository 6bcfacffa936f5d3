//! What the fields of a form offer beside the lists of the law: members of registers, colleagues, acts not yet
//! answered, other matters.
//!
//! INVARIANT: the form shows and the corridor accepts the same offers; both ask here.

use crate::bureau::Bureau;
use crate::people;
use crate::registers::{self, RegisterError};
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::intake::Raw;
use kernel::matter::{Done, Matter};
use kernel::names::{Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, Field, FieldKind, Procedure};
use kernel::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::MatterRow;

/// Longest piece of a statement shown as the name of an item, in characters.
const ITEM_CHARS: usize = 30;

/// What another matter is called whose file is sealed by law.
const SEALED: &str = "依法封存的办件";

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// Who asks, about what.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The act whose form it is.
    pub def: &'a ActDef,
    /// The matter, none for opening acts.
    pub matter: Option<&'a Matter>,
    /// Who fills in the form.
    pub person: Option<&'a PersonId>,
    /// Their office.
    pub office: Option<&'a OfficeId>,
    /// What was typed so far: another matter is offered once its number is typed.
    pub raw: &'a Raw,
}

/// What can be chosen: by register for rankings, by field for everything else.
pub type Offers = BTreeMap<Name, Vec<Offer>>;

/// The offers of a form on a day.
///
/// # Errors
/// What the store says, or an entry of a register that is not of its form.
pub fn offers(bureau: &Bureau, asking: Asking<'_>, on: Date) -> Result<Offers, RegisterError> {
    let mut offers = Offers::new();
    for field in asking.def.fields() {
        if let FieldKind::Ranking { register, .. } = &field.kind {
            offers.insert(register.clone(), members(bureau, asking, field, register, on)?);
        } else if let Some((key, found)) = of_field(bureau, asking, field, on)? {
            offers.insert(key.clone(), found);
        }
    }
    Ok(offers)
}

/// The offers of a field that is no ranking, where it has any.
fn of_field<'f>(
    bureau: &Bureau,
    asking: Asking<'_>,
    field: &'f Field,
    on: Date,
) -> Result<Option<(&'f Name, Vec<Offer>)>, RegisterError> {
    Ok(match &field.kind {
        FieldKind::Colleague { seat } => Some((&field.name, colleagues(bureau, asking, seat, on)?)),
        FieldKind::Item { act } => Some((&field.name, items(asking, act))),
        FieldKind::Matter { procedure } => {
            Some((&field.name, matter(bureau, procedure, typed(asking, field).next().map(str::trim))?))
        }
        _ => None,
    })
}

/// What was typed, as far as it may be chosen; intake checks against this. Of a register only the entries named are
/// read, whoever is on leave among them.
///
/// # Errors
/// As [`offers`].
pub fn known(bureau: &Bureau, asking: Asking<'_>, on: Date) -> Result<BTreeMap<Name, BTreeSet<String>>, RegisterError> {
    let mut known: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for field in asking.def.fields() {
        if let FieldKind::Ranking { register, max } = &field.kind {
            let known = known.entry(register.clone()).or_default();
            let typed = typed(asking, field).map(str::trim).filter(|text| !text.is_empty());
            // More than may be ranked is refused whoever they are.
            for entry in typed.take(usize::try_from(*max).unwrap_or(usize::MAX)) {
                if registers::member(bureau, register, entry, on)?.is_some() {
                    known.insert(entry.to_owned());
                }
            }
        } else if let Some((key, found)) = of_field(bureau, asking, field, on)? {
            known.insert(key.clone(), found.into_iter().map(|offer| offer.value).collect());
        }
    }
    Ok(known)
}

fn typed<'a>(asking: Asking<'a>, field: &Field) -> impl Iterator<Item = &'a str> {
    asking.raw.texts.get(field.name.as_str()).into_iter().flatten().map(String::as_str)
}

/// The members of a register; nobody on leave, unless they were chosen before.
fn members(
    bureau: &Bureau,
    asking: Asking<'_>,
    field: &Field,
    register: &Name,
    on: Date,
) -> Result<Vec<Offer>, RegisterError> {
    let mut members = registers::members(bureau, register, on)?;
    members.retain(|member| !member.is_on_leave(on) || typed(asking, field).any(|text| text == member.id));
    let offer = |member: registers::Member| {
        let known = [member.firm, member.fields.join("、")];
        let known: Vec<String> = known.into_iter().filter(|part| !part.is_empty()).collect();
        Offer { value: member.id, label: format!("{}（{}）", member.name, known.join("，")) }
    };
    Ok(members.into_iter().map(offer).collect())
}

fn colleagues(bureau: &Bureau, asking: Asking<'_>, seat: &Name, on: Date) -> Result<Vec<Offer>, RegisterError> {
    let Some(office) = asking.office else { return Ok(Vec::new()) };
    let holders = bureau.store.holders_on(office.as_str(), seat.as_str(), &on.to_string())?;
    let others = holders.into_iter().filter(|post| asking.person.is_none_or(|own| own.as_str() != post.account));
    others
        .map(|post| {
            let name = people::person(bureau, &post.account, on)?.map(|person| person.name);
            Ok(Offer { label: name.unwrap_or_else(|| post.account.clone()), value: post.account })
        })
        .collect()
}

fn items(asking: Asking<'_>, act: &Name) -> Vec<Offer> {
    let open = asking.matter.into_iter().flat_map(|matter| matter.open_items(asking.procedure, act));
    open.map(|done| Offer { value: done.version.to_string(), label: item_label(asking.procedure, done) }).collect()
}

/// An earlier act in a line: its day and the beginning of what was stated.
pub fn item_label(procedure: &Procedure, done: &Done) -> String {
    let fields = procedure.act(&done.act.name).into_iter().flat_map(ActDef::fields);
    let words = fields
        .filter(|field| field.veiled_from.is_empty() && field.personal.is_none())
        .filter(|field| matches!(field.kind, FieldKind::Text { .. } | FieldKind::Long { .. }))
        .filter_map(|field| done.facts.get(&field.name).and_then(Value::as_text));
    let mut said: String = words.collect::<Vec<_>>().join("；");
    if let Some((end, _)) = said.char_indices().nth(ITEM_CHARS) {
        said.truncate(end);
        said.push('…');
    }
    format!("第{}项（{}）{said}", done.version, zh_date(done.act.moment.on()))
}

fn matter(bureau: &Bureau, procedure: &Name, number: Option<&str>) -> Result<Vec<Offer>, RegisterError> {
    let Some(number) = number.filter(|number| !number.is_empty()) else { return Ok(Vec::new()) };
    let found = bureau.store.find_by_number(number)?.filter(|row| row.procedure == procedure.as_str());
    // A number links to a sealed file; what it is about is for those who may read it.
    let label = |row: MatterRow| if row.sealed { SEALED.to_owned() } else { row.title };
    Ok(found.map(|row| Offer { value: number.to_owned(), label: label(row) }).into_iter().collect())
}
