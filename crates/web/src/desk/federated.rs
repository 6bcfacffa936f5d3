//! Signing in with an identity of another house, and the page on which somebody ties one to their account.
//!
//! To sign in one leaves by a link and comes back by a redirection; what must come back stays in a cookie meanwhile. To tie
//! an identity one leaves from a page of ours, so that no other site can begin it.
//!
//! INVARIANT: one is led only to an address a configured provider named, and back only to a page of ours.

use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::FormKeys;
use crate::components::parts::{Notice, Tone};
use crate::components::ways::WaysIn;
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::{passkeys, sign};
use crate::pages::error::Error;
use crate::pages::identity::{Away, Held, Identity, Offer};
use crate::submission::Submission;
use crate::visit::{ACCOUNT, Visit, set_cookie};
use acts::federation::{self, Audience, FederationError, TokenError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::clock::zh_date;
use std::collections::BTreeMap;
use std::fmt::Display;

/// The page of one's own ways of signing in.
pub const PATH: &str = "/desk/identity";
/// Cookie of somebody who is away at a provider.
const JOURNEY: &str = "xz_journey";
/// How long it is kept, in seconds.
const JOURNEY_SECONDS: i64 = federation::AWAY_MS / 1000;

/// Ways of signing in beside the password.
///
/// # Errors
/// When no question can be sealed.
pub fn ways(app: &App, visit: &Visit, next: &str) -> Result<WaysIn, Fault> {
    let providers = app.federation.providers_for(Audience::Staff).map(|provider| {
        let href = format!("/desk/sign-in/with/{}?next={}", provider.id, answer::encoded(next));
        Link::new(format!("用{}登录", provider.title), href)
    });
    Ok(WaysIn { providers: providers.collect(), passkey: passkeys::way_in(app, visit, next)? })
}

fn back_path(provider: &str) -> String {
    format!("/desk/sign-in/back/{provider}")
}

/// GET /desk/sign-in/with/{provider}
pub async fn set_out(
    State(app): State<Shared>,
    visit: Visit,
    Path(provider): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, waits_outside(visit), move |app, visit| {
        let next = sign::local(query.get("next").map(String::as_str).unwrap_or_default());
        match away(app, &provider, next, None) {
            Ok(left) => Ok(kept(app, answer::see_other(&left.url), &left.sealed)),
            Err(error) => refused(app, visit, &provider, error),
        }
    })
    .await
}

/// A visit that asks another house does not hold the turn of one that only reads.
fn waits_outside(mut visit: Visit) -> Visit {
    visit.reads = false;
    visit
}

fn away(
    app: &App,
    provider: &str,
    next: &str,
    account: Option<&str>,
) -> Result<federation::Departure, FederationError> {
    let found = app.federation.provider(provider, Audience::Staff)?;
    let back = back_path(provider);
    federation::set_out(&app.federation, &app.bureau, app.now(), found, (&back, next), account)
}

fn kept(app: &App, mut response: Response, sealed: &str) -> Response {
    set_cookie(app, &mut response, JOURNEY, sealed, Some(JOURNEY_SECONDS));
    response
}

/// GET /desk/sign-in/back/{provider}
pub async fn back(
    State(app): State<Shared>,
    visit: Visit,
    Path(provider): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, waits_outside(visit), move |app, visit| {
        let mut response = match came(app, visit, &provider, &query) {
            Ok(response) => response,
            Err(Came::Refused(error)) => refused(app, visit, &provider, error)?,
            Err(Came::Fault(fault)) => return Err(fault),
        };
        set_cookie(app, &mut response, JOURNEY, "", Some(0));
        Ok(response)
    })
    .await
}

/// Why somebody who came back gets no further.
enum Came {
    Refused(FederationError),
    Fault(Fault),
}

impl From<FederationError> for Came {
    fn from(error: FederationError) -> Came {
        Came::Refused(error)
    }
}

impl From<Fault> for Came {
    fn from(fault: Fault) -> Came {
        Came::Fault(fault)
    }
}

fn came(app: &App, visit: &Visit, provider: &str, query: &BTreeMap<String, String>) -> Result<Response, Came> {
    let found = app.federation.provider(provider, Audience::Staff)?;
    let path = back_path(provider);
    let sealed = visit.cookie(JOURNEY);
    let now = app.now();
    let arrival = federation::arrive(&app.federation, &app.bureau, now, found, (&path, sealed), query)?;
    let Some(account) = &arrival.account else {
        let token = federation::sign_in(&app.bureau, now, &arrival.proved)?;
        let mut response = answer::see_other(sign::local(&arrival.next));
        set_cookie(app, &mut response, ACCOUNT, &token, Some(sign::COOKIE_SECONDS));
        return Ok(response);
    };
    // Somebody else may have signed in meanwhile in the same browser.
    let clerk = clerk(app, visit)?;
    if clerk.person.id.as_str() != account {
        return Err(FederationError::OtherState.into());
    }
    federation::link(&app.bureau, now, account, account, &arrival.proved.issuer, &arrival.proved.subject)?;
    Ok(answer::see_other(&format!("{PATH}?done=linked")))
}

/// GET /desk/identity
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let done = match query.get("done").map(String::as_str) {
            Some("linked") => Some("已经绑定，下次可以直接用它登录。"),
            Some("unlinked") => Some("已经解除绑定，不能再用它登录。"),
            Some("added") => Some("已经添加通行密钥，下次登录时可以用它。"),
            Some("removed") => Some("已经删除通行密钥。设备里留下的那一份不再有用，可以在设备上删去。"),
            _ => None,
        };
        let notice = done.map(|text| notice(Tone::Good, text));
        shown(app, visit, &clerk, StatusCode::OK, notice)
    })
    .await
}

/// A line above the page.
pub fn notice(tone: Tone, text: &str) -> Notice {
    Notice { tone, title: text.to_owned(), lines: Vec::new(), links: Vec::new() }
}

/// The page, with a line above it.
///
/// # Errors
/// What the store says.
pub fn shown(
    app: &App,
    visit: &Visit,
    clerk: &Clerk,
    status: StatusCode,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let account = clerk.person.id.as_str();
    let keys = || FormKeys { csrf: visit.csrf(app), ..FormKeys::default() };
    let tied = federation::links(&app.bureau, account)?;
    let providers: Vec<_> = app.federation.providers_for(Audience::Staff).collect();
    let links = tied.iter().map(|link| {
        let known = providers.iter().find(|provider| provider.issuer() == link.issuer);
        let name = known.map_or("已经停用的身份认证", |provider| provider.title.as_str()).to_owned();
        Held {
            about: format!("{}绑定", day(app, link.created_at)),
            action: format!("{PATH}/unlink"),
            keys: keys(),
            hidden: vec![("issuer".to_owned(), link.issuer.clone()), ("link".to_owned(), mark(app, &link.subject))],
            submit: "解除绑定".to_owned(),
            about_button: format!("解除绑定{name}"),
            name,
        }
    });
    let offers = providers.iter().filter(|provider| !tied.iter().any(|link| link.issuer == provider.issuer()));
    let offers = offers.map(|provider| Offer {
        name: provider.title.clone(),
        action: format!("{PATH}/link/{}", provider.id),
        keys: keys(),
    });
    let page = Identity {
        shell: clerk.shell(app, visit, "登录方式", PATH, &[])?,
        notice,
        links: links.collect(),
        offers: offers.collect(),
        no_provider: providers.is_empty() && tied.is_empty(),
        passkeys: passkeys::held(app, visit, account)?,
        add: passkeys::to_add(app, visit, &clerk.person)?,
    };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// A subject as a form may name it.
fn mark(app: &App, subject: &str) -> String {
    app.bureau.keys.digest_of(&format!("subject/{subject}")).to_string()
}

/// The day of an instant, written out, in the zone in which this site tells the time.
pub fn day(app: &App, at: i64) -> String {
    let now = app.now();
    let then = jiff::Timestamp::from_millisecond(at).unwrap_or(now.at);
    let civil = now.civil.checked_sub(now.at.duration_since(then)).unwrap_or(now.civil);
    zh_date(civil.date())
}

/// POST /desk/identity/link/{provider}: the last page before the provider.
pub async fn link(State(app): State<Shared>, visit: Visit, Path(provider): Path<String>, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        let left = match away(app, &provider, PATH, Some(clerk.person.id.as_str())) {
            Ok(left) => left,
            Err(error) => return refused(app, visit, &provider, error),
        };
        let name = app.federation.provider(&provider, Audience::Staff).map(|found| found.title.as_str());
        let name = name.unwrap_or_default();
        let page = Away {
            shell: clerk.shell(app, visit, "绑定身份", PATH, &[("登录方式", PATH.to_owned())])?,
            heading: format!("到{name}登录"),
            lines: vec![format!(
                "下一步在{name}的网页上登录您本人的身份，十分钟内完成；登录以后回到这里，身份就绑定到账号“{}”。",
                clerk.person.name
            )],
            submit: format!("前往{name}"),
            href: left.url.clone(),
        };
        Ok(kept(app, answer::ok(&page)?, &left.sealed))
    })
    .await
}

/// POST /desk/identity/unlink
pub async fn unlink(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let clerk = clerk(app, visit)?;
        let account = clerk.person.id.as_str();
        let (issuer, named) = (form.text("issuer").unwrap_or_default(), form.text("link").unwrap_or_default());
        let tied = federation::links(&app.bureau, account)?;
        let found = tied.iter().find(|link| link.issuer == issuer && mark(app, &link.subject) == named);
        // Untied already: what was wanted is so.
        if let Some(link) = found {
            federation::unlink(&app.bureau, app.now(), account, account, &link.issuer, &link.subject)
                .map_err(internal)?;
        }
        Ok(answer::see_other(&format!("{PATH}?done=unlinked")))
    })
    .await
}

/// A fault of ours, for the log.
pub fn internal(error: impl Display) -> Fault {
    Fault::Internal(error.to_string())
}

/// The page for somebody who cannot come in this way: what happened, and which way remains.
fn refused(app: &App, visit: &Visit, provider: &str, error: FederationError) -> Result<Response, Fault> {
    let name = app.federation.provider(provider, Audience::Staff).map(|found| found.title.as_str());
    let name = name.unwrap_or_default();
    let (status, heading, line) = match &error {
        FederationError::NoSuchProvider => return Err(Fault::NotFound),
        FederationError::NoJourney | FederationError::OtherState | FederationError::Replayed => (
            StatusCode::FORBIDDEN,
            "登录没有完成",
            "这次登录不是在这个浏览器里开始的，或者等得太久，或者已经用过了。请回到登录页重新开始。".to_owned(),
        ),
        FederationError::Declined(_) => (
            StatusCode::FORBIDDEN,
            "登录没有完成",
            format!(
                "{name}没有确认您的身份，可能是您取消了，或者凭据已经用过。请重新开始；还不行，请找{name}的管理员。"
            ),
        ),
        FederationError::Unreachable(_) | FederationError::Malformed(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "暂时登录不了",
            format!("{name}现在联系不上，或者回答有问题。请稍后再试，也可以用账号和密码登录。"),
        ),
        FederationError::Token(TokenError::Time) => (
            StatusCode::FORBIDDEN,
            "登录没有完成",
            format!("{name}给的凭据已经过期。请重新开始；一再这样，请系统管理员核对两边服务器的时间。"),
        ),
        FederationError::Token(_) => (
            StatusCode::FORBIDDEN,
            "登录没有完成",
            format!("{name}给的凭据核对不上，为了安全没有让您登录。请用账号和密码登录，并告诉系统管理员。"),
        ),
        FederationError::Stranger => (
            StatusCode::FORBIDDEN,
            "这个身份还没有绑定账号",
            format!("请先用账号和密码登录，在“登录方式”里绑定{name}的身份；没有账号的，请找本单位管理员开通。"),
        ),
        FederationError::Taken => (
            StatusCode::CONFLICT,
            "这个身份已经绑定了别的账号",
            "一个身份只能绑定一个账号。请先登录那个账号解除绑定，或者找系统管理员。".to_owned(),
        ),
        FederationError::Account(_)
        | FederationError::Storage(_)
        | FederationError::Append(_)
        | FederationError::Seal => return Err(internal(error)),
    };
    tracing::warn!(provider, %error, "signing in with another house's identity failed");
    let mut shell = answer::public_shell(app, visit, heading, None);
    shell.wrong = true;
    shell.here = "/desk/sign-in".to_owned();
    let ways = vec![Link::new("回到登录页", "/desk/sign-in"), Link::new("回到工作台", "/desk")];
    let (heading, lines) = (heading.to_owned(), vec![line]);
    let error = Error { shell, status: status.as_u16(), heading, lines, ways, kept: None, reference: String::new() };
    Ok(visit.kept(app, answer::page(status, &error)?))
}
