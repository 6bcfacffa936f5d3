//! The public side: portal, guide, check, application, following a matter, checking a receipt.
//!
//! Nobody needs an account here. A half-filled form is kept under a cookie, a matter is opened by a
//! code sent to the phone. Which forms there are and what they ask: the law file says.
//!
//! INVARIANT: a handler that changes something takes only forms of our own pages.

mod apply;
mod code;
mod form;
mod guide;
mod lawyers;
mod looks;
mod matter;
mod notices;
mod party;
mod portal;
mod province;
mod screening;
mod verify;

pub(crate) use matter::opened;
pub(crate) use province::vouched_for;

use crate::access::{Routes, Who};
use crate::answer::Fault;
use crate::answer::work;
use crate::app::{App, Shared};
use crate::observed;
use crate::submission::Submission;
use crate::visit::Visit;
use axum::response::Response;
use kernel::guard::{GuardError, Operand, Scope};
use kernel::names::Name;
use kernel::procedure::{ActDef, Procedure, SeatPlace};
use kernel::value::Facts;
use kernel::world::Place;
use std::fmt::Display;
use std::sync::Arc;

/// The routes of this part.
pub fn routes() -> Routes {
    Routes::default()
        .get("/", Who::Everybody, portal::portal)
        .post("/mode", Who::Everybody, portal::mode)
        .get("/static/{name}", Who::Everybody, portal::asset)
        .get("/healthz", Who::Everybody, observed::healthz)
        .get("/readyz", Who::Everybody, observed::readyz)
        .get("/lawyers/{register}", Who::Everybody, lawyers::lawyers)
        .get("/notices", Who::Everybody, notices::notices)
        .get("/notices/{matter}/{version}/{paper}", Who::Everybody, notices::paper)
        .get("/guide/{procedure}", Who::Everybody, guide::guide)
        .get("/guide/{procedure}/chart.svg", Who::Everybody, guide::chart)
        .get("/check/{procedure}", Who::Everybody, screening::check)
        .get("/apply/{procedure}", Who::Everybody, apply::start)
        .get("/apply/{procedure}/review", Who::Everybody, apply::review)
        .post("/apply/{procedure}/review", Who::Everybody, apply::send)
        .get("/apply/{procedure}/{step}", Who::Everybody, apply::step)
        .post("/apply/{procedure}/{step}", Who::Everybody, apply::answer)
        .get("/draft/files/{file}", Who::Draft, apply::file)
        .get("/status", Who::Everybody, code::find)
        .post("/status", Who::Everybody, code::ask)
        .get("/status/code", Who::Everybody, code::code)
        .post("/status/code", Who::Everybody, code::enter)
        .post("/status/again", Who::Everybody, code::again)
        .get("/m", Who::Party, matter::matter)
        .get("/m/received", Who::Party, matter::received)
        .post("/m/leave", Who::Everybody, matter::leave)
        .get("/m/act/{act}", Who::Party, party::form)
        .post("/m/act/{act}", Who::PartyForm, party::act)
        .get("/m/act/{act}/files/{file}", Who::Party, party::file)
        .get("/m/paper/{version}/{paper}", Who::Party, matter::paper)
        .get("/m/file/{file}", Who::Party, matter::file)
        .get("/m/receipt.json", Who::Party, matter::first_receipt)
        .get("/m/receipt/{version}", Who::Party, matter::receipt)
        .get("/verify", Who::Everybody, verify::form)
        .post("/verify", Who::Everybody, verify::check)
        .get("/m/paper/{version}/{paper}/signature", Who::Party, matter::paper_signature)
        .get("/verify/keys.json", Who::Everybody, verify::keys)
        .get("/m/looks", Who::Party, looks::looks)
        .get("/mine", Who::Citizen, province::list)
        .get("/mine/with/{provider}", Who::Everybody, province::set_out)
        .get("/mine/back/{provider}", Who::Everybody, province::back)
        .post("/mine/open", Who::Citizen, province::open)
        .post("/mine/leave", Who::Everybody, province::leave)
}

/// A page: the cookie of the visit is set with it.
async fn page<F>(app: Shared, visit: Visit, run: F) -> Response
where
    F: FnOnce(&App, &Visit) -> Result<Response, Fault> + Send + 'static,
{
    work(app, visit, move |app, visit| run(app, visit).map(|response| visit.kept(app, response))).await
}

/// A form that was sent: only one of ours is taken.
async fn taken<F>(app: Shared, visit: Visit, sent: Submission, run: F) -> Response
where
    F: FnOnce(&App, &Visit, Submission) -> Result<Response, Fault> + Send + 'static,
{
    let run = move |app: &App, visit: &Visit| {
        if !visit.is_ours(app, sent.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        run(app, visit, sent)
    };
    work(app, visit, run).await
}

/// A fault of ours, for the log.
fn internal(error: impl Display) -> Fault {
    Fault::Internal(error.to_string())
}

/// The procedure of that name as it is in force today.
fn procedure(app: &App, id: &str) -> Result<Arc<Procedure>, Fault> {
    app.bureau.law.current(&Name::from(id), app.now().on()).cloned().ok_or(Fault::NotFound)
}

/// Every procedure in force today.
fn in_force(app: &App) -> impl Iterator<Item = &Arc<Procedure>> {
    let today = app.now().on();
    let law = &app.bureau.law;
    law.procedures.iter().filter(move |procedure| {
        law.current(&procedure.id, today).is_some_and(|current| current.edition == procedure.edition)
    })
}

/// The acts by which a party opens a matter, and which party.
fn openings(procedure: &Procedure) -> impl Iterator<Item = (&ActDef, &Name)> {
    procedure.openings().filter_map(|act| {
        let seats = act.by.iter().filter_map(|seat| procedure.seat(seat));
        let party = seats.into_iter().find(|seat| seat.place == SeatPlace::Party)?;
        Some((act, &party.name))
    })
}

/// The first of them: the ordinary way in.
fn opening(procedure: &Procedure) -> Option<(&ActDef, &Name)> {
    openings(procedure).next()
}

/// How an opening act is named in an address: the procedure alone for the ordinary way in, with the act for others.
fn way_in(procedure: &Procedure, act: &ActDef) -> String {
    match opening(procedure) {
        Some((first, _)) if first.name == act.name => procedure.id.to_string(),
        _ => format!("{}:{}", procedure.id, act.name),
    }
}

/// The procedure and the opening act of an address.
fn entered(app: &App, way: &str) -> Result<(Arc<Procedure>, Name), Fault> {
    let (id, act) = way.split_once(':').map_or((way, None), |(id, act)| (id, Some(act)));
    let procedure = procedure(app, id)?;
    let found = openings(&procedure).find(|(own, _)| act.is_none_or(|act| own.name.as_str() == act));
    let act = found.map(|(act, _)| act.name.clone()).ok_or(Fault::NotFound)?;
    Ok((procedure, act))
}

/// The register a party may choose from when applying.
fn register_to_choose(procedure: &Procedure) -> Option<&Name> {
    let (act, _) = opening(procedure)?;
    act.fields().find_map(|field| match &field.kind {
        kernel::procedure::FieldKind::Ranking { register, .. } => Some(register),
        _ => None,
    })
}

/// Answers as a condition reads them, before there is a matter.
struct Answers<'a> {
    facts: &'a Facts,
    place: &'a Place,
    on: jiff::civil::Date,
}

impl Scope for Answers<'_> {
    fn today(&self) -> jiff::civil::Date {
        self.on
    }

    fn fact(&self, field: &Name) -> Option<Operand> {
        self.facts.get(field).and_then(Operand::of)
    }

    fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError> {
        self.place.rate(rate, key, self.on).map(|found| found.value)
    }
}
