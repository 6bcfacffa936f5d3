//! What is asked before a sensitive form: that whoever uses the session shows again that it is them.
//!
//! It stands before the handler of every route declared with [`Who::fresh`](crate::access::Who::fresh). The form that was
//! sent goes along in the page that asks, and goes on to its handler as it was sent.
//!
//! INVARIANT: a form whose session was not confirmed lately reaches no handler, and nothing typed in it is lost.

use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::field::{ErrorSummary, FieldError, FieldInput, FieldView, FormKeys, Keyboard};
use crate::desk::clerk::guest_shell;
use crate::desk::{passkeys, second};
use crate::pages::second::Confirm;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::factors;
use acts::passkeys::{PasskeyError, Purpose};
use acts::people::{self, SignInError};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;
use store::Session;

/// The field in which the form that waits goes along.
pub const KEPT: &str = "kept-form";
/// Largest form that waits, in bytes.
const FORM_MAX: usize = 256 * 1024;
/// How long a form may take to come.
const FORM_WITHIN: Duration = Duration::from_secs(60);

/// The request as it goes on to its handler, or the answer in its place.
///
/// # Errors
/// The page that asks, or a fault.
pub async fn passed(app: &Shared, visit: &Visit, request: Request) -> Result<Request, Response> {
    let fault = |why: Fault| answer::fault(app, visit, why);
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(FORM_WITHIN, to_bytes(body, FORM_MAX)).await;
    let sent = read.map_err(|_| fault(Fault::TooSlow))?;
    let sent = sent.map_err(|_| fault(Fault::TooLarge("这张表的内容太多，请减少后再提交。".to_owned())))?;
    let whole = Request::from_parts(parts.clone(), Body::from(sent.clone()));
    let form = Submission::from_request(whole, app).await?;
    let (app, visit) = (Arc::clone(app), visit.clone());
    let decided = tokio::task::spawn_blocking(move || {
        let step = decided(&app, &visit, &form, &sent);
        step.unwrap_or_else(|why| Step::Asked(answer::fault(&app, &visit, why)))
    });
    match decided.await {
        Ok(Step::On(form)) => Ok(onward(parts, form)),
        Ok(Step::Asked(page)) => Err(page),
        Err(ended) => {
            tracing::error!(%ended, "a confirmation failed");
            Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

/// What becomes of a form.
enum Step {
    /// It goes on, with these bytes.
    On(Vec<u8>),
    /// The page that asks.
    Asked(Response),
}

fn onward(mut parts: Parts, form: Vec<u8>) -> Request {
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
    Request::from_parts(parts, Body::from(form))
}

fn decided(app: &App, visit: &Visit, form: &Submission, sent: &[u8]) -> Result<Step, Fault> {
    let session = visit.known.session().ok_or(Fault::SignIn)?;
    let is_fresh = people::is_fresh(session, app.now());
    let Some(kept) = form.text(KEPT) else {
        // Whether it is ours the handler asks as well, and of a form that is not nothing is kept.
        return match is_fresh {
            true => Ok(Step::On(sent.to_vec())),
            false if visit.is_ours(app, form.text("csrf")) => {
                page(app, visit, session, &URL_SAFE_NO_PAD.encode(sent), None).map(Step::Asked)
            }
            false => Err(Fault::NotOurs),
        };
    };
    if !visit.is_ours(app, form.text("csrf")) {
        return Err(Fault::NotOurs);
    }
    let waiting = URL_SAFE_NO_PAD.decode(kept).map_err(|_| Fault::Unreadable(StatusCode::BAD_REQUEST))?;
    if is_fresh {
        return Ok(Step::On(waiting));
    }
    match confirmed(app, session, form)? {
        None => Ok(Step::On(waiting)),
        Some(wrong) => page(app, visit, session, kept, Some(wrong)).map(Step::Asked),
    }
}

/// Confirms by what was sent; answers the field that is wrong, and why.
fn confirmed(app: &App, session: &Session, form: &Submission) -> Result<Option<(&'static str, &'static str)>, Fault> {
    let (bureau, now) = (&app.bureau, app.now());
    let text = |name: &str| form.text(name).map(str::trim).filter(|text| !text.is_empty());
    if text("signature").is_some() {
        let origin = &app.federation.origin;
        return match people::confirm_by_passkey(bureau, now, origin, session, passkeys::assertion(form)) {
            Ok(()) => Ok(None),
            Err(PasskeyError::Storage(error)) => Err(error.into()),
            Err(_) => Ok(Some(("password", "通行密钥没有确认成功，请再试，或者填密码。"))),
        };
    }
    let (field, done) = match text("confirm-code") {
        Some(code) => ("confirm-code", people::confirm_by_code(bureau, now, session, code)),
        None => {
            let password = form.text("confirm-password").unwrap_or_default();
            ("confirm-password", people::confirm_by_password(bureau, now, session, password))
        }
    };
    match done {
        Ok(()) => Ok(None),
        Err(SignInError::Wrong) => Ok(Some((field, "密码不对，请检查后再填。"))),
        Err(SignInError::WrongCode) => Ok(Some((field, "验证码不对，或者已经用过，请填现在显示的。"))),
        Err(SignInError::Resting) => Ok(Some((field, "连续错了多次，请15分钟后再试。"))),
        Err(other) => Err(Fault::Internal(other.to_string())),
    }
}

fn page(
    app: &App,
    visit: &Visit,
    session: &Session,
    kept: &str,
    wrong: Option<(&'static str, &'static str)>,
) -> Result<Response, Fault> {
    let held = factors::held(&app.bureau, &session.subject)?;
    let error = |id: &str| wrong.filter(|(field, _)| *field == id).map(|(_, text)| text);
    let input = FieldInput::Password { autocomplete: "current-password".to_owned() };
    let password = FieldView {
        error: error("confirm-password").map(str::to_owned),
        ..FieldView::new("confirm-password", "密码", input)
    };
    let code = held.generator_at.map(|_| {
        let hint = "填了验证码就不用填密码";
        let code = second::field("confirm-code", "或者动态验证码", Keyboard::Digits, hint, error("confirm-code"));
        FieldView { required: false, ..code }
    });
    let passkey = if held.passkeys > 0 {
        let purpose = Purpose::Confirm(session.subject.clone());
        passkeys::answering(app, visit, purpose, &visit.here, "", "用通行密钥确认")?
    } else {
        None
    };
    let passkey = passkey.map(|form| crate::components::ways::PasskeyForm { kept: kept.to_owned(), ..form });
    let errors = wrong.map(|(id, text)| FieldError { id: id.to_owned(), text: text.to_owned() });
    let mut shell = guest_shell(app, visit, "请确认是您本人");
    (shell.wrong, shell.here) = (wrong.is_some(), "/desk".to_owned());
    let page = Confirm {
        shell,
        action: visit.here.clone(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        kept: kept.to_owned(),
        fields: std::iter::once(password).chain(code).collect(),
        errors: ErrorSummary { errors: errors.into_iter().collect() },
        passkey,
    };
    answer::page(if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::FORBIDDEN }, &page)
}
