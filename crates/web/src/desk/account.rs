//! One's own account: changing the password, and where one is signed in.
//!
//! It is the one page open to a session that owes a new password; it changes nobody else's.
//!
//! INVARIANT: a new password is taken only with the old one, and ends every other session.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView, FormKeys};
use crate::components::parts::{Notice, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::{clerk, guest_shell};
use crate::desk::sign::{COOKIE_SECONDS, local};
use crate::desk::{factor, federated};
use crate::pages::account::Account;
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, set_cookie};
use acts::factors;
use acts::people::{self, Debt, Person, SignInError};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Session;

/// The page.
pub const PATH: &str = "/desk/account";
/// Where it is sent that the other sessions end.
pub const OTHERS: &str = "/desk/account/others";

/// GET /desk/account
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let mine = own(app, visit)?;
        let done = match query.get("done").map(String::as_str) {
            Some("password") => Some("密码已经改好，其他登录都已退出。"),
            Some("others") => Some("其他登录都已退出。"),
            _ => None,
        };
        let next = query.get("back").map_or("", |back| local(back));
        show(app, visit, &mine, next, done, None)
    })
    .await
}

/// POST /desk/account
pub async fn change(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let mine = own(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let text = |field: &str| form.text(field).unwrap_or_default();
        let next = form.text("next").filter(|next| !next.is_empty()).map_or("", local);
        if text("new") != text("again") {
            return show(app, visit, &mine, next, None, Some(("again", "两次填的新密码不一样，请重新填写。")));
        }
        let wrong = match people::change_password(&app.bureau, app.now(), &mine.session, text("old"), text("new")) {
            Ok(token) => {
                let done = format!("{PATH}?done=password");
                let mut response = answer::see_other(if next.is_empty() { &done } else { next });
                set_cookie(app, &mut response, ACCOUNT, &token, Some(COOKIE_SECONDS));
                return Ok(response);
            }
            Err(SignInError::Wrong) => ("old", "原来的密码不对，请检查后再填。"),
            Err(SignInError::Resting) => ("old", "密码连续错了多次，请15分钟后再改。"),
            Err(SignInError::TooShort) => ("new", "新密码至少12个字，请填长一些。"),
            Err(SignInError::TooWeak) => {
                ("new", "新密码太好猜：要有大写字母、小写字母、数字、符号中的三种，不含登录账号，也不用常见的密码。")
            }
            Err(SignInError::UsedBefore) => ("new", "这个密码最近用过，请换一个最近5次没有用过的。"),
            Err(other) => return Err(Fault::Internal(other.to_string())),
        };
        show(app, visit, &mine, next, None, Some(wrong))
    })
    .await
}

/// POST /desk/account/others
pub async fn leave_others(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let token = visit.cookie(ACCOUNT).ok_or(Fault::SignIn)?;
        people::sign_out_others(&app.bureau, clerk.person.id.as_str(), token)?;
        Ok(answer::see_other(&format!("{PATH}?done=others")))
    })
    .await
}

/// Who looks, with the session they look through.
pub(super) struct Own {
    pub(super) person: Person,
    pub(super) session: Arc<Session>,
}

/// The person behind a visit, whose session owes no more than the rule of the route bears.
pub(super) fn own(app: &App, visit: &Visit) -> Result<Own, Fault> {
    let session = visit.known.session().ok_or(Fault::SignIn)?;
    let person = people::person(&app.bureau, &session.subject, app.now().on())?.ok_or(Fault::SignIn)?;
    Ok(Own { person, session: Arc::clone(session) })
}

fn show(
    app: &App,
    visit: &Visit,
    mine: &Own,
    next: &str,
    done: Option<&str>,
    wrong: Option<(&str, &str)>,
) -> Result<Response, Fault> {
    let owes = people::owed(&mine.session).is_some();
    let mut shell = if owes {
        guest_shell(app, visit, "修改密码")
    } else {
        clerk(app, visit)?.shell(app, visit, "我的账号", PATH, &[])?
    };
    shell.wrong = wrong.is_some();
    let due = || Notice {
        tone: Tone::Grave,
        title: "请先修改密码".to_owned(),
        lines: vec!["密码是别人给您设的，或者已经到期。改好以后接着办理。".to_owned()],
        links: Vec::new(),
    };
    let said = |text: &str| Notice { tone: Tone::Good, title: text.to_owned(), lines: Vec::new(), links: Vec::new() };
    let fields = fields(wrong);
    let errors = ErrorSummary::of(&fields);
    let page = Account {
        shell,
        heading: if owes { "修改密码" } else { "我的账号" }.to_owned(),
        notice: if owes { Some(due()) } else { done.map(said) },
        action: PATH.to_owned(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        fields,
        errors,
        next: next.to_owned(),
        second: if owes { None } else { Some(second(app, mine)?) },
        sessions: if owes { None } else { Some(sessions(app, mine)?) },
        leave_others: OTHERS.to_owned(),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// What there is beside the password, and where it is changed.
fn second(app: &App, mine: &Own) -> Result<Notice, Fault> {
    let held = factors::held(&app.bureau, mine.person.id.as_str())?;
    let (tone, title, line) = match held.generator_at {
        Some(_) => (
            Tone::Good,
            "已经添加动态验证码",
            format!("密码之后还要填手机上的验证码。恢复码还剩{}个。", held.recovery_codes),
        ),
        None if held.passkeys > 0 => {
            (Tone::Good, "有通行密钥", "用通行密钥登录不用再填验证码；也可以另外添加动态验证码。".to_owned())
        }
        None => (Tone::Care, "还没有二次验证", "密码被人知道了就能登录。请添加手机上的动态验证码。".to_owned()),
    };
    Ok(Notice {
        tone,
        title: title.to_owned(),
        lines: vec![line],
        links: vec![Link::new("管理二次验证", factor::PATH), Link::new("登录方式", federated::PATH)],
    })
}

fn fields(wrong: Option<(&str, &str)>) -> Vec<FieldView> {
    let hint = "至少12个字，大写字母、小写字母、数字、符号中至少三种";
    let field = |(id, title, autocomplete, hint): (&str, &str, &str, &str)| FieldView {
        hint: hint.to_owned(),
        error: wrong.filter(|(field, _)| *field == id).map(|(_, text)| text.to_owned()),
        ..FieldView::new(id, title, FieldInput::Password { autocomplete: autocomplete.to_owned() })
    };
    [
        ("old", "原来的密码", "current-password", ""),
        ("new", "新密码", "new-password", hint),
        ("again", "再填一遍新密码", "new-password", ""),
    ]
    .map(field)
    .into()
}

fn sessions(app: &App, mine: &Own) -> Result<Table, Fault> {
    let zone = TimeZone::fixed(Offset::constant(8));
    let time = |at: i64| {
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone.clone());
        at.strftime("%Y-%m-%d %H:%M").to_string()
    };
    let living = people::sessions_of(&app.bureau, app.now(), &mine.session.subject)?;
    let row = |(at, session): (usize, &Session)| {
        let what = match people::owed(session) {
            _ if session.token_hash == mine.session.token_hash => "正在用的这一个",
            Some(Debt::Code) => "密码对了，还没有填验证码",
            _ => "其他登录",
        };
        vec![
            Cell::text((at + 1).to_string()),
            Cell::text(time(session.created_at)),
            Cell::text(time(session.seen_at)),
            Cell::text(what.to_owned()),
        ]
    };
    Ok(Table {
        id: "sessions".to_owned(),
        caption: "现在有效的登录，最早的在前".to_owned(),
        columns: ["序号", "登录时间", "最近使用", "说明"].into_iter().map(Column::new).collect(),
        rows: living.iter().enumerate().map(row).collect(),
        foot: Vec::new(),
        empty: "没有有效的登录。".to_owned(),
    })
}
