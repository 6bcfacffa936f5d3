//! Subsidies: approved amounts of a period, by month and by person, each with its slip.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{FieldInput, FieldView};
use crate::components::parts::{Counter, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::clerk;
use crate::desk::filter::{Asked, optional};
use crate::pages::ledger::Money;
use crate::visit::Visit;
use acts::money::{MoneyError, Slip, slips};
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::money::Fen;
use kernel::names::Name;
use kernel::procedure::FieldKind;
use kernel::world::RateUnit;
use std::collections::{BTreeMap, BTreeSet};

/// Rows on a page.
const ROWS: u32 = 50;

impl From<MoneyError> for Fault {
    fn from(error: MoneyError) -> Fault {
        Fault::Internal(error.to_string())
    }
}

/// GET /desk/money
pub async fn page(State(app): State<Shared>, visit: Visit, Query(query): Query<BTreeMap<String, String>>) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let offices = clerk.offices(app);
        if offices.is_empty() {
            return Err(Fault::Forbidden("补贴总数只给办理机构和主管的司法局看。".to_owned()));
        }
        let asked = Asked::read("/desk/money", &query, &["from", "until"]);
        let today = app.now().on();
        let from = asked.day("from").unwrap_or_else(|| Date::new(today.year(), 1, 1).unwrap_or(today));
        let until = asked.day("until").unwrap_or(today);
        let found = slips(&app.bureau, &offices, from, until.checked_add(1.day()).unwrap_or(until))?;
        let pager = asked.pager(u64::try_from(found.len()).unwrap_or_default(), ROWS);
        let before = usize::try_from(pager.page.saturating_sub(1).saturating_mul(ROWS)).unwrap_or_default();
        let shown = found.iter().enumerate().skip(before).take(usize::try_from(ROWS).unwrap_or(usize::MAX));
        let total = sum(&found);
        let page = Money {
            shell: clerk.shell(app, visit, "补贴", "/desk/money", &[])?,
            heading: "办案补贴".to_owned(),
            action: "/desk/money".to_owned(),
            filter: vec![
                optional(FieldView::new("from", "批准日期从", FieldInput::Date { value: from.to_string() })),
                optional(FieldView::new("until", "到", FieldInput::Date { value: until.to_string() })),
            ],
            counters: vec![Counter {
                label: "批准件数".to_owned(),
                count: pager.total,
                href: format!("/desk/money?from={from}&until={until}"),
                tone: Tone::Info,
                note: format!("合计{}元", total.grouped()),
            }],
            totals: totals(&found, total),
            slips: table(shown.map(|(at, slip)| row(at, slip)).collect()),
            pager,
            basis: basis(app, &found),
        };
        Ok(visit.kept(app, answer::ok(&page)?))
    })
    .await
}

fn sum<'s>(slips: impl IntoIterator<Item = &'s Slip>) -> Fen {
    Fen(slips.into_iter().map(|slip| slip.amount.0).fold(0, i64::saturating_add))
}

fn yuan(amount: Fen) -> Cell {
    Cell::Figure(format!("{}元", amount.grouped()))
}

fn totals(slips: &[Slip], total: Fen) -> Table {
    let mut groups: BTreeMap<(u8, String), Vec<&Slip>> = BTreeMap::new();
    for slip in slips {
        groups.entry((0, format!("{}年{:02}月", slip.on.year(), slip.on.month()))).or_default().push(slip);
        groups.entry((1, slip.person.clone())).or_default().push(slip);
        groups.entry((2, slip.kinds.join("、"))).or_default().push(slip);
    }
    let by = |kind: u8| match kind {
        0 => "按月",
        1 => "按人",
        _ => "按种类和等次",
    };
    let rows = groups.iter().zip(1_u32..).map(|(((kind, name), slips), at)| {
        let count = Cell::Figure(slips.len().to_string());
        vec![
            Cell::text(at.to_string()),
            Cell::text(by(*kind)),
            Cell::text(name.clone()),
            count,
            yuan(sum(slips.iter().copied())),
        ]
    });
    let head = ["序号", "分法", "名目"].into_iter().map(Column::new);
    Table {
        id: "totals".to_owned(),
        caption: "合计".to_owned(),
        columns: head.chain([Column::figures("件数"), Column::figures("金额")]).collect(),
        rows: rows.collect(),
        foot: vec![
            Cell::text("合计"),
            Cell::text(""),
            Cell::text(""),
            Cell::Figure(slips.len().to_string()),
            yuan(total),
        ],
        empty: "这一段时间没有批准的补贴。".to_owned(),
    }
}

fn row(at: usize, slip: &Slip) -> Vec<Cell> {
    let href = format!("/desk/matters/{}/papers/{}/{}", slip.matter, slip.version, slip.paper);
    vec![
        Cell::text((at + 1).to_string()),
        Cell::Head(Link::new(slip.matter_number.clone().unwrap_or_default(), format!("/desk/matters/{}", slip.matter))),
        Cell::text(slip.on.to_string()),
        Cell::text(slip.person.clone()),
        Cell::text(slip.kinds.join("、")),
        yuan(slip.amount),
        Cell::Link(Link::new(slip.number.clone().unwrap_or_else(|| "单据".to_owned()), href)),
    ]
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    let head = ["序号", "办件", "批准日期", "领取人", "种类、等次"].into_iter().map(Column::new);
    Table {
        id: "slips".to_owned(),
        caption: "单据".to_owned(),
        columns: head.chain([Column::figures("金额"), Column::new("审批表")]).collect(),
        rows,
        foot: Vec::new(),
        empty: "这一段时间没有批准的补贴。".to_owned(),
    }
}

/// The rates that were read, as the place declares them, and what each slip pinned.
fn basis(app: &App, slips: &[Slip]) -> Vec<String> {
    let read: BTreeSet<&str> =
        slips.iter().flat_map(|slip| &slip.rates).filter_map(|pin| pin.split([' ', '/']).next()).collect();
    let mut lines = Vec::new();
    for rate in app.bureau.law.place.rates.iter().filter(|rate| read.contains(rate.name.as_str())) {
        for value in &rate.values {
            let amount = match rate.unit {
                RateUnit::Fen => format!("{}元", Fen(value.value).grouped()),
                RateUnit::Factor => format!("{}.{:02}", value.value / 10_000, value.value % 10_000 / 100),
                RateUnit::Days | RateUnit::Count => value.value.to_string(),
            };
            let key =
                value.key.as_ref().map(|key| format!("（{}）", key_title(app, &rate.name, key))).unwrap_or_default();
            let assumed = if value.assumed { "，设定值，待核" } else { "" };
            lines.push(format!(
                "{}{key}：{amount}，{}起施行。来源：{}{assumed}。",
                rate.title, value.from, value.source
            ));
        }
    }
    lines
}

/// The key of a rate in the words of the list it is taken from.
fn key_title(app: &App, rate: &Name, key: &str) -> String {
    let titled = app.bureau.law.procedures.iter().find_map(|procedure| {
        let computes = procedure.acts.iter().flat_map(|act| &act.computes);
        let reads = computes.flat_map(|compute| [Some(&compute.base), compute.factor.as_ref()]).flatten();
        let field = reads.filter(|read| &read.rate == rate).find_map(|read| read.key.as_ref())?;
        let FieldKind::Choice { list } = &procedure.field(field)?.kind else { return None };
        procedure.choice_list(list)?.title_of(key).map(str::to_owned)
    });
    titled.unwrap_or_else(|| key.to_owned())
}
