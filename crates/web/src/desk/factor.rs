//! The second factor of one's own account: a code generator, its recovery codes, taking it off.
//!
//! It is the one page open to a session that owes a second factor; it changes nobody else's.
//!
//! INVARIANT: secret and recovery codes are shown once, on the page that answers their making.

use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::Markup;
use crate::components::field::{ErrorSummary, FieldInput, FieldView, FormKeys, Keyboard};
use crate::components::parts::{Notice, Tone};
use crate::desk::account::{self, Own, own};
use crate::desk::clerk::{clerk, guest_shell};
use crate::desk::second::field;
use crate::desk::{federated, passkeys, sign};
use crate::pages::second::{Factor, NewGenerator, OwnGenerator};
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, renew as renew_visit, set_cookie};
use acts::factors::{self, FactorError, Held, Offer};
use acts::people::{self, Debt};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

/// The page.
pub const PATH: &str = "/desk/account/factor";
/// Where recovery codes are made anew.
pub const RECOVERY: &str = "/desk/account/factor/recovery";
/// Where it is taken off.
pub const REMOVE: &str = "/desk/account/factor/remove";

/// What the page shows beside what is there.
#[derive(Default)]
struct Shown {
    notice: Option<Notice>,
    codes: Vec<String>,
    offer: Option<Offer>,
    wrong: Option<(&'static str, &'static str)>,
}

/// GET /desk/account/factor
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let mine = own(app, visit)?;
        let said = |tone, text: &str| Some(federated::notice(tone, text));
        let notice = match query.get("done").map(String::as_str) {
            Some("recovery") => {
                said(Tone::Grave, "这次用了一个恢复码，它不能再用。手机丢了，请取消动态验证码，再用新手机添加。")
            }
            Some("removed") => said(Tone::Good, "已经取消动态验证码，以后只凭密码或者通行密钥登录。"),
            _ => None,
        };
        show(app, visit, &mine, Shown { notice, ..Shown::default() })
    })
    .await
}

/// POST /desk/account/factor
pub async fn enrol(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let mine = own(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let (account, now) = (mine.person.id.as_str(), app.now());
        let text = |name: &str| form.text(name).unwrap_or_default();
        let wrong = match factors::enrol(&app.bureau, now, account, text("sealed"), text("code")) {
            Ok(codes) => return added(app, visit, &mine, codes),
            Err(FactorError::Wrong) => "不对。请核对手机的时间，填现在显示的6位数字。",
            Err(FactorError::Resting) => "连续错了多次，请15分钟后再试。",
            Err(FactorError::Over | FactorError::Known) => {
                let notice =
                    Some(federated::notice(Tone::Grave, "页面打开得太久，或者已经添加过了。请看现在的情况再办。"));
                return show(app, visit, &mine, Shown { notice, ..Shown::default() });
            }
            Err(other) => return Err(federated::internal(other)),
        };
        // The phone holds this secret already: another one would only confuse.
        let offer = factors::again(&app.bureau, now, account, &app.site.name, text("sealed"));
        let offer = Some(offer.map_err(federated::internal)?);
        show(app, visit, &mine, Shown { offer, wrong: Some(("code", wrong)), ..Shown::default() })
    })
    .await
}

/// The recovery codes, once, under another token: what was opened without the second factor has ended.
fn added(app: &App, visit: &Visit, mine: &Own, codes: Vec<String>) -> Result<Response, Fault> {
    let token = people::renewed(&app.bureau, app.now(), &mine.session).map_err(federated::internal)?;
    let notice = Some(federated::notice(Tone::Good, "已经添加动态验证码，下次登录要用它。其他登录都已退出。"));
    let shell = guest_shell(app, visit, "二次验证");
    let page = Factor { notice, codes, ..empty(app, visit, shell) };
    let mut response = answer::ok(&page)?;
    set_cookie(app, &mut response, ACCOUNT, &token, Some(sign::COOKIE_SECONDS));
    renew_visit(app, &mut response);
    Ok(response)
}

/// POST /desk/account/factor/recovery
pub async fn renew(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        match factors::renew_recovery(&app.bureau, app.now(), clerk.person.id.as_str()) {
            Ok(codes) => {
                let shell = clerk.shell(app, visit, "二次验证", PATH, &[("我的账号", account::PATH.to_owned())])?;
                let notice = Some(federated::notice(Tone::Good, "已经重新生成恢复码，原来的都不能再用。"));
                Ok(visit.kept(app, answer::ok(&Factor { notice, codes, ..empty(app, visit, shell) })?))
            }
            Err(FactorError::NotHeld) => Ok(answer::see_other(PATH)),
            Err(other) => Err(federated::internal(other)),
        }
    })
    .await
}

/// POST /desk/account/factor/remove
pub async fn remove(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        let text = |name: &str| form.text(name).unwrap_or_default();
        let account = clerk.person.id.as_str();
        let wrong = match factors::remove(&app.bureau, app.now(), account, text("password"), text("code")) {
            Ok(()) => return Ok(answer::see_other(&format!("{PATH}?done=removed"))),
            Err(FactorError::Wrong) => "密码或者验证码不对，请重新填写。",
            Err(FactorError::Resting) => "连续错了多次，请15分钟后再试。",
            Err(other) => return Err(federated::internal(other)),
        };
        let mine = Own { person: clerk.person.clone(), session: clerk.session.clone() };
        show(app, visit, &mine, Shown { wrong: Some(("password", wrong)), ..Shown::default() })
    })
    .await
}

fn empty(app: &App, visit: &Visit, shell: crate::pages::shell::WorkShell) -> Factor {
    Factor {
        shell,
        notice: None,
        errors: ErrorSummary { errors: Vec::new() },
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        action: PATH.to_owned(),
        codes: Vec::new(),
        onward: "/desk".to_owned(),
        new: None,
        own: None,
        passkey: None,
    }
}

fn show(app: &App, visit: &Visit, mine: &Own, shown: Shown) -> Result<Response, Fault> {
    let account = mine.person.id.as_str();
    let owes = people::owed(&mine.session) == Some(Debt::Factor);
    let held = factors::held(&app.bureau, account)?;
    let mut shell = if owes {
        guest_shell(app, visit, "二次验证")
    } else {
        clerk(app, visit)?.shell(app, visit, "二次验证", PATH, &[("我的账号", account::PATH.to_owned())])?
    };
    shell.wrong = shown.wrong.is_some();
    let due = || Notice {
        tone: Tone::Grave,
        title: "请先添加二次验证".to_owned(),
        lines: vec!["管理员的岗位除了密码，还要有动态验证码或者通行密钥。添加以后接着办理。".to_owned()],
        links: Vec::new(),
    };
    let new = match (held.generator_at, shown.offer) {
        (Some(_), _) => None,
        (None, Some(offer)) => Some(offer),
        (None, None) => {
            Some(factors::offer(&app.bureau, app.now(), account, &app.site.name).map_err(federated::internal)?)
        }
    };
    let new = new.map(|offer| offered(offer, shown.wrong)).transpose()?;
    let own = held.generator_at.map(|_| held_view(app, &held, shown.wrong));
    let fields = new.iter().flat_map(|new| &new.fields).chain(own.iter().flat_map(|own| &own.fields));
    let errors = ErrorSummary::of(&fields.cloned().collect::<Vec<_>>());
    let passkey = if owes { passkeys::to_add(app, visit, &mine.person)? } else { None };
    let notice = shown.notice.or_else(|| owes.then(due));
    let page = Factor { notice, errors, codes: shown.codes, new, own, passkey, ..empty(app, visit, shell) };
    let status = if shown.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

fn offered(offer: Offer, wrong: Option<(&str, &str)>) -> Result<NewGenerator, Fault> {
    let drawn = paper::qr_svg(&offer.address).map_err(federated::internal)?;
    let picture = drawn.find("<svg").and_then(|at| drawn.get(at..)).unwrap_or_default().to_owned();
    let error = wrong.filter(|(id, _)| *id == "code").map(|(_, text)| text);
    Ok(NewGenerator {
        picture: Markup::drawn(picture),
        letters: in_fours(&offer.letters),
        sealed: offer.sealed,
        fields: vec![field("code", "验证码", Keyboard::Digits, "手机上现在显示的6位数字", error)],
    })
}

fn in_fours(letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn held_view(app: &App, held: &Held, wrong: Option<(&str, &str)>) -> OwnGenerator {
    let since = held.generator_at.map(|at| format!("{}添加。", federated::day(app, at)));
    let used = held.used_at.map(|at| format!("最近一次使用{}。", federated::day(app, at)));
    let left = format!("恢复码还剩{}个。", held.recovery_codes);
    let error = wrong.filter(|(id, _)| *id == "password").map(|(_, text)| text.to_owned());
    let password = FieldInput::Password { autocomplete: "current-password".to_owned() };
    OwnGenerator {
        about: since.into_iter().chain(used).chain([left]).collect(),
        renew: RECOVERY.to_owned(),
        remove: REMOVE.to_owned(),
        fields: vec![
            FieldView { error, ..FieldView::new("password", "密码", password) },
            field("code", "验证码", Keyboard::Text, "手机上现在显示的6位数字；没有手机就填一个恢复码", None),
        ],
    }
}
