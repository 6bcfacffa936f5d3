//! Erasing what is known of a person (删除个人信息): one archivist proposes, another approves, the key is destroyed.
//!
//! The key seals what every matter says of the person, so that every one of these matters gets an act that says so, in one
//! transaction with the destruction. Views, search words and lists are made anew without what is gone.
//!
//! INVARIANT: nothing is erased while one of these matters is open, on hold, or in a term of keeping that still runs.

use crate::bureau::Bureau;
use crate::content::{self, ContentError};
use crate::load::{self, LoadError, Loaded};
use crate::message::Body;
use crate::rows;
use crate::system::{self, Signer, SystemAct, SystemError};
use kernel::matter::Matter;
use kernel::names::{MatterId, Name};
use kernel::procedure::Procedure;
use kernel::retention::{self as rule, Kept};
use kernel::system as words;
use kernel::value::{Facts, Value};
use kernel::world::Moment;
use std::collections::BTreeSet;
use store::{Append, AppendError, Entry, Erasure, FileId, Rewrapping, StorageError};

/// The most characters of a reason.
const LINE_MAX: usize = 200;
/// Messages read at a time.
const PAGE: u32 = 1000;
/// What the law says of it.
const BASIS: &str = "个人信息保护法第四十七条";

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The matters that held something of the person.
    pub matters: Vec<MatterId>,
    /// Files that went.
    pub files: usize,
    /// Messages that went.
    pub messages: usize,
}

/// Why nothing is erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasureRefusal {
    /// No such party, or nothing is known of them.
    #[error("nothing is known of `{0}` in this matter")]
    NoParty(Name),
    /// A matter of theirs must be kept as it is.
    #[error("matter `{matter}` is kept: {kept}")]
    Kept {
        /// Which.
        matter: MatterId,
        /// Why.
        kept: Kept,
    },
    /// A reason that is empty, too long, or of several lines.
    #[error("a reason is needed, one line of at most {LINE_MAX} characters")]
    Words,
    /// The corridor.
    #[error(transparent)]
    System(#[from] SystemError),
}

macro_rules! through_the_corridor {
    ($($error:ty),+) => {$(
        impl From<$error> for ErasureRefusal {
            fn from(error: $error) -> Self {
                ErasureRefusal::System(error.into())
            }
        }
    )+};
}

through_the_corridor!(LoadError, StorageError, AppendError, ContentError);

/// Proposes to erase a party of a matter. Answers the act.
///
/// # Errors
/// [`ErasureRefusal`] says why not.
pub fn propose(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    id: &MatterId,
    party: &Name,
    reason: &str,
) -> Result<u32, ErasureRefusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LINE_MAX || reason.contains('\n') {
        return Err(ErasureRefusal::Words);
    }
    let loaded = load::load(bureau, id)?;
    let person = person_of(bureau, &loaded, party)?;
    theirs(bureau, now, &person)?;
    if let Some(done) = rule::erasure_proposal(&loaded.matter, party) {
        return Err(ErasureRefusal::Kept { matter: id.clone(), kept: Kept::Proposed(done.version) });
    }
    let text = |text: &str| Value::Text(text.to_owned());
    let facts = Facts::from([
        (Name::from(words::PARTY), text(party.as_str())),
        (Name::from(words::REASON), text(reason)),
        (Name::from(words::BASIS), text(BASIS)),
    ]);
    let act = SystemAct {
        name: words::ERASURE_PROPOSED,
        procedure: &loaded.procedure,
        facts,
        key: format!("{}/{}", loaded.matter.version, signer.person),
        to_owner: String::new(),
        to_party: String::new(),
    };
    system::append(bureau, now, signer, &loaded, act)?;
    Ok(loaded.matter.version + 1)
}

/// Approves what another proposed: the key of the person is destroyed with the same acts.
///
/// # Errors
/// [`ErasureRefusal`] says why not; nothing is erased then.
pub fn erase(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    id: &MatterId,
    party: &Name,
) -> Result<Erased, ErasureRefusal> {
    let decided = load::load(bureau, id)?;
    let person = person_of(bureau, &decided, party)?;
    let kept = |kept: Kept| ErasureRefusal::Kept { matter: id.clone(), kept };
    let proposed = rule::erasure_proposal(&decided.matter, party).ok_or_else(|| kept(Kept::NotProposed))?;
    if proposed.act.actor.person == signer.person {
        return Err(kept(Kept::SamePerson));
    }
    let matters = theirs(bureau, now, &person)?;
    let mut entries = Vec::new();
    let mut files = Vec::new();
    for loaded in &matters {
        files.extend(files_of(bureau, loaded, &person));
        entries.push(entry(bureau, now, signer, loaded, &person, (id, party))?);
    }
    let ids: BTreeSet<&MatterId> = matters.iter().map(|loaded| &loaded.matter.id).collect();
    let messages = messages_about(bureau, &ids)?;
    let erased = Erased { matters: ids.into_iter().cloned().collect(), files: files.len(), messages: messages.len() };
    let erasures = vec![Erasure { person, files, messages }];
    bureau.store.append(Append { at: now.at.as_millisecond(), entries, erasures, ..Append::default() })?;
    Ok(erased)
}

/// The person behind a party, of whom something is known.
fn person_of(bureau: &Bureau, loaded: &Loaded, party: &Name) -> Result<String, ErasureRefusal> {
    let nobody = || ErasureRefusal::NoParty(party.clone());
    let person = person_behind(bureau, &loaded.matter, party);
    match bureau.store.person_key(&person)? {
        Some(store::PersonKey::Wrapped(_)) => Ok(person),
        Some(store::PersonKey::Erased { .. }) | None => Err(nobody()),
    }
}

fn person_behind(bureau: &Bureau, matter: &Matter, party: &Name) -> String {
    let unknown = || bureau.keys.person_of_matter(matter.id.as_str(), party.as_str());
    matter.parties.get(party).map_or_else(unknown, ToString::to_string)
}

/// The matters that hold something of a person, if none of them must be kept as it is.
fn theirs(bureau: &Bureau, now: Moment, person: &str) -> Result<Vec<Loaded>, ErasureRefusal> {
    let mut matters = Vec::new();
    for id in bureau.store.matters_of_person(person)? {
        let loaded = load::load(bureau, &MatterId::new(id.0))?;
        rule::may_erase(&loaded.matter, &loaded.procedure, now.on())
            .map_err(|kept| ErasureRefusal::Kept { matter: loaded.matter.id.clone(), kept })?;
        matters.push(loaded);
    }
    Ok(matters)
}

/// The act on one of the matters, with its rows made from what is left.
fn entry(
    bureau: &Bureau,
    now: Moment,
    signer: &Signer,
    loaded: &Loaded,
    person: &str,
    (decided_in, party): (&MatterId, &Name),
) -> Result<Entry, ErasureRefusal> {
    let (matter, procedure) = (&loaded.matter, &loaded.procedure);
    let stored = bureau.store.acts_of(&store::MatterId(matter.id.to_string()))?;
    let mut after = load::without(bureau, &matter.id, &stored, person)?.matter;
    let mut facts = Facts::from([
        (Name::from(words::BASIS), Value::Text(BASIS.to_owned())),
        (Name::from(words::DECIDED_IN), Value::Text(decided_in.to_string())),
    ]);
    if &matter.id == decided_in {
        facts.insert(words::PARTY.into(), Value::Text(party.to_string()));
    }
    let done = system::written(bureau, now, signer, matter, procedure, words::ERASED);
    let label = content::label(&matter.id, matter.version + 1);
    let packed = content::pack(bureau, procedure, &label, &facts, &|_| None)?;
    let body = done.to_body();
    after.apply(done, facts);
    Ok(rows::rows(&bureau.law, procedure, &after).entry(matter.version, body, packed))
}

/// The files that concern the person: those whose key is sealed under theirs.
fn files_of(bureau: &Bureau, loaded: &Loaded, person: &str) -> Vec<FileId> {
    let procedure: &Procedure = &loaded.procedure;
    let of_them = |field: &Name| {
        let party = procedure.field(field).and_then(|def| content::concerns(procedure, def));
        party.is_some_and(|party| person_behind(bureau, &loaded.matter, party) == person)
    };
    let stated = loaded.matter.history.iter().flat_map(|done| &done.facts).filter(|(field, _)| of_them(field));
    let files = stated.filter_map(|(_, value)| match value {
        Value::Files(files) => Some(files),
        _ => None,
    });
    files.flatten().map(|file| FileId(file.id.clone())).collect()
}

/// The messages about some matters. Their bodies are sealed: each is opened to know.
fn messages_about(bureau: &Bureau, matters: &BTreeSet<&MatterId>) -> Result<Vec<String>, ErasureRefusal> {
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let rows = bureau.store.wrapped_after(Rewrapping::Messages, after.as_deref(), PAGE)?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        after = Some(last.clone());
        for (id, sealed) in rows {
            let body = Body::unseal(bureau, &id, &sealed)?;
            if body.matter.as_ref().is_some_and(|matter| matters.contains(matter)) {
                found.push(id);
            }
        }
    }
}
