//! What somebody sees of a matter: everything their seat allows, nothing it does not.
//!
//! All masking and all veils are applied here, once, so that no page can forget them.
//!
//! INVARIANT: a field veiled from a seat of the viewer is in no list, no timeline and no search
//! that this module hands out.

mod seen;

pub use seen::{SeenAct, SeenAction, SeenClock, SeenFact, SeenGroup, SeenItem, SeenMember, SeenPaper, Sight};

use crate::bureau::Bureau;
use crate::load::{self, LoadError, Loaded};
use crate::people;
use crate::policy::{About, HeldPost};
use crate::registers::{self, RegisterError};
use crate::rows::plain_world;
use crate::tombstone;
use crate::wording::{self, Wording};
use jiff::civil::Date;
use kernel::clock::{Light, zh_date};
use kernel::deadline::{Deadline, Progress, When, deadlines};
use kernel::decide::{available, hindered_by};
use kernel::guard::GuardError;
use kernel::identity;
use kernel::matter::{Done, Matter};
use kernel::names::{MatterId, Name, PersonId};
use kernel::procedure::{ActDef, ActKind, Expiry, Field, FieldKind, Procedure, Remedy, SeatPlace};
use kernel::sealing;
use kernel::value::Value;
use kernel::world::{Actor, Moment, World};
use std::collections::{BTreeMap, BTreeSet};
use store::StorageError;

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A party of the matter.
    Party {
        /// Which.
        party: Name,
    },
    /// Somebody with an account.
    Account {
        /// The account.
        person: PersonId,
        /// Posts held today.
        posts: Vec<HeldPost>,
    },
}

/// Why nothing is seen.
#[derive(Debug, thiserror::Error)]
pub enum SightError {
    /// Not theirs to read; told apart from "no such matter" only in the log.
    #[error("the viewer may not read the matter")]
    Forbidden,
    /// Sealed by law from somebody who would read it otherwise; the sentence for them.
    #[error("the file of the matter is sealed by law")]
    Sealed(String),
    /// Its content was destroyed when its term was over; what is told of it, in sentences.
    #[error("the content of the matter was destroyed")]
    Disposed(Vec<String>),
    /// The matter.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A rate of the case file.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a viewer sees of a matter.
///
/// # Errors
/// [`SightError::Forbidden`] for whoever may not read it, [`SightError::Sealed`] for whom the seal alone keeps out.
pub fn sight(bureau: &Bureau, now: Moment, viewer: &Viewer, id: &MatterId) -> Result<Sight, SightError> {
    let loaded = match load::load(bureau, id) {
        Err(LoadError::Disposed(left)) => {
            permitted(bureau, viewer, &left.matter, &left.procedure)?;
            return Err(SightError::Disposed(match viewer {
                Viewer::Account { .. } => tombstone::told(bureau, &left)?,
                Viewer::Party { .. } => tombstone::told_outside(&left),
            }));
        }
        loaded => loaded?,
    };
    permitted(bureau, viewer, &loaded.matter, &loaded.procedure)?;
    let wording = wording_for(bureau, now, viewer, &loaded)?;
    let names = names_for(bureau, viewer, &loaded.matter)?;
    let look = Look { bureau, now, viewer, loaded: &loaded, wording: &wording, names };
    let stage = loaded.procedure.stage(&loaded.matter.stage);
    let nobody = BTreeMap::new();
    let world = plain_world(&bureau.law, &nobody);
    let sight = Sight {
        title: crate::rows::title(&loaded.procedure, &loaded.matter),
        stage: stage.map(|stage| stage.title.clone()).unwrap_or_default(),
        tells: stage.map(|stage| stage.tells.clone()).unwrap_or_default(),
        closed: stage.is_some_and(|stage| stage.closed),
        office: bureau.law.place.office(&loaded.matter.owner).cloned(),
        channel: wording.channel(&loaded.matter.channel),
        turn: look.turn(),
        facts: look.facts(),
        clocks: deadlines(&loaded.matter, &loaded.procedure, &world).iter().map(|found| look.clock(found)).collect(),
        timeline: loaded.matter.history.iter().filter(|done| look.tells(done)).map(|done| look.act(done)).collect(),
        papers: look.papers(),
        actions: look.actions(&world),
        dossier: look.dossier(&world)?,
        seated: look.seated()?,
        remedy: latest_remedy(&loaded.procedure, &loaded.matter),
        cites: stage.map(|stage| stage.cites.clone()).unwrap_or_default(),
        erased: !loaded.erased.is_empty(),
        sealed_by: sealing::sealed_by(&loaded.matter, &loaded.procedure).cloned(),
        loaded: loaded.clone(),
    };
    Ok(sight)
}

/// A party is let in before; anybody with an account is asked for.
fn permitted(bureau: &Bureau, viewer: &Viewer, matter: &Matter, procedure: &Procedure) -> Result<(), SightError> {
    let about = About { matter: Some(matter), procedure, place: &bureau.law.place };
    match viewer {
        Viewer::Account { person, posts } if !bureau.policy.may_read(person, posts, about) => {
            Err(bureau.policy.sealed_from(person, posts, about).map_or(SightError::Forbidden, SightError::Sealed))
        }
        _ => Ok(()),
    }
}

/// The words, with the names that will be told: a party is not told who was passed over.
fn wording_for<'a>(
    bureau: &'a Bureau,
    now: Moment,
    viewer: &Viewer,
    loaded: &'a Loaded,
) -> Result<Wording<'a>, RegisterError> {
    let mut entries = wording::named_in(&loaded.procedure, &loaded.matter);
    if let Viewer::Account { .. } = viewer {
        entries.extend(wording::passed_over(&loaded.matter));
    }
    Wording::new(bureau, &loaded.procedure, &entries, now.on())
}

/// Names of colleagues; a party is told offices, so none are read for them.
fn names_for(bureau: &Bureau, viewer: &Viewer, matter: &Matter) -> Result<BTreeMap<String, String>, StorageError> {
    match viewer {
        Viewer::Party { .. } => Ok(BTreeMap::new()),
        Viewer::Account { .. } => people::names_of(bureau, wording::actors(matter)),
    }
}

fn latest_remedy(procedure: &Procedure, matter: &Matter) -> Option<Remedy> {
    let last = matter
        .history
        .iter()
        .rev()
        .find(|done| done.act.to == matter.stage && procedure.act(&done.act.name).is_some_and(|def| def.adverse));
    procedure.act(&last?.act.name)?.remedy.clone()
}

struct Look<'a> {
    bureau: &'a Bureau,
    now: Moment,
    viewer: &'a Viewer,
    loaded: &'a Loaded,
    wording: &'a Wording<'a>,
    names: BTreeMap<String, String>,
}

impl Look<'_> {
    fn procedure(&self) -> &Procedure {
        &self.loaded.procedure
    }

    fn matter(&self) -> &Matter {
        &self.loaded.matter
    }

    /// A proposal is the office's own until it is decided; a party is told the decision. Who has the file held, and why, is
    /// told to the offices that handle the matter alone.
    fn tells(&self, done: &Done) -> bool {
        if kernel::system::is_of_archives(&done.act.name) {
            return self.handles();
        }
        let proposes = self.procedure().act(&done.act.name).is_some_and(|def| def.kind == ActKind::Propose);
        !(self.is_party() && proposes)
    }

    /// Whether the viewer has a post in the office that owns the matter, or in the one above it.
    fn handles(&self) -> bool {
        let Viewer::Account { posts, .. } = self.viewer else { return false };
        let owner = &self.matter().owner;
        let above = self.bureau.law.place.office(owner).and_then(|office| office.parent.as_ref());
        posts.iter().any(|post| post.office == *owner || Some(&post.office) == above)
    }

    /// The seats the viewer has on this matter.
    fn seats(&self) -> BTreeSet<Name> {
        match self.viewer {
            Viewer::Party { party } => BTreeSet::from([party.clone()]),
            Viewer::Account { person, posts } => {
                let held = posts.iter().map(|post| post.seat.clone());
                let seated = self.procedure().seats.iter().filter(|seat| match &seat.place {
                    SeatPlace::Slot(slot) => {
                        self.matter().slots.get(slot).is_some_and(|seated| seated.entry == person.as_str())
                    }
                    _ => false,
                });
                held.chain(seated.map(|seat| seat.name.clone())).collect()
            }
        }
    }

    fn is_veiled(&self, field: &Name) -> bool {
        let seats = self.seats();
        self.procedure().field(field).is_some_and(|field| field.veiled_from.iter().any(|seat| seats.contains(seat)))
    }

    fn is_party(&self) -> bool {
        matches!(self.viewer, Viewer::Party { .. })
    }

    fn turn(&self) -> Vec<String> {
        let stage = self.procedure().stage(&self.matter().stage).filter(|stage| !stage.closed);
        let seats = stage.map(|stage| stage.by.as_slice()).unwrap_or_default();
        seats.iter().map(|seat| self.wording.seat(seat)).collect()
    }

    fn fact(&self, field: &Name, value: &Value) -> Option<SeenFact> {
        let inner = self.is_party() && [kernel::system::BEFORE, kernel::system::AFTER].contains(&field.as_str());
        if inner || self.is_veiled(field) {
            return None;
        }
        let def = self.procedure().field(field);
        let clear = self.wording.value(def.map(|def| &def.kind), value);
        let (text, masked) = match def.map(|def| &def.kind) {
            Some(FieldKind::ResidentId | FieldKind::CreditCode) => (masked_code(&clear), true),
            Some(FieldKind::Phone) => {
                (identity::Phone::mobile(&clear).map(|phone| phone.masked()).unwrap_or_default(), true)
            }
            _ if is_address(field) => (identity::mask_address(&clear), true),
            _ if is_masked(def, field, &clear) => (masked_code(&clear), true),
            _ => (clear, false),
        };
        let files = match value {
            Value::Files(files) => files.clone(),
            _ => Vec::new(),
        };
        let title = def.map(|def| def.title.clone()).or_else(|| self.wording.computed_title(field));
        let title = title.or_else(|| kernel::system::fact_title(self.procedure(), field));
        Some(SeenFact {
            field: field.clone(),
            label: unit_once(title.unwrap_or_else(|| field.to_string()), &text),
            text,
            masked: masked && !self.is_party(),
            files,
        })
    }

    /// Everything known, in the order of the forms of opening acts first.
    fn facts(&self) -> Vec<SeenGroup> {
        let opening = self.matter().history.first().and_then(|done| self.procedure().act(&done.act.name));
        let mut groups = Vec::new();
        for section in opening.map(|def| def.form.as_slice()).unwrap_or_default() {
            let facts = section.fields.iter().filter_map(|field| {
                let value = self.matter().facts.get(&field.name)?;
                self.fact(&field.name, value)
            });
            let group = SeenGroup { title: section.title.clone(), facts: facts.collect() };
            if !group.facts.is_empty() {
                groups.push(group);
            }
        }
        groups
    }

    fn clock(&self, deadline: &Deadline) -> SeenClock {
        let limit = self.procedure().limit(&deadline.limit);
        let today = self.now.on();
        let unit = limit.map_or(kernel::clock::Unit::NaturalDay, |limit| limit.unit);
        let (light, light_text) = self.light(deadline, unit);
        let steps = match &deadline.when {
            When::Day(due) => due.steps.iter().map(|step| step.zh()).collect(),
            When::Instant { civil, .. } => vec![format!(
                "小时、分钟连续计算，不避开休假日，到{}{:02}:{:02}为止。",
                zh_date(civil.date()),
                civil.hour(),
                civil.minute()
            )],
            When::Unknown(why) => vec![why.clone()],
        };
        let until = match deadline.progress {
            Progress::Ended { on, .. } => on,
            Progress::Stopped { since, .. } => since,
            Progress::Running => today,
        };
        SeenClock {
            limit: deadline.limit.clone(),
            title: limit.map(|limit| limit.title.clone()).unwrap_or_default(),
            kind: deadline.kind,
            length: deadline.amount.map(|amount| kernel::clock::Term { amount, unit }.zh()).unwrap_or_default(),
            by: limit.map(|limit| self.wording.seat(&limit.by)).unwrap_or_default(),
            started_on: deadline.started_on,
            due_on: deadline.last_day(),
            used_days: kernel::clock::days_left(until, deadline.started_on).max(0),
            light,
            light_text,
            stopped: match &deadline.progress {
                Progress::Stopped { since, cause } => Some(format!("{}起停：{cause}", zh_date(*since))),
                Progress::Running | Progress::Ended { .. } => None,
            },
            ended: matches!(deadline.progress, Progress::Ended { .. }),
            steps,
            at_end: limit.map(|limit| self.wording.at_end(limit)).unwrap_or_default(),
            cite: limit.and_then(|limit| limit.cite.clone()),
            open_point: limit.and_then(|limit| limit.open_point.as_ref()).and_then(|name| {
                let point = self.procedure().open_points.iter().find(|point| &point.name == name)?;
                Some((point.question.clone(), point.assumption.clone()))
            }),
        }
    }

    /// It was ended that day by what its own end brings about.
    fn has_expired(&self, deadline: &Deadline, on: Date) -> bool {
        let expiry = self.procedure().limit(&deadline.limit).map(|limit| &limit.expiry);
        let Some(Expiry::Act(act)) = expiry else { return false };
        self.matter().last(act).is_some_and(|done| done.act.moment.on() == on)
    }

    fn light(&self, deadline: &Deadline, unit: kernel::clock::Unit) -> (Light, String) {
        let world = &self.bureau.law;
        match (&deadline.progress, &deadline.when) {
            (Progress::Ended { on, .. }, _) if self.has_expired(deadline, *on) => {
                (Light::Red, format!("已届满，{}起按届满处理", zh_date(*on)))
            }
            (Progress::Ended { late: Some(true), on }, when) => {
                let text = match when {
                    When::Day(due) => {
                        due.on.map(|due| format!("{}完成，超期{}日", zh_date(*on), -kernel::clock::days_left(due, *on)))
                    }
                    _ => Some(format!("{}完成，已超过期限", zh_date(*on))),
                };
                (Light::Red, text.unwrap_or_default())
            }
            (Progress::Ended { on, .. }, _) => (Light::Green, format!("{}完成，在期限内", zh_date(*on))),
            (Progress::Stopped { .. }, _) => (Light::Grey, "中止".to_owned()),
            (Progress::Running, When::Unknown(why)) => (Light::Grey, why.clone()),
            (Progress::Running, When::Instant { at, .. }) => by_the_hour(self.now.at, *at),
            (Progress::Running, _) => {
                match kernel::clock::light(deadline.last_day(), self.now.on(), 3, unit, &world.calendar) {
                    Ok(reading) => (reading.light, reading.text),
                    Err(why) => (Light::Grey, why.zh()),
                }
            }
        }
    }

    fn act(&self, done: &Done) -> SeenAct {
        let def = self.procedure().act(&done.act.name);
        let opening = done.version == 1;
        let stated = done.facts.iter().chain(&done.act.computed);
        let ordered = self.in_form_order(def, stated.collect());
        let person = |entry: &str| self.wording.member_name(entry);
        SeenAct {
            version: done.version,
            name: done.act.name.clone(),
            title: self.wording.act(&done.act.name),
            who: self.who(&done.act.actor),
            seat: self.wording.seat(&done.act.actor.seat),
            at: done.act.moment.civil,
            facts: if opening {
                Vec::new()
            } else {
                ordered.into_iter().filter_map(|(field, value)| self.fact(field, value)).collect()
            },
            papers: self.papers_of(done.version),
            seated: done
                .act
                .slots
                .iter()
                .filter(|(slot, _)| self.is_told(slot))
                .map(|(slot, seated)| {
                    let how = seated.rank.map_or("按顺序轮派".to_owned(), |rank| format!("按点援第{rank}位"));
                    (self.wording.slot(slot), person(&seated.entry), how)
                })
                .collect(),
            skipped: if self.is_party() {
                Vec::new()
            } else {
                done.act
                    .slots
                    .values()
                    .flat_map(|seated| &seated.skipped)
                    .map(|(entry, why)| (person(entry), why.clone()))
                    .collect()
            },
            cites: def.map(|def| def.cites.clone()).unwrap_or_default(),
        }
    }

    fn in_form_order<'v>(
        &self,
        def: Option<&ActDef>,
        mut stated: Vec<(&'v Name, &'v Value)>,
    ) -> Vec<(&'v Name, &'v Value)> {
        let order: Vec<&Name> = def.into_iter().flat_map(|def| def.fields()).map(|field| &field.name).collect();
        stated.sort_by_key(|(field, _)| order.iter().position(|name| name == field).unwrap_or(usize::MAX));
        stated
    }

    /// A party knows who handles their matter by seat and office; colleagues know the name.
    fn who(&self, actor: &Actor) -> String {
        let office = actor.office.as_ref().and_then(|office| self.bureau.law.place.office(office));
        let office = office.map(|office| office.name.clone()).unwrap_or_default();
        let seated = || self.wording.member_name(actor.person.as_str());
        match self.procedure().seat(&actor.seat).map(|seat| &seat.place) {
            Some(SeatPlace::Party) => self.wording.seat(&actor.seat),
            Some(SeatPlace::Slot(slot)) if !self.is_told(slot) => self.wording.seat(&actor.seat),
            Some(SeatPlace::Slot(_)) => seated(),
            Some(SeatPlace::System) => "系统".to_owned(),
            _ if self.is_party() => office,
            _ => format!("{office} {}", self.names.get(actor.person.as_str()).cloned().unwrap_or_default()),
        }
    }

    fn papers_of(&self, version: u32) -> Vec<(Name, String, Option<String>)> {
        let of_act = self.papers().into_iter().filter(|paper| paper.version == version);
        of_act.map(|paper| (paper.paper, paper.title, paper.number)).collect()
    }

    fn papers(&self) -> Vec<SeenPaper> {
        let seats = self.seats();
        let handles = self.handles();
        let may_open = |paper: &Name| {
            handles
                || self.procedure().paper(paper).is_some_and(|def| def.readers.iter().any(|seat| seats.contains(seat)))
        };
        let issued = self.matter().papers.iter().filter(|issued| may_open(&issued.paper));
        issued
            .map(|issued| SeenPaper {
                paper: issued.paper.clone(),
                version: issued.version,
                title: self.procedure().paper(&issued.paper).map(|def| def.title.clone()).unwrap_or_default(),
                number: issued.number.clone(),
                on: issued.on,
                voided: issued.voided,
            })
            .collect()
    }

    fn actions(&self, world: &World<'_>) -> Vec<SeenAction> {
        let mut actions: Vec<SeenAction> = Vec::new();
        let posts: &[HeldPost] = match self.viewer {
            Viewer::Account { posts, .. } => posts,
            Viewer::Party { .. } => &[],
        };
        let about = About { matter: Some(self.matter()), procedure: self.procedure(), place: &self.bureau.law.place };
        let capacities = self.capacities();
        let Some(person) = capacities.first().map(|actor| &actor.person) else { return actions };
        let asking = self.bureau.policy.asking(person, posts, about);
        for actor in &capacities {
            if !asking.may_act(actor) {
                continue;
            }
            for def in available(self.procedure(), self.matter(), actor, world) {
                let apart = self.matter().was_done_by(self.procedure(), &def.apart_from, &actor.person).is_some();
                let hindered = hindered_by(self.procedure(), def, self.matter(), world, self.now.on()).is_some();
                if !apart && !hindered && actions.iter().all(|action| action.act != def.name) {
                    actions.push(SeenAction {
                        act: def.name.clone(),
                        title: def.title.clone(),
                        seat: actor.seat.clone(),
                        cites: def.cites.clone(),
                    });
                }
            }
        }
        actions
    }

    /// Every capacity in which the viewer could act here; one person's, all of them.
    fn capacities(&self) -> Vec<Actor> {
        match self.viewer {
            Viewer::Party { party } => {
                let person = self.matter().parties.get(party).cloned().unwrap_or_default();
                vec![Actor { person, seat: party.clone(), office: None }]
            }
            Viewer::Account { person, posts } => {
                let posted = posts.iter().map(|post| Actor {
                    person: person.clone(),
                    seat: post.seat.clone(),
                    office: Some(post.office.clone()),
                });
                let slots = self.procedure().seats.iter().filter(|seat| matches!(seat.place, SeatPlace::Slot(_)));
                let seated = slots.map(|seat| Actor { person: person.clone(), seat: seat.name.clone(), office: None });
                posted.chain(seated).collect()
            }
        }
    }

    fn dossier(&self, world: &World<'_>) -> Result<Vec<SeenItem>, SightError> {
        if self.is_party() {
            return Ok(Vec::new());
        }
        let items = kernel::decide::dossier(self.procedure(), self.matter(), world, self.now.on())?;
        Ok(items.into_iter().map(|item| SeenItem { title: item.title, must: item.must, there: item.there }).collect())
    }

    /// Who sits in a slot is told to a party only where a paper is addressed to that seat: who handles their
    /// matter, not who grades it.
    fn is_told(&self, slot: &Name) -> bool {
        let seat = self.procedure().seats.iter().find(|seat| seat.place == SeatPlace::Slot(slot.clone()));
        seat.is_some_and(|seat| {
            !self.is_party() || self.procedure().papers.iter().any(|paper| paper.to.as_ref() == Some(&seat.name))
        })
    }

    fn seated(&self) -> Result<Vec<SeenMember>, SightError> {
        let mut members = Vec::new();
        for (slot, seated) in &self.matter().slots {
            if !self.is_told(slot) {
                continue;
            }
            if let Some(member) = registers::member(self.bureau, &seated.register, &seated.entry, self.now.on())? {
                members.push(SeenMember { seat: self.wording.slot(slot), member });
            }
        }
        Ok(members)
    }
}

/// The value says its unit: the label need not.
fn unit_once(label: String, text: &str) -> String {
    match label.strip_suffix("（元）") {
        Some(bare) if text.ends_with('元') => bare.to_owned(),
        _ => label,
    }
}

fn masked_code(code: &str) -> String {
    match (code.get(..6), code.get(code.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if code.len() >= 15 => format!("{head}********{tail}"),
        _ => "********".to_owned(),
    }
}

/// Whether pages show the text of a field only in part.
pub(crate) fn is_masked(def: Option<&Field>, field: &Name, text: &str) -> bool {
    match def.map(|def| &def.kind) {
        Some(FieldKind::ResidentId | FieldKind::CreditCode | FieldKind::Phone) => true,
        _ if is_address(field) => true,
        // A number typed where any text may stand is somebody's number all the same.
        Some(FieldKind::Text { .. }) => is_code(text) && def.is_some_and(|def| def.personal.is_some()),
        _ => false,
    }
}

/// Letters and digits without a word among them, long enough to tell a person or a body: an identity number, a
/// credit code, a phone.
fn is_code(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 7 && text.chars().all(|c| c.is_ascii_alphanumeric() || c.is_whitespace() || c == '-')
}

fn is_address(field: &Name) -> bool {
    matches!(field.as_str().rsplit('.').next(), Some("address" | "household"))
}

/// How a limit in hours or minutes stands: yellow below six hours.
fn by_the_hour(now: jiff::Timestamp, end: jiff::Timestamp) -> (Light, String) {
    let minutes = now.duration_until(end).as_secs() / 60;
    let said = |minutes: i64| match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}分钟"),
        (hours, 0) => format!("{hours}小时"),
        (hours, minutes) => format!("{hours}小时{minutes}分钟"),
    };
    match minutes {
        ..0 => (Light::Red, format!("已超期{}", said(-minutes))),
        0..360 => (Light::Yellow, format!("剩{}", said(minutes))),
        _ => (Light::Green, format!("剩{}", said(minutes))),
    }
}
