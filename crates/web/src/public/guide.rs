//! The service guide, generated from the law file: who, what, how long, how much, what against it.
//!
//! Nothing is written here twice: each line is a rule of the procedure, with its article.

use super::{Answers, opening, openings, page, procedure, way_in};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::chart;
use crate::components::Link;
use crate::components::parts::{FlowChart, Tag, Tone};
use crate::pages::portal::{Condition, Guide, Limit, Material};
use crate::questions::article_link;
use crate::shown;
use crate::visit::Visit;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kernel::clock::{Term, zh_date};
use kernel::guard::holds;
use kernel::procedure::{Citation, Field, FieldKind, LimitKind, Procedure};
use kernel::value::{Facts, Value};
use kernel::world::Office;
use std::collections::BTreeSet;

/// GET `/guide/{procedure}`.
pub async fn guide(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Response {
    page(app, visit, move |app, visit| {
        let procedure = procedure(app, &id)?;
        answer::ok(&written(app, visit, &procedure)?)
    })
    .await
}

/// GET `/guide/{procedure}/chart.svg`.
pub async fn chart(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Response {
    page(app, visit, move |app, _| {
        let procedure = procedure(app, &id)?;
        let svg = chart::file(&procedure, &app.bureau.law.place, app.now().on());
        Ok(([(CONTENT_TYPE, "image/svg+xml; charset=utf-8")], svg).into_response())
    })
    .await
}

fn written(app: &App, visit: &Visit, procedure: &Procedure) -> Result<Guide, Fault> {
    let offices = offices(app, procedure);
    let first = offices.first();
    let phone = match procedure.guide.phone.as_str() {
        "" => first.map(|office| office.phone.clone()).unwrap_or_default(),
        phone => phone.to_owned(),
    };
    let check = (!procedure.screening.questions.is_empty()).then(|| format!("/check/{}", procedure.id));
    Ok(Guide {
        shell: answer::public_shell(
            app,
            visit,
            &format!("{}办事指南", procedure.title),
            Some(Link::new("返回首页", "/")),
        ),
        heading: procedure.title.clone(),
        lead: procedure.guide.summary.clone(),
        ways_in: openings(procedure)
            .map(|(act, _)| Link::new(act.title.clone(), format!("/apply/{}", way_in(procedure, act))))
            .collect(),
        check_href: check,
        office: first.map(|office| office.name.clone()).unwrap_or_default(),
        office_lines: offices
            .iter()
            .map(|office| format!("{}　电话 {}　{}", office.name, office.phone, office.address))
            .collect(),
        phone,
        fee: procedure.guide.fee.as_ref().map(|(fee, _)| fee.clone()).unwrap_or_default(),
        conditions: conditions(procedure),
        exempt: exempt(app, procedure),
        materials: materials(procedure),
        limits: limits(app, procedure),
        flow: FlowChart {
            id: "flow-chart".into(),
            title: format!("{}流程", procedure.title),
            svg: crate::components::Markup::drawn(chart::svg(procedure, &app.bureau.law.place, app.now().on(), None)),
            sentences: chart::sentences(procedure, &app.bureau.law.place, app.now().on()),
        },
        remedies: remedies(procedure),
        articles: shown::articles(app, &cited(procedure), "")?,
        edition: edition(procedure),
    })
}

/// The offices that decide, the widest area first.
fn offices<'a>(app: &'a App, procedure: &Procedure) -> Vec<&'a Office> {
    let of_kind = app.bureau.law.place.offices.iter().filter(|office| office.kind == procedure.competence.office_kind);
    let mut offices: Vec<&Office> = of_kind.collect();
    offices.sort_by_key(|office| (kernel::world::significant(&office.area).len(), office.id.clone()));
    offices
}

fn statute_link(procedure: &Procedure) -> Link {
    Link::new(procedure.statute.clone(), format!("/law/{}", procedure.statute))
}

fn conditions(procedure: &Procedure) -> Vec<Condition> {
    let condition = |(text, cite): &(String, Option<Citation>)| Condition {
        text: text.clone(),
        article: cite.as_ref().map_or_else(|| statute_link(procedure), article_link),
    };
    procedure.guide.who.iter().map(condition).collect()
}

/// Answers that alone take away the question for a proof that could be promised: whoever gives them
/// need not prove.
fn exempt(app: &App, procedure: &Procedure) -> Vec<Condition> {
    let Some((act, _)) = opening(procedure) else { return Vec::new() };
    let proofs: Vec<&Field> = act.fields().filter(|field| field.or_promise.is_some() && field.when.is_some()).collect();
    let mut found = Vec::new();
    for field in act.fields() {
        let FieldKind::Choice { list } = &field.kind else { continue };
        let entries = procedure.choice_list(list).map(|list| list.entries.as_slice()).unwrap_or_default();
        for entry in entries {
            let facts = Facts::from([(field.name.clone(), Value::Text(entry.name.clone()))]);
            let answers = Answers { facts: &facts, place: &app.bureau.law.place, on: app.now().on() };
            let spared =
                |proof: &&Field| proof.when.as_ref().is_some_and(|when| matches!(holds(when, &answers), Ok(false)));
            if let Some(cite) = entry.cite.as_ref().filter(|_| proofs.iter().any(spared)) {
                found.push(Condition { text: entry.title.clone(), article: article_link(cite) });
            }
        }
    }
    found
}

fn materials(procedure: &Procedure) -> Vec<Material> {
    let Some((act, _)) = opening(procedure) else { return Vec::new() };
    let files = act.fields().filter(|field| matches!(field.kind, FieldKind::Files { .. }));
    files.map(|field| material(procedure, field)).collect()
}

fn material(procedure: &Procedure, field: &Field) -> Material {
    let promise = field.or_promise.as_ref().and_then(|promise| procedure.field(promise));
    let need = match (promise, field.required, &field.when) {
        (Some(_), ..) => Tag::new(Tone::Good, "可承诺代替"),
        (None, true, None) => Tag::new(Tone::Info, "必须"),
        _ => Tag::new(Tone::Plain, "按需"),
    };
    let mut about = field.hint.clone();
    if let Some(promise) = promise {
        about.push_str(&format!("可以“{}”。", promise.title));
    }
    if field.when.is_some() && promise.is_none() {
        about.push_str("属于这种情形的才交，填表时会问到。");
    }
    about.push_str("PDF、照片都可以，每份不超过20 MB。");
    Material { name: field.title.clone(), about, need, article: field.cite.as_ref().map(article_link) }
}

fn limits(app: &App, procedure: &Procedure) -> Vec<Limit> {
    let statutory = procedure.limits.iter().filter(|limit| limit.kind == LimitKind::Statutory);
    statutory
        .filter_map(|limit| {
            let promise = procedure.limits.iter().find(|other| {
                other.kind == LimitKind::Promised && other.from == limit.from && other.spans == limit.spans
            });
            Some(Limit {
                duty: limit.title.clone(),
                statutory: length(app, limit),
                promised: promise.map(|promise| length(app, promise)).unwrap_or_default(),
                article: article_link(limit.cite.as_ref()?),
            })
        })
        .collect()
}

fn length(app: &App, limit: &kernel::procedure::Limit) -> String {
    chart::amount(limit, &app.bureau.law.place, app.now().on())
        .map_or_else(|| "还没有公布".to_owned(), |amount| Term { amount, unit: limit.unit }.zh())
}

fn remedies(procedure: &Procedure) -> Vec<Condition> {
    let adverse = procedure.acts.iter().filter(|act| act.adverse);
    adverse
        .filter_map(|act| {
            let remedy = act.remedy.as_ref()?;
            let text = format!("{}：{}。向谁提：{}。期限：{}。", act.title, remedy.text, remedy.body, remedy.term);
            Some(Condition { text, article: article_link(&remedy.cite) })
        })
        .collect()
}

/// The articles the guide rests on, each once, in order.
fn cited(procedure: &Procedure) -> Vec<Citation> {
    let mut cites: BTreeSet<Citation> = BTreeSet::new();
    cites.extend(procedure.guide.who.iter().filter_map(|(_, cite)| cite.clone()));
    cites.extend(procedure.guide.fee.iter().filter_map(|(_, cite)| cite.clone()));
    cites.extend(procedure.limits.iter().filter_map(|limit| limit.cite.clone()));
    cites.extend(procedure.acts.iter().filter_map(|act| Some(act.remedy.as_ref()?.cite.clone())));
    if let Some((act, _)) = opening(procedure) {
        cites.extend(act.cites.iter().cloned());
    }
    cites.into_iter().collect()
}

fn edition(procedure: &Procedure) -> String {
    let checked = procedure.limits.iter().filter_map(|limit| limit.checked).max();
    let checked = checked.map(|day| format!("，{}核对过条文", zh_date(day))).unwrap_or_default();
    let hash: String = procedure.edition.to_string().chars().take(12).collect();
    format!(
        "由《{}》的规则文件生成，{}起施行{checked}；版本 {hash}。",
        procedure.statute,
        zh_date(procedure.in_force_from)
    )
}
