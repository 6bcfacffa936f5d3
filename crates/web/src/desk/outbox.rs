//! The outbox for whoever operates the machine: what leaves, to whom (masked), what became of it, and sending anew what
//! was given up.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::parts::{Counter, Notice, Press, Tag, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::clerk;
use crate::desk::filter::Asked;
use crate::desk::lists::instant_zh;
use crate::pages::ledger::Outbox;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::undelivered::resend;
use acts::{codes, people};
use axum::extract::{Query, State};
use axum::response::Response;
use std::collections::BTreeMap;
use store::{OutboxRow, OutboxState};

/// Rows on a page.
const ROWS: u32 = 50;
/// The states, in the order of their counters.
const STATES: [OutboxState; 4] = [OutboxState::Pending, OutboxState::Sent, OutboxState::Dead, OutboxState::Told];

fn title(state: OutboxState) -> (&'static str, Tone) {
    match state {
        OutboxState::Pending => ("等待发送", Tone::Info),
        OutboxState::Sent => ("已发送", Tone::Good),
        OutboxState::Dead => ("没有发成", Tone::Grave),
        OutboxState::Told => ("已另行告知", Tone::Plain),
    }
}

/// GET /desk/outbox
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let asked = Asked::read("/desk/outbox", &query, &["state"]);
        let wanted = STATES.into_iter().find(|state| asked.get("state") == Some(state.as_str()));
        let counts = counts(app)?;
        let of = |state| counts.iter().filter(move |(known, _)| *known == state).map(|(_, count)| *count).sum::<u64>();
        let total = wanted.map_or_else(|| counts.iter().map(|(_, count)| count).sum(), of);
        let pager = asked.pager(total, ROWS);
        let before = pager.page.saturating_sub(1).saturating_mul(ROWS);
        let csrf = visit.csrf(app);
        let page = Outbox {
            shell: clerk.shell(app, visit, "发件箱", "/desk/outbox", &[])?,
            heading: "发件箱".to_owned(),
            counters: counts.iter().map(|(state, count)| counter(*state, *count)).collect(),
            notice: Some(notice()),
            all: (of(OutboxState::Dead) > 0).then(|| press(&csrf, "", "全部重新发送", "没有发成的消息")),
            table: table(app, &app.bureau.store.messages(wanted, before, ROWS)?, before, &csrf)?,
            pager,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// POST /desk/outbox
pub async fn send(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let one = form.text("id").filter(|id| !id.is_empty());
        resend(&app.bureau, app.now(), &clerk.person.id, &clerk.person.posts, one)?;
        Ok(answer::see_other("/desk/outbox"))
    })
    .await
}

fn counts(app: &App) -> Result<Vec<(OutboxState, u64)>, Fault> {
    STATES.into_iter().map(|state| Ok((state, app.bureau.store.message_count(state)?))).collect()
}

fn counter(state: OutboxState, count: u64) -> Counter {
    let (label, tone) = title(state);
    let href = format!("/desk/outbox?state={}", state.as_str());
    Counter { label: label.to_owned(), count, href, tone, note: String::new() }
}

fn notice() -> Notice {
    Notice {
        tone: Tone::Care,
        title: "没有接发送程序的时候，验证码只在这里看得见".to_owned(),
        lines: vec![
            "那时系统管理员在这里看到短信内容，就算已发送。接上了，短信由程序发出，没有发成的过一会儿自动再发，最多12次。收件号码是遮盖的。".to_owned(),
        ],
        links: Vec::new(),
    }
}

fn press(csrf: &str, id: &str, words: &str, about: &str) -> Press {
    Press {
        action: "/desk/outbox".to_owned(),
        csrf: csrf.to_owned(),
        id: id.to_owned(),
        name: "do".to_owned(),
        buttons: vec![("resend".to_owned(), words.to_owned())],
        about: about.to_owned(),
    }
}

fn table(app: &App, rows: &[OutboxRow], before: u32, csrf: &str) -> Result<Table, Fault> {
    let names = people::names(&app.bureau)?;
    let mut cells = Vec::new();
    for (row, at) in rows.iter().zip(before + 1..) {
        let text = codes::message_text(&app.bureau, row).map_err(|error| Fault::Internal(error.to_string()))?;
        let (state, tone) = title(row.state);
        cells.push(vec![
            Cell::text(at.to_string()),
            Cell::text(instant_zh(app, row.created_at)),
            Cell::text(if row.topic == "sms" { "短信" } else { "站内消息" }),
            Cell::text(names.get(&row.recipient).unwrap_or(&row.recipient).clone()),
            Cell::Long(text),
            Cell::Tag(Tag::new(tone, state)),
            match row.state {
                OutboxState::Dead => Cell::Press(press(csrf, &row.id, "重新发送", &format!("第{at}条"))),
                _ => Cell::text("—"),
            },
            Cell::Figure(row.attempts.to_string()),
            Cell::text(next(app, row)),
            Cell::Long(row.last_error.clone().unwrap_or_else(|| "—".to_owned())),
        ]);
    }
    let columns = ["序号", "时间", "方式", "收件人", "内容", "状态", "操作"].into_iter().map(Column::new);
    let more = ["下次发送", "上次没有发成的原因"].into_iter().map(Column::new);
    Ok(Table {
        id: "outbox".to_owned(),
        caption: "发出的消息，最近的在前".to_owned(),
        columns: columns.chain([Column::figures("次数")]).chain(more).collect(),
        rows: cells,
        foot: Vec::new(),
        empty: "没有消息。".to_owned(),
    })
}

/// When a message is tried next, in words.
fn next(app: &App, row: &OutboxRow) -> String {
    match row.state {
        OutboxState::Pending if row.next_at <= app.now().at.as_millisecond() => "马上".to_owned(),
        OutboxState::Pending => instant_zh(app, row.next_at),
        OutboxState::Dead => format!("{}起不再发", instant_zh(app, row.next_at)),
        OutboxState::Sent | OutboxState::Told => "—".to_owned(),
    }
}
