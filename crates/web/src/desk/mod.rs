//! The workbench (工作台): what an official, a lawyer or a peer does, and the statutes everybody may read.
//!
//! The table below is the whole of it. Every handler asks who is signed in, shows what the sight of
//! that person gives, and sends acts through the corridor; it decides nothing.
//!
//! INVARIANT: except for signing in and the statutes, every route asks for a living session.

mod account;
mod act;
mod changes;
pub mod clerk;
mod federated;
pub mod filter;
mod law;
pub mod lists;
mod matter;
mod money;
mod numbers;
mod open;
mod outbox;
pub mod papers;
mod passkeys;
mod posts;
mod registers;
mod sheet;
mod sign;
mod tabs;
mod undelivered;

use crate::app::Shared;
use axum::Router;
use axum::routing::{get, post};

/// The routes of this part.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/desk/sign-in", get(sign::form).post(sign::enter))
        .route("/desk/sign-out", post(sign::leave))
        .route("/desk/sign-in/with/{provider}", get(federated::set_out))
        .route("/desk/sign-in/back/{provider}", get(federated::back))
        .route("/desk/sign-in/passkey", post(passkeys::enter))
        .route(federated::PATH, get(federated::page))
        .route("/desk/identity/link/{provider}", post(federated::link))
        .route("/desk/identity/unlink", post(federated::unlink))
        .route("/desk/identity/passkeys", post(passkeys::enrol))
        .route("/desk/identity/passkeys/remove", post(passkeys::remove))
        .route(account::PATH, get(account::page).post(account::change))
        .route(account::OTHERS, post(account::leave_others))
        .route("/desk", get(lists::home))
        .route("/desk/work", get(lists::worklist))
        .route(changes::NOW, get(changes::now))
        .route(changes::CHANGES, get(changes::changes))
        .route("/desk/matters", get(lists::matters))
        .route("/desk/inbox", get(lists::inbox))
        .route("/desk/matters/{id}", get(matter::page))
        .route("/desk/matters/{id}/unmask", post(matter::reveal))
        .route("/desk/matters/{id}/acts/{act}", get(act::form).post(act::send))
        .route("/desk/matters/{id}/papers/{version}/{paper}", get(papers::paper))
        .route("/desk/matters/{id}/dossier", get(papers::dossier))
        .route("/desk/matters/{id}/files/{file}", get(papers::file))
        .route("/desk/matters/{id}/receipt/{version}", get(papers::receipt_file))
        .route("/desk/drafts/{key}/files/{file}", get(papers::draft_file))
        .route("/desk/window", get(open::window).post(open::chosen))
        .route("/desk/open/{procedure}/{act}", get(open::form).post(open::send))
        .route("/desk/registers", get(registers::first))
        .route("/desk/registers/{register}", get(registers::page).post(registers::send))
        .route("/desk/numbers", get(numbers::page))
        .route("/desk/money", get(money::page))
        .route("/desk/outbox", get(outbox::page).post(outbox::send))
        .route(undelivered::PATH, get(undelivered::page).post(undelivered::send))
        .route("/desk/posts", get(posts::page))
        .route("/law", get(law::index))
        .route("/law/{statute}", get(law::statute))
}
