//! The form of an act on a matter, with the law and the clock beside it.
//!
//! The corridor decides; this page only asks, sends, and gives back everything when the answer
//! is no.

use crate::answer::work;
use crate::answer::{self, Fault, refusal_zh};
use crate::app::{App, Shared};
use crate::components::parts::{Notice, SummaryList, Tone};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::sheet::{Form, Sheet, back_to, has_conditions};
use crate::desk::{matter, tabs};
use crate::pages::matter::ActForm;
use crate::shown::{self, Places};
use crate::submission::Submission;
use crate::visit::Visit;
use acts::sight::Sight;
use acts::{PerformError, perform};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::names::Name;
use kernel::procedure::{ActDef, Procedure, Target};

/// GET /desk/matters/{id}/acts/{act}
pub async fn form(State(app): State<Shared>, visit: Visit, Path((id, act)): Path<(String, String)>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let sight = clerk.sight(app, &id)?;
        let act = Name::new(act);
        may_open(app, &clerk, &sight, &act)?;
        let form = form_of(&sight, &act)?;
        let sheet = Sheet::fresh(app, &clerk, form);
        let seen = Some(sight.loaded.matter.version);
        show(app, visit, &clerk, &sight, Filling { form, sheet: &sheet, seen, refusal: None })
    })
    .await
}

/// POST /desk/matters/{id}/acts/{act}
pub async fn send(
    State(app): State<Shared>,
    visit: Visit,
    Path((id, act)): Path<(String, String)>,
    sent: Submission,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, sent.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let sight = clerk.sight(app, &id)?;
        take(app, visit, &clerk, &sight, &Name::new(act), sent)
    })
    .await
}

fn take(
    app: &App,
    visit: &Visit,
    clerk: &Clerk,
    sight: &Sight,
    act: &Name,
    mut sent: Submission,
) -> Result<Response, Fault> {
    let form = form_of(sight, act)?;
    let standing = clerk.standing(app, sight, act).ok_or_else(|| not_theirs(app, clerk, sight, form.act))?;
    let mut sheet = Sheet::sent(app, clerk, form, &mut sent)?;
    let seen = sent.text("seen_version").and_then(|text| text.parse().ok());
    let only_shown = ["go", "upload", "remove"].iter().any(|button| sent.text(button).is_some());
    if only_shown || !sheet.problems.is_empty() {
        return show(app, visit, clerk, sight, Filling { form, sheet: &sheet, seen, refusal: None });
    }
    let done = perform(&app.bureau, app.now(), &standing, &sheet.command(seen, None));
    match done.map_err(|error| answer::named(app, error)) {
        Ok(done) => Ok(answer::see_other(&format!("/desk/matters/{}?done={}", sight.loaded.matter.id, done.version))),
        Err(PerformError::Invalid(problems)) => {
            sheet.problems = problems;
            show(app, visit, clerk, sight, Filling { form, sheet: &sheet, seen, refusal: None })
        }
        Err(PerformError::Refused(refusal)) => {
            let refusal = Some(refusal_zh(&refusal));
            show(app, visit, clerk, sight, Filling { form, sheet: &sheet, seen, refusal })
        }
        Err(PerformError::Stale { .. }) => Err(Fault::Stale(Some(sheet.typed(form)))),
        Err(other) => Err(other.into()),
    }
}

/// Which part is missing for this clerk to do the act.
fn not_theirs(app: &App, clerk: &Clerk, sight: &Sight, act: &ActDef) -> Fault {
    Fault::Forbidden(clerk.why_not(app, &sight.loaded.procedure, act, Some(&sight.loaded.matter)))
}

fn form_of<'s>(sight: &'s Sight, act: &Name) -> Result<Form<'s>, Fault> {
    let procedure: &Procedure = &sight.loaded.procedure;
    let def = procedure.act(act).filter(|def| !def.within.is_empty()).ok_or(Fault::NotFound)?;
    Ok(Form { procedure, act: def, matter: Some(&sight.loaded.matter), known: &sight.loaded.matter.facts })
}

/// A form that would be refused for sure is not opened; the page says why.
fn may_open(app: &App, clerk: &Clerk, sight: &Sight, act: &Name) -> Result<(), Fault> {
    if sight.actions.iter().any(|action| &action.act == act) {
        return Ok(());
    }
    let matter = &sight.loaded.matter;
    let def = sight.loaded.procedure.act(act).ok_or(Fault::NotFound)?;
    clerk.standing(app, sight, act).ok_or_else(|| not_theirs(app, clerk, sight, def))?;
    if matter.was_done_by(&sight.loaded.procedure, &def.apart_from, &clerk.person.id).is_some() {
        return Err(Fault::Refused(refusal_zh(&kernel::decide::Refusal::NotApart(act.clone()))));
    }
    if !def.within.contains(&matter.stage) {
        return Err(Fault::Refused(format!("办件现在是“{}”，不能办“{}”。", sight.stage, def.title)));
    }
    Err(Fault::Refused(format!("现在不能办“{}”：规定的条件还没有满足，或者已经办过。", def.title)))
}

/// A form as it is to be shown.
struct Filling<'a> {
    form: Form<'a>,
    sheet: &'a Sheet,
    seen: Option<u32>,
    refusal: Option<String>,
}

fn show(app: &App, visit: &Visit, clerk: &Clerk, sight: &Sight, filling: Filling<'_>) -> Result<Response, Fault> {
    let Filling { form, sheet, seen, refusal } = filling;
    let matter = &sight.loaded.matter;
    let number = matter.number.clone().unwrap_or_else(|| sight.title.clone());
    let (fields, errors) = sheet.fields(app, clerk, form)?;
    let wrong = !errors.errors.is_empty() || refusal.is_some();
    let trail = [("办件", "/desk/matters".to_owned()), (number.as_str(), format!("/desk/matters/{}", matter.id))];
    let mut shell = clerk.shell(app, visit, &form.act.title, "/desk/work", &trail)?;
    shell.wrong = wrong;
    let clock = shown::governing(sight);
    let mine = clerk.seat_titles(sight);
    let page = ActForm {
        shell,
        heading: form.act.title.clone(),
        matter: back_to(matter.id.as_str(), &number),
        consequences: consequences(form.procedure, form.act),
        notice: refusal.map(|why| Notice {
            tone: Tone::Grave,
            title: "现在不能这样办，您填的内容还在".to_owned(),
            lines: vec![why],
            links: Vec::new(),
        }),
        action: format!("/desk/matters/{}/acts/{}", matter.id, form.act.name),
        keys: sheet.keys(app, visit, seen),
        fields,
        errors,
        submit: form.act.title.clone(),
        refresh: has_conditions(form.act).then(|| "按已填的内容更新表格".to_owned()),
        grave: form.act.adverse,
        facts: side_facts(app, visit, sight),
        articles: shown::articles(app, &form.act.cites, "")?,
        deadline: clock.map(|clock| shown::deadline(sight, clock, app.now().on(), &mine, None)),
        opinions: tabs::opinions(sight),
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// What was handed in, in one list, masked values staying masked.
fn side_facts(app: &App, visit: &Visit, sight: &Sight) -> SummaryList {
    let places = Places { unmask: None, ..matter::places(app, visit, sight.loaded.matter.id.as_str()) };
    let rows = shown::sections(sight, &places, None).into_iter().flat_map(|section| section.rows);
    SummaryList { title: "所填情况".to_owned(), rows: rows.collect() }
}

/// What follows from an act, in sentences, as the law file declares it.
pub fn consequences(procedure: &Procedure, act: &ActDef) -> Vec<String> {
    let mut lines = Vec::new();
    let seat = |name: &Name| procedure.seat(name).map_or_else(|| name.to_string(), |seat| seat.title.clone());
    if let Target::Stage(stage) = &act.to
        && let Some(stage) = procedure.stage(stage)
    {
        let turn: Vec<String> = stage.by.iter().map(seat).collect();
        let turn = if turn.is_empty() { String::new() } else { format!("，轮到{}", turn.join("、")) };
        lines.push(format!("办件进入“{}”{turn}。", stage.title));
    }
    for paper in act.papers.iter().filter_map(|paper| procedure.paper(paper)) {
        let number = if paper.number.is_some() { "，抽取文号" } else { "" };
        lines.push(format!("生成《{}》{number}。", paper.title));
    }
    if act.assigns.is_some() {
        lines.push(
            "按规则选人：先看选择和利害关系，再看件数上限和休假，然后按顺序轮派；跳过的人和原因都会记下。".to_owned(),
        );
    }
    lines.extend(act.computes.iter().map(|compute| format!("按标准算出“{}”（{}）。", compute.title, compute.cite)));
    let limits = |names: &[Name]| -> Vec<String> {
        names.iter().filter_map(|name| procedure.limit(name)).map(|limit| format!("“{}”", limit.title)).collect()
    };
    if !act.stops.is_empty() {
        lines.push(format!("{}从次日起停止计时。", limits(&act.stops).join("、")));
    }
    if !act.resumes.is_empty() {
        lines.push(format!("{}从次日起继续计时。", limits(&act.resumes).join("、")));
    }
    let told: Vec<String> = act.notices.iter().map(|notice| seat(&notice.to)).collect();
    if !told.is_empty() {
        lines.push(format!("发消息给：{}。", told.join("、")));
    }
    if let Some(remedy) = &act.remedy {
        lines.push(format!("告知救济：{}（{}）。", remedy.text, remedy.cite));
    }
    lines
}
