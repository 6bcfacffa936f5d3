//! Acts: opening a matter, and acting on one.
//!
//! `Idempotency-Key` makes sending twice once; `If-Match` says which version was seen.

use crate::api::body;
use crate::api::problem::{Problem, answer};
use crate::api::sessions::{person, token};
use crate::app::{App, Shared};
use crate::caller::Caller;
use crate::desk::clerk::Clerk;
use acts::drafts::Filled;
use acts::{Command, Done, Standing, perform};
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header::{IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::names::{MatterId, Name};
use kernel::procedure::Procedure;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Longest key of a caller, in bytes.
const KEY_MAX: usize = 200;

/// What the headers of an act say.
struct Said {
    token: Option<String>,
    key: Option<String>,
    seen: Option<String>,
}

impl Said {
    fn read(headers: &HeaderMap) -> Said {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Said { token: token(headers), key: text("idempotency-key"), seen: text(IF_MATCH.as_str()) }
    }

    /// The key, made the caller's own: two callers with the same key are two commands.
    fn key(&self, clerk: &Clerk) -> Result<Option<String>, Problem> {
        match &self.key {
            Some(key) if key.is_empty() || key.len() > KEY_MAX => {
                Err(Problem::unreadable("Idempotency-Key要有1到200个字符。"))
            }
            key => Ok(key.as_ref().map(|key| format!("api/{}/{key}", clerk.person.id))),
        }
    }

    fn seen(&self) -> Result<u32, Problem> {
        let needed = || {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "version-needed",
                "没有说看到的是哪一版",
                "请在If-Match头里写读取办件时的版本，如\"3\"。",
            )
        };
        let text = self.seen.as_ref().ok_or_else(needed)?;
        let digits = text.trim().trim_start_matches("W/").trim_matches('"');
        digits.parse().map_err(|_| Problem::unreadable("If-Match要写办件的版本，如\"3\"。"))
    }
}

/// POST /api/v1/procedures/{procedure}/{act}
pub async fn open(
    State(app): State<Shared>,
    Path((procedure, act)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let said = Said::read(&headers);
    let sent = body::bytes(&app, caller, body, body::ACT_MAX).await;
    answer(app, move |app| {
        let clerk = person(app, said.token.clone())?;
        let current =
            app.bureau.law.current(&Name::new(procedure), app.now().on()).cloned().ok_or_else(Problem::not_found)?;
        let act = Name::new(act);
        current.openings().find(|def| def.name == act).ok_or_else(Problem::not_found)?;
        let opening = clerk.openings_of(app, &current).into_iter().find(|opening| opening.act == act);
        let opening = opening.ok_or_else(|| {
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "这件事您不能办", "您的岗位不能登记这一项。")
        })?;
        let standing = Standing::Post {
            person: clerk.person.id.clone(),
            acting: opening.post.clone(),
            posts: clerk.person.posts.clone(),
        };
        let command = Command {
            procedure: current.id.clone(),
            act,
            channel: query.get("channel").cloned(),
            key: said.key(&clerk)?,
            ..Command::default()
        };
        run(app, &current, &standing, command, &body::object(&sent?)?)
    })
    .await
}

/// POST /api/v1/matters/{matter}/acts/{act}
pub async fn act(
    State(app): State<Shared>,
    Path((matter, act)): Path<(String, String)>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let said = Said::read(&headers);
    let sent = body::bytes(&app, caller, body, body::ACT_MAX).await;
    answer(app, move |app| {
        let clerk = person(app, said.token.clone())?;
        let sight = clerk.sight(app, &matter)?;
        let act = Name::new(act);
        let procedure = sight.loaded.procedure.clone();
        procedure.act(&act).filter(|def| !def.within.is_empty()).ok_or_else(Problem::not_found)?;
        let standing = clerk.standing(app, &sight, &act);
        let standing = standing.ok_or_else(|| {
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "这件事您不能办", "您的岗位不能办理这一步。")
        })?;
        let command = Command {
            procedure: procedure.id.clone(),
            matter: Some(MatterId::new(matter)),
            act,
            seen: Some(said.seen()?),
            key: said.key(&clerk)?,
            ..Command::default()
        };
        run(app, &procedure, &standing, command, &body::object(&sent?)?)
    })
    .await
}

fn run(
    app: &App,
    procedure: &Procedure,
    standing: &Standing,
    mut command: Command,
    sent: &Map<String, Json>,
) -> Result<Response, Problem> {
    let who = match standing {
        Standing::Post { person, .. } | Standing::Seated { person, .. } => person.as_str(),
        _ => "",
    };
    let def = procedure.act(&command.act).ok_or_else(Problem::not_found)?;
    let mut filled = Filled {
        procedure: command.procedure.clone(),
        act: command.act.clone(),
        matter: command.matter.as_ref().map(ToString::to_string),
        ..Filled::default()
    };
    command.draft = body::raw(app, who, def, &mut filled, sent)?;
    command.raw = filled.raw;
    let done = perform(&app.bureau, app.now(), standing, &command)
        .map_err(|error| Problem::of_perform(crate::answer::named(app, error), Some(procedure)))?;
    Ok(created(&done))
}

fn created(done: &Done) -> Response {
    let matter = format!("/api/v1/matters/{}", done.matter);
    let body = json!({ "matter": done.matter.as_str(), "version": done.version, "hash": done.hash.to_string(),
        "numbers": done.numbers, "replayed": done.replayed, "href": matter,
        "receipt": format!("{matter}/receipts/{}", done.version) });
    let mut response = (StatusCode::CREATED, axum::Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&matter) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
