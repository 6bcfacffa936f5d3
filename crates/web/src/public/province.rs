//! The matters of a citizen whom the province vouches for: no number to know, no code to wait for.
//!
//! What is shown is what the page of each matter shows; here is only the list of them.
//!
//! INVARIANT: a matter that is not theirs and one that does not exist get the same answer.

use super::{internal, page, taken};
use crate::access::Known;
use crate::answer::{self, Fault, work};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::FormKeys;
use crate::pages::error::Error;
use crate::pages::identity::{Mine, Own};
use crate::submission::Submission;
use crate::visit::{self, Visit, set_cookie};
use acts::belonging::{self, BelongingError};
use acts::federation::{self, Audience, FederationError};
use acts::people;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::clock::zh_date;
use kernel::names::{MatterId, PersonId};
use std::collections::BTreeMap;

/// Cookie of a citizen who proved who they are.
const PERSON: &str = "xz_person";
/// Cookie of a citizen who is away at the province.
const JOURNEY: &str = "xz_person_journey";
/// How long it is kept, in seconds.
const JOURNEY_SECONDS: i64 = federation::AWAY_MS / 1000;

/// Ways to one's own matters, without a code.
pub fn ways(app: &App) -> Vec<Link> {
    let providers = app.federation.providers_for(Audience::Parties);
    let way = |provider: &federation::Provider| {
        Link::new(format!("用{}看我的全部办件", provider.title), format!("/mine/with/{}", provider.id))
    };
    providers.map(way).collect()
}

fn back_path(provider: &str) -> String {
    format!("/mine/back/{provider}")
}

/// GET `/mine/with/{provider}`.
pub async fn set_out(State(app): State<Shared>, mut visit: Visit, Path(provider): Path<String>) -> Response {
    // Asking another house does not hold the turn of those who only read.
    visit.reads = false;
    work(app, visit, move |app, visit| {
        let left = app.federation.provider(&provider, Audience::Parties).and_then(|found| {
            let back = back_path(&provider);
            federation::set_out(&app.federation, &app.bureau, app.now(), found, (&back, "/mine"), None)
        });
        match left {
            Ok(left) => {
                let mut response = answer::see_other(&left.url);
                set_cookie(app, &mut response, JOURNEY, &left.sealed, Some(JOURNEY_SECONDS));
                Ok(response)
            }
            Err(error) => refused(app, visit, &provider, error),
        }
    })
    .await
}

/// GET `/mine/back/{provider}`.
pub async fn back(
    State(app): State<Shared>,
    mut visit: Visit,
    Path(provider): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    visit.reads = false;
    work(app, visit, move |app, visit| {
        let (now, path) = (app.now(), back_path(&provider));
        let arrived = app.federation.provider(&provider, Audience::Parties).and_then(|found| {
            federation::arrive(&app.federation, &app.bureau, now, found, (&path, visit.cookie(JOURNEY)), &query)
        });
        let arrival = match arrived {
            Ok(arrival) => arrival,
            Err(error) => return refused(app, visit, &provider, error),
        };
        let proved = &arrival.proved;
        let token = match belonging::sign_in(&app.bureau, now, &proved.issuer, proved.id_number.as_deref()) {
            Ok(token) => token,
            Err(BelongingError::NoNumber) => {
                return refused(app, visit, &provider, FederationError::Malformed("identity number"));
            }
            Err(other) => return Err(internal(other)),
        };
        let mut response = answer::see_other("/mine");
        set_cookie(app, &mut response, PERSON, &token, None);
        set_cookie(app, &mut response, JOURNEY, "", Some(0));
        Ok(response)
    })
    .await
}

/// The citizen of a visit: as the rule of the route found them, or looked for where it asks for nobody.
///
/// # Errors
/// What the store says.
pub(crate) fn vouched_for(app: &App, visit: &Visit) -> Result<Option<PersonId>, Fault> {
    if let Known::Citizen(person) = &visit.known {
        return Ok(Some(person.clone()));
    }
    let Some(token) = visit.cookie(PERSON) else { return Ok(None) };
    Ok(belonging::person(&app.bureau, app.now(), token)?)
}

/// GET `/mine`.
pub async fn list(State(app): State<Shared>, visit: Visit) -> Response {
    page(app, visit, |app, visit| {
        let Some(person) = vouched_for(app, visit)? else { return Ok(answer::see_other("/status")) };
        let rows = belonging::own(&app.bureau, &person).map_err(internal)?;
        let own = rows.into_iter().map(|row| {
            let day = row.opened_on.parse().map(zh_date).unwrap_or(row.opened_on);
            let number = row.number.unwrap_or_default();
            let matter = row.matter.as_str().to_owned();
            let about_button = format!("打开{}{number}", row.title);
            Own { title: row.title, about: format!("{number}，{day}，{}", row.stage_title), matter, about_button }
        });
        let shown = Mine {
            shell: answer::public_shell(app, visit, "我的办件", Some(Link::new("返回首页", "/"))),
            keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
            own: own.collect(),
        };
        answer::ok(&shown)
    })
    .await
}

/// POST `/mine/open`: the page of one of them.
pub async fn open(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    taken(app, visit, sent, |app, visit, sent| {
        let Some(person) = vouched_for(app, visit)? else { return Ok(answer::see_other("/status")) };
        let matter = MatterId::new(sent.text("matter").unwrap_or_default());
        let opened = belonging::open(&app.bureau, app.now(), &person, &matter).map_err(internal)?;
        let token = opened.ok_or(Fault::NotFound)?;
        let mut response = answer::see_other("/m");
        set_cookie(app, &mut response, visit::MATTER, &token, None);
        Ok(response)
    })
    .await
}

/// POST `/mine/leave`.
pub async fn leave(State(app): State<Shared>, visit: Visit, sent: Submission) -> Response {
    taken(app, visit, sent, |app, visit, _| {
        let mut response = answer::see_other("/");
        for name in [PERSON, visit::MATTER] {
            if let Some(token) = visit.cookie(name) {
                people::sign_out(&app.bureau, token)?;
            }
            set_cookie(app, &mut response, name, "", Some(0));
        }
        Ok(response)
    })
    .await
}

/// The page for somebody who cannot come in this way: the code by phone remains.
fn refused(app: &App, visit: &Visit, provider: &str, error: FederationError) -> Result<Response, Fault> {
    let name = app.federation.provider(provider, Audience::Parties).map(|found| found.title.as_str());
    let name = name.unwrap_or_default();
    let (status, line) = match &error {
        FederationError::NoSuchProvider => return Err(Fault::NotFound),
        FederationError::NoJourney | FederationError::OtherState | FederationError::Replayed => {
            (StatusCode::FORBIDDEN, "等得太久，或者换了浏览器。请重新开始。".to_owned())
        }
        FederationError::Declined(_) => {
            (StatusCode::FORBIDDEN, format!("{name}没有确认您的身份，可能是您取消了。请重新开始。"))
        }
        FederationError::Malformed("identity number") => (
            StatusCode::FORBIDDEN,
            format!("{name}没有告诉本站您的身份证号，可能还没有实名认证。请在那里完成实名认证以后再来。"),
        ),
        FederationError::Unreachable(_) | FederationError::Malformed(_) | FederationError::Token(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{name}现在联系不上，或者凭据核对不上。请稍后再试。"))
        }
        FederationError::Stranger
        | FederationError::Taken
        | FederationError::Account(_)
        | FederationError::Storage(_)
        | FederationError::Append(_)
        | FederationError::Seal => return Err(internal(error)),
    };
    tracing::warn!(provider, %error, "a citizen could not be vouched for");
    let mut shell = answer::public_shell(app, visit, "没有登录成功", None);
    shell.wrong = true;
    shell.here = "/status".to_owned();
    let lines = vec![line, "也可以用办件编号和手机号查。".to_owned()];
    let ways = vec![Link::new("用编号和手机号查进度", "/status"), Link::new("回到首页", "/")];
    let (heading, status_code) = ("没有登录成功".to_owned(), status.as_u16());
    let shown = Error { shell, status: status_code, heading, lines, ways, kept: None, reference: String::new() };
    let mut response = visit.kept(app, answer::page(status, &shown)?);
    set_cookie(app, &mut response, JOURNEY, "", Some(0));
    Ok(response)
}
