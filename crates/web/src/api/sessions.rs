//! Tokens: signing in, and who stands behind a request.

use crate::answer::Fault;
use crate::api::body;
use crate::api::problem::{Problem, answer};
use crate::app::{App, Shared};
use crate::caller::Caller;
use crate::desk::clerk::{Clerk, of_token};
use acts::people::{self, SignInError};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header::AUTHORIZATION;
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
pub async fn open(State(app): State<Shared>, Extension(caller): Extension<Caller>, body: Body) -> Response {
    let read = body::bytes(&app, caller, body, body::PLAIN_MAX).await;
    let address = caller.name();
    answer(app, move |app| {
        let sent = body::object(&read?)?;
        let text = |name: &str| sent.get(name).and_then(Json::as_str).map(str::to_owned);
        let missing = ["login", "password"].into_iter().filter(|name| text(name).is_none());
        let missing: Vec<(String, String)> = missing.map(|name| (name.to_owned(), "请填写".to_owned())).collect();
        let (Some(login), Some(password)) = (text("login"), text("password")) else {
            return Err(Problem::invalid(missing));
        };
        let code = text("code");
        match people::sign_in_whole(&app.bureau, app.now(), (&login, &password), code.as_deref(), &address) {
            Ok(token) => {
                Ok((StatusCode::CREATED, axum::Json(json!({ "token": token, "idle_seconds": people::IDLE_MS / 1000 })))
                    .into_response())
            }
            Err(SignInError::Wrong) => {
                Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", "不能登录", "账号或者密码不对。"))
            }
            Err(SignInError::CodeNeeded) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "code-needed",
                "要二次验证",
                "密码对了，这个账号还要二次验证：请在code里填动态验证码或者恢复码；只有通行密钥的，请先在工作台添加动态验证码。",
            )),
            Err(SignInError::WrongCode) => {
                Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-code", "不能登录", "验证码不对或者已经用过。"))
            }
            Err(SignInError::Resting) => Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "resting",
                "账号在休息",
                "密码或者验证码连续错了多次，请15分钟后再试。",
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
        person(app, Some(token.clone()))?;
        people::sign_out(&app.bureau, &token).map_err(Fault::from)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
