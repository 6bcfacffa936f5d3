//! Seeing in clear what is masked elsewhere: only for a purpose and a reason, recorded in a chain of its own that the
//! person concerned can read.
//!
//! A paper, a file or the whole case file that shows such values is a look as well: its purpose is 办理本案, its reason
//! says what was opened. Looks recorded before purposes and capacities were asked for lack both and are read all the same.
//!
//! INVARIANT: a look is on disk before anything is shown.

use crate::bureau::Bureau;
use crate::load::{self, LoadError, Loaded};
use crate::people;
use crate::policy::{About, HeldPost};
use crate::side;
use kernel::identity::mask_public_name;
use kernel::matter::Matter;
use kernel::names::{MatterId, Name, OfficeId, PersonId};
use kernel::procedure::{Procedure, SeatPlace};
use kernel::value::Value;
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use store::{AppendError, StorageError};

/// What was looked at when it was the whole case file and not one field.
pub const CASE_FILE: &str = "case-file";
/// Before the name of a paper that was opened. No field has a slash in its name.
const PAPER: &str = "paper/";
/// Before the name under which a file that was opened was handed in.
const FILE: &str = "file/";
/// The reason recorded for the case file.
const PRINTING: &str = "打印卷宗";
/// The reason recorded for a paper.
const OPENING_PAPER: &str = "打开文书";
/// The reason recorded for a file.
const OPENING_FILE: &str = "打开附件";
/// Shortest reason, in characters.
const REASON_MIN: usize = 4;

/// What a value is seen in clear for. The list is closed: what fits none of these is not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// 办理本案.
    Handling,
    /// 核对身份.
    Identity,
    /// 送达联系.
    Contact,
    /// 监督检查.
    Supervision,
    /// 答复当事人.
    Answer,
}

impl Purpose {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Purpose; 5] =
        [Purpose::Handling, Purpose::Identity, Purpose::Contact, Purpose::Supervision, Purpose::Answer];

    /// The word kept in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Handling => "handling",
            Purpose::Identity => "identity",
            Purpose::Contact => "contact",
            Purpose::Supervision => "supervision",
            Purpose::Answer => "answer",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Purpose> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }

    /// What a person reads.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Purpose::Handling => "办理本案",
            Purpose::Identity => "核对身份",
            Purpose::Contact => "送达联系",
            Purpose::Supervision => "监督检查",
            Purpose::Answer => "答复当事人",
        }
    }
}

/// What somebody says they look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why<'a> {
    /// The purpose; none where nobody chose one.
    pub purpose: Option<Purpose>,
    /// In their own words.
    pub reason: &'a str,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// One field.
    Field(Name),
    /// A paper.
    Paper(Name),
    /// A file, by the field it was handed in with.
    File(Name),
    /// Everything.
    CaseFile,
}

impl Thing {
    fn word(&self) -> String {
        match self {
            Thing::Field(field) => field.to_string(),
            Thing::Paper(paper) => format!("{PAPER}{paper}"),
            Thing::File(field) => format!("{FILE}{field}"),
            Thing::CaseFile => CASE_FILE.to_owned(),
        }
    }

    pub(crate) fn parse(word: &str) -> Thing {
        match (word.strip_prefix(PAPER), word.strip_prefix(FILE)) {
            (Some(paper), _) => Thing::Paper(paper.into()),
            (_, Some(field)) => Thing::File(field.into()),
            _ if word == CASE_FILE => Thing::CaseFile,
            _ => Thing::Field(word.into()),
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn zh(&self, procedure: &Procedure) -> String {
        let field_title = |name: &Name| procedure.field(name).map_or_else(|| name.to_string(), |it| it.title.clone());
        match self {
            Thing::Field(field) => format!("“{}”", field_title(field)),
            Thing::Paper(paper) => {
                format!("文书《{}》", procedure.paper(paper).map_or(paper.as_str(), |def| def.title.as_str()))
            }
            Thing::File(field) => format!("附件“{}”", field_title(field)),
            Thing::CaseFile => "整本卷宗".to_owned(),
        }
    }
}

/// One look at something masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When, milliseconds UTC.
    pub at: i64,
    /// Who.
    pub person: String,
    /// In which seat, where that was recorded.
    pub seat: Option<Name>,
    /// Of which office, where that was recorded.
    pub office: Option<OfficeId>,
    /// What.
    pub thing: Thing,
    /// For what, where that was recorded.
    pub purpose: Option<Purpose>,
    /// Why.
    pub reason: String,
}

/// Why a value stays masked.
#[derive(Debug, thiserror::Error)]
pub enum UnmaskError {
    /// Not handled by them.
    #[error("the person may not see this value in clear")]
    Forbidden,
    /// No purpose of the list.
    #[error("a purpose of the list is needed")]
    NoPurpose,
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

/// Shows a value in clear and records who looked, for what and why, before it is shown.
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
    why: Why<'_>,
) -> Result<String, UnmaskError> {
    let purpose = why.purpose.ok_or(UnmaskError::NoPurpose)?;
    let reason = why.reason.trim();
    if reason.chars().count() < REASON_MIN {
        return Err(UnmaskError::NoReason);
    }
    let Handled { matter, procedure } = handled(bureau, person, posts, matter)?.ok_or(UnmaskError::Forbidden)?;
    let value = matter.facts.get(field).and_then(Value::as_text).ok_or_else(|| UnmaskError::NoValue(field.clone()))?;
    let looker = Looker::of(bureau, person, posts, &matter, &procedure);
    record(bureau, now, &looker, &matter.id, &Thing::Field(field.clone()), purpose, reason)?;
    Ok(value.to_owned())
}

/// Records that somebody opened the whole case file, in which values stand in clear, before it is printed.
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
    let Handled { matter, procedure } = handled(bureau, person, posts, matter)?.ok_or(UnmaskError::Forbidden)?;
    let looker = Looker::of(bureau, person, posts, &matter, &procedure);
    record(bureau, now, &looker, &matter.id, &Thing::CaseFile, Purpose::Handling, PRINTING)
}

/// Records that somebody opened a paper, where it shows a value in clear that is masked on pages: `shown` is all it says.
/// Whether they may open it was asked before. Answers whether there was anything to record.
///
/// # Errors
/// What the store says.
pub fn open_paper(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    loaded: &Loaded,
    paper: &Name,
    shown: &Json,
) -> Result<bool, UnmaskError> {
    let clear = masked_values(loaded);
    if !says_one(shown, &clear) {
        return Ok(false);
    }
    let looker = Looker::of(bureau, person, posts, &loaded.matter, &loaded.procedure);
    let thing = Thing::Paper(paper.clone());
    record(bureau, now, &looker, &loaded.matter.id, &thing, Purpose::Handling, OPENING_PAPER)?;
    Ok(true)
}

/// Records that somebody opened a file that was handed in; what stands in it nobody masked. `file` is its identity.
///
/// # Errors
/// What the store says.
pub fn open_file(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    loaded: &Loaded,
    file: &str,
) -> Result<(), UnmaskError> {
    let stated = loaded.matter.history.iter().flat_map(|done| &done.facts);
    let field = stated.into_iter().find_map(|(field, value)| match value {
        Value::Files(files) if files.iter().any(|kept| kept.id == file) => Some(field.clone()),
        _ => None,
    });
    let looker = Looker::of(bureau, person, posts, &loaded.matter, &loaded.procedure);
    let thing = Thing::File(field.unwrap_or_default());
    record(bureau, now, &looker, &loaded.matter.id, &thing, Purpose::Handling, OPENING_FILE)
}

/// The values of a matter that pages mask.
fn masked_values(loaded: &Loaded) -> Vec<String> {
    let facts = loaded.matter.history.iter().flat_map(|done| &done.facts).chain(&loaded.matter.facts);
    let masked = facts.filter(|(field, value)| {
        value.as_text().is_some_and(|text| crate::sight::is_masked(loaded.procedure.field(field), field, text))
    });
    masked.filter_map(|(_, value)| value.as_text()).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// Whether a text somewhere in `json` holds one of the values.
fn says_one(json: &Json, values: &[String]) -> bool {
    match json {
        Json::String(text) => values.iter().any(|value| text.contains(value.as_str())),
        Json::Array(items) => items.iter().any(|item| says_one(item, values)),
        Json::Object(items) => items.values().any(|item| says_one(item, values)),
        _ => false,
    }
}

/// A matter whose values somebody may see in clear.
pub(crate) struct Handled {
    pub matter: Matter,
    pub procedure: std::sync::Arc<Procedure>,
}

/// The matter, where the person may see its values in clear.
pub(crate) fn handled(
    bureau: &Bureau,
    person: &PersonId,
    posts: &[HeldPost],
    matter: &MatterId,
) -> Result<Option<Handled>, LoadError> {
    let Loaded { matter, procedure, .. } = load::load(bureau, matter)?;
    let about = About { matter: Some(&matter), procedure: &procedure, place: &bureau.law.place };
    Ok(bureau.policy.may_unmask(person, posts, about).then_some(Handled { matter, procedure }))
}

/// Whoever looks, and the capacity that lets them.
struct Looker<'a> {
    person: &'a PersonId,
    seat: Option<Name>,
    office: Option<OfficeId>,
}

impl<'a> Looker<'a> {
    /// Of several posts the one in the office of the matter counts, then the one above it, then the seat on the matter itself.
    fn of(
        bureau: &Bureau,
        person: &'a PersonId,
        posts: &[HeldPost],
        matter: &Matter,
        procedure: &Procedure,
    ) -> Looker<'a> {
        let above = bureau.law.place.office(&matter.owner).and_then(|office| office.parent.clone());
        let known = |post: &&HeldPost| procedure.seat(&post.seat).is_some();
        let of = |office: &OfficeId| {
            let mut held = posts.iter().filter(|post| &post.office == office);
            held.clone().find(known).or_else(|| held.next())
        };
        let seated = procedure.seats.iter().find(|seat| match &seat.place {
            SeatPlace::Slot(slot) => matter.slots.get(slot).is_some_and(|it| it.entry == person.as_str()),
            _ => false,
        });
        let post = of(&matter.owner).or_else(|| above.as_ref().and_then(of));
        let post = if post.is_none() && seated.is_none() { posts.first() } else { post };
        match (post, seated) {
            (Some(post), _) => Looker { person, seat: Some(post.seat.clone()), office: Some(post.office.clone()) },
            (None, Some(seat)) => Looker { person, seat: Some(seat.name.clone()), office: None },
            (None, None) => Looker { person, seat: None, office: None },
        }
    }
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
                seat: text(&body, "seat").map(Name::new),
                office: text(&body, "office").map(OfficeId::new),
                thing: Thing::parse(&text(&body, "field")?),
                purpose: text(&body, "purpose").and_then(|word| Purpose::parse(&word)),
                reason: text(&content, "reason")?,
            })
        })
        .collect())
}

/// A look as the person concerned reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When, milliseconds UTC.
    pub at: i64,
    /// The office; empty where none was recorded.
    pub office: String,
    /// The seat; empty where none was recorded.
    pub seat: String,
    /// The surname, as 王某某.
    pub surname: String,
    /// What was looked at.
    pub what: String,
    /// For what; none for looks older than purposes.
    pub purpose: Option<Purpose>,
    /// Why.
    pub reason: String,
}

/// The looks at a matter, oldest first, as the person concerned is told them: office, seat and surname of whoever looked.
///
/// # Errors
/// What the store says.
pub fn told(bureau: &Bureau, matter: &MatterId, procedure: &Procedure) -> Result<Vec<Told>, StorageError> {
    let looks = looks(bureau, matter)?;
    let names = people::names_of(bureau, looks.iter().map(|look| look.person.as_str()))?;
    let seat_title = |seat: &Name| match procedure.seat(seat) {
        Some(seat) => seat.title.clone(),
        None => kernel::system::seat_title(seat).map_or_else(String::new, str::to_owned),
    };
    let told = |look: Look| Told {
        at: look.at,
        office: look.office.and_then(|it| bureau.law.place.office(&it)).map_or_else(String::new, |it| it.name.clone()),
        seat: look.seat.as_ref().map_or_else(String::new, seat_title),
        surname: names.get(&look.person).map_or_else(String::new, |name| mask_public_name(name)),
        what: look.thing.zh(procedure),
        purpose: look.purpose,
        reason: look.reason,
    };
    Ok(looks.into_iter().map(told).collect())
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
    looker: &Looker<'_>,
    matter: &MatterId,
    thing: &Thing,
    purpose: Purpose,
    reason: &str,
) -> Result<(), UnmaskError> {
    let mut body = Map::new();
    body.insert("act".into(), json!("unmask"));
    body.insert("person".into(), json!(looker.person.as_str()));
    body.insert("field".into(), json!(thing.word()));
    body.insert("purpose".into(), json!(purpose.as_str()));
    if let Some(seat) = &looker.seat {
        body.insert("seat".into(), json!(seat.as_str()));
    }
    if let Some(office) = &looker.office {
        body.insert("office".into(), json!(office.as_str()));
    }
    side::append(bureau, now, &stream(matter), body, &json!({ "reason": reason }), Vec::new())?;
    Ok(())
}
