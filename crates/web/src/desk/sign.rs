//! Signing in and out.
//!
//! Whether a login exists is never told. After signing in one comes back only to a page of ours.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::field::{ErrorSummary, FieldError, FieldInput, FieldView, FormKeys, Keyboard, Width};
use crate::desk::clerk::guest_shell;
use crate::desk::federated;
use crate::pages::desk::SignIn;
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, renew, set_cookie};
use acts::people::{self, SignInError};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

/// Longest session cookie, in seconds; the session itself ends earlier when idle.
pub(super) const COOKIE_SECONDS: i64 = 12 * 60 * 60;

/// GET /desk/sign-in
pub async fn form(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let back = query.get("back").map(String::as_str).unwrap_or_default();
        page(app, visit, "", local(back), None)
    })
    .await
}

/// POST /desk/sign-in
pub async fn enter(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let login = form.text("account").unwrap_or_default().trim();
        let next = local(form.text("next").unwrap_or_default());
        let password = form.text("password").unwrap_or_default();
        match people::sign_in_from(&app.bureau, app.now(), login, password, &visit.address) {
            Ok(token) => {
                let mut response = answer::see_other(next);
                set_cookie(app, &mut response, ACCOUNT, &token, Some(COOKIE_SECONDS));
                renew(app, &mut response);
                Ok(response)
            }
            Err(SignInError::Wrong) => page(app, visit, login, next, Some("账号或者密码不对，请检查后再试。")),
            Err(SignInError::Resting) => {
                page(app, visit, login, next, Some("密码连续错了多次，账号休息15分钟，请稍后再试。"))
            }
            Err(other) => Err(Fault::Internal(other.to_string())),
        }
    })
    .await
}

/// POST /desk/sign-out
pub async fn leave(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        if let Some(token) = visit.cookie(ACCOUNT) {
            people::sign_out(&app.bureau, token)?;
            app.live.left(token);
        }
        let mut response = answer::see_other("/desk/sign-in");
        set_cookie(app, &mut response, ACCOUNT, "", Some(0));
        Ok(response)
    })
    .await
}

/// A path of this site, or the first page of the desk.
pub(super) fn local(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if ours { path } else { "/desk" }
}

fn page(app: &App, visit: &Visit, login: &str, next: &str, wrong: Option<&str>) -> Result<Response, Fault> {
    let line = FieldInput::Text {
        value: login.to_owned(),
        width: Width::Full,
        keyboard: Keyboard::Text,
        autocomplete: "username".to_owned(),
    };
    let password = FieldInput::Password { autocomplete: "current-password".to_owned() };
    let errors = wrong.map(|text| FieldError { id: "account".to_owned(), text: text.to_owned() });
    let mut shell = guest_shell(app, visit, "工作人员登录");
    shell.wrong = wrong.is_some();
    let page = SignIn {
        shell,
        action: "/desk/sign-in".to_owned(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        fields: vec![
            FieldView { error: wrong.map(str::to_owned), ..FieldView::new("account", "账号", line) },
            FieldView::new("password", "密码", password),
        ],
        errors: ErrorSummary { errors: errors.into_iter().collect() },
        next: next.to_owned(),
        ways: federated::ways(app, visit, next)?,
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn one_comes_back_only_to_a_page_of_ours() {
        for (given, expected) in [
            ("/desk/work?box=soon", "/desk/work?box=soon"),
            ("", "/desk"),
            ("//evil.invalid", "/desk"),
            ("https://evil.invalid", "/desk"),
            ("/\\evil.invalid", "/desk"),
            ("/a\r\nset-cookie: x", "/desk"),
        ] {
            assert_eq!(local(given), expected, "{given}");
        }
    }
}
