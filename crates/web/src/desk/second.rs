//! The page after the password: a code, a recovery code or a passkey of the account.
//!
//! It is open to a session that owes nothing else first, and opens nothing but what comes after it.
//!
//! INVARIANT: a right code brings another token; the one that was known before it is worth nothing.

use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::field::{ErrorSummary, FieldError, FieldInput, FieldView, FormKeys, Keyboard, Width};
use crate::desk::clerk::guest_shell;
use crate::desk::{factor, passkeys, sign};
use crate::pages::second::Code;
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, renew, set_cookie};
use acts::factors::{self, Proof};
use acts::passkeys::Purpose;
use acts::people::{self, Debt, SignInError};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Session;

/// The page.
pub const PATH: &str = "/desk/sign-in/code";
/// Where a passkey answers in place of a code.
pub const PASSKEY: &str = "/desk/sign-in/code/passkey";

/// GET /desk/sign-in/code
pub async fn form(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let next = sign::local(query.get("back").map(String::as_str).unwrap_or_default());
        let session = session(visit)?;
        // Paid already: there is nothing to ask.
        if people::owed(&session).is_none() {
            return Ok(answer::see_other(next));
        }
        page(app, visit, &session, next, None)
    })
    .await
}

/// POST /desk/sign-in/code
pub async fn enter(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let session = session(visit)?;
        let next = sign::local(form.text("next").unwrap_or_default());
        if people::owed(&session) != Some(Debt::Code) {
            return Ok(answer::see_other(next));
        }
        let recovery = form.text("recovery").map(str::trim).filter(|text| !text.is_empty());
        let (field, typed) = match recovery {
            Some(code) => ("recovery", code),
            None => ("code", form.text("code").unwrap_or_default()),
        };
        let wrong = match people::give_code(&app.bureau, app.now(), &session, typed) {
            // Whoever used a recovery code has one less, and perhaps no phone: they are shown where that is mended.
            Ok((token, Proof::Recovery)) => {
                return Ok(entered(app, &format!("{}?done=recovery", factor::PATH), &token));
            }
            Ok((token, Proof::Code)) => return Ok(entered(app, next, &token)),
            Err(SignInError::WrongCode) => "不对，或者已经用过。请填手机上现在显示的验证码，或者一个没用过的恢复码。",
            Err(SignInError::Resting) => "连续错了多次，请15分钟后再试。",
            Err(SignInError::Wrong) => return Err(Fault::SignIn),
            Err(other) => return Err(Fault::Internal(other.to_string())),
        };
        page(app, visit, &session, next, Some((field, wrong)))
    })
    .await
}

/// POST /desk/sign-in/code/passkey
pub async fn enter_with_passkey(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let session = session(visit)?;
        let next = sign::local(form.text("next").unwrap_or_default());
        let (bureau, origin) = (&app.bureau, &app.federation.origin);
        match people::give_passkey(bureau, app.now(), origin, &session, passkeys::assertion(&form)) {
            Ok(token) => Ok(entered(app, next, &token)),
            Err(error) => passkeys::refused(app, visit, error),
        }
    })
    .await
}

fn session(visit: &Visit) -> Result<Arc<Session>, Fault> {
    visit.known.session().cloned().ok_or(Fault::SignIn)
}

/// Goes on with another token, and with another visit: rights have risen.
fn entered(app: &App, next: &str, token: &str) -> Response {
    let mut response = answer::see_other(next);
    set_cookie(app, &mut response, ACCOUNT, token, Some(sign::COOKIE_SECONDS));
    renew(app, &mut response);
    response
}

fn page(
    app: &App,
    visit: &Visit,
    session: &Session,
    next: &str,
    wrong: Option<(&str, &str)>,
) -> Result<Response, Fault> {
    let held = factors::held(&app.bureau, &session.subject)?;
    let passkey = if held.passkeys > 0 {
        let purpose = Purpose::Confirm(session.subject.clone());
        passkeys::answering(app, visit, purpose, PASSKEY, next, "用通行密钥确认")?
    } else {
        None
    };
    let fields = if held.generator_at.is_some() { fields(wrong) } else { Vec::new() };
    let errors = wrong.map(|(id, text)| FieldError { id: id.to_owned(), text: text.to_owned() });
    let mut shell = guest_shell(app, visit, "二次验证");
    shell.wrong = wrong.is_some();
    let page = Code {
        shell,
        action: PATH.to_owned(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        fields,
        errors: ErrorSummary { errors: errors.into_iter().collect() },
        next: next.to_owned(),
        passkey,
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// A field for a code; nothing that was typed comes back.
pub fn field(id: &str, title: &str, keyboard: Keyboard, hint: &str, error: Option<&str>) -> FieldView {
    let autocomplete = if keyboard == Keyboard::Digits { "one-time-code" } else { "" };
    let (value, autocomplete) = (String::new(), autocomplete.to_owned());
    let input = FieldInput::Text { value, width: Width::Medium, keyboard, autocomplete };
    FieldView { hint: hint.to_owned(), error: error.map(str::to_owned), ..FieldView::new(id, title, input) }
}

fn fields(wrong: Option<(&str, &str)>) -> Vec<FieldView> {
    let error = |id: &str| wrong.filter(|(field, _)| *field == id).map(|(_, text)| text);
    let code = field("code", "动态验证码", Keyboard::Digits, "打开手机上的验证器，填现在显示的6位数字", error("code"));
    let hint = "手机不在身边时填，如 abcde-fghij；每个只能用一次";
    let recovery = field("recovery", "恢复码", Keyboard::Text, hint, error("recovery"));
    vec![FieldView { required: false, ..code }, FieldView { required: false, ..recovery }]
}
