//! The register of numbers (文号): every number of a series, void ones struck through.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{Choice, FieldInput, FieldView, Keyboard, Width};
use crate::components::parts::{Notice, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::filter::Asked;
use crate::desk::lists::instant_zh;
use crate::pages::ledger::Numbers;
use crate::visit::Visit;
use axum::extract::{Query, State};
use axum::response::Response;
use kernel::names::OfficeId;
use std::collections::BTreeMap;
use store::NumberRow;

/// Rows on a page.
const ROWS: u32 = 50;

/// GET /desk/numbers
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let offices = clerk.offices(app);
        let asked = Asked::read("/desk/numbers", &query, &["series", "office", "year"]);
        let own = clerk.person.posts.iter().map(|post| &post.office).find(|office| offices.contains(office));
        let office =
            asked.get("office").map(OfficeId::new).or_else(|| own.cloned()).or_else(|| offices.first().cloned());
        let office = office.filter(|office| offices.contains(office));
        let office = office.ok_or_else(|| Fault::Forbidden("您的岗位不能查看这个机构的文号。".to_owned()))?;
        let series = series(app);
        let wanted = asked.get("series").filter(|name| series.iter().any(|(known, _)| known == name));
        let wanted =
            wanted.map(str::to_owned).or_else(|| series.first().map(|(name, _)| name.clone())).unwrap_or_default();
        let year = asked.get("year").and_then(|year| year.parse().ok()).unwrap_or_else(|| app.now().on().year());
        let rows = app.bureau.store.numbers(&wanted, office.as_str(), year, 0, u32::MAX >> 1)?;
        let total = u64::try_from(rows.len()).unwrap_or_default();
        let pager = asked.pager(total, ROWS);
        let before = usize::try_from(pager.page.saturating_sub(1).saturating_mul(ROWS)).unwrap_or_default();
        let shown = rows.iter().skip(before).take(usize::try_from(ROWS).unwrap_or(usize::MAX));
        let page = Numbers {
            shell: clerk.shell(app, visit, "文号", "/desk/numbers", &[])?,
            heading: "文号登记簿".to_owned(),
            action: "/desk/numbers".to_owned(),
            filter: filter(app, &offices, &office, &series, &wanted, year),
            gapless: gapless(&rows),
            table: table(shown.map(|row| cells(app, &clerk, row)).collect::<Result<_, Fault>>()?),
            pager,
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

/// Every series of every procedure: name and title.
fn series(app: &App) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for procedure in &app.bureau.law.procedures {
        let own = (procedure.number.series.clone(), format!("{}：办件编号", procedure.title));
        let papers = procedure
            .papers
            .iter()
            .filter_map(|paper| Some((paper.number.as_ref()?.series.clone(), paper.title.clone())));
        for (name, title) in std::iter::once(own).chain(papers) {
            if found.iter().all(|(known, _)| known != &name) {
                found.push((name, title));
            }
        }
    }
    found
}

fn filter(
    app: &App,
    offices: &[OfficeId],
    office: &OfficeId,
    series: &[(String, String)],
    wanted: &str,
    year: i16,
) -> Vec<FieldView> {
    let named =
        |id: &OfficeId| app.bureau.law.place.office(id).map_or_else(|| id.to_string(), |office| office.name.clone());
    let offices = offices.iter().map(|id| Choice::new(id.as_str(), named(id)).chosen_if(office.as_str()));
    let series = series.iter().map(|(name, title)| Choice::new(name.as_str(), title.as_str()).chosen_if(wanted));
    let year = FieldInput::Text {
        value: year.to_string(),
        width: Width::Short,
        keyboard: Keyboard::Digits,
        autocomplete: String::new(),
    };
    vec![
        FieldView::new("series", "种类", FieldInput::Select { choices: series.collect() }),
        FieldView::new("office", "机构", FieldInput::Select { choices: offices.collect() }),
        FieldView::new("year", "年度", year),
    ]
}

fn gapless(rows: &[NumberRow]) -> Notice {
    let void = rows.iter().filter(|row| row.voided_at.is_some()).count();
    let gaps = rows.iter().zip(1_u32..).any(|(row, at)| row.seq != at);
    let (tone, title) = match (rows.last(), gaps) {
        (None, _) => (Tone::Plain, "这一年还没有抽过号".to_owned()),
        (Some(last), false) => (Tone::Good, format!("从1到{}连续，没有跳号；作废{void}个，仍然保留。", last.seq)),
        (Some(_), true) => (Tone::Grave, "有跳号，请告诉系统管理员核对。".to_owned()),
    };
    Notice { tone, title, lines: Vec::new(), links: Vec::new() }
}

fn cells(app: &App, clerk: &Clerk, row: &NumberRow) -> Result<Vec<Cell>, Fault> {
    let number = match (row.voided_at, &row.void_reason) {
        (Some(at), reason) => {
            // A reason is typed freely: what it says of a sealed file is for whoever may read that.
            let sealed = app.bureau.store.matter(&row.matter)?.is_some_and(|matter| matter.sealed);
            let told = reason.as_ref().filter(|_| !sealed || clerk.sight(app, &row.matter.0).is_ok());
            let told = told.map_or(if sealed { "依法封存" } else { "" }, String::as_str);
            Cell::Void { text: row.text.clone(), reason: format!("{}，{told}", instant_zh(app, at)) }
        }
        (None, _) => Cell::text(row.text.clone()),
    };
    Ok(vec![
        Cell::text(row.seq.to_string()),
        number,
        Cell::text(if row.voided_at.is_some() { "作废" } else { "有效" }),
        Cell::Link(Link::new("打开办件", format!("/desk/matters/{}", row.matter.0))),
    ])
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        id: "numbers".to_owned(),
        caption: "文号".to_owned(),
        columns: ["序号", "文号", "状态", "办件"].into_iter().map(Column::new).collect(),
        rows,
        foot: Vec::new(),
        empty: "没有文号。".to_owned(),
    }
}
