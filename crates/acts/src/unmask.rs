//! Seeing a masked value in clear: only with a reason, and the reason is recorded in a chain of its
//! own that the person concerned can read.

use crate::bureau::Bureau;
use crate::load::{self, LoadError, Loaded};
use crate::policy::{About, HeldPost};
use crate::side;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, PersonId};
use kernel::value::Value;
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use store::{AppendError, StorageError};

/// What was looked at when it was the whole case file and not one field.
pub const CASE_FILE: &str = "case-file";
/// The reason recorded for it.
const PRINTING: &str = "打印卷宗";
/// Shortest reason, in characters.
const REASON_MIN: usize = 4;

/// One look at something masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When, milliseconds UTC.
    pub at: i64,
    /// Who.
    pub person: String,
    /// Which field.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// Why a value stays masked.
#[derive(Debug, thiserror::Error)]
pub enum UnmaskError {
    /// Not handled by them.
    #[error("the person may not see this value in clear")]
    Forbidden,
    /// No reason.
    #[error("a reason of at least {REASON_MIN} characters is needed")]
    NoReason,
    /// No such value, or erased.
    #[error("there is no value of `{0}`")]
    NoValue(Name),
    /// The matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Shows a value in clear and records who looked and why, before it is shown.
///
/// # Errors
/// [`UnmaskError`] says why it stays masked.
pub fn unmask(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    matter: &MatterId,
    field: &Name,
    reason: &str,
) -> Result<String, UnmaskError> {
    if reason.trim().chars().count() < REASON_MIN {
        return Err(UnmaskError::NoReason);
    }
    let folded = handled(bureau, person, posts, matter)?.ok_or(UnmaskError::Forbidden)?;
    let value = folded.facts.get(field).and_then(Value::as_text).ok_or_else(|| UnmaskError::NoValue(field.clone()))?;
    record(bureau, now, person, matter, field, reason.trim())?;
    Ok(value.to_owned())
}

/// Records that somebody opened the whole case file, in which values stand in clear, before it is printed.
/// `field` is [`CASE_FILE`], the reason [`PRINTING`].
///
/// # Errors
/// [`UnmaskError::Forbidden`] for whoever may not see values in clear.
pub fn open_case_file(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    matter: &MatterId,
) -> Result<(), UnmaskError> {
    handled(bureau, person, posts, matter)?.ok_or(UnmaskError::Forbidden)?;
    record(bureau, now, person, matter, &Name::from(CASE_FILE), PRINTING)
}

/// The matter, where the person may see its values in clear.
pub(crate) fn handled(
    bureau: &Bureau,
    person: &PersonId,
    posts: &[HeldPost],
    matter: &MatterId,
) -> Result<Option<Matter>, LoadError> {
    let Loaded { matter, procedure, .. } = load::load(bureau, matter)?;
    let about = About { matter: Some(&matter), procedure: &procedure, place: &bureau.law.place };
    Ok(bureau.policy.may_unmask(person, posts, about).then_some(matter))
}

/// The looks at a matter, oldest first.
///
/// # Errors
/// What the store says.
pub fn looks(bureau: &Bureau, matter: &MatterId) -> Result<Vec<Look>, StorageError> {
    let acts = bureau.store.acts_of(&stream(matter))?;
    Ok(acts
        .into_iter()
        .filter_map(|act| {
            let body: Json = serde_json::from_slice(&act.bytes).ok()?;
            let content: Json = serde_json::from_slice(act.open.get(32..)?).ok()?;
            let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
            Some(Look {
                at: act.at,
                person: text(&body, "person")?,
                field: text(&body, "field")?,
                reason: text(&content, "reason")?,
            })
        })
        .collect())
}

/// The chain of the looks at a matter.
pub(crate) fn stream(matter: &MatterId) -> store::MatterId {
    store::MatterId(format!("reads/{matter}"))
}

/// The matter whose looks a chain holds.
pub(crate) fn looked_at(chain: &store::MatterId) -> Option<store::MatterId> {
    chain.as_str().strip_prefix("reads/").map(|matter| store::MatterId(matter.to_owned()))
}

fn record(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    matter: &MatterId,
    field: &Name,
    reason: &str,
) -> Result<(), UnmaskError> {
    let mut body = Map::new();
    body.insert("act".into(), json!("unmask"));
    body.insert("person".into(), json!(person.as_str()));
    body.insert("field".into(), json!(field.as_str()));
    side::append(bureau, now, &stream(matter), body, &json!({ "reason": reason }), Vec::new())?;
    Ok(())
}
