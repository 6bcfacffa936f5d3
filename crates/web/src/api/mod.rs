//! The API: the same corridor as the pages, in JSON, described by a document made from the law files.
//!
//! A caller signs in as a person and acts in that person's seats; there is no other right. Nothing is
//! said twice: fields, lists and acts come from the procedures, and so does the description of them.
//!
//! INVARIANT: bad input is never a fault of ours; every refusal is a problem document with a sentence.

mod acts_of;
mod body;
mod openapi;
pub mod problem;
mod reading;
pub mod sessions;

use crate::access::{Routes, Who};
use crate::answer;
use crate::answer::work;
use crate::app::Shared;
use crate::pages::reference::ApiDocs;
use crate::visit::Visit;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

/// Whether whoever asks for a path reads JSON: a problem is told them as a document, not as a page.
pub fn wants_json(path: &str) -> bool {
    path.starts_with("/api/")
}

/// The routes of this part.
pub fn routes() -> Routes {
    Routes::default()
        .get("/api", Who::Everybody, docs)
        .get("/api/openapi.json", Who::Everybody, document)
        .post("/api/v1/sessions", Who::Everybody, sessions::open)
        .delete("/api/v1/sessions", Who::Everybody, sessions::close)
        .get("/api/v1/procedures", Who::Everybody, reading::procedures)
        .get("/api/v1/procedures/{procedure}", Who::Everybody, reading::procedure)
        .post("/api/v1/procedures/{procedure}/{act}", Who::Bearer, acts_of::open)
        .get("/api/v1/matters/{matter}", Who::Bearer, reading::matter)
        .post("/api/v1/matters/{matter}/acts/{act}", Who::Bearer, acts_of::act)
        .get("/api/v1/matters/{matter}/receipts/{version}", Who::Bearer, reading::receipt_of)
        .get("/api/v1/worklist", Who::Bearer, reading::worklist)
        .post("/api/v1/verify", Who::Everybody, reading::verify_receipt)
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
async fn document(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, _| Ok(axum::Json(openapi::document(app)).into_response())).await
}
