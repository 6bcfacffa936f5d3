//! What was done (审计记录), for the administrator of audit: everybody's acts, newest first, and nothing of their content.

use crate::answer;
use crate::answer::work;
use crate::app::{App, Shared};
use crate::components::field::{Choice, FieldInput, FieldView, Keyboard, Width};
use crate::components::parts::{Notice, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::clerk;
use crate::desk::filter::{Asked, optional};
use crate::desk::lists::instant_zh;
use crate::pages::ledger::Trail;
use crate::shown;
use crate::visit::Visit;
use acts::trail::{Deed, Kind, Which, trail, until};
use axum::extract::{Query, State};
use axum::response::Response;
use std::collections::BTreeMap;

/// Its address.
pub const PATH: &str = "/desk/audit";
/// Rows on a page.
const ROWS: u32 = 50;

/// GET /desk/audit
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let asked = Asked::read(PATH, &query, &["kind", "number", "until", "before"]);
        let (bureau, now) = (&app.bureau, app.now());
        let before = match (asked.get("before").and_then(|place| place.parse().ok()), asked.day("until")) {
            (Some(place), _) => Some(place),
            (None, Some(day)) => Some(until(bureau, now, day)?),
            (None, None) => None,
        };
        let found = trail(bureau, &which(&asked), before, ROWS)?;
        let page = Trail {
            shell: clerk.shell(app, visit, "审计记录", PATH, &[])?,
            heading: "审计记录".to_owned(),
            action: PATH.to_owned(),
            filter: filter(&asked),
            notice: notice(app)?,
            table: table(found.deeds.iter().map(|deed| cells(app, deed)).collect()),
            newest: asked.get("before").map(|_| asked.without("before")),
            older: found.older.map(|place| asked.with("before", &place.to_string())),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// A number says more than a kind.
fn which(asked: &Asked) -> Which {
    match (asked.get("number"), asked.get("kind").and_then(Kind::parse)) {
        (Some(number), _) => Which::Matter(number.to_owned()),
        (None, Some(kind)) => Which::Kind(kind),
        (None, None) => Which::Everything,
    }
}

fn filter(asked: &Asked) -> Vec<FieldView> {
    let value = |name: &str| asked.get(name).unwrap_or_default().to_owned();
    let kind = value("kind");
    let kinds = Kind::ALL.map(|it| Choice::new(it.as_str(), it.zh()).chosen_if(&kind)).to_vec();
    let number = FieldInput::Text {
        value: value("number"),
        width: Width::Medium,
        keyboard: Keyboard::Text,
        autocomplete: String::new(),
    };
    vec![
        optional(FieldView::new("kind", "种类", FieldInput::Select { choices: kinds })),
        optional(FieldView::new("number", "办件编号", number)),
        optional(FieldView::new("until", "到哪一天为止", FieldInput::Date { value: value("until") })),
    ]
}

fn notice(app: &App) -> Result<Notice, answer::Fault> {
    let signed = app.bureau.store.latest_checkpoint()?.map_or_else(
        || "总账还没有签名的检查点。".to_owned(),
        |it| format!("最近的检查点签在{}，覆盖前{}条记录。", instant_zh(app, it.at), it.size),
    );
    Ok(Notice {
        tone: Tone::Plain,
        title: format!("总账里有{}条记录", app.bureau.store.last_place()?),
        lines: vec![
            signed,
            "这里有每个人做过的每一件事，没有办件的内容；记录有没有被改动，在服务器上用 xiezhi verify ledger 查验。"
                .to_owned(),
        ],
        links: Vec::new(),
    })
}

fn cells(app: &App, deed: &Deed) -> Vec<Cell> {
    vec![
        Cell::Figure(deed.place.to_string()),
        Cell::text(instant_zh(app, deed.at)),
        Cell::text(deed.who.clone()),
        Cell::Long(deed.what.clone()),
        Cell::text(deed.about.clone()),
        Cell::text(deed.office.clone()),
        Cell::text(shown::fingerprint(&deed.hash.to_string())),
    ]
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        id: "trail".to_owned(),
        caption: "做过什么，新的在前".to_owned(),
        columns: std::iter::once(Column::figures("序号"))
            .chain(["时间", "谁", "做了什么", "对什么", "机构", "指纹"].into_iter().map(Column::new))
            .collect(),
        rows,
        foot: Vec::new(),
        empty: "没有符合条件的记录。".to_owned(),
    }
}
