//! The corridor for acts that no law file declares ([`kernel::system`]): a new edition, a corrected calendar, what
//! archivists do.
//!
//! What they do is worked out elsewhere, purely. Here a signer is looked up, one act is appended to one matter in one
//! transaction, with its rows made anew and its messages, and the open matters are walked.
//!
//! INVARIANT: the same act with the same key happens once on a matter; a matter that moved on in between is refused.

use crate::bureau::Bureau;
use crate::content::{self, ContentError};
use crate::load::{self, LoadError, Loaded};
use crate::message::{Body, INBOX, PHONE};
use crate::people;
use crate::policy::{Duty, HeldPost};
use crate::rows;
use jiff::civil::Date;
use kernel::ledger::Digest;
use kernel::matter::{Act, Matter, Pins};
use kernel::names::{MatterId, Name, PersonId};
use kernel::procedure::{Procedure, SeatPlace};
use kernel::value::{Facts, Value};
use kernel::world::{Actor, Moment};
use std::collections::{BTreeMap, BTreeSet};
use store::{Append, AppendError, IdempotencyKey, OutboxMessage, StorageError};

/// Matters read at a time.
const PAGE: u32 = 500;

/// Whoever signs: a person with the duty to do so, in the post that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The account.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The post.
    pub post: HeldPost,
}

/// Why such an act cannot be performed. Nothing was written for the matter then.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// Nobody works here under that name.
    #[error("there is no account `{0}`")]
    NoAccount(String),
    /// They have no post with the duty.
    #[error("`{0}` has no post that keeps the law")]
    NotKeeper(String),
    /// They have no post with that duty.
    #[error("`{0}` has no post that keeps the archives")]
    NotArchivist(String),
    /// A matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The content.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The person who signs for the law.
///
/// # Errors
/// [`SystemError::NoAccount`], or [`SystemError::NotKeeper`] for whoever has not the duty on that day.
pub fn signer(bureau: &Bureau, login: &str, on: Date) -> Result<Signer, SystemError> {
    with_duty(bureau, login, Duty::KeepLaw, on)?.ok_or_else(|| SystemError::NotKeeper(login.to_owned()))
}

/// The person who signs for the archives.
///
/// # Errors
/// [`SystemError::NoAccount`], or [`SystemError::NotArchivist`] for whoever has not the duty on that day.
pub fn archivist(bureau: &Bureau, login: &str, on: Date) -> Result<Signer, SystemError> {
    with_duty(bureau, login, Duty::KeepArchives, on)?.ok_or_else(|| SystemError::NotArchivist(login.to_owned()))
}

fn with_duty(bureau: &Bureau, login: &str, duty: Duty, on: Date) -> Result<Option<Signer>, SystemError> {
    let nobody = || SystemError::NoAccount(login.to_owned());
    let account = bureau.store.account_by_login(login)?.ok_or_else(nobody)?;
    let person = people::person(bureau, &account.id, on)?.ok_or_else(nobody)?;
    let has = |post: &&HeldPost| bureau.policy.has_duty(&person.id, std::slice::from_ref(*post), duty);
    let post = person.posts.iter().find(has).cloned();
    Ok(post.map(|post| Signer { person: person.id, name: person.name, post }))
}

/// The open matters, of one procedure or of all.
///
/// # Errors
/// What the store says.
pub fn open_matters(bureau: &Bureau, procedure: Option<&Name>) -> Result<Vec<MatterId>, StorageError> {
    let mut open = Vec::new();
    let mut after: Option<store::MatterId> = None;
    loop {
        let page = bureau.store.matters_after(after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(open) };
        after = Some(last.clone());
        for id in page {
            let view = bureau.store.matter(&id)?;
            let wanted = view.is_some_and(|view| {
                !view.closed && procedure.is_none_or(|procedure| view.procedure == procedure.as_str())
            });
            if wanted {
                open.push(MatterId::new(id.0));
            }
        }
    }
}

/// A last day in words, for messages and lists.
pub fn day_told(day: Option<Date>, otherwise: &str) -> String {
    day.map_or_else(|| otherwise.to_owned(), kernel::clock::zh_date)
}

/// A last day as a fact: a date, or the words for why there is none.
pub(crate) fn day_fact(day: Option<Date>, otherwise: &str) -> Value {
    day.map_or_else(|| Value::Text(otherwise.to_owned()), Value::Date)
}

/// One act, worked out.
pub(crate) struct SystemAct<'a> {
    pub name: &'static str,
    /// The edition the matter is on afterwards.
    pub procedure: &'a Procedure,
    /// What stands in it, in the open.
    pub facts: Facts,
    /// Makes it happen once.
    pub key: String,
    /// What its owner is told; nothing when empty.
    pub to_owner: String,
    /// What its parties are told; nothing when empty.
    pub to_party: String,
}

/// Appends the act to its matter. Answers whether it was done now.
pub(crate) fn append(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    loaded: &Loaded,
    act: SystemAct<'_>,
) -> Result<bool, SystemError> {
    let matter = &loaded.matter;
    let key = IdempotencyKey { scope: format!("{}/{}", matter.id, act.name), key: act.key.clone() };
    if bureau.store.replayed(&key)?.is_some() {
        return Ok(false);
    }
    let done = written(bureau, now, signer, matter, act.procedure, act.name);
    let label = content::label(&matter.id, matter.version + 1);
    let packed = content::pack(bureau, act.procedure, &label, &act.facts, &|_| None)?;
    let body = done.to_body();
    let mut after = matter.clone();
    after.apply(done, act.facts.clone());
    let entry = rows::rows(&bureau.law, act.procedure, &after).entry(matter.version, body, packed);
    let append = Append {
        at: now.at.as_millisecond(),
        entries: vec![entry],
        idempotency: Some(key),
        outbox: messages(bureau, now, &after, &act)?,
        ..Append::default()
    };
    Ok(!bureau.store.append(append)?.replayed)
}

/// The act as it will stand, before anything is stated in it.
pub(crate) fn written(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    matter: &Matter,
    procedure: &Procedure,
    name: &'static str,
) -> Act {
    let actor = Actor {
        person: signer.person.clone(),
        seat: signer.post.seat.clone(),
        office: Some(signer.post.office.clone()),
    };
    Act {
        owner: matter.owner.clone(),
        to: matter.stage.clone(),
        pins: Pins {
            calendar: bureau.law.calendar.version().to_owned(),
            rates: BTreeMap::new(),
            program: bureau.program.clone(),
        },
        ..Act::bare(procedure, name.into(), now, actor)
    }
}

/// To whoever's turn it is, by inbox; to the parties whose phone is known, by short message.
fn messages(
    bureau: &Bureau,
    now: Moment,
    after: &Matter,
    act: &SystemAct<'_>,
) -> Result<Vec<OutboxMessage>, SystemError> {
    let mut messages = Vec::new();
    let told = if act.to_owner.is_empty() { BTreeSet::new() } else { whose_turn(bureau, now, after, act.procedure)? };
    for account in told {
        messages.push(Body::about(&after.id, &act.to_owner, &account).seal(bureau, INBOX)?);
    }
    let parties = act.procedure.seats.iter().filter(|seat| seat.place == SeatPlace::Party);
    let phones: BTreeSet<&str> =
        parties.filter_map(|seat| after.facts.get(&Name::new(format!("{}.phone", seat.name)))?.as_text()).collect();
    if !act.to_party.is_empty() {
        for phone in phones {
            messages.push(Body::about(&after.id, &act.to_party, phone).seal(bureau, PHONE)?);
        }
    }
    Ok(messages)
}

fn whose_turn(
    bureau: &Bureau,
    now: Moment,
    matter: &Matter,
    procedure: &Procedure,
) -> Result<BTreeSet<String>, StorageError> {
    let mut accounts = BTreeSet::new();
    let seats = procedure.stage(&matter.stage).map(|stage| stage.by.as_slice()).unwrap_or_default();
    for seat in seats {
        match rows::holder(&bureau.law, procedure, matter, seat) {
            Some((_, Some(person))) => {
                accounts.insert(person);
            }
            Some((Some(office), None)) => {
                let day = now.on().to_string();
                let holders = bureau.store.holders_on(office.as_str(), seat.as_str(), &day)?;
                accounts.extend(holders.into_iter().map(|post| post.account));
            }
            _ => {}
        }
    }
    Ok(accounts)
}

/// The first letters of an edition, enough to tell it by.
pub(crate) fn short(edition: Digest) -> String {
    edition.to_string().chars().take(12).collect()
}

/// Loads a matter.
pub(crate) fn loaded(bureau: &Bureau, id: &MatterId) -> Result<Loaded, SystemError> {
    Ok(load::load(bureau, id)?)
}
