//! Lists: the first page, the worklist, matters of an office or of one's own, messages.
//!
//! A counter and the list it opens are the same question to the store, asked on the same day.
//!
//! INVARIANT: a list names people only as the projection does, masked.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::clock::Light;
use crate::components::parts::{Counter, Tab, Tabs, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::changes;
use crate::desk::clerk::{Clerk, clerk, soon_until};
use crate::desk::filter::{Asked, PER_PAGE};
use crate::pages::desk::{Home, Worklist};
use crate::shown::{SOON_DAYS, about, day_zh, row_light, time_zh};
use crate::visit::Visit;
use acts::codes;
use axum::extract::{Query, State};
use axum::response::Response;
use kernel::names::OfficeId;
use std::collections::BTreeMap;
use store::{Counters, MatterRow, MatterScope, MattersQuery, WorkBox, WorklistQuery, WorklistRow};

/// Rows of the first page.
const FIRST_ROWS: u32 = 8;
/// Messages of the first page, and of the inbox.
const MESSAGES_FEW: u32 = 6;
const MESSAGES_MANY: u32 = 100;

/// GET /desk
pub async fn home(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        let counters = clerk.counters(app)?;
        let list = app.bureau.store.worklist(&question(
            app,
            &clerk,
            &Asked { page: 1, ..Asked::default() },
            WorkBox::Todo,
            FIRST_ROWS,
        ))?;
        let page = Home {
            shell: clerk.shell_with(app, visit, "首页", "/desk", &[], counters)?,
            today: day_zh(app.now().on()),
            counters: if clerk.keeps_machine { Vec::new() } else { boxes(counters).into_iter().map(counter).collect() },
            first: tasks_table(app, "first", "先办这些", &list.rows, 0, None),
            recent: messages_table(app, &clerk, MESSAGES_FEW)?,
            notices: Vec::new(),
            shortcuts: clerk.openings(app).iter().map(opening_link).collect(),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

fn opening_link(opening: &crate::desk::clerk::Opening) -> Link {
    let title = opening.procedure.act(&opening.act).map_or_else(|| opening.act.to_string(), |act| act.title.clone());
    Link::new(title, format!("/desk/open/{}/{}", opening.procedure.id, opening.act))
}

/// One box of the worklist: name, title, how many, how it is meant.
struct BoxOf {
    name: &'static str,
    title: &'static str,
    count: u64,
    tone: Tone,
    note: String,
}

fn boxes(counters: Counters) -> Vec<BoxOf> {
    let of = |name, title, count, tone, note: &str| BoxOf { name, title, count, tone, note: note.to_owned() };
    vec![
        of("todo", "待办", counters.todo, Tone::Info, ""),
        of("soon", "临期", counters.soon, Tone::Care, &format!("{SOON_DAYS}天以内到期")),
        of("overdue", "超期", counters.overdue, Tone::Grave, ""),
        of("stopped", "中止", counters.stopped, Tone::Plain, "时钟停着，等对方"),
    ]
}

fn counter(of: BoxOf) -> Counter {
    Counter {
        label: of.title.to_owned(),
        count: of.count,
        href: format!("/desk/work?box={}", of.name),
        tone: of.tone,
        note: of.note,
    }
}

fn work_box(name: &str) -> WorkBox {
    match name {
        "soon" => WorkBox::Soon,
        "overdue" => WorkBox::Overdue,
        "stopped" => WorkBox::Stopped,
        "all" => WorkBox::All,
        _ => WorkBox::Todo,
    }
}

fn question(app: &App, clerk: &Clerk, asked: &Asked, work_box: WorkBox, per_page: u32) -> WorklistQuery {
    WorklistQuery {
        holders: clerk.holders(app),
        work_box,
        today: app.now().on().to_string(),
        soon_until: soon_until(app),
        procedure: asked.get("procedure").map(str::to_owned),
        text: asked.words(),
        opened_from: asked.day("from").map(|day| day.to_string()),
        opened_until: asked.day_after("until"),
        sort: asked.sort(),
        page: asked.page,
        per_page,
    }
}

/// A page of somebody's worklist, for pages and the API alike.
///
/// # Errors
/// What the store says.
pub fn worklist_of(app: &App, clerk: &Clerk, asked: &Asked) -> Result<store::Worklist, Fault> {
    let work_box = work_box(asked.get("box").unwrap_or("todo"));
    Ok(app.bureau.store.worklist(&question(app, clerk, asked, work_box, PER_PAGE))?)
}

/// Names a worklist may be asked by.
pub const WORK_NAMES: &[&str] = &["box", "q", "procedure", "from", "until", "sort"];

/// GET /desk/work
pub async fn worklist(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let asked = Asked::read("/desk/work", &query, WORK_NAMES);
        if let Some(found) = by_number(app, &clerk, &asked)? {
            return Ok(found);
        }
        // The counters first: what comes in between is in the list and is told once too often, never not at all.
        let counters = clerk.counters(app)?;
        let list = worklist_of(app, &clerk, &asked)?;
        let name = asked.get("box").unwrap_or("todo").to_owned();
        let mut tabs: Vec<Tab> = boxes(counters)
            .into_iter()
            .map(|of| Tab {
                label: of.title.to_owned(),
                href: format!("/desk/work?box={}", of.name),
                current: of.name == name,
                count: u32::try_from(of.count).ok(),
            })
            .collect();
        let all = counters.todo + counters.stopped;
        tabs.push(Tab {
            label: "全部".to_owned(),
            href: "/desk/work?box=all".to_owned(),
            current: name == "all",
            count: u32::try_from(all).ok(),
        });
        let pager = asked.pager(list.total, PER_PAGE);
        let before = u64::from(pager.page.saturating_sub(1)) * u64::from(PER_PAGE);
        let page = Worklist {
            shell: clerk.shell_with(app, visit, "待办", "/desk/work", &[], counters)?,
            heading: "待办".to_owned(),
            boxes: Tabs { label: "按剩余时间分".to_owned(), tabs },
            action: "/desk/work".to_owned(),
            filter: asked.search_row(app),
            counters: Vec::new(),
            waits: Some(changes::waits(counters)),
            table: tasks_table(app, "worklist", "待办办件", &list.rows, before, Some(&asked)),
            pager,
            export_href: None,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// Who types a whole number wants that matter; whether it may be read is asked there.
fn by_number(app: &App, clerk: &Clerk, asked: &Asked) -> Result<Option<Response>, Fault> {
    let Some(text) = asked.get("q") else { return Ok(None) };
    let found = app.bureau.store.find_by_number(text)?;
    // Whether a number was given is not told to those who may not read what it was given to.
    let readable = found.filter(|row| clerk.sight(app, &row.matter.0).is_ok());
    Ok(readable.map(|row| answer::see_other(&format!("/desk/matters/{}", row.matter.0))))
}

fn office_short(app: &App, office: &str) -> String {
    let found = app.bureau.law.place.office(&OfficeId::new(office));
    found.map_or_else(|| office.to_owned(), |office| office.name.clone())
}

fn heads(asked: Option<&Asked>) -> Vec<Column> {
    let plain = |label: &str| Column::new(label);
    let sorted = |label: &str, by: &str, direction| {
        asked.map_or_else(|| Column::new(label), |asked| asked.sorting(label, by, direction))
    };
    vec![
        plain("序号"),
        sorted("编号", "number", "ascending"),
        sorted("收案日期", "new", "descending"),
        plain("申请人"),
        plain("事项"),
        plain("承办机构"),
        plain("环节"),
        sorted("剩余时间", "due", "ascending"),
        plain("操作"),
    ]
}

fn matter_cells(app: &App, at: u64, matter: &MatterRow, stage: &str, light: Light, verb: &str) -> Vec<Cell> {
    let href = format!("/desk/matters/{}", matter.matter.0);
    let number = matter.number.clone().unwrap_or_else(|| "（无编号）".to_owned());
    vec![
        Cell::text(at.to_string()),
        Cell::Head(Link::new(number, href.clone())),
        Cell::text(matter.opened_on.clone()),
        Cell::text(matter.subject_masked.clone()),
        about(matter),
        Cell::text(office_short(app, &matter.owner_office)),
        Cell::text(stage),
        Cell::Light(light),
        Cell::Link(Link::new(verb, href)),
    ]
}

fn tasks_table(app: &App, id: &str, caption: &str, rows: &[WorklistRow], before: u64, asked: Option<&Asked>) -> Table {
    let today = app.now().on();
    let cells = rows.iter().zip(before + 1..).map(|(row, at)| {
        let light = row_light(row.task.due_on.as_deref(), row.task.due_state, today);
        matter_cells(app, at, &row.matter, &row.task.title, light, "办理")
    });
    Table {
        id: id.to_owned(),
        caption: caption.to_owned(),
        columns: heads(asked),
        rows: cells.collect(),
        foot: Vec::new(),
        empty: "没有要办的。".to_owned(),
    }
}

/// GET /desk/matters
pub async fn matters(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let asked = Asked::read("/desk/matters", &query, &["scope", "q", "procedure", "from", "until", "sort"]);
        if let Some(found) = by_number(app, &clerk, &asked)? {
            return Ok(found);
        }
        let scope = asked.get("scope").unwrap_or("office").to_owned();
        let found = app.bureau.store.matters(&matters_question(app, &clerk, &asked, &scope))?;
        let tab = |name: &str, label: &str| Tab {
            label: label.to_owned(),
            href: format!("/desk/matters?scope={name}"),
            current: scope == name,
            count: None,
        };
        let today = app.now().on();
        let pager = asked.pager(found.total, PER_PAGE);
        let before = u64::from(pager.page.saturating_sub(1)) * u64::from(PER_PAGE);
        let rows = found.rows.iter().zip(before + 1..).map(|(row, at)| {
            let light = row_light(row.due_on.as_deref(), row.due_state, today);
            matter_cells(app, at, row, &row.stage_title, light, "查看")
        });
        let page = Worklist {
            shell: clerk.shell(app, visit, "办件", "/desk/matters", &[])?,
            heading: "办件".to_owned(),
            boxes: Tabs {
                label: "范围".to_owned(),
                tabs: vec![tab("office", "在办"), tab("handled", "我办过的"), tab("closed", "办结")],
            },
            action: "/desk/matters".to_owned(),
            filter: asked.search_row(app),
            counters: Vec::new(),
            waits: None,
            table: Table {
                id: "matters".to_owned(),
                caption: "办件".to_owned(),
                columns: heads(Some(&asked)),
                rows: rows.collect(),
                foot: Vec::new(),
                empty: "没有符合条件的办件。".to_owned(),
            },
            pager,
            export_href: None,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

fn matters_question(app: &App, clerk: &Clerk, asked: &Asked, scope: &str) -> MattersQuery {
    let readable = clerk.readable(app).clone();
    let (scope, closed) = match scope {
        "handled" => (MatterScope::HandledBy(clerk.person.id.to_string(), readable), None),
        "closed" => (MatterScope::Readable(readable), Some(true)),
        _ => (MatterScope::Readable(readable), Some(false)),
    };
    MattersQuery {
        scope,
        closed,
        procedure: asked.get("procedure").map(str::to_owned),
        text: asked.words(),
        opened_from: asked.day("from").map(|day| day.to_string()),
        opened_until: asked.day_after("until"),
        sort: asked.sort(),
        page: asked.page,
        per_page: PER_PAGE,
    }
}

/// GET /desk/inbox
pub async fn inbox(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        let table = messages_table(app, &clerk, MESSAGES_MANY)?;
        let total = table.rows.len();
        let asked = Asked { path: "/desk/inbox".to_owned(), page: 1, ..Asked::default() };
        let page = crate::pages::ledger::Outbox {
            shell: clerk.shell(app, visit, "消息", "/desk/inbox", &[])?,
            heading: "给我的消息".to_owned(),
            counters: Vec::new(),
            notice: None,
            all: None,
            table,
            pager: asked.pager(u64::try_from(total).unwrap_or_default(), MESSAGES_MANY),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

fn messages_table(app: &App, clerk: &Clerk, limit: u32) -> Result<Table, Fault> {
    let rows = app.bureau.store.messages_to("inbox", clerk.person.id.as_str(), limit)?;
    let mut cells = Vec::new();
    for (row, at) in rows.iter().zip(1_u32..) {
        let message = codes::message(&app.bureau, row).map_err(|error| Fault::Internal(error.to_string()))?;
        let link = message.matter.map(|matter| Link::new("打开办件", format!("/desk/matters/{matter}")));
        cells.push(vec![
            Cell::text(at.to_string()),
            Cell::text(instant_zh(app, row.created_at)),
            Cell::Long(message.text),
            link.map_or_else(|| Cell::text("—"), Cell::Link),
        ]);
    }
    Ok(Table {
        id: "messages".to_owned(),
        caption: "给我的消息".to_owned(),
        columns: ["序号", "时间", "内容", "操作"].into_iter().map(Column::new).collect(),
        rows: cells,
        foot: Vec::new(),
        empty: "没有消息。".to_owned(),
    })
}

/// An instant in the civil time of the office, by the offset it has now.
pub fn instant_zh(app: &App, at_ms: i64) -> String {
    let now = app.now();
    let civil = jiff::Timestamp::from_millisecond(at_ms)
        .ok()
        .and_then(|at| now.civil.checked_add(now.at.duration_until(at)).ok());
    civil.map(time_zh).unwrap_or_default()
}
