//! From results to responses: pages, redirects, and one page for everything that went wrong.
//!
//! Three readers, three texts: the person reads what happened and what to do; the log gets the full
//! chain, once, here, without personal data; the diagnostic is the API's.
//!
//! INVARIANT: every response carries the security headers; every error page offers a way out.

use crate::api::problem::Problem;
use crate::api::wants_json;
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::parts::SummaryList;
use crate::desk;
use crate::pages::error::Error;
use crate::pages::shell::PublicShell;
use crate::visit::Visit;
use acts::PerformError;
use acts::load::LoadError;
use acts::people::Debt;
use acts::sight::SightError;
use acts::tombstone;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::clock::zh_date;
use kernel::decide::Refusal;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Everything a page can fail with.
#[derive(Debug)]
pub enum Fault {
    /// No such page or thing; also what one may not know of.
    NotFound,
    /// A matter whose content was destroyed when its term was over; the sentences that say so.
    Gone(Vec<String>),
    /// Known, and not theirs to do; with the sentence why.
    Forbidden(String),
    /// Sign in first; then come back here.
    SignIn,
    /// Pay first what the session owes; then come back here.
    Owes(Debt),
    /// The form did not come from our page, or the cookie is gone.
    NotOurs,
    /// Somebody acted in between; what was typed is handed back.
    Stale(Option<SummaryList>),
    /// The procedure says no, in words.
    Refused(String),
    /// Something of ours is missing (fonts, calendar), in words.
    Unavailable(String),
    /// Too much at once; after so many seconds it goes on.
    Wait {
        /// Seconds to wait.
        seconds: u64,
        /// Why, in words.
        why: String,
    },
    /// What was sent is larger than is taken, in words.
    TooLarge(String),
    /// What was sent did not come in time.
    TooSlow,
    /// No request that is understood: its address, its method, its form.
    Unreadable(StatusCode),
    /// A fault of ours; the text is for the log.
    Internal(String),
}

/// A page.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response, Fault> {
    let html = template.render().map_err(|error| Fault::Internal(error.to_string()))?;
    Ok((status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// A page that is fine.
pub fn ok(template: &impl Template) -> Result<Response, Fault> {
    page(StatusCode::OK, template)
}

/// After an act: to the page that shows what was recorded.
pub fn see_other(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// A file to download or to show.
pub fn file(media: &str, name: &str, bytes: Vec<u8>, download: bool) -> Response {
    let kind = if download { "attachment" } else { "inline" };
    let encoded = encoded(name);
    let disposition = format!("{kind}; filename*=UTF-8''{encoded}");
    let media = HeaderValue::from_str(media).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, media);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(axum::http::header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// A text as part of an address.
pub fn encoded(text: &str) -> String {
    text.bytes().map(percent).collect()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The frame of a public page.
pub fn public_shell(app: &App, visit: &Visit, title: &str, back: Option<Link>) -> PublicShell {
    PublicShell {
        title: title.to_owned(),
        site: app.site.name.clone(),
        office: app.site.office.clone(),
        hotline: app.site.hotline.clone(),
        large: visit.large(),
        here: visit.here.clone(),
        back,
        banner: app.site.banner.clone(),
        wrong: false,
    }
}

/// The page for a fault.
pub fn fault(app: &App, visit: &Visit, fault: Fault) -> Response {
    let again = if let Fault::Wait { seconds, .. } = &fault { Some(*seconds) } else { None };
    let (status, heading, lines, kept) = match fault {
        Fault::SignIn => return see_other(&format!("/desk/sign-in?back={}", encoded(&visit.here))),
        Fault::Owes(debt) => {
            let back = if visit.reads { visit.here.as_str() } else { "/desk" };
            return see_other(&format!("{}?back={}", desk::paid_at(debt), encoded(back)));
        }
        Fault::NotFound => (StatusCode::NOT_FOUND, "没有这个页面".to_owned(), vec!["可能地址输错了，或者这个办件不归您查看。".to_owned()], None),
        Fault::Gone(told) => (StatusCode::GONE, "已按保管期限销毁".to_owned(), told, None),
        Fault::Forbidden(why) => (StatusCode::FORBIDDEN, "这件事您不能办".to_owned(), vec![why], None),
        Fault::NotOurs => (
            StatusCode::FORBIDDEN,
            "这张表放得太久了".to_owned(),
            vec!["为了安全，打开很久的表不能直接提交。请返回上一页刷新后再提交，已保存的内容还在。".to_owned()],
            None,
        ),
        Fault::Stale(kept) => (
            StatusCode::CONFLICT,
            "办件刚刚有了新变化".to_owned(),
            vec!["您打开页面之后，别人已经办理了这个办件，您的提交没有生效。请重新打开办件，看清最新情况再办；您填的内容列在下面，可以复制。".to_owned()],
            kept,
        ),
        Fault::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, "现在不能这样办".to_owned(), vec![why], None),
        Fault::Unavailable(why) => (StatusCode::SERVICE_UNAVAILABLE, "暂时办不了".to_owned(), vec![why], None),
        Fault::Wait { seconds, why } => {
            let when = if seconds < 120 { format!("{seconds}秒") } else { format!("{}分钟", seconds.div_ceil(60)) };
            (StatusCode::TOO_MANY_REQUESTS, "请稍等再试".to_owned(), vec![why, format!("请{when}后再试。")], None)
        }
        Fault::TooLarge(why) => (StatusCode::PAYLOAD_TOO_LARGE, "内容太大".to_owned(), vec![why], None),
        Fault::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "网络太慢".to_owned(),
            vec!["内容没有传完就停了，没有保存。请换一个网络，或者把文件变小以后再交。".to_owned()],
            None,
        ),
        Fault::Unreadable(status) => (
            status,
            "打不开这个地址".to_owned(),
            vec!["可能地址不完整，或者没有从页面上的按钮进来。请从首页重新进入。".to_owned()],
            None,
        ),
        Fault::Internal(why) => {
            tracing::error!(fault = %why, path = %visit.here.split('?').next().unwrap_or_default(), "request failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "系统出了问题".to_owned(), vec!["您的内容没有丢。请稍后再试，或者拨打服务电话。".to_owned()], None)
        }
    };
    let mut shell = public_shell(app, visit, &heading, None);
    shell.wrong = true;
    let mut ways = vec![Link::new("回到首页", "/"), Link::new("查询进度", "/status")];
    if visit.here.starts_with("/m/") {
        ways.insert(0, Link::new("打开我的办件", "/m"));
    }
    if visit.here.starts_with("/desk") {
        ways.insert(0, Link::new("回到工作台", "/desk"));
    }
    let error = Error { shell, status: status.as_u16(), heading, lines, ways, kept, reference: String::new() };
    let mut response = page(status, &error)
        .unwrap_or_else(|_| (StatusCode::INTERNAL_SERVER_ERROR, "系统出了问题，请稍后再试。").into_response());
    if let Some(seconds) = again {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What is not in the table of routes.
pub async fn no_such_page(State(app): State<Shared>, visit: Visit) -> Response {
    if wants_json(&visit.here) {
        return Problem::not_found().into_response();
    }
    fault(&app, &visit, Fault::NotFound)
}

/// How many pages are made at once: one more than there are cores, so that a page once begun is soon
/// done and the next waits its turn. Acts do not wait here: they wait for the disk, many together.
static READS: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Semaphore::new(cores + 1)
});

/// Runs work that waits for the store off the threads that answer; every handler goes through here.
pub async fn work<F>(app: Shared, visit: Visit, run: F) -> Response
where
    F: FnOnce(&App, &Visit) -> Result<Response, Fault> + Send + 'static,
{
    let turn = if visit.reads { READS.acquire().await.ok() } else { None };
    let failed = (app.clone(), visit.clone());
    let made =
        tokio::task::spawn_blocking(move || run(&app, &visit).unwrap_or_else(|why| fault(&app, &visit, why))).await;
    drop(turn);
    match made {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(%panic, "a handler failed");
            fault(&failed.0, &failed.1, Fault::Internal("handler".into()))
        }
    }
}

/// The headers every response carries, and a page or document of ours in place of a bare line of the server.
pub async fn dressed(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let (uri, is_head) = (request.uri().clone(), request.method() == Method::HEAD);
    let mut response = next.run(request).await;
    if !is_head && is_bare(&response) {
        response = in_our_words(&app, &uri, response);
    }
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.site.secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What a browser may do with any response of ours.
const FIXED: [(HeaderName, &str); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Whether the server answered for us: a refusal without a page.
fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    let says_nothing = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let refused = matches!(response.status().as_u16(), 400 | 404 | 405 | 408 | 411 | 413 | 414 | 415 | 422 | 431);
    refused && says_nothing
}

fn in_our_words(app: &App, uri: &Uri, bare: Response) -> Response {
    let why = Fault::Unreadable(bare.status());
    let mut response =
        if wants_json(uri.path()) { Problem::from(why).into_response() } else { fault(app, &Visit::passing(uri), why) };
    if let Some(methods) = bare.headers().get(ALLOW) {
        response.headers_mut().insert(ALLOW, methods.clone());
    }
    response
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Fault {
        match error {
            LoadError::NoMatter(_) => Fault::NotFound,
            LoadError::Disposed(left) => Fault::Gone(tombstone::told_outside(&left)),
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<SightError> for Fault {
    fn from(error: SightError) -> Fault {
        match error {
            // Whether a matter exists is not told to those who may not read it.
            SightError::Forbidden => Fault::NotFound,
            SightError::Sealed(why) => Fault::Forbidden(why),
            SightError::Disposed(told) => Fault::Gone(told),
            SightError::Load(error) => error.into(),
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<PerformError> for Fault {
    fn from(error: PerformError) -> Fault {
        match error {
            PerformError::Load(error) => error.into(),
            PerformError::NoProcedure(_) => Fault::NotFound,
            PerformError::Forbidden { .. } => Fault::Forbidden("您的岗位不能办理这一步，请找有权的人办理。".to_owned()),
            PerformError::Stale { .. } => Fault::Stale(None),
            PerformError::Refused(refusal) => Fault::Refused(refusal_zh(&refusal)),
            PerformError::Invalid(problems) => Fault::Refused(format!("有{}处没有填对，请返回修改。", problems.len())),
            other => Fault::Internal(other.to_string()),
        }
    }
}

impl From<store::StorageError> for Fault {
    fn from(error: store::StorageError) -> Fault {
        Fault::Internal(error.to_string())
    }
}

/// The same refusal with the names of persons where it knew their entries in a register.
pub fn named(app: &App, error: PerformError) -> PerformError {
    let PerformError::Refused(Refusal::NoOneLeft(mut none)) = error else { return error };
    // Without a readable register the entries stay: the refusal matters more than the names.
    let names = acts::registers::names(&app.bureau, app.now().on()).unwrap_or_default();
    for skip in &mut none.skipped {
        if let Some(name) = names.get(&skip.id) {
            skip.id.clone_from(name);
        }
    }
    PerformError::Refused(Refusal::NoOneLeft(none))
}

/// A refusal in Chinese, with what to do about it.
pub fn refusal_zh(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Condition { otherwise, cite } => match cite {
            Some(cite) => format!("{otherwise}（{cite}）"),
            None => otherwise.clone(),
        },
        Refusal::UnknownAct(_) => "没有这一步，请刷新页面再试。".to_owned(),
        Refusal::NotInForce(day) => format!("{day}没有在施行的规定，不能受理，请联系本机构。"),
        Refusal::NotInStage { .. } => "办件已经不在这一步了，请打开办件看最新情况。".to_owned(),
        Refusal::NotYourSeat { .. } | Refusal::NotYourMatter { .. } => "这一步不归您的岗位办理。".to_owned(),
        Refusal::OnlyOnce(_) => "这一步只能做一次，已经做过了。".to_owned(),
        Refusal::NotApart(_) => "您办过这个办件的前一道手续，按规定这一步要由别人办理。".to_owned(),
        Refusal::Unreadable(error) => match error {
            kernel::guard::GuardError::NoRate { rate, on, key } => {
                let key = key.as_ref().map(|key| format!("（{key}）")).unwrap_or_default();
                format!("{on}没有在施行的“{rate}”{key}标准，请先由管理人员录入标准。")
            }
            _ => "缺少前面步骤的内容，暂时不能办理，请先补齐。".to_owned(),
        },
        Refusal::NoOffice { region, .. } => format!("本市没有负责{region}的机构，请检查所在地。"),
        Refusal::NoOneLeft(none) => {
            let reasons: Vec<String> =
                none.skipped.iter().map(|skip| format!("{}：{}", skip.id, skip.why.zh())).collect();
            let listed = if reasons.is_empty() { String::new() } else { format!("{}。", reasons.join("；")) };
            format!("名册里没有可以指派的人。{listed}")
        }
        Refusal::Incomplete(missing) => format!("案卷还缺：{}。补齐后再办。", missing.join("、")),
        Refusal::NoSuchNumber(number) => format!("这个办件没有文书号“{number}”，或者已经作废，请核对。"),
        Refusal::NoGoverningDay(_) => "还没有收齐结案材料，不能确定适用哪一天的标准。".to_owned(),
        Refusal::NeedsTwo(_) => "这一步要两个人一起办，请选另一个人。".to_owned(),
        Refusal::Recused => "您已经回避本件，不能再办理。".to_owned(),
        Refusal::NoSuchItem(_) => "要答复的那一条已经答复过了，请刷新页面再选。".to_owned(),
        Refusal::TooEarly { limit, until } => match until {
            Some(until) => format!("“{limit}”到{}才满，期满之后才能办这一步。", zh_date(*until)),
            None => format!("“{limit}”停着，还没有满，现在不能办这一步。"),
        },
        Refusal::TooNear { limit, latest } => {
            format!("日子太近：按“{limit}”，最迟要在{}办这一步。请把日子改后一些。", zh_date(*latest))
        }
        Refusal::TooLate { otherwise, last, cite } => {
            let basis = cite.as_ref().map(|cite| format!("，依据{cite}")).unwrap_or_default();
            format!("{otherwise}（期限到{}为止{basis}）", zh_date(*last))
        }
        Refusal::NotRunning(limit) => format!("“{limit}”现在没有在走，不能延长。"),
        Refusal::LimitOver { limit, last } => {
            format!("“{limit}”到{}已经届满，届满之后不能再延长。", zh_date(*last))
        }
        Refusal::ExtendedAlready { limit, times } => format!("“{limit}”最多延长{times}次，已经延长过了。"),
        Refusal::ExtendsTooFar { limit, at_most } => format!("“{limit}”最多延长{at_most}，请改填延长的时间。"),
        Refusal::NoDate(why) => format!("算不出日期，不能办这一步：{why}"),
        Refusal::AmountOutOfRange => "金额超出范围，请检查标准。".to_owned(),
    }
}
