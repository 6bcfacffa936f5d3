//! The first page, the print, the assets, and whether we live.

use super::form::Form;
use super::{in_force, lawyers, opening, openings, page, register_to_choose, way_in};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::assets;
use crate::components::Link;
use crate::components::parts::{Notice, Tone};
use crate::pages::portal::{Portal, Service, ServiceGroup};
use crate::submission::Submission;
use crate::visit::{self, Visit};
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::clock::Term;
use kernel::procedure::{Amount, Anchor, Function, Limit, LimitKind, Procedure};
use std::collections::BTreeMap;

/// How long a browser remembers the print, in seconds.
const MODE_LIVES_S: i64 = 365 * 24 * 3600;

/// GET `/`.
pub async fn portal(
    State(app): State<Shared>,
    visit: Visit,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    page(app, visit, move |app, visit| {
        let kept = asked.contains_key("kept");
        answer::ok(&first_page(app, visit, kept)?)
    })
    .await
}

fn first_page(app: &App, visit: &Visit, kept: bool) -> Result<Portal, Fault> {
    // The way in is what the place says; else a procedure with a short check before applying, or whatever a person can open.
    let first = app.bureau.law.place.first.as_ref().and_then(|first| in_force(app).find(|known| &known.id == first));
    let checked = in_force(app).find(|procedure| opening(procedure).is_some() && !procedure.screening.rows.is_empty());
    let main = first.or(checked).or_else(|| in_force(app).find(|procedure| opening(procedure).is_some()));
    let register = in_force(app).find_map(|procedure| register_to_choose(procedure));
    let choose = in_force(app).find_map(|procedure| Some(lawyers::heading(procedure, register_to_choose(procedure)?)));
    let start = main.map(|procedure| {
        let title = opening(procedure).map(|(act, _)| act.title.clone()).unwrap_or_default();
        Link::new(title, format!("/guide/{}", procedure.id))
    });
    let lead = main.map(|procedure| procedure.guide.summary.clone()).unwrap_or_default();
    let notice = kept.then(|| Notice {
        tone: Tone::Good,
        title: "已经存好了".into(),
        lines: vec!["30天以内用这部手机、这个浏览器打开首页，就可以接着填。".into()],
        links: Vec::new(),
    });
    Ok(Portal {
        shell: answer::public_shell(app, visit, "首页", None),
        heading: "要办的事，从这里开始".into(),
        lead: format!("{lead}不用注册账号，用手机就能办，随时看得到办到哪一步。"),
        start: start.unwrap_or_else(|| Link::new("查进度", "/status")),
        draft: unfinished(app, visit)?,
        follow_href: "/status".into(),
        verify_href: "/verify".into(),
        lawyers_href: register.map_or_else(|| "/".to_owned(), |register| format!("/lawyers/{register}")),
        lawyers_label: choose.unwrap_or_default(),
        groups: groups(app),
        notices: notice.into_iter().collect(),
    })
}

/// The form this browser has begun and not sent.
fn unfinished(app: &App, visit: &Visit) -> Result<Option<Link>, Fault> {
    for procedure in in_force(app) {
        for (act, _) in openings(procedure) {
            let Some(filled) = Form::kept(app, visit, procedure, act)? else { continue };
            let step = filled.notes.get("step").cloned().unwrap_or_else(|| "1".to_owned());
            let saved = filled.notes.get("saved").cloned().unwrap_or_default();
            let label = format!("接着填上次的“{}”（{saved}保存）", act.title);
            return Ok(Some(Link::new(label, format!("/apply/{}/{step}", way_in(procedure, act)))));
        }
    }
    Ok(None)
}

/// What a person can open themself, services first; then what offices open.
fn groups(app: &App) -> Vec<ServiceGroup> {
    let mut groups: BTreeMap<(bool, std::cmp::Reverse<Function>), Vec<Service>> = BTreeMap::new();
    for procedure in in_force(app) {
        let by_offices = opening(procedure).is_none();
        groups.entry((by_offices, std::cmp::Reverse(procedure.function))).or_default().push(Service {
            name: procedure.title.clone(),
            about: procedure.guide.summary.clone(),
            href: format!("/guide/{}", procedure.id),
            limit: first_limit(procedure),
        });
    }
    groups
        .into_iter()
        .map(|((by_offices, function), services)| ServiceGroup {
            function: function_zh(function.0).into(),
            services,
            by_offices,
        })
        .collect()
}

/// The limit of the law that starts with the application, and the fee.
fn first_limit(procedure: &Procedure) -> String {
    let starts = |limit: &&Limit| match (&limit.from, opening(procedure)) {
        (Anchor::Acts(acts), Some((act, _))) => limit.kind == LimitKind::Statutory && acts.contains(&act.name),
        _ => false,
    };
    let limit = procedure.limits.iter().find(starts).and_then(|limit| match &limit.amount {
        Amount::Fixed(amount) => Some(format!("{}{}", limit.title, Term { amount: *amount, unit: limit.unit }.zh())),
        Amount::Rate(_) | Amount::Field(_) => None,
    });
    let fee = procedure.guide.fee.as_ref().and_then(|(fee, _)| fee.split('。').next()).map(str::to_owned);
    limit.into_iter().chain(fee).collect::<Vec<_>>().join("，")
}

/// 一个统筹、四大职能.
fn function_zh(function: Function) -> &'static str {
    match function {
        Function::Coordination => "全面依法治市",
        Function::Legislation => "行政立法",
        Function::Enforcement => "行政执法",
        Function::Corrections => "刑事执行",
        Function::Services => "公共法律服务",
    }
}

/// POST `/mode`: large or normal print, and back to a page of this site.
pub async fn mode(State(app): State<Shared>, _: Visit, sent: Submission) -> Response {
    let large = sent.text("mode") == Some("large");
    let back = sent.text("back").filter(|back| is_local(back)).unwrap_or("/").to_owned();
    let mut response = answer::see_other(&back);
    let (value, age) = if large { ("large", MODE_LIVES_S) } else { ("normal", 0) };
    visit::set_cookie(&app, &mut response, visit::MODE, value, Some(age));
    response
}

/// A path of this site: one slash, and nothing a browser takes for a host.
fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control())
}

/// GET `/static/{name}`: the name carries a hash of the bytes, so it may be kept for ever.
pub async fn asset(State(app): State<Shared>, visit: Visit, Path(name): Path<String>) -> Response {
    match assets::find(&name) {
        None => answer::fault(&app, &visit, Fault::NotFound),
        Some(asset) => {
            let headers = [
                (CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
                (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            ];
            (StatusCode::OK, headers, asset.bytes).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for (path, expected) in [
            ("/", true),
            ("/m?x=1", true),
            ("//evil", false),
            ("/\\evil", false),
            ("/\t/evil", false),
            ("https://x", false),
            ("", false),
        ] {
            assert_eq!(is_local(path), expected, "{path}");
        }
    }
}
