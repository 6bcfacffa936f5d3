//! The form of an act in a walk: what is stated, and something ordinary for what must be answered besides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use kernel::intake::{self, Desk, Raw, Reading};
use kernel::ledger::sm3;
use kernel::names::Name;
use kernel::procedure::{ActDef, Field, FieldKind};
use kernel::value::{Facts, FileRef};
use kernel::world::Actor;

use super::{Walking, moment, people};
use crate::book::WalkStep;

/// How far ahead a day lies that something has to be announced for, in days.
const AHEAD_DAYS: i64 = 60;
/// Region, birth and order of a number with a right check digit; a county `00` was never given to anybody.
const RESIDENT_ID: [&str; 3] = ["130600", "19880512", "0017"];
/// A code with a right check character; its region is nowhere.
const CREDIT_CODE: &str = "91990101MA0XEAH17J";

/// Reads the form as intake would.
pub(super) fn read(walking: &Walking<'_>, def: &ActDef, step: &WalkStep, actor: &Actor) -> Result<Reading, String> {
    if let Some((name, _)) = step.with.iter().find(|(name, _)| def.fields().all(|field| &field.name != name)) {
        return Err(format!("“{}”的表单没有字段 `{name}`", def.title));
    }
    let mut raw = Raw::default();
    let mut offers: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for field in def.fields() {
        let stated = step.with.iter().find(|(name, _)| name == &field.name).map(|(_, text)| text.as_str());
        if let FieldKind::Files { media, .. } = &field.kind {
            if stated != Some("none") && (stated.is_some() || field.required && !is_promise_spoken_of(field, step)) {
                raw.files.insert(field.name.to_string(), vec![file(media)]);
            }
            continue;
        }
        let Some(text) = typed(walking, def, field, stated, actor)? else { continue };
        let key = match &field.kind {
            FieldKind::Ranking { register, .. } => register,
            _ => &field.name,
        };
        let several = matches!(field.kind, FieldKind::Ranking { .. } | FieldKind::Choices { .. });
        let texts: Vec<String> = if several { text.split('+').map(str::to_owned).collect() } else { vec![text] };
        offers.entry(key.clone()).or_default().extend(texts.iter().cloned());
        raw.texts.insert(field.name.to_string(), texts);
    }
    let nothing = Facts::new();
    let known = walking.matter.as_ref().map_or(&nothing, |matter| &matter.facts);
    let now = moment(walking.at);
    let desk = Desk { procedure: walking.procedure, place: walking.place, registers: &offers, now };
    Ok(intake::read(def.fields(), known, &raw, &desk))
}

/// The walk says whether there is a promise instead; then it also says whether there is a proof.
fn is_promise_spoken_of(field: &Field, step: &WalkStep) -> bool {
    field.or_promise.as_ref().is_some_and(|promise| step.with.iter().any(|(name, _)| name == promise))
}

fn file(media: &[String]) -> FileRef {
    FileRef {
        id: "file".into(),
        name: "材料.pdf".into(),
        media: media.first().cloned().unwrap_or_default(),
        size_bytes: 1,
        sm3: sm3(b"file"),
        key: String::new(),
    }
}

/// What is typed into a field; nothing where it may stay empty.
fn typed(
    walking: &Walking<'_>,
    def: &ActDef,
    field: &Field,
    stated: Option<&str>,
    actor: &Actor,
) -> Result<Option<String>, String> {
    let Some(text) = stated else { return Ok(ordinary(walking, def, field, actor)) };
    Ok(match &field.kind {
        FieldKind::Bool | FieldKind::Promise { .. } => match text {
            "true" => Some("yes".to_owned()),
            "false" => None,
            _ => return Err(format!("`{}` 应当是 true 或者 false", field.name)),
        },
        FieldKind::Money => {
            let fen: i64 = text.parse().map_err(|_| format!("`{}` 应当是以分为单位的整数", field.name))?;
            Some(format!("{}.{:02}", fen / 100, fen % 100))
        }
        _ => Some(text.to_owned()),
    })
}

fn ordinary(walking: &Walking<'_>, def: &ActDef, field: &Field, actor: &Actor) -> Option<String> {
    match &field.kind {
        FieldKind::Bool => {
            walking.book.is_confirmed(walking.procedure, &def.name, &field.name).then(|| "yes".to_owned())
        }
        _ if !field.required => None,
        FieldKind::Text { max_chars } | FieldKind::Long { max_chars } => {
            Some("某某".chars().take(usize::try_from(*max_chars).unwrap_or(2)).collect())
        }
        FieldKind::Money => Some("0".to_owned()),
        FieldKind::Number { min, .. } => Some(min.to_string()),
        FieldKind::Date { .. } => {
            let ahead = if walking.procedure.is_announced(&field.name) { AHEAD_DAYS } else { 0 };
            walking.at.date().checked_add(ahead.days()).ok().map(|day| day.to_string())
        }
        FieldKind::Time => Some(walking.at.to_string()),
        FieldKind::Choice { list } | FieldKind::Choices { list } => {
            walking.procedure.choice_list(list)?.entries.first().map(|entry| entry.name.clone())
        }
        FieldKind::ResidentId => Some(RESIDENT_ID.concat()),
        FieldKind::CreditCode => Some(CREDIT_CODE.to_owned()),
        FieldKind::Phone => Some("13800001001".to_owned()),
        FieldKind::Region => {
            let own = people::own(walking.procedure, walking.place)?;
            Some(format!("{:0<12}", own.area))
        }
        FieldKind::Office { kind } => {
            Some(walking.place.offices.iter().find(|office| &office.kind == kind)?.id.to_string())
        }
        FieldKind::Colleague { .. } => Some(format!("{}的同事", actor.person)),
        FieldKind::Item { act } => {
            let matter = walking.matter.as_ref()?;
            matter.open_items(walking.procedure, act).next().map(|done| done.version.to_string())
        }
        FieldKind::Matter { .. } => Some("〔2026〕1号".to_owned()),
        FieldKind::Promise { .. } | FieldKind::Ranking { .. } | FieldKind::Files { .. } => None,
    }
}
