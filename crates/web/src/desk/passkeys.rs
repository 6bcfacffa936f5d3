//! Passkeys at the desk: signing in with one, adding one, taking one away.
//!
//! The question goes out with the page and comes back with the form; whether the answer counts is decided in `acts`.
//!
//! INVARIANT: whether a passkey is known, closed or copied is not told to whoever tries it.

use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{FieldInput, FieldView, FormKeys, Keyboard, Width};
use crate::components::parts::Tone;
use crate::components::ways::PasskeyForm;
use crate::desk::account::own;
use crate::desk::clerk::clerk;
use crate::desk::federated::{self, internal, notice};
use crate::desk::sign;
use crate::pages::error::Error;
use crate::pages::identity::Held;
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, renew, set_cookie};
use acts::passkeys::{self, Assertion, Attestation, PasskeyError, Purpose};
use acts::people::{self, Person};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// A form a passkey answers in, with everything that does not depend on what it is for.
fn asked(app: &App, visit: &Visit, kind: &'static str, purpose: Purpose) -> Result<Option<PasskeyForm>, Fault> {
    let Some(domain) = passkeys::domain(&app.federation.origin) else { return Ok(None) };
    let question = passkeys::ask(&app.bureau, app.now(), purpose).map_err(internal)?;
    Ok(Some(PasskeyForm {
        kind,
        action: String::new(),
        csrf: visit.csrf(app),
        next: String::new(),
        kept: String::new(),
        challenge: question.challenge,
        sealed: question.sealed,
        domain: domain.to_owned(),
        holder: String::new(),
        person: String::new(),
        known: String::new(),
        fields: Vec::new(),
        submit: String::new(),
        without: "通行密钥要开启 JavaScript，并且浏览器支持；请用账号和密码登录。".to_owned(),
    }))
}

/// The form on the page for signing in; none where the site has no name to tie passkeys to.
///
/// # Errors
/// When no question can be sealed.
pub fn way_in(app: &App, visit: &Visit, next: &str) -> Result<Option<PasskeyForm>, Fault> {
    let form = asked(app, visit, "get", Purpose::SignIn)?;
    Ok(form.map(|form| PasskeyForm {
        action: "/desk/sign-in/passkey".to_owned(),
        next: next.to_owned(),
        submit: "用通行密钥登录".to_owned(),
        ..form
    }))
}

/// A form in which a passkey answers to another purpose than signing in; none where the site has no name to tie one to.
///
/// # Errors
/// When no question can be sealed.
pub fn answering(
    app: &App,
    visit: &Visit,
    purpose: Purpose,
    action: &str,
    next: &str,
    submit: &str,
) -> Result<Option<PasskeyForm>, Fault> {
    let form = asked(app, visit, "get", purpose)?;
    Ok(form.map(|form| PasskeyForm {
        action: action.to_owned(),
        next: next.to_owned(),
        submit: submit.to_owned(),
        without: "用通行密钥确认要开启 JavaScript，并且浏览器支持。".to_owned(),
        ..form
    }))
}

/// The form for another passkey.
///
/// # Errors
/// What the store says.
pub fn to_add(app: &App, visit: &Visit, person: &Person) -> Result<Option<PasskeyForm>, Fault> {
    let account = person.id.as_str();
    let known = passkeys::of(&app.bureau, account)?;
    let Some(form) = asked(app, visit, "create", Purpose::Enrol(account.to_owned()))? else { return Ok(None) };
    let input = FieldInput::Text {
        value: String::new(),
        width: Width::Long,
        keyboard: Keyboard::Text,
        autocomplete: String::new(),
    };
    let hint = "用来分辨，如：办公室电脑".to_owned();
    Ok(Some(PasskeyForm {
        action: "/desk/identity/passkeys".to_owned(),
        holder: passkeys::holder(&app.bureau, account),
        person: person.name.clone(),
        known: known.iter().map(|factor| factor.id.as_str()).collect::<Vec<_>>().join(" "),
        fields: vec![FieldView { hint, required: false, ..FieldView::new("label", "名称", input) }],
        submit: "添加通行密钥".to_owned(),
        without: "添加通行密钥要开启 JavaScript，并且浏览器支持；不添加也可以照常用账号和密码登录。".to_owned(),
        ..form
    }))
}

/// The passkeys somebody has, each with the form that takes it away.
///
/// # Errors
/// What the store says.
pub fn held(app: &App, visit: &Visit, account: &str) -> Result<Vec<Held>, Fault> {
    let held = passkeys::of(&app.bureau, account)?.into_iter().map(|factor| {
        let used = factor.used_at.map(|at| format!("，最近一次使用{}", federated::day(app, at)));
        Held {
            about: format!("{}添加{}", federated::day(app, factor.created_at), used.unwrap_or_default()),
            action: "/desk/identity/passkeys/remove".to_owned(),
            keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
            hidden: vec![("passkey".to_owned(), factor.id)],
            submit: "删除".to_owned(),
            about_button: format!("删除{}", factor.label),
            name: factor.label,
        }
    });
    Ok(held.collect())
}

/// What the browser answered.
pub fn assertion(form: &Submission) -> Assertion<'_> {
    let text = |name: &str| form.text(name).unwrap_or_default();
    Assertion {
        sealed: text("sealed"),
        id: text("id"),
        client: text("client"),
        device: text("device"),
        signature: text("signature"),
        holder: text("holder"),
    }
}

/// POST /desk/sign-in/passkey
pub async fn enter(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let next = sign::local(form.text("next").unwrap_or_default());
        match passkeys::sign_in(&app.bureau, app.now(), &app.federation.origin, assertion(&form)) {
            Ok(token) => {
                let mut response = answer::see_other(next);
                set_cookie(app, &mut response, ACCOUNT, &token, Some(sign::COOKIE_SECONDS));
                Ok(response)
            }
            Err(error) => refused(app, visit, error),
        }
    })
    .await
}

/// The page for a passkey that does not count.
///
/// # Errors
/// A fault of ours.
pub(super) fn refused(app: &App, visit: &Visit, error: PasskeyError) -> Result<Response, Fault> {
    let line = told(&error).ok_or_else(|| internal(&error))?;
    tracing::warn!(%error, "signing in with a passkey failed");
    let heading = "没有登录";
    let mut shell = answer::public_shell(app, visit, heading, None);
    shell.wrong = true;
    shell.here = "/desk/sign-in".to_owned();
    let ways = vec![Link::new("回到登录页", "/desk/sign-in"), Link::new("回到首页", "/")];
    let status = StatusCode::FORBIDDEN;
    let (heading, lines) = (heading.to_owned(), vec![line.to_owned()]);
    let page = Error { shell, status: status.as_u16(), heading, lines, ways, kept: None, reference: String::new() };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// What a person is told; none for a fault of ours.
fn told(error: &PasskeyError) -> Option<&'static str> {
    match error {
        PasskeyError::NoOrigin => Some("本站还没有登记对外的网址，不能使用通行密钥。请用账号和密码登录。"),
        PasskeyError::Over => Some("页面打开得太久，或者已经用过了。请回到上一页刷新后再试。"),
        PasskeyError::Other(_) => Some("网址和登记的不一样，通行密钥在这里不能用。请从本站登记的网址打开，再试一次。"),
        PasskeyError::NotRecognised => Some("设备没有确认是您本人。请用指纹、面容或者设备的密码确认后再试。"),
        PasskeyError::Unknown | PasskeyError::Signature | PasskeyError::Copied | PasskeyError::Malformed(_) => {
            Some("这个通行密钥不能登录。请用账号和密码登录，在“登录方式”里重新添加；还不行请找系统管理员。")
        }
        PasskeyError::Algorithm => Some("这种设备的通行密钥本站不认。请换一个设备添加。"),
        PasskeyError::Known => Some("这个通行密钥已经添加过了。"),
        PasskeyError::TooMany => Some("通行密钥已经有10个，请先删除不用的。"),
        PasskeyError::Seal | PasskeyError::Account(_) | PasskeyError::Storage(_) | PasskeyError::Append(_) => None,
    }
}

/// POST /desk/identity/passkeys
pub async fn enrol(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let mine = own(app, visit)?;
        let owed = people::owed(&mine.session).is_some();
        let text = |name: &str| form.text(name).unwrap_or_default();
        let answered = Attestation { sealed: text("sealed"), client: text("client"), object: text("object") };
        let (bureau, origin, account) = (&app.bureau, &app.federation.origin, mine.person.id.as_str());
        match passkeys::enrol(bureau, app.now(), origin, account, text("label"), answered) {
            // The second factor that was owed is there: the session in which it was is another.
            Ok(()) if owed => {
                let token = people::renewed(bureau, app.now(), &mine.session).map_err(internal)?;
                let mut response = answer::see_other("/desk");
                set_cookie(app, &mut response, ACCOUNT, &token, Some(sign::COOKIE_SECONDS));
                renew(app, &mut response);
                Ok(response)
            }
            Ok(()) => Ok(answer::see_other(&format!("{}?done=added", federated::PATH))),
            Err(error) if owed => refused(app, visit, error),
            Err(error) => {
                let clerk = clerk(app, visit)?;
                let line = told(&error).ok_or_else(|| internal(&error))?;
                let notice = notice(Tone::Grave, &format!("没有添加：{line}"));
                federated::shown(app, visit, &clerk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice))
            }
        }
    })
    .await
}

/// POST /desk/identity/passkeys/remove
pub async fn remove(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        let id = form.text("passkey").unwrap_or_default();
        // Gone already: what was wanted is so.
        passkeys::remove(&app.bureau, app.now(), clerk.person.id.as_str(), id).map_err(internal)?;
        Ok(answer::see_other(&format!("{}?done=removed", federated::PATH)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::{PasskeyError, told};
    use acts::passkeys::KEYS_MAX;

    #[test]
    fn the_sentence_names_the_number_that_holds() {
        assert!(told(&PasskeyError::TooMany).unwrap().contains(&format!("{KEYS_MAX}个")));
    }
}
