//! The outbox for whoever operates the machine: what leaves, to whom (masked), and what became of it.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::Shared;
use crate::components::parts::{Counter, Notice, Tag, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::clerk;
use crate::desk::filter::Asked;
use crate::desk::lists::instant_zh;
use crate::pages::ledger::Outbox;
use crate::visit::Visit;
use acts::policy::Duty;
use acts::{codes, people};
use axum::extract::{Query, State};
use axum::response::Response;
use std::collections::BTreeMap;
use store::OutboxState;

/// Rows on a page.
const ROWS: u32 = 50;

fn title(state: OutboxState) -> (&'static str, Tone) {
    match state {
        OutboxState::Pending => ("等待发送", Tone::Info),
        OutboxState::Sent => ("已发送", Tone::Good),
        OutboxState::Dead => ("没有发成", Tone::Grave),
    }
}

/// GET /desk/outbox
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !clerk.has(Duty::Operate) {
            return Err(Fault::Forbidden("发件箱只给系统管理员看。".to_owned()));
        }
        let asked = Asked::read("/desk/outbox", &query, &["state"]);
        let states = [OutboxState::Pending, OutboxState::Sent, OutboxState::Dead];
        let wanted = states.into_iter().find(|state| asked.get("state") == Some(state.as_str()));
        let mut counters = Vec::new();
        let mut total = 0;
        for state in states {
            let count = app.bureau.store.message_count(state)?;
            total += if wanted.is_none_or(|wanted| wanted == state) { count } else { 0 };
            let (label, tone) = title(state);
            counters.push(Counter {
                label: label.to_owned(),
                count,
                href: format!("/desk/outbox?state={}", state.as_str()),
                tone,
                note: String::new(),
            });
        }
        let pager = asked.pager(total, ROWS);
        let before = pager.page.saturating_sub(1).saturating_mul(ROWS);
        let names = people::names(&app.bureau)?;
        let mut cells = Vec::new();
        for (row, at) in app.bureau.store.messages(wanted, before, ROWS)?.iter().zip(before + 1..) {
            let text = codes::message_text(&app.bureau, row).map_err(|error| Fault::Internal(error.to_string()))?;
            let (state, tone) = title(row.state);
            cells.push(vec![
                Cell::text(at.to_string()),
                Cell::text(instant_zh(app, row.created_at)),
                Cell::text(if row.topic == "sms" { "短信" } else { "站内消息" }),
                Cell::text(names.get(&row.recipient).unwrap_or(&row.recipient).clone()),
                Cell::Long(text),
                Cell::Tag(Tag::new(tone, state)),
                Cell::Figure(row.attempts.to_string()),
            ]);
        }
        let page = Outbox {
            shell: clerk.shell(app, visit, "发件箱", "/desk/outbox", &[])?,
            heading: "发件箱".to_owned(),
            counters,
            notice: Some(Notice {
                tone: Tone::Care,
                title: "验证码只在这里看得见".to_owned(),
                lines: vec!["没有接短信网关的时候，系统管理员在这里看到短信内容。收件号码是遮盖的。".to_owned()],
                links: Vec::new(),
            }),
            table: Table {
                id: "outbox".to_owned(),
                caption: "发出的消息，最近的在前".to_owned(),
                columns: ["序号", "时间", "方式", "收件人", "内容", "状态"]
                    .into_iter()
                    .map(Column::new)
                    .chain([Column::figures("次数")])
                    .collect(),
                rows: cells,
                foot: Vec::new(),
                empty: "没有消息。".to_owned(),
            },
            pager,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}
