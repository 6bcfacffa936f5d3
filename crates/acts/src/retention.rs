//! Keeping closed matters and destroying what need no longer be kept (保管期限、暂缓销毁、销毁).
//!
//! What may be done is decided by [`kernel::retention`]; here an archivist signs for it, one act on one matter. The last of
//! these acts destroys the content of the matter in its own transaction and stays as its tombstone
//! ([`crate::tombstone`]).
//!
//! INVARIANT: who approves is not who proposed; what was destroyed was proposed, over and not on hold when it was.

use crate::bureau::Bureau;
use crate::content;
use crate::load::{self, LoadError, Loaded};
use crate::rows;
use crate::system::{self, Signer, SystemAct, SystemError};
use crate::tombstone::{self, Destroyed, Tombstone};
use crate::unmask;
use jiff::civil::Date;
use kernel::matter::{Act, Matter};
use kernel::names::{MatterId, Name};
use kernel::procedure::Procedure;
use kernel::retention::{self as rule, KeepUntil, Kept, Term};
use kernel::system as words;
use kernel::value::{Facts, Value};
use kernel::world::Moment;
use store::{Append, AppendError, Disposal, StorageError};

/// The most characters of a reason or an authority.
const LINE_MAX: usize = 200;

/// A matter whose term is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The matter.
    pub matter: MatterId,
    /// Its number.
    pub number: Option<String>,
    /// What it is.
    pub title: String,
    /// Its term.
    pub term: Term,
    /// The first day on which it need no longer be kept.
    pub kept_until: Date,
    /// The holds that stand.
    pub holds: Vec<Held>,
    /// Who has proposed to destroy it, and in which act.
    pub proposed: Option<(String, u32)>,
}

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The act that made it.
    pub version: u32,
    /// Since when.
    pub since: Date,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub authority: String,
}

/// Why nothing is done.
#[derive(Debug, thiserror::Error)]
pub enum RetentionRefusal {
    /// The rule.
    #[error(transparent)]
    Kept(#[from] Kept),
    /// A reason or an authority that is empty, too long, or of several lines.
    #[error("a reason and an authority are needed, each one line of at most {LINE_MAX} characters")]
    Words,
    /// The same hold stands already.
    #[error("act {0} holds it for the same reason")]
    HeldAlready(u32),
    /// No such hold stands.
    #[error("there is no such hold")]
    NoHold,
    /// Several holds stand, and none was named.
    #[error("{0} holds stand: name the act of one")]
    WhichHold(usize),
    /// The corridor.
    #[error(transparent)]
    System(#[from] SystemError),
}

macro_rules! through_the_corridor {
    ($($error:ty),+) => {$(
        impl From<$error> for RetentionRefusal {
            fn from(error: $error) -> Self {
                RetentionRefusal::System(error.into())
            }
        }
    )+};
}

through_the_corridor!(LoadError, StorageError, AppendError, content::ContentError);

/// What need no longer be kept on a day, those kept longest beyond it first.
///
/// # Errors
/// A matter that cannot be read.
pub fn due(bureau: &Bureau, on: Date) -> Result<Vec<Due>, RetentionRefusal> {
    let mut found = Vec::new();
    for row in bureau.store.kept_until(&on.to_string())? {
        let id = MatterId::new(row.matter.matter.0);
        let Loaded { matter, procedure, .. } = load::load(bureau, &id)?;
        let Some(term) = rule::term(&matter, &procedure) else { continue };
        let KeepUntil::Day(kept_until) = term.until() else { continue };
        let proposed = rule::proposal(&matter).map(|done| (done.act.actor.person.to_string(), done.version));
        let (number, title) = (row.matter.number, row.matter.title);
        found.push(Due { matter: id, number, title, term, kept_until, holds: held(&matter), proposed });
    }
    Ok(found)
}

/// The holds of a matter that stand.
#[must_use]
pub fn held(matter: &Matter) -> Vec<Held> {
    let text = |facts: &Facts, name: &str| {
        facts.get(&Name::from(name)).and_then(Value::as_text).unwrap_or_default().to_owned()
    };
    let holds = rule::holds(matter).into_iter();
    holds
        .map(|done| Held {
            version: done.version,
            since: done.act.moment.on(),
            reason: text(&done.facts, words::REASON),
            authority: text(&done.facts, words::AUTHORITY),
        })
        .collect()
}

/// Holds a matter: it is not destroyed until the hold is released. Open matters can be held too. Answers the act.
///
/// # Errors
/// [`RetentionRefusal`] says why not.
pub fn hold(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    id: &MatterId,
    reason: &str,
    authority: &str,
) -> Result<u32, RetentionRefusal> {
    let (reason, authority) = (line(reason)?, line(authority)?);
    let loaded = load::load(bureau, id)?;
    let same = |one: &Held| one.reason == reason && one.authority == authority;
    if let Some(same) = held(&loaded.matter).into_iter().find(same) {
        return Err(RetentionRefusal::HeldAlready(same.version));
    }
    sign(
        bureau,
        now,
        signer,
        &loaded,
        words::HELD,
        stated([(words::REASON, Value::Text(reason)), (words::AUTHORITY, Value::Text(authority))]),
    )
}

/// Releases a hold: the one that stands, or the one an act made. Answers the act.
///
/// # Errors
/// [`RetentionRefusal`] says why not.
pub fn release(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    id: &MatterId,
    of: Option<u32>,
    reason: &str,
) -> Result<u32, RetentionRefusal> {
    let reason = line(reason)?;
    let loaded = load::load(bureau, id)?;
    let holds = held(&loaded.matter);
    let version = match (of, holds.as_slice()) {
        (Some(of), holds) => holds.iter().find(|one| one.version == of).map(|one| one.version),
        (None, [one]) => Some(one.version),
        (None, []) => None,
        (None, several) => return Err(RetentionRefusal::WhichHold(several.len())),
    };
    let version = version.ok_or(RetentionRefusal::NoHold)?;
    sign(
        bureau,
        now,
        signer,
        &loaded,
        words::HOLD_RELEASED,
        stated([(words::HOLD, Value::Int(i64::from(version))), (words::REASON, Value::Text(reason))]),
    )
}

/// Proposes to destroy the content of a matter. Answers the act.
///
/// # Errors
/// [`RetentionRefusal::Kept`] for what must still be kept.
pub fn propose(bureau: &Bureau, now: Moment, signer: &Signer, id: &MatterId) -> Result<u32, RetentionRefusal> {
    let loaded = load::load(bureau, id)?;
    let term = rule::may_propose(&loaded.matter, &loaded.procedure, now.on())?;
    let mut facts = stated([(words::TERM, Value::Text(term.zh())), (words::BASIS, Value::Text(basis(&term)))]);
    if let KeepUntil::Day(day) = term.until() {
        facts.insert(words::KEPT_UNTIL.into(), Value::Date(day));
    }
    sign(bureau, now, signer, &loaded, words::DISPOSAL_PROPOSED, facts)
}

/// Approves what another proposed, and destroys the content of the matter with the same act.
///
/// # Errors
/// [`RetentionRefusal::Kept`] for what must still be kept, and for whoever proposed it; nothing is destroyed then.
pub fn dispose(bureau: &Bureau, now: Moment, signer: &Signer, id: &MatterId) -> Result<Tombstone, RetentionRefusal> {
    let stored = bureau.store.acts_of(&store::MatterId(id.to_string()))?;
    let loaded = load::from_stored(bureau, id, &stored)?;
    let (matter, procedure) = (&loaded.matter, &loaded.procedure);
    let (term, proposed) = rule::may_dispose(matter, procedure, &signer.person, now.on())?;
    let KeepUntil::Day(kept_until) = term.until() else { return Err(Kept::Permanent.into()) };
    let files = bureau.store.files_of(&store::MatterId(id.to_string()))?;
    let tombstone = Tombstone {
        on: now.on(),
        approved_by: signer.person.clone(),
        proposed_by: proposed.act.actor.person.clone(),
        proposal: proposed.version,
        term: term.zh(),
        closed_on: term.closed_on,
        kept_until,
        basis: basis(&term),
        destroyed: Destroyed::of(&stored, &files),
    };
    let done = system::written(bureau, now, signer, matter, procedure, words::DISPOSED);
    bureau.store.append(append(bureau, now, matter, procedure, done, &tombstone)?)?;
    Ok(tombstone)
}

/// The tombstone, what is left to see, and what goes.
fn append(
    bureau: &Bureau,
    now: Moment,
    matter: &Matter,
    procedure: &Procedure,
    done: Act,
    tombstone: &Tombstone,
) -> Result<Append, RetentionRefusal> {
    let label = content::label(&matter.id, matter.version + 1);
    let packed = content::pack(bureau, procedure, &label, &Facts::new(), &|_| None)?;
    let mut body = done.to_body();
    let (key, gone) = tombstone.to_body();
    body.insert(key, gone);
    let acts = matter.history.iter().map(|done| done.act.clone()).chain([done]).collect();
    let rows = rows::left(&bureau.law, procedure, &tombstone::without_content(&matter.id, acts)?);
    let entry = rows.entry(matter.version, body, packed);
    let disposals = vec![Disposal { matter: entry.matter.clone(), beside: vec![unmask::stream(&matter.id)] }];
    Ok(Append { at: now.at.as_millisecond(), entries: vec![entry], disposals, ..Append::default() })
}

fn basis(term: &Term) -> String {
    term.cite.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn stated<const N: usize>(facts: [(&str, Value); N]) -> Facts {
    facts.into_iter().map(|(name, value)| (Name::from(name), value)).collect()
}

/// One line a person wrote: it stands in the open, as the short answers of a form do.
fn line(text: &str) -> Result<String, RetentionRefusal> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LINE_MAX && !text.contains('\n');
    if fits { Ok(text.to_owned()) } else { Err(RetentionRefusal::Words) }
}

/// Appends one act that destroys nothing; the matter must not have moved on since it was looked at.
fn sign(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    loaded: &Loaded,
    name: &'static str,
    facts: Facts,
) -> Result<u32, RetentionRefusal> {
    let key = format!("{}/{}", loaded.matter.version, signer.person);
    let (to_owner, to_party) = (String::new(), String::new());
    let act = SystemAct { name, procedure: &loaded.procedure, facts, key, to_owner, to_party };
    system::append(bureau, now, signer, loaded, act)?;
    Ok(loaded.matter.version + 1)
}
