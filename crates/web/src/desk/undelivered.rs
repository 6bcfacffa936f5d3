//! Messages that did not arrive, for the office of the matter: whom to tell in another way, and that it was done.
//!
//! The text of a code and a number in full are never here; the matter shows the number against a reason.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::parts::{Notice, Press, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::filter::Asked;
use crate::desk::lists::instant_zh;
use crate::pages::ledger::Outbox;
use crate::submission::Submission;
use crate::visit::Visit;
use acts::undelivered::{LOOKED_AT_MAX, Told, Undelivered, UndeliveredError, told_otherwise, undelivered};
use axum::extract::State;
use axum::response::Response;
use kernel::names::OfficeId;
use std::collections::BTreeMap;

/// Where the list is.
pub const PATH: &str = "/desk/undelivered";

fn words(told: Told) -> &'static str {
    match told {
        Told::ByPhone => "已电话告知",
        Told::OnPaper => "已书面送达",
    }
}

/// GET /desk/undelivered
pub async fn page(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        let who = &clerk.person;
        let letters = undelivered(&app.bureau, &offices(app, &clerk)?, &who.id, &who.posts)?;
        let csrf = visit.csrf(app);
        let rows = (1..).zip(&letters).map(|(at, letter): (u32, _)| row(app, at, letter, &csrf)).collect();
        let page = Outbox {
            shell: clerk.shell(app, visit, "没有送达的消息", PATH, &[])?,
            heading: "没有送达的消息".to_owned(),
            counters: Vec::new(),
            notice: (!letters.is_empty()).then(|| notice(letters.len())),
            all: None,
            table: Table {
                id: "undelivered".to_owned(),
                caption: format!("本机构办件的短信，没有送到的，最近的在前（最多看最近{LOOKED_AT_MAX}条）"),
                columns: ["序号", "办件", "收件人", "告知以后", "没有送达的原因", "内容", "停止发送", "写好"]
                    .into_iter()
                    .map(Column::new)
                    .collect(),
                rows,
                foot: Vec::new(),
                empty: "本机构办件的消息都送到了。".to_owned(),
            },
            pager: Asked::read(PATH, &BTreeMap::new(), &[])
                .pager(u64::try_from(letters.len()).unwrap_or_default(), LOOKED_AT_MAX),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// POST /desk/undelivered
pub async fn send(State(app): State<Shared>, visit: Visit, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        let told = Told::ALL.into_iter().find(|told| form.text("told") == Some(told.as_str()));
        let (told, id) = (told.ok_or(Fault::NotFound)?, form.text("id").unwrap_or_default());
        let person = &clerk.person;
        told_otherwise(&app.bureau, app.now(), &person.id, &person.posts, id, told)?;
        Ok(answer::see_other(PATH))
    })
    .await
}

fn offices(app: &App, clerk: &Clerk) -> Result<Vec<OfficeId>, Fault> {
    let offices = clerk.offices(app);
    if offices.is_empty() {
        return Err(Fault::Forbidden("没有送达的消息给办理办件的机构看。".to_owned()));
    }
    Ok(offices)
}

fn notice(letters: usize) -> Notice {
    Notice {
        tone: Tone::Care,
        title: format!("{letters}条短信没有送到，当事人还不知道"),
        lines: vec![
            "请打电话告知，或者书面送达，做完再按这一行相应的按钮，这一条就不再列出；谁按的有记录。期限照走，不等短信。".to_owned(),
            "号码是遮盖的：打开办件，写明理由，可以看到全号。".to_owned(),
        ],
        links: Vec::new(),
    }
}

fn row(app: &App, at: u32, letter: &Undelivered, csrf: &str) -> Vec<Cell> {
    let number = letter.number.clone().unwrap_or_else(|| "（无编号）".to_owned());
    vec![
        Cell::text(at.to_string()),
        Cell::Head(Link::new(number.clone(), format!("/desk/matters/{}", letter.matter))),
        Cell::text(if letter.recipient.is_empty() { "不是手机号码" } else { &letter.recipient }),
        Cell::Press(Press {
            action: PATH.to_owned(),
            csrf: csrf.to_owned(),
            id: letter.id.clone(),
            name: "told".to_owned(),
            buttons: Told::ALL.map(|told| (told.as_str().to_owned(), words(told).to_owned())).to_vec(),
            about: format!("（{number}）"),
        }),
        Cell::Long(letter.reason.clone()),
        Cell::Long(letter.text.clone()),
        Cell::text(instant_zh(app, letter.given_up_at)),
        Cell::text(instant_zh(app, letter.written_at)),
    ]
}

impl From<UndeliveredError> for Fault {
    fn from(error: UndeliveredError) -> Fault {
        match error {
            UndeliveredError::Forbidden => Fault::Forbidden("这条消息不归您的岗位处理。".to_owned()),
            UndeliveredError::NoMessage(_) => Fault::NotFound,
            UndeliveredError::Load(error) => error.into(),
            other => Fault::Internal(other.to_string()),
        }
    }
}
