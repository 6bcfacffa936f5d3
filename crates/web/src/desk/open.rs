//! Filing for someone at any window of the city (全城通办), and every other opening act of an office.
//!
//! The matter goes to the competent office; the window and the channel are recorded.

use crate::answer::work;
use crate::answer::{self, Fault, encoded, refusal_zh};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{Choice, ErrorSummary, FieldInput, FieldView, FormKeys};
use crate::components::parts::{Notice, SummaryList, Tone};
use crate::components::table::{Column, Table};
use crate::desk::act::consequences;
use crate::desk::clerk::{Clerk, Opening, clerk};
use crate::desk::sheet::{Form, Sheet, has_conditions};
use crate::pages::desk::{Filable, FileAtWindow};
use crate::pages::matter::ActForm;
use crate::shown;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::{PerformError, Standing, perform};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::names::Name;
use kernel::procedure::{ActDef, Procedure};
use kernel::value::Facts;
use std::collections::BTreeMap;

/// The list of channels every procedure declares.
const CHANNELS: &str = kernel::names::reserved::CHANNELS;

/// GET /desk/window
pub async fn window(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        choose(app, visit, &clerk, None)
    })
    .await
}

/// POST /desk/window
pub async fn chosen(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let wanted = form.text("procedure").unwrap_or_default();
        let Some(opening) = clerk.openings(app).into_iter().find(|opening| value_of(opening) == wanted) else {
            return choose(app, visit, &clerk, Some("请选一项要登记的事。"));
        };
        let channel = form.text("channel").filter(|channel| is_channel(&opening.procedure, channel));
        let channel = channel.map_or_else(|| default_channel(app, &opening), str::to_owned);
        Ok(answer::see_other(&format!("/desk/open/{}?channel={}", value_of(&opening), encoded(&channel))))
    })
    .await
}

fn value_of(opening: &Opening) -> String {
    format!("{}/{}", opening.procedure.id, opening.act)
}

fn is_channel(procedure: &Procedure, channel: &str) -> bool {
    procedure.choice_list(&Name::from(CHANNELS)).is_some_and(|list| list.title_of(channel).is_some())
}

/// The channel that bears the name of the office's kind, or else the first.
fn default_channel(app: &App, opening: &Opening) -> String {
    let kind = app.bureau.law.place.office(&opening.post.office).map(|office| office.kind.clone()).unwrap_or_default();
    let list = opening.procedure.choice_list(&Name::from(CHANNELS));
    let entries = list.map(|list| list.entries.as_slice()).unwrap_or_default();
    let fits = |entry: &&kernel::procedure::Choice| kind == entry.name || kind.ends_with(&format!("-{}", entry.name));
    entries.iter().find(fits).or(entries.first()).map(|entry| entry.name.clone()).unwrap_or_default()
}

fn choose(app: &App, visit: &Visit, clerk: &Clerk, wrong: Option<&str>) -> Result<Response, Fault> {
    let openings = clerk.openings(app);
    let Some(first) = openings.first() else {
        return Err(Fault::Forbidden("您的岗位没有可以登记的事项。".to_owned()));
    };
    let channel = default_channel(app, first);
    let list = first.procedure.choice_list(&Name::from(CHANNELS));
    let channels = list
        .into_iter()
        .flat_map(|list| &list.entries)
        .map(|entry| Choice::new(entry.name.as_str(), entry.title.as_str()).chosen_if(&channel));
    let filable = |opening: &Opening| {
        let title = opening.procedure.act(&opening.act).map(|act| act.title.clone()).unwrap_or_default();
        let seat = opening.procedure.seat(&opening.post.seat).map(|seat| seat.title.clone()).unwrap_or_default();
        let office =
            app.bureau.law.place.office(&opening.post.office).map(|office| office.name.clone()).unwrap_or_default();
        Filable {
            name: title,
            about: format!("{}。以{office}{seat}的身份登记，由有权的机构办理。", opening.procedure.title),
            value: value_of(opening),
            chosen: openings.len() == 1,
        }
    };
    let errors =
        wrong.map(|text| crate::components::field::FieldError { id: "procedure".to_owned(), text: text.to_owned() });
    let mut shell = clerk.shell(app, visit, "窗口登记", "/desk/window", &[])?;
    shell.wrong = wrong.is_some();
    let page = FileAtWindow {
        shell,
        action: "/desk/window".to_owned(),
        keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
        procedures: openings.iter().map(filable).collect(),
        fields: vec![FieldView::new("channel", "渠道", FieldInput::Select { choices: channels.collect() })],
        errors: ErrorSummary { errors: errors.into_iter().collect() },
        drafts: recent(app, clerk)?,
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

/// What this person handled last, to go back to.
fn recent(app: &App, clerk: &Clerk) -> Result<Table, Fault> {
    let query = store::MattersQuery {
        scope: store::MatterScope::HandledBy(clerk.person.id.to_string(), clerk.readable(app).clone()),
        closed: None,
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: store::Sort::OpenedNewest,
        page: 1,
        per_page: 10,
    };
    let found = app.bureau.store.matters(&query)?;
    let rows = found.rows.iter().zip(1_u32..).map(|(row, at)| {
        use crate::components::table::Cell;
        let number = row.number.clone().unwrap_or_default();
        vec![
            Cell::text(at.to_string()),
            Cell::Head(Link::new(number, format!("/desk/matters/{}", row.matter.0))),
            Cell::text(row.opened_on.clone()),
            Cell::text(row.subject_masked.clone()),
            crate::shown::about(row),
            Cell::text(row.stage_title.clone()),
        ]
    });
    Ok(Table {
        id: "recent".to_owned(),
        caption: "我最近经手的".to_owned(),
        columns: ["序号", "编号", "收案日期", "申请人", "事项", "环节"].into_iter().map(Column::new).collect(),
        rows: rows.collect(),
        foot: Vec::new(),
        empty: "还没有经手的办件。".to_owned(),
    })
}

/// GET /desk/open/{procedure}/{act}
pub async fn form(
    State(app): State<Shared>,
    visit: Visit,
    Path(path): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let opening = opening_of(app, &clerk, &path)?;
        let form = form_of(&opening)?;
        let channel = channel_of(app, &opening, query.get("channel").map(String::as_str));
        let sheet = Sheet::fresh(app, &clerk, form);
        show(app, visit, &clerk, &opening, Filling { sheet: &sheet, channel, refusal: None })
    })
    .await
}

/// POST /desk/open/{procedure}/{act}
pub async fn send(
    State(app): State<Shared>,
    visit: Visit,
    Path(path): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    sent: Submission,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, sent.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let opening = opening_of(app, &clerk, &path)?;
        let channel = channel_of(app, &opening, query.get("channel").map(String::as_str));
        take(app, visit, &clerk, &opening, channel, sent)
    })
    .await
}

fn take(
    app: &App,
    visit: &Visit,
    clerk: &Clerk,
    opening: &Opening,
    channel: String,
    mut sent: Submission,
) -> Result<Response, Fault> {
    let form = form_of(opening)?;
    let mut sheet = Sheet::sent(app, clerk, form, &mut sent)?;
    let only_shown = ["go", "upload", "remove"].iter().any(|button| sent.text(button).is_some());
    if only_shown || !sheet.problems.is_empty() {
        return show(app, visit, clerk, opening, Filling { sheet: &sheet, channel, refusal: None });
    }
    let standing = Standing::Post {
        person: clerk.person.id.clone(),
        acting: opening.post.clone(),
        posts: clerk.person.posts.clone(),
    };
    match perform(&app.bureau, app.now(), &standing, &sheet.command(None, Some(channel.clone()))) {
        Ok(done) => Ok(answer::see_other(&format!("/desk/matters/{}?done={}", done.matter, done.version))),
        Err(PerformError::Invalid(problems)) => {
            sheet.problems = problems;
            show(app, visit, clerk, opening, Filling { sheet: &sheet, channel, refusal: None })
        }
        Err(PerformError::Refused(refusal)) => {
            let refusal = Some(refusal_zh(&refusal));
            show(app, visit, clerk, opening, Filling { sheet: &sheet, channel, refusal })
        }
        Err(other) => Err(other.into()),
    }
}

fn opening_of(app: &App, clerk: &Clerk, (procedure, act): &(String, String)) -> Result<Opening, Fault> {
    let today = app.now().on();
    let current = app.bureau.law.current(&Name::new(procedure.as_str()), today).ok_or(Fault::NotFound)?;
    let def = current.openings().find(|def| def.name.as_str() == act).ok_or(Fault::NotFound)?;
    let found = clerk.openings_of(app, current).into_iter().find(|opening| opening.act.as_str() == act);
    found.ok_or_else(|| Fault::Forbidden(clerk.why_not(app, current, def, None)))
}

fn channel_of(app: &App, opening: &Opening, asked: Option<&str>) -> String {
    asked
        .filter(|channel| is_channel(&opening.procedure, channel))
        .map_or_else(|| default_channel(app, opening), str::to_owned)
}

/// Nothing is known before a matter is opened.
static NOTHING: Facts = Facts::new();

fn form_of(opening: &Opening) -> Result<Form<'_>, Fault> {
    let act: &ActDef = opening.procedure.act(&opening.act).ok_or(Fault::NotFound)?;
    Ok(Form { procedure: &opening.procedure, act, matter: None, known: &NOTHING })
}

/// A form as it is to be shown.
struct Filling<'a> {
    sheet: &'a Sheet,
    channel: String,
    refusal: Option<String>,
}

fn show(app: &App, visit: &Visit, clerk: &Clerk, opening: &Opening, filling: Filling<'_>) -> Result<Response, Fault> {
    let Filling { sheet, channel, refusal } = filling;
    let form = form_of(opening)?;
    let (fields, errors) = sheet.fields(app, clerk, form)?;
    let wrong = !errors.errors.is_empty() || refusal.is_some();
    let mut shell =
        clerk.shell(app, visit, &form.act.title, "/desk/window", &[("窗口登记", "/desk/window".to_owned())])?;
    shell.wrong = wrong;
    let title =
        form.procedure.choice_list(&Name::from(CHANNELS)).and_then(|list| list.title_of(&channel)).unwrap_or(&channel);
    let mut consequences = consequences(form.procedure, form.act);
    consequences.insert(0, format!("渠道记为“{title}”；按所在地交给有权的机构，抽取办件编号。"));
    let page = ActForm {
        shell,
        heading: form.act.title.clone(),
        matter: Link::new("返回窗口登记", "/desk/window"),
        consequences,
        notice: refusal.map(|why| Notice {
            tone: Tone::Grave,
            title: "现在不能这样办，您填的内容还在".to_owned(),
            lines: vec![why],
            links: Vec::new(),
        }),
        action: format!("/desk/open/{}?channel={}", value_of(opening), encoded(&channel)),
        keys: sheet.keys(app, visit, None),
        fields,
        errors,
        submit: form.act.title.clone(),
        refresh: has_conditions(form.act).then(|| "按已填的内容更新表格".to_owned()),
        grave: form.act.adverse,
        facts: SummaryList { title: String::new(), rows: Vec::new() },
        articles: shown::articles(app, &form.act.cites, "")?,
        deadline: None,
        opinions: Vec::new(),
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.kept(app, answer::page(status, &page)?))
}
