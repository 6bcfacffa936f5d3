//! The API: the same corridor as the pages, in JSON, described by a document made from the law files.
//!
//! A caller signs in as a person and acts in that person's seats; there is no other right. Nothing is
//! said twice: fields, lists and acts come from the procedures, and so does the description of them.
//!
//! INVARIANT: bad input is never a fault of ours; every refusal is a problem document with a sentence.

mod acts_of;
mod body;
mod openapi;
mod problem;
mod reading;
mod sessions;

use crate::answer;
use crate::answer::work;
use crate::app::Shared;
use crate::pages::reference::ApiDocs;
use crate::visit::Visit;
use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

/// The routes of this part.
pub fn routes() -> Router<Shared> {
    Router::new().route("/api", get(docs)).route("/api/openapi.json", get(document)).merge(first_version())
}

/// What the document describes. Whatever refuses here, a handler or the router itself, answers with a problem document.
fn first_version() -> Router<Shared> {
    Router::new()
        .route("/api/v1/sessions", post(sessions::open).delete(sessions::close))
        .route("/api/v1/procedures", get(reading::procedures))
        .route("/api/v1/procedures/{procedure}", get(reading::procedure))
        .route("/api/v1/procedures/{procedure}/{act}", post(acts_of::open))
        .route("/api/v1/matters/{matter}", get(reading::matter))
        .route("/api/v1/matters/{matter}/acts/{act}", post(acts_of::act))
        .route("/api/v1/matters/{matter}/receipts/{version}", get(reading::receipt_of))
        .route("/api/v1/worklist", get(reading::worklist))
        .route("/api/v1/verify", post(reading::verify_receipt))
        .route("/api/v1/{*elsewhere}", any(async || problem::Problem::not_found()))
        .layer(map_response(problem::in_our_words))
}

/// GET /api
async fn docs(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let document = openapi::document(app);
        let shell = answer::public_shell(app, visit, "接口", None);
        Ok(visit.kept(app, answer::ok(&ApiDocs::listed(shell, "/api/openapi.json".to_owned(), &document))?))
    })
    .await
}

/// GET /api/openapi.json
async fn document(State(app): State<Shared>) -> Response {
    axum::Json(openapi::document(&app)).into_response()
}
