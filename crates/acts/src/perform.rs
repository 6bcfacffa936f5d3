//! The corridor: load, permit, decide, append.
//!
//! INVARIANT: sending the same command twice does it once; a refused command leaves nothing.

use crate::bureau::Bureau;
use crate::content::{self, ContentError};
use crate::keys::PersonKey;
use crate::load::{self, LoadError, Loaded};
use crate::message::{Body, INBOX, PHONE};
use crate::offers::{self, Asking};
use crate::policy::{About, HeldPost};
use crate::registers;
use crate::rows;
use kernel::decide::{Outcome, Refusal, Request, decide};
use kernel::intake::{self, Desk, Problem, Raw};
use kernel::ledger::Digest;
use kernel::matter::{Act, Matter};
use kernel::names::{MatterId, Name, OfficeId, PersonId};
use kernel::procedure::{ActDef, FieldKind, Procedure, SeatPlace};
use kernel::value::{Facts, Value};
use kernel::world::{Actor, Moment, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{
    Append, AppendError, DraftId, Draw, Entry, FileId, IdempotencyKey, NewPersonKey, OutboxMessage, Release,
    StorageError, Void,
};

/// How often an append is tried again when somebody else was quicker and the actor had not said
/// which version they saw.
const TRIES: u32 = 4;

/// Who stands before the counter, as the session shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Somebody with an account, acting in one of their seats.
    Post {
        /// The account.
        person: PersonId,
        /// The seat they act in.
        acting: HeldPost,
        /// All posts they hold today.
        posts: Vec<HeldPost>,
    },
    /// Somebody with an account whose seat is a slot of the matter (lawyer, peer).
    Seated {
        /// The account.
        person: PersonId,
        /// The seat.
        seat: Name,
        /// All posts they hold today.
        posts: Vec<HeldPost>,
    },
    /// A party, shown by a code sent to their phone; none of the law's matters asks for an account.
    Party {
        /// The party they are.
        party: Name,
        /// The person, once a matter knows them.
        person: Option<PersonId>,
    },
    /// The clock.
    Clock,
}

impl Standing {
    /// The account, where they have one.
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Standing::Post { person, .. } | Standing::Seated { person, .. } => Some(person),
            Standing::Party { person, .. } => person.as_ref(),
            Standing::Clock => None,
        }
    }

    /// The office of the post they act in.
    pub fn office(&self) -> Option<&OfficeId> {
        match self {
            Standing::Post { acting, .. } => Some(&acting.office),
            Standing::Seated { .. } | Standing::Party { .. } | Standing::Clock => None,
        }
    }
}

/// What they want.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// The procedure; read for opening acts only.
    pub procedure: Name,
    /// The matter, none for opening acts.
    pub matter: Option<MatterId>,
    /// The act.
    pub act: Name,
    /// What was typed and uploaded.
    pub raw: Raw,
    /// The channel; opening acts only.
    pub channel: Option<String>,
    /// The version the person saw.
    pub seen: Option<u32>,
    /// The key made with the form.
    pub key: Option<String>,
    /// The draft it was written in.
    pub draft: Option<DraftId>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The matter.
    pub matter: MatterId,
    /// The act's version.
    pub version: u32,
    /// Its hash.
    pub hash: Digest,
    /// The numbers drawn.
    pub numbers: BTreeMap<String, String>,
    /// It had been done before by the same command.
    pub replayed: bool,
}

/// Why it was not done. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// No such procedure on this day.
    #[error("no edition of `{0}` is in force")]
    NoProcedure(Name),
    /// The matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The policy says no.
    #[error("seat `{seat}` may not do `{act}` here")]
    Forbidden {
        /// The act.
        act: Name,
        /// The seat.
        seat: Name,
    },
    /// Fields are wrong.
    #[error("{} fields are not as they should be", .0.len())]
    Invalid(Vec<Problem>),
    /// The procedure says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody acted in between.
    #[error("the matter stands at version {actual}, the actor saw {seen}")]
    Stale {
        /// What they saw.
        seen: u32,
        /// Where it stands.
        actual: u32,
    },
    /// The content.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The append.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A register entry cannot be read.
    #[error(transparent)]
    Register(#[from] registers::RegisterError),
}

/// Performs an act.
///
/// # Errors
/// [`PerformError`] says why not; nothing is written then.
pub fn perform(bureau: &Bureau, now: Moment, standing: &Standing, command: &Command) -> Result<Done, PerformError> {
    let idempotency = command.key.as_ref().map(|key| IdempotencyKey { scope: scope(command), key: own(standing, key) });
    if let Some(key) = &idempotency
        && let Some(first) = bureau.store.replayed(key)?
    {
        return Ok(done(first));
    }
    let mut tries = 0;
    loop {
        tries += 1;
        let append = prepare(bureau, now, standing, command, idempotency.clone())?;
        match bureau.store.append(append) {
            Ok(appended) => return Ok(done(appended)),
            Err(AppendError::Stale { actual, expected, .. }) => {
                if command.seen.is_some() || tries >= TRIES {
                    return Err(PerformError::Stale { seen: expected, actual });
                }
            }
            // The same new person at two windows at once: the second try finds the first one's key.
            Err(AppendError::PersonKeyTaken { .. }) if tries < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn scope(command: &Command) -> String {
    match &command.matter {
        Some(matter) => format!("{matter}/{}", command.act),
        None => format!("{}/{}", command.procedure, command.act),
    }
}

/// The key, made the holder's own: whoever learns the key of another's form is told nothing of what came of it. Keys of
/// parties are made here and never leave.
fn own(standing: &Standing, key: &str) -> String {
    match standing {
        Standing::Post { person, .. } | Standing::Seated { person, .. } => format!("{person}/{key}"),
        _ => key.to_owned(),
    }
}

fn done(appended: store::Appended) -> Done {
    let replayed = appended.replayed;
    let first = appended.entries.into_iter().next();
    first.map_or_else(
        || Done { matter: MatterId::default(), version: 0, hash: Digest([0; 32]), numbers: BTreeMap::new(), replayed },
        |entry| Done {
            matter: MatterId::new(entry.matter.0),
            version: entry.version,
            hash: entry.hash,
            numbers: entry.numbers,
            replayed,
        },
    )
}

/// Everything up to the append: no byte is written here.
fn prepare(
    bureau: &Bureau,
    now: Moment,
    standing: &Standing,
    command: &Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Append, PerformError> {
    let loaded = command.matter.as_ref().map(|id| load::load(bureau, id)).transpose()?;
    let matter = loaded.as_ref().map(|loaded| &loaded.matter);
    if let (Some(matter), Some(seen)) = (matter, command.seen)
        && matter.version != seen
    {
        return Err(PerformError::Stale { seen, actual: matter.version });
    }
    let procedure = procedure_of(bureau, loaded.as_ref(), command, now)?;
    let def = procedure.act(&command.act).ok_or_else(|| Refusal::UnknownAct(command.act.clone()))?;
    let asking = Asking {
        procedure: &procedure,
        def,
        matter,
        person: standing.person(),
        office: standing.office(),
        raw: &command.raw,
    };
    let entries = offers::known(bureau, asking, now.on())?;
    let desk = Desk { procedure: &procedure, place: &bureau.law.place, registers: &entries, now };
    let nothing = Facts::new();
    let mut reading = intake::read(def.fields(), matter.map_or(&nothing, |matter| &matter.facts), &command.raw, &desk);
    let parties = parties(bureau, &procedure, matter, &reading.facts);
    let actor = actor(standing, matter, &parties);
    permit(bureau, standing, &actor, &procedure, def, matter)?;
    reading.problems.extend(intake::says_nothing(def, &reading.facts));
    if !reading.problems.is_empty() {
        return Err(PerformError::Invalid(reading.problems));
    }
    let candidates = registers::candidates(bureau, def, matter, &reading.facts, now.on())?;
    let world = World { calendar: &bureau.law.calendar, place: &bureau.law.place, candidates: &candidates };
    let request = Request {
        act: &command.act,
        actor: &actor,
        facts: &reading.facts,
        parties: if matter.is_none() { &parties } else { const { &BTreeMap::new() } },
        channel: command.channel.as_deref(),
        moment: now,
        program: &bureau.program,
    };
    let outcome = decide(&procedure, matter, &request, &world)?;
    let id = command.matter.clone().unwrap_or_else(|| MatterId::new(bureau.fresh_id()));
    let persons = concerned(bureau, &procedure, &id, parties, &reading.facts);
    let before = loaded.map(|loaded| loaded.matter);
    let step = Step { bureau, procedure, id, before, outcome, facts: reading.facts, persons };
    step.append(now, command, idempotency)
}

/// The persons whom what was stated concerns. Of a party whose number nobody gave there is one in this matter alone.
fn concerned(
    bureau: &Bureau,
    procedure: &Procedure,
    id: &MatterId,
    parties: BTreeMap<Name, PersonId>,
    facts: &Facts,
) -> BTreeMap<Name, PersonId> {
    let mut persons = parties;
    for party in facts.keys().filter_map(|name| content::concerns(procedure, procedure.field(name)?)) {
        let unknown = || PersonId::new(bureau.keys.person_of_matter(id.as_str(), party.as_str()));
        persons.entry(party.clone()).or_insert_with(unknown);
    }
    persons
}

fn procedure_of(
    bureau: &Bureau,
    loaded: Option<&Loaded>,
    command: &Command,
    now: Moment,
) -> Result<Arc<Procedure>, PerformError> {
    match loaded {
        Some(loaded) => Ok(loaded.procedure.clone()),
        None => bureau
            .law
            .current(&command.procedure, now.on())
            .cloned()
            .ok_or_else(|| PerformError::NoProcedure(command.procedure.clone())),
    }
}

/// The persons behind the parties: known from the matter, or from the identity number just given.
fn parties(bureau: &Bureau, procedure: &Procedure, matter: Option<&Matter>, facts: &Facts) -> BTreeMap<Name, PersonId> {
    if let Some(matter) = matter {
        return matter.parties.clone();
    }
    let seats = procedure.seats.iter().filter(|seat| seat.place == SeatPlace::Party);
    seats
        .filter_map(|seat| {
            let number = ["id-number", "credit-code"]
                .iter()
                .find_map(|part| facts.get(&Name::new(format!("{}.{part}", seat.name)))?.as_text());
            Some((seat.name.clone(), PersonId::new(bureau.keys.person_of(number?))))
        })
        .collect()
}

fn actor(standing: &Standing, matter: Option<&Matter>, parties: &BTreeMap<Name, PersonId>) -> Actor {
    match standing {
        Standing::Post { person, acting, .. } => {
            Actor { person: person.clone(), seat: acting.seat.clone(), office: Some(acting.office.clone()) }
        }
        Standing::Seated { person, seat, .. } => Actor { person: person.clone(), seat: seat.clone(), office: None },
        Standing::Party { party, person } => {
            // On opening the person is who they say they are; afterwards, who the session shows.
            let known = if matter.is_none() { parties.get(party).cloned() } else { person.clone() };
            Actor { person: known.unwrap_or_default(), seat: party.clone(), office: None }
        }
        Standing::Clock => Actor { person: "clock".into(), seat: "clock".into(), office: None },
    }
}

fn permit(
    bureau: &Bureau,
    standing: &Standing,
    actor: &Actor,
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
) -> Result<(), PerformError> {
    let posts: &[HeldPost] = match standing {
        Standing::Post { posts, .. } | Standing::Seated { posts, .. } => posts,
        Standing::Party { .. } | Standing::Clock => &[],
    };
    let about = About { matter, procedure, place: &bureau.law.place };
    if bureau.policy.may_act(actor, posts, about) {
        Ok(())
    } else {
        Err(PerformError::Forbidden { act: def.name.clone(), seat: actor.seat.clone() })
    }
}

/// A decided step, ready to become an append.
struct Step<'a> {
    bureau: &'a Bureau,
    procedure: Arc<Procedure>,
    id: MatterId,
    before: Option<Matter>,
    outcome: Outcome,
    facts: Facts,
    persons: BTreeMap<Name, PersonId>,
}

impl Step<'_> {
    fn append(
        self,
        now: Moment,
        command: &Command,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Append, PerformError> {
        let version = self.before.as_ref().map_or(0, |matter| matter.version);
        let (keys, person_keys) = self.keys()?;
        let person_of = |party: &Name| {
            let person = self.persons.get(party)?.to_string();
            Some((person.clone(), keys.get(&person)?.clone()))
        };
        let label = content::label(&self.id, version + 1);
        let packed = content::pack(self.bureau, &self.procedure, &label, &self.facts, &person_of)?;
        let act = self.outcome.act.clone();
        let after = self.after(act.clone())?;
        let rows = rows::rows(&self.bureau.law, &self.procedure, &after);
        let reason = void_reason(&self.facts, self.procedure.act(&act.name));
        let voids = act.voids.iter().map(|text| Void { text: text.clone(), reason: reason.clone() });
        let entry =
            Entry { draws: self.draws(&act), voids: voids.collect(), ..rows.entry(version, act.to_body(), packed) };
        let store_id = entry.matter.clone();
        Ok(Append {
            at: now.at.as_millisecond(),
            entries: vec![entry],
            idempotency,
            outbox: self.messages(&after)?,
            person_keys,
            attach_files: self.files().map(|file| (file, store_id.clone())).collect(),
            remove_draft: command.draft.clone(),
            register_rows: Vec::new(),
            assignments: registers::assignment_rows(&act, &store_id),
            releases: self.releases(&act, &store_id),
            disposals: Vec::new(),
            erasures: Vec::new(),
        })
    }

    /// The keys of the persons concerned; fresh ones for persons met for the first time.
    fn keys(&self) -> Result<(BTreeMap<String, PersonKey>, Vec<NewPersonKey>), PerformError> {
        let mut keys = BTreeMap::new();
        let mut fresh = Vec::new();
        for person in self.persons.values() {
            let person = person.to_string();
            let key = match content::person_key(self.bureau, &person)? {
                Some(key) => key,
                None => {
                    let (key, wrapped) =
                        self.bureau.keys.new_person_key(&person, self.bureau.random()).map_err(ContentError::from)?;
                    fresh.push(NewPersonKey { person: person.clone(), wrapped });
                    key
                }
            };
            keys.insert(person, key);
        }
        Ok((keys, fresh))
    }

    fn after(&self, act: Act) -> Result<Matter, PerformError> {
        match &self.before {
            None => Ok(Matter::fold(&self.id, [(act, self.facts.clone())]).map_err(LoadError::from)?),
            Some(before) => {
                let mut after = before.clone();
                after.apply(act, self.facts.clone());
                Ok(after)
            }
        }
    }

    fn draws(&self, act: &Act) -> Vec<Draw> {
        let office = self.bureau.law.place.office(&act.owner);
        let short = office.map(|office| office.short.as_str()).unwrap_or_default();
        let year = act.moment.on().year();
        let draw = |(slot, series): &(String, kernel::procedure::NumberSeries)| Draw {
            slot: slot.clone(),
            series: series.series.clone(),
            office: act.owner.to_string(),
            year,
            pattern: series.pattern.replace("{short}", short),
        };
        self.outcome.draws.iter().map(draw).collect()
    }

    fn files(&self) -> impl Iterator<Item = FileId> {
        let files = self.facts.values().filter_map(|value| match value {
            Value::Files(files) => Some(files),
            _ => None,
        });
        files.flatten().map(|file| FileId(file.id.clone()))
    }

    /// Slots emptied by this act, those whose holder it replaces, and those whose holder is done.
    fn releases(&self, act: &Act, id: &store::MatterId) -> Vec<Release> {
        let Some(before) = &self.before else { return Vec::new() };
        let frees = self.procedure.act(&act.name).map(|def| def.frees.as_slice()).unwrap_or_default();
        let leaves = |slot: &Name| act.released.contains(slot) || act.slots.contains_key(slot) || frees.contains(slot);
        let held = before.slots.iter().filter(|(slot, _)| leaves(slot));
        held.map(|(_, seated)| Release {
            register: seated.register.to_string(),
            entry: seated.entry.clone(),
            matter: id.clone(),
        })
        .collect()
    }

    /// Messages, sealed: they carry phone numbers.
    fn messages(&self, after: &Matter) -> Result<Vec<OutboxMessage>, PerformError> {
        let def = self.procedure.act(&self.outcome.act.name);
        let notices = def.map(|def| def.notices.as_slice()).unwrap_or_default();
        let mut messages = Vec::new();
        for notice in notices {
            let Some((topic, recipient)) = recipient(&self.procedure, after, &notice.to) else { continue };
            messages.push(Body::about(&self.id, &notice.text, &recipient).seal(self.bureau, topic)?);
        }
        Ok(messages)
    }
}

/// The reason given with a void number: the free words of the act that declares it.
fn void_reason(facts: &Facts, def: Option<&ActDef>) -> String {
    let long = |field: &&kernel::procedure::Field| matches!(field.kind, FieldKind::Long { .. });
    let words = def.and_then(|def| def.fields().find(long)).and_then(|field| facts.get(&field.name));
    words.and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// Where a notice goes: a phone of a party, or the inbox of whoever holds the seat.
fn recipient(procedure: &Procedure, matter: &Matter, to: &Name) -> Option<(&'static str, String)> {
    match &procedure.seat(to)?.place {
        SeatPlace::Party => {
            let phone = matter.facts.get(&Name::new(format!("{to}.phone")))?.as_text()?;
            Some((PHONE, phone.to_owned()))
        }
        SeatPlace::Slot(slot) => Some((INBOX, matter.slots.get(slot)?.entry.clone())),
        SeatPlace::Opener if &matter.opener.seat == to => Some((INBOX, matter.opener.person.to_string())),
        _ => None,
    }
}
