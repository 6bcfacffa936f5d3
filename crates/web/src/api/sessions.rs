//! Tokens: signing in, and who stands behind a request.

use crate::answer::Fault;
use crate::api::body;
use crate::api::problem::{Problem, answer};
use crate::app::{App, Shared};
use crate::desk::clerk::{Clerk, of_token};
use crate::visit;
use acts::people::{self, SignInError};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

/// The token of a request.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The person behind a token.
///
/// # Errors
/// 401 without a living session.
pub fn person(app: &App, token: Option<String>) -> Result<Clerk, Problem> {
    let token = token.ok_or_else(Problem::signed_out)?;
    of_token(app, &token)?.ok_or_else(Problem::signed_out)
}

/// POST /api/v1/sessions
pub async fn open(State(app): State<Shared>, parts: Parts, body: Body) -> Response {
    let address = visit::address(&parts, &app.site.proxies);
    let read = body::json(body).await;
    answer(app, move |app| {
        let sent = read?;
        let text = |name: &str| sent.get(name).and_then(Json::as_str).map(str::to_owned);
        let missing = ["login", "password"].into_iter().filter(|name| text(name).is_none());
        let missing: Vec<(String, String)> = missing.map(|name| (name.to_owned(), "请填写".to_owned())).collect();
        let (Some(login), Some(password)) = (text("login"), text("password")) else {
            return Err(Problem::invalid(missing));
        };
        match people::sign_in_from(&app.bureau, app.now(), &login, &password, &address) {
            Ok(token) => {
                Ok((StatusCode::CREATED, axum::Json(json!({ "token": token, "idle_seconds": people::IDLE_MS / 1000 })))
                    .into_response())
            }
            Err(SignInError::Wrong) => {
                Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", "不能登录", "账号或者密码不对。"))
            }
            Err(SignInError::Resting) => Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "resting",
                "账号在休息",
                "密码连续错了多次，请15分钟后再试。",
            )),
            Err(other) => Err(Fault::Internal(other.to_string()).into()),
        }
    })
    .await
}

/// DELETE /api/v1/sessions
pub async fn close(State(app): State<Shared>, headers: HeaderMap) -> Response {
    let token = token(&headers);
    answer(app, move |app| {
        let token = token.ok_or_else(Problem::signed_out)?;
        people::sign_out(&app.bureau, &token).map_err(Fault::from)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
