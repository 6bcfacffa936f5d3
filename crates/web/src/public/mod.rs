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
mod matter;
mod notices;
mod party;
mod portal;
mod province;
mod screening;
mod verify;

use crate::answer::Fault;
use crate::answer::work;
use crate::app::{App, Shared};
use crate::observed;
use crate::submission::Submission;
use crate::visit::Visit;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use kernel::guard::{GuardError, Operand, Scope};
use kernel::names::Name;
use kernel::procedure::{ActDef, Procedure, SeatPlace};
use kernel::value::Facts;
use kernel::world::Place;
use std::fmt::Display;
use std::sync::Arc;

/// The routes of this part.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(portal::portal))
        .route("/mode", post(portal::mode))
        .route("/static/{name}", get(portal::asset))
        .route("/healthz", get(observed::healthz))
        .route("/readyz", get(observed::readyz))
        .route("/lawyers/{register}", get(lawyers::lawyers))
        .route("/notices", get(notices::notices))
        .route("/notices/{matter}/{version}/{paper}", get(notices::paper))
        .route("/guide/{procedure}", get(guide::guide))
        .route("/guide/{procedure}/chart.svg", get(guide::chart))
        .route("/check/{procedure}", get(screening::check))
        .route("/apply/{procedure}", get(apply::start))
        .route("/apply/{procedure}/review", get(apply::review).post(apply::send))
        .route("/apply/{procedure}/{step}", get(apply::step).post(apply::answer))
        .route("/draft/files/{file}", get(apply::file))
        .route("/status", get(code::find).post(code::ask))
        .route("/status/code", get(code::code).post(code::enter))
        .route("/status/again", post(code::again))
        .route("/mine", get(province::list))
        .route("/mine/with/{provider}", get(province::set_out))
        .route("/mine/back/{provider}", get(province::back))
        .route("/mine/open", post(province::open))
        .route("/mine/leave", post(province::leave))
        .route("/m", get(matter::matter))
        .route("/m/received", get(matter::received))
        .route("/m/leave", post(matter::leave))
        .route("/m/act/{act}", get(party::form).post(party::act))
        .route("/m/act/{act}/files/{file}", get(party::file))
        .route("/m/paper/{version}/{paper}", get(matter::paper))
        .route("/m/file/{file}", get(matter::file))
        .route("/m/receipt.json", get(matter::first_receipt))
        .route("/m/receipt/{version}", get(matter::receipt))
        .route("/verify", get(verify::form).post(verify::check))
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
