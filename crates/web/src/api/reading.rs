//! What can be read: procedures, a matter as its reader sees it, a worklist, receipts.

use crate::answer::Fault;
use crate::api::body;
use crate::api::openapi;
use crate::api::problem::{Problem, answer};
use crate::api::sessions::{person, token};
use crate::app::Shared;
use crate::caller::Caller;
use crate::desk::clerk::procedures as in_force;
use crate::desk::filter::{Asked, PER_PAGE};
use crate::desk::lists::{WORK_NAMES, worklist_of};
use crate::shown::row_light;
use acts::receipt::{receipt, verify};
use acts::sight::{SeenAct, SeenClock, SeenFact, Sight};
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use kernel::names::{MatterId, Name};
use kernel::procedure::Procedure;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// GET /api/v1/procedures
pub async fn procedures(State(app): State<Shared>) -> Response {
    answer(app, |app| {
        let listed: Vec<Json> = in_force(app).iter().map(|procedure| heading(procedure)).collect();
        Ok(axum::Json(json!({ "procedures": listed })).into_response())
    })
    .await
}

fn heading(procedure: &Procedure) -> Json {
    json!({ "id": procedure.id.as_str(), "title": procedure.title, "statute": procedure.statute,
            "edition": procedure.edition.to_string(), "in_force_from": procedure.in_force_from.to_string(),
            "href": format!("/api/v1/procedures/{}", procedure.id) })
}

/// GET /api/v1/procedures/{procedure}
pub async fn procedure(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    answer(app, move |app| {
        let found = app.bureau.law.current(&Name::new(id), app.now().on()).cloned().ok_or_else(Problem::not_found)?;
        let mut document = heading(&found);
        let cites = |cites: &[kernel::procedure::Citation]| cites.iter().map(ToString::to_string).collect::<Vec<_>>();
        let stages = found.stages.iter().map(|stage| {
            json!({ "name": stage.name.as_str(), "title": stage.title, "closed": stage.closed, "cites": cites(&stage.cites),
                    "by": stage.by.iter().map(Name::as_str).collect::<Vec<_>>() })
        });
        let acts = found.acts.iter().map(|act| {
            json!({ "name": act.name.as_str(), "title": act.title, "opens": act.within.is_empty(), "adverse": act.adverse,
                    "by": act.by.iter().map(Name::as_str).collect::<Vec<_>>(), "cites": cites(&act.cites),
                    "within": act.within.iter().map(Name::as_str).collect::<Vec<_>>(), "schema": openapi::schema(&found, act) })
        });
        if let Some(object) = document.as_object_mut() {
            object.insert("stages".into(), stages.collect());
            object.insert("acts".into(), acts.collect());
        }
        Ok(axum::Json(document).into_response())
    })
    .await
}

/// GET /api/v1/matters/{matter}
pub async fn matter(State(app): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let token = token(&headers);
    answer(app, move |app| {
        let clerk = person(app, token)?;
        let sight = clerk.sight(app, &id)?;
        let version = sight.loaded.matter.version;
        let mut response = axum::Json(seen(&sight)).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
            response.headers_mut().insert(ETAG, tag);
        }
        Ok(response)
    })
    .await
}

/// A matter as its reader sees it; masked values stay masked.
fn seen(sight: &Sight) -> Json {
    let matter = &sight.loaded.matter;
    let href = format!("/api/v1/matters/{}", matter.id);
    let facts: Vec<Json> = sight.facts.iter().flat_map(|group| &group.facts).map(fact).collect();
    let clocks: Vec<Json> = sight.clocks.iter().map(clock).collect();
    let timeline: Vec<Json> = sight.timeline.iter().map(|act| happened(act, &href)).collect();
    let papers = sight.papers.iter().map(|paper| {
        json!({ "paper": paper.paper.as_str(), "title": paper.title, "number": paper.number, "on": paper.on.to_string(),
                "voided": paper.voided, "version": paper.version })
    });
    let actions = sight.actions.iter().map(|action| {
        json!({ "act": action.act.as_str(), "title": action.title, "seat": action.seat.as_str(), "href": format!("{href}/acts/{}", action.act) })
    });
    json!({ "matter": matter.id.as_str(), "version": matter.version, "number": matter.number, "procedure": matter.procedure.as_str(),
        "title": sight.title, "stage": matter.stage.as_str(), "stage_title": sight.stage, "closed": sight.closed, "sealed": sight.sealed_by.is_some(),
        "office": sight.office.as_ref().map(|office| office.name.clone()), "channel": sight.channel, "turn": sight.turn,
        "facts": facts, "clocks": clocks, "timeline": timeline,
        "papers": papers.collect::<Vec<_>>(), "actions": actions.collect::<Vec<_>>() })
}

fn fact(fact: &SeenFact) -> Json {
    json!({ "field": fact.field.as_str(), "title": fact.label, "text": fact.text, "masked": fact.masked })
}

fn clock(clock: &SeenClock) -> Json {
    json!({ "limit": clock.limit.as_str(), "title": clock.title, "length": clock.length, "by": clock.by,
            "started_on": clock.started_on.to_string(), "due_on": clock.due_on.map(|day| day.to_string()),
            "light": clock.light_text, "stopped": clock.stopped, "ended": clock.ended, "steps": clock.steps,
            "cite": clock.cite.as_ref().map(ToString::to_string) })
}

fn happened(act: &SeenAct, href: &str) -> Json {
    json!({ "version": act.version, "act": act.name.as_str(), "title": act.title, "who": act.who.trim(), "seat": act.seat,
            "at": act.at.to_string(), "facts": act.facts.iter().map(fact).collect::<Vec<_>>(),
            "skipped": act.skipped, "receipt": format!("{href}/receipts/{}", act.version) })
}

/// GET /api/v1/worklist
pub async fn worklist(
    State(app): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let token = token(&headers);
    answer(app, move |app| {
        let clerk = person(app, token)?;
        let asked = Asked::read("/api/v1/worklist", &query, WORK_NAMES);
        let list = worklist_of(app, &clerk, &asked)?;
        let counters = clerk.counters(app)?;
        let today = app.now().on();
        let rows = list.rows.iter().map(|row| {
            json!({ "matter": row.matter.matter.0, "number": row.matter.number, "procedure": row.matter.procedure, "title": row.matter.title,
                    "subject": row.matter.subject_masked, "sealed": row.matter.sealed, "opened_on": row.matter.opened_on, "task": row.task.title,
                    "seat": row.task.seat, "due_on": row.task.due_on, "state": row.task.due_state.as_str(),
                    "light": row_light(row.task.due_on.as_deref(), row.task.due_state, today).text,
                    "href": format!("/api/v1/matters/{}", row.matter.matter.0) })
        });
        let counts = json!({ "todo": counters.todo, "soon": counters.soon, "overdue": counters.overdue, "stopped": counters.stopped });
        let body = json!({ "total": list.total, "page": asked.page, "per_page": PER_PAGE, "counters": counts, "rows": rows.collect::<Vec<_>>() });
        Ok(axum::Json(body).into_response())
    })
    .await
}

/// GET /api/v1/matters/{matter}/receipts/{version}
pub async fn receipt_of(
    State(app): State<Shared>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let token = token(&headers);
    answer(app, move |app| {
        let clerk = person(app, token)?;
        clerk.sight(app, &id)?;
        let version: u32 = version.parse().map_err(|_| Problem::not_found())?;
        let made = receipt(&app.bureau, app.now(), &MatterId::new(id), version).map_err(Fault::from)?;
        Ok(axum::Json(made).into_response())
    })
    .await
}

/// POST /api/v1/verify
pub async fn verify_receipt(State(app): State<Shared>, Extension(caller): Extension<Caller>, body: Body) -> Response {
    let read = body::bytes(&app, caller, body, body::PLAIN_MAX).await;
    answer(app, move |app| {
        let sent = read?;
        if sent.bytes.is_empty() {
            return Err(Problem::unreadable("请把凭证文件的内容放在请求里。"));
        }
        let text = String::from_utf8_lossy(&sent.bytes);
        let verdict = verify(&text, Some(&app.bureau.keys.public_key()));
        let checks: Vec<Json> = verdict
            .checks
            .iter()
            .map(|check| json!({ "what": check.what, "holds": check.holds, "means": check.means }))
            .collect();
        let says: Vec<Json> = verdict.says.iter().map(|(what, text)| json!({ "what": what, "text": text })).collect();
        Ok(axum::Json(json!({ "holds": verdict.holds(), "checks": checks, "says": says })).into_response())
    })
    .await
}
