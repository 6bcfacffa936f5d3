//! Letters that were given up: who must know of them, and what may be done about them.
//!
//! The office of the matter tells the reader in another way and says how; the operator sends anew once the receiver
//! lives again. Both are recorded in a chain of its own before they happen.
//!
//! INVARIANT: neither code nor full number is shown; a code of use to nobody any more is not the office's work.

use crate::bureau::Bureau;
use crate::content::ContentError;
use crate::load::{self, LoadError, Loaded};
use crate::message::Body;
use crate::policy::{About, Duty, HeldPost};
use crate::{side, unmask};
use kernel::names::{MatterId, OfficeId, PersonId};
use kernel::world::Moment;
use serde_json::{Map, Value as Json, json};
use store::{AppendError, OutboxRow, OutboxState, StorageError};

/// Dead messages looked through, newest first: they are few, and each must be opened to know its matter.
pub const LOOKED_AT_MAX: u32 = 1000;
/// Messages sent anew at a time.
const RESENT_MAX: u32 = 10_000;

/// A letter about a matter that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The message.
    pub id: String,
    /// The matter.
    pub matter: MatterId,
    /// Its number, where it has one.
    pub number: Option<String>,
    /// To whom, masked.
    pub recipient: String,
    /// What it says.
    pub text: String,
    /// Why it did not arrive.
    pub reason: String,
    /// When it was written, milliseconds UTC.
    pub written_at: i64,
    /// When it was given up, milliseconds UTC.
    pub given_up_at: i64,
}

/// How its reader was told instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// By phone.
    ByPhone,
    /// On paper.
    OnPaper,
}

impl Told {
    /// Both, in the order they are offered.
    pub const ALL: [Told; 2] = [Told::ByPhone, Told::OnPaper];

    /// The word recorded.
    pub fn as_str(self) -> &'static str {
        match self {
            Told::ByPhone => "phone",
            Told::OnPaper => "paper",
        }
    }
}

/// Why nothing was done about a letter.
#[derive(Debug, thiserror::Error)]
pub enum UndeliveredError {
    /// Not theirs to do.
    #[error("the person may not do this to undelivered messages")]
    Forbidden,
    /// No such letter.
    #[error("there is no undelivered message `{0}`")]
    NoMessage(String),
    /// The content.
    #[error(transparent)]
    Content(#[from] ContentError),
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

/// The undelivered letters about matters of these offices, newest first; of [`LOOKED_AT_MAX`] dead messages. Those about a
/// sealed file are for whoever may read it.
///
/// # Errors
/// What store or cipher say.
pub fn undelivered(
    bureau: &Bureau,
    offices: &[OfficeId],
    person: &PersonId,
    posts: &[HeldPost],
) -> Result<Vec<Undelivered>, UndeliveredError> {
    let mut found = Vec::new();
    for row in bureau.store.messages(Some(OutboxState::Dead), 0, LOOKED_AT_MAX)? {
        let body = Body::open(bureau, &row)?;
        let (Some(matter), None) = (&body.matter, body.until) else { continue };
        let Some(view) = bureau.store.matter(&store::MatterId(matter.to_string()))? else { continue };
        let sealed_off = view.sealed && !may_read(bureau, person, posts, matter)?;
        if !sealed_off && offices.iter().any(|office| office.as_str() == view.owner_office) {
            let text = body.filled(view.number.as_deref());
            found.push(Undelivered::new(row, matter.clone(), view.number, text));
        }
    }
    Ok(found)
}

/// Whether somebody may read a matter. Nobody is told of letters about one that was destroyed.
fn may_read(bureau: &Bureau, person: &PersonId, posts: &[HeldPost], matter: &MatterId) -> Result<bool, LoadError> {
    match load::load(bureau, matter) {
        Ok(Loaded { matter, procedure, .. }) => {
            let about = About { matter: Some(&matter), procedure: &procedure, place: &bureau.law.place };
            Ok(bureau.policy.may_read(person, posts, about))
        }
        Err(LoadError::Disposed(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Undelivered {
    fn new(row: OutboxRow, matter: MatterId, number: Option<String>, text: String) -> Undelivered {
        let (id, recipient, reason) = (row.id, row.recipient, row.last_error.unwrap_or_default());
        let (written_at, given_up_at) = (row.created_at, row.next_at);
        Undelivered { id, matter, number, recipient, text, reason, written_at, given_up_at }
    }
}

/// Sends one dead message anew, or all of them; answers how many.
///
/// # Errors
/// [`UndeliveredError::Forbidden`] for whoever does not operate the machine.
pub fn resend(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    one: Option<&str>,
) -> Result<usize, UndeliveredError> {
    if !bureau.policy.has_duty(person, posts, Duty::Operate) {
        return Err(UndeliveredError::Forbidden);
    }
    let dead = match one {
        Some(id) => bureau.store.message(id)?.into_iter().filter(|row| row.state == OutboxState::Dead).collect(),
        None => bureau.store.messages(Some(OutboxState::Dead), 0, RESENT_MAX)?,
    };
    if dead.is_empty() {
        return Ok(0);
    }
    let ids: Vec<&str> = dead.iter().map(|row| row.id.as_str()).collect();
    record(bureau, now, "resend", person, [("messages", json!(ids))])?;
    let mut sent = 0;
    for id in ids {
        sent += usize::from(bureau.store.revive_message(id, now.at.as_millisecond())?);
    }
    Ok(sent)
}

/// The reader of an undelivered letter was told in another way; false when that had been said before.
///
/// # Errors
/// [`UndeliveredError::Forbidden`] for whoever does not handle the matter.
pub fn told_otherwise(
    bureau: &Bureau,
    now: Moment,
    person: &PersonId,
    posts: &[HeldPost],
    id: &str,
    told: Told,
) -> Result<bool, UndeliveredError> {
    let no_message = || UndeliveredError::NoMessage(id.to_owned());
    let row = bureau.store.message(id)?.ok_or_else(no_message)?;
    let matter = Body::open(bureau, &row)?.matter.ok_or_else(no_message)?;
    // Who may see the number in clear can call it.
    unmask::handled(bureau, person, posts, &matter)?.ok_or(UndeliveredError::Forbidden)?;
    if row.state != OutboxState::Dead {
        return Ok(false);
    }
    let what = [("message", json!(id)), ("matter", json!(matter.as_str())), ("told", json!(told.as_str()))];
    record(bureau, now, "tell-otherwise", person, what)?;
    Ok(bureau.store.message_told(id, now.at.as_millisecond())?)
}

fn record<const N: usize>(
    bureau: &Bureau,
    now: Moment,
    act: &str,
    person: &PersonId,
    what: [(&str, Json); N],
) -> Result<(), AppendError> {
    let mut body: Map<String, Json> = what.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    body.insert("act".to_owned(), json!(act));
    body.insert("person".to_owned(), json!(person.as_str()));
    side::append(bureau, now, &store::MatterId("outbox/deeds".to_owned()), body, &json!({}), Vec::new())
}
