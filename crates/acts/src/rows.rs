//! The rows a person must see at once: where a matter stands, and whose turn it is.
//!
//! They follow from the matter and nothing else, so that a rebuild gives the same bytes. The day
//! is not part of them: what is overdue today is asked when the list is read.

use crate::bureau::Law;
use crate::content::{Packed, first_party};
use crate::policy::{self, About};
use jiff::civil::Date;
use kernel::deadline::{Deadline, Progress, deadlines, governing};
use kernel::matter::{Issued, Matter};
use kernel::names::{Name, OfficeId, reserved};
use kernel::procedure::{Expiry, Procedure, SeatPlace};
use kernel::retention::{KeepUntil, keep_until};
use kernel::sealing;
use kernel::value::Value;
use kernel::world::World;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use store::{DueState, Entry, MatterView, NumberRef, PaperRow, Task};

/// The rows of one matter.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Where it stands.
    pub view: MatterView,
    /// Whose turn.
    pub tasks: Vec<Task>,
    /// Papers, all of them.
    pub papers: Vec<PaperRow>,
}

impl Rows {
    /// The act they follow from, ready for the store: `body` is what is hashed, `expected` the version that was seen.
    pub fn entry(self, expected: u32, mut body: Map<String, Json>, packed: Packed) -> Entry {
        let Rows { view, tasks, papers } = self;
        body.insert("content".into(), Json::Object(packed.commitments));
        Entry {
            matter: view.matter.clone(),
            expected,
            body,
            draws: Vec::new(),
            voids: Vec::new(),
            open: packed.open,
            sealed: packed.sealed,
            view: Some(view),
            tasks,
            papers,
        }
    }
}

/// The world a row may read: calendar and place, no candidates.
pub fn plain_world<'a>(law: &'a Law, nobody: &'a BTreeMap<Name, Vec<kernel::assignment::Candidate>>) -> World<'a> {
    World { calendar: &law.calendar, place: &law.place, candidates: nobody }
}

/// The rows that follow from a matter. A number not yet drawn is referred to by its slot.
pub fn rows(law: &Law, procedure: &Procedure, matter: &Matter) -> Rows {
    let nobody = BTreeMap::new();
    let world = plain_world(law, &nobody);
    let deadlines = deadlines(matter, procedure, &world);
    let id = store::MatterId(matter.id.to_string());
    let bare = bare_view(law, procedure, matter);
    let (due_on, due_state) = if bare.closed { (None, DueState::None) } else { due_of(governing(&deadlines)) };
    let title = title(procedure, matter);
    let owner = law.place.office(&matter.owner).map(|office| office.name.as_str()).unwrap_or_default();
    let outer = matter.facts.get(&Name::from(reserved::OUTER_BODY)).and_then(Value::as_text).unwrap_or_default();
    let view = MatterView {
        search: search::words(&format!("{title} {owner} {outer}")),
        title,
        subject_masked: subject_masked(procedure, matter),
        due_on,
        due_state,
        expires_on: expires_on(procedure, &deadlines),
        keep_until: kept_until(procedure, matter),
        handlers: handlers(matter),
        ..bare
    };
    Rows { tasks: tasks(law, procedure, matter, &deadlines, &id), papers: papers(procedure, matter, &id), view }
}

/// What is left to see of a matter whose content was destroyed: that there was one, and when. `matter` is folded without
/// content; nothing else is read of it, so that the disposal and a rebuild write the same.
pub fn left(law: &Law, procedure: &Procedure, matter: &Matter) -> Rows {
    let view = MatterView { subject_masked: DESTROYED.to_owned(), ..bare_view(law, procedure, matter) };
    Rows { view, tasks: Vec::new(), papers: Vec::new() }
}

/// What can be said of a matter without its content: which it is, whose, where it stands, and since when.
fn bare_view(law: &Law, procedure: &Procedure, matter: &Matter) -> MatterView {
    let closed = matter.is_closed(procedure);
    let about = About { matter: Some(matter), procedure, place: &law.place };
    MatterView {
        matter: store::MatterId(matter.id.to_string()),
        procedure: procedure.id.to_string(),
        edition: matter.edition.to_string(),
        number: number_ref(matter),
        title: procedure.title.clone(),
        subject_masked: String::new(),
        owner_office: matter.owner.to_string(),
        area: law.place.office(&matter.owner).map(|office| office.area.clone()).unwrap_or_default(),
        channel: matter.channel.clone(),
        lane: String::new(),
        stage: matter.stage.to_string(),
        stage_title: procedure.stage(&matter.stage).map(|stage| stage.title.clone()).unwrap_or_default(),
        closed,
        outcome: closed.then(|| matter.stage.to_string()),
        opened_on: matter.opened_on().map(|day| day.to_string()).unwrap_or_default(),
        closed_on: closed.then(|| matter.entered_on().map(|day| day.to_string())).flatten(),
        due_on: None,
        due_state: DueState::None,
        expires_on: None,
        keep_until: None,
        version: matter.version,
        handlers: BTreeSet::new(),
        readers: policy::readers(about),
        sealed: policy::is_sealed(about),
        search: String::new(),
    }
}

/// What stands in lists in place of whom the matter concerned.
const DESTROYED: &str = "已销毁";

fn kept_until(procedure: &Procedure, matter: &Matter) -> Option<String> {
    match keep_until(matter, procedure)? {
        KeepUntil::Day(day) => Some(day.to_string()),
        KeepUntil::Never => None,
    }
}

/// The first day on which the end of a limit can bring something about.
fn expires_on(procedure: &Procedure, deadlines: &[Deadline]) -> Option<String> {
    let brings_about = |deadline: &&Deadline| {
        let expiry = procedure.limit(&deadline.limit).map(|limit| &limit.expiry);
        matches!(expiry, Some(Expiry::Act(_)))
    };
    deadlines.iter().filter(brings_about).filter_map(Deadline::lapses_on).min().map(|day| day.to_string())
}

/// What a matter is about, in a line.
pub fn title(procedure: &Procedure, matter: &Matter) -> String {
    let about = procedure.titled_by.as_ref().and_then(|field| {
        let kernel::procedure::FieldKind::Choice { list } = &procedure.field(field)?.kind else { return None };
        procedure.choice_list(list)?.title_of(matter.facts.get(field)?.as_text()?)
    });
    about.map_or_else(|| procedure.title.clone(), |about| format!("{}：{about}", procedure.title))
}

/// Whom a list names, masked: nobody where the name is veiled from a seat that has lists, since a row is one for all.
fn subject_masked(procedure: &Procedure, matter: &Matter) -> String {
    let name = first_party(procedure).map(|party| Name::new(format!("{party}.name")));
    let lists = |seat: &Name| procedure.seat(seat).is_some_and(|seat| seat.place != SeatPlace::Party);
    let veiled = |field: &Name| procedure.field(field).is_some_and(|field| field.veiled_from.iter().any(lists));
    let name = name.filter(|field| !veiled(field));
    let name = name.and_then(|field| matter.facts.get(&field)).and_then(Value::as_text);
    name.map(kernel::identity::mask_name).unwrap_or_default()
}

fn number_ref(matter: &Matter) -> NumberRef {
    match &matter.number {
        Some(number) => NumberRef::Known(number.clone()),
        None => NumberRef::Drawn("matter".to_owned()),
    }
}

fn handlers(matter: &Matter) -> BTreeSet<String> {
    let actors = matter.history.iter().map(|done| &done.act.actor);
    actors.filter(|actor| actor.office.is_some()).map(|actor| actor.person.to_string()).collect()
}

fn due_of(deadline: Option<&Deadline>) -> (Option<String>, DueState) {
    match deadline {
        None => (None, DueState::None),
        Some(deadline) => match (&deadline.progress, deadline.last_day()) {
            (Progress::Stopped { .. }, _) => (None, DueState::Stopped),
            (_, Some(day)) => (Some(day.to_string()), DueState::Running),
            (_, None) => (None, DueState::Unknown),
        },
    }
}

/// One task for every seat whose turn it is, one for every open request, and one for whoever waits
/// while their limit stands still.
fn tasks(law: &Law, procedure: &Procedure, matter: &Matter, deadlines: &[Deadline], id: &store::MatterId) -> Vec<Task> {
    let Some(stage) = procedure.stage(&matter.stage) else { return Vec::new() };
    let entered = matter.entered_on().map(|day| day.to_string()).unwrap_or_default();
    let mut tasks = Vec::new();
    let mut add = |key: String, title: &str, seat: &Name, since: String, due: (Option<String>, DueState)| {
        let Some((office, person)) = holder(law, procedure, matter, seat) else { return };
        tasks.push(Task {
            matter: id.clone(),
            key,
            title: title.to_owned(),
            seat: seat.to_string(),
            office: office.map(|office| office.to_string()),
            person,
            since,
            due_on: due.0,
            due_state: due.1,
            lane: String::new(),
        });
    };
    if !stage.closed {
        let open: Vec<Deadline> =
            deadlines.iter().filter(|deadline| !matches!(deadline.progress, Progress::Ended { .. })).cloned().collect();
        for seat in &stage.by {
            add(format!("stage/{seat}"), &stage.title, seat, entered.clone(), due_of(governing(&open)));
        }
        let waiting = open.iter().filter(|deadline| matches!(deadline.progress, Progress::Stopped { .. }));
        let waiting: BTreeSet<&Name> = waiting
            .filter_map(|deadline| Some(&procedure.limit(&deadline.limit)?.by))
            .filter(|seat| !stage.by.contains(seat))
            .collect();
        for seat in waiting {
            add(format!("waits/{seat}"), &stage.title, seat, entered.clone(), (None, DueState::Stopped));
        }
    }
    for (name, version) in &matter.raised {
        let Some(mark) = procedure.mark(name) else { continue };
        let raised = matter.history.iter().find(|done| done.version == *version);
        let since = raised.map(|done| done.act.moment.on().to_string()).unwrap_or_default();
        add(format!("mark/{name}"), &mark.title, &mark.by, since, (None, DueState::None));
    }
    tasks
}

/// The office or the person who holds a seat of this matter; none for seats without a worklist.
pub(crate) fn holder(
    law: &Law,
    procedure: &Procedure,
    matter: &Matter,
    seat: &Name,
) -> Option<(Option<OfficeId>, Option<String>)> {
    match &procedure.seat(seat)?.place {
        SeatPlace::Owner => Some((Some(matter.owner.clone()), None)),
        SeatPlace::AboveOwner => {
            let above = law.place.office(&matter.owner).and_then(|owner| owner.parent.clone());
            above.map(|above| (Some(above), None))
        }
        place @ SeatPlace::OfficeOf { .. } => {
            let partner = kernel::decide::partner(&law.place, place, matter).cloned();
            partner.map(|partner| (Some(partner), None))
        }
        SeatPlace::Slot(slot) => matter.slots.get(slot).map(|seated| (None, Some(seated.entry.clone()))),
        SeatPlace::Opener => Some((matter.opener.office.clone(), Some(matter.opener.person.to_string()))),
        SeatPlace::Anywhere | SeatPlace::Party | SeatPlace::System => None,
    }
}

fn papers(procedure: &Procedure, matter: &Matter, id: &store::MatterId) -> Vec<PaperRow> {
    // Nothing of a sealed file stands published. Published is the paper as it was last issued.
    let sealed = sealing::is_sealed(matter, procedure);
    let last = |issued: &Issued| {
        let of_it = matter.papers.iter().filter(|other| other.paper == issued.paper && !other.voided);
        of_it.map(|other| other.version).max() == Some(issued.version)
    };
    let row = |issued: &Issued| {
        let published = matter.published.get(&issued.paper).filter(|_| !sealed && last(issued));
        let def = procedure.paper(&issued.paper);
        let numbered = def.is_some_and(|def| def.number.is_some());
        PaperRow {
            matter: id.clone(),
            version: issued.version,
            paper: issued.paper.to_string(),
            title: def.map(|def| def.title.clone()).unwrap_or_default(),
            number: match &issued.number {
                Some(number) => NumberRef::Known(number.clone()),
                None if numbered => NumberRef::Drawn(issued.paper.to_string()),
                None => NumberRef::None,
            },
            issued_on: issued.on.to_string(),
            voided: issued.voided,
            published_on: published.map(Date::to_string),
        }
    };
    matter.papers.iter().map(row).collect()
}
