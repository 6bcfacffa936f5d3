//! Registers (名册) as of any day, and the form that amends them.
//!
//! Nothing is overwritten: a new value begins on a day, with its author; earlier days keep theirs.

use crate::answer::work;
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{ErrorSummary, FieldInput, FieldView, FormKeys, Keyboard, Width};
use crate::components::parts::{Tab, Tabs};
use crate::components::table::{Cell, Column, Table};
use crate::desk::clerk::{Clerk, clerk};
use crate::desk::filter::{Asked, optional};
use crate::pages::ledger::{EntryForm, Registers};
use crate::submission::Submission;
use crate::visit::Visit;
use acts::people;
use acts::registers::{Member, RegisterError, amend};
use acts::wording::registers_of;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use kernel::names::Name;
use kernel::procedure::SeatPlace;
use std::collections::BTreeMap;

/// Rows on a page of a register.
const ROWS: u32 = 100;
/// Fields of an entry: name, title, hint, must be given.
const FIELDS: [(&str, &str, &str, bool); 11] = [
    ("entry", "登录账号", "也是名册里的标识，登记后不变", true),
    ("name", "姓名", "", true),
    ("firm", "执业机构", "", true),
    ("licence", "执业证号", "", false),
    ("phone", "电话", "", false),
    ("fields", "业务专长", "用顿号分开，如：劳动、婚姻", false),
    ("practising_since", "开始执业日期", "如2015-03-01", false),
    ("acted_for", "曾经代理过的人", "一行一个：姓名、单位名称或者代码，用来核对利害关系", false),
    ("leave", "休假", "一行一段：开始日期 结束日期，如2026-10-01 2026-10-08", false),
    ("about", "简介", "给选律师的人看", false),
    ("from", "从哪一天起", "", true),
];

/// GET /desk/registers
pub async fn first(State(app): State<Shared>, visit: Visit) -> Response {
    work(app, visit, |app, visit| {
        let clerk = clerk(app, visit)?;
        let first = listed(app).into_iter().next().ok_or(Fault::NotFound)?;
        drop(clerk);
        Ok(answer::see_other(&format!("/desk/registers/{}", first.0)))
    })
    .await
}

/// GET /desk/registers/{register}
pub async fn page(
    State(app): State<Shared>,
    visit: Visit,
    Path(register): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let asked = Asked::read(&format!("/desk/registers/{register}"), &query, &["on", "entry"]);
        let entry =
            asked.get("entry").and_then(|id| member_of(app, &register, id, on(app, &asked)).transpose()).transpose()?;
        let typed = entry.as_ref().map(texts_of).unwrap_or_default();
        show(app, visit, &clerk, &register, &asked, &typed, &[])
    })
    .await
}

/// POST /desk/registers/{register}
pub async fn send(State(app): State<Shared>, visit: Visit, Path(register): Path<String>, form: Submission) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        if !visit.is_ours(app, form.text("csrf")) {
            return Err(Fault::NotOurs);
        }
        if !listed(app).iter().any(|(name, _)| name.as_str() == register) {
            return Err(Fault::NotFound);
        }
        let typed: BTreeMap<String, String> = FIELDS
            .iter()
            .map(|(name, ..)| ((*name).to_owned(), form.text(name).unwrap_or_default().trim().to_owned()))
            .collect();
        let asked = Asked { path: format!("/desk/registers/{register}"), page: 1, ..Asked::default() };
        match read(&typed) {
            Err(wrong) => show(app, visit, &clerk, &register, &asked, &typed, &wrong),
            Ok((member, from)) => {
                let person = &clerk.person;
                match amend(
                    &app.bureau,
                    app.now(),
                    &person.id,
                    &person.posts,
                    &Name::new(register.as_str()),
                    &member,
                    from,
                ) {
                    Ok(()) => {
                        Ok(answer::see_other(&format!("/desk/registers/{register}?on={}", from.max(app.now().on()))))
                    }
                    Err(RegisterError::Forbidden) => Err(not_keeper()),
                    Err(other) => Err(other.into()),
                }
            }
        }
    })
    .await
}

fn not_keeper() -> Fault {
    Fault::Forbidden("您的岗位不管名册，请找本机构管名册的人。".to_owned())
}

/// The registers that procedures take persons from, by name, titled after the seat they fill.
fn listed(app: &App) -> BTreeMap<Name, String> {
    let mut found = BTreeMap::new();
    for procedure in &app.bureau.law.procedures {
        for register in registers_of(procedure) {
            let assigns = procedure
                .acts
                .iter()
                .filter_map(|act| act.assigns.as_ref())
                .find(|assigns| &assigns.register == register);
            let seat = assigns.and_then(|assigns| {
                procedure.seats.iter().find(|seat| seat.place == SeatPlace::Slot(assigns.slot.clone()))
            });
            let title = seat.map_or_else(|| register.to_string(), |seat| format!("{}名册", seat.title));
            found.insert(register.clone(), title);
        }
    }
    found
}

fn on(app: &App, asked: &Asked) -> Date {
    asked.day("on").unwrap_or_else(|| app.now().on())
}

fn member_of(app: &App, register: &str, id: &str, on: Date) -> Result<Option<Member>, Fault> {
    Ok(acts::registers::member(&app.bureau, &Name::new(register), id, on)?)
}

fn texts_of(member: &Member) -> BTreeMap<String, String> {
    let leave: Vec<String> = member.leave.iter().map(|(from, until)| format!("{from} {until}")).collect();
    let pairs = [
        ("entry", member.id.clone()),
        ("name", member.name.clone()),
        ("firm", member.firm.clone()),
        ("licence", member.licence.clone()),
        ("phone", member.phone.clone()),
        ("fields", member.fields.join("、")),
        ("practising_since", member.practising_since.map(|day| day.to_string()).unwrap_or_default()),
        ("acted_for", member.acted_for.join("\n")),
        ("leave", leave.join("\n")),
        ("about", member.about.clone()),
    ];
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// Wrong fields with what to do about them.
type Wrong = Vec<(&'static str, String)>;

/// A member from what was typed.
fn read(typed: &BTreeMap<String, String>) -> Result<(Member, Date), Wrong> {
    let text = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let mut wrong: Wrong = Vec::new();
    for (name, title, _, must) in FIELDS {
        if must && text(name).is_empty() {
            wrong.push((name, format!("请填写“{title}”")));
        }
    }
    let id = text("entry");
    if !id.is_empty() && !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        wrong.push(("entry", "登录账号只用字母、数字、横线和点".to_owned()));
    }
    let day = |text: &str| text.trim().parse::<Date>();
    let from = day(&text("from"));
    if from.is_err() && !text("from").is_empty() {
        wrong.push(("from", "“从哪一天起”请填日期，如2026-02-13".to_owned()));
    }
    let since = Some(text("practising_since")).filter(|text| !text.is_empty()).map(|text| day(&text));
    if matches!(since, Some(Err(_))) {
        wrong.push(("practising_since", "“开始执业日期”请填日期，如2015-03-01".to_owned()));
    }
    let span = |line: &str| -> Option<(Date, Date)> {
        let (from, until) = line.trim().split_once(char::is_whitespace)?;
        let (from, until) = (day(from).ok()?, day(until).ok()?);
        (from <= until).then_some((from, until))
    };
    let lines = |name: &str| -> Vec<String> {
        text(name).lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let leave: Option<Vec<(Date, Date)>> = lines("leave").iter().map(|line| span(line)).collect();
    if leave.is_none() {
        wrong.push(("leave", "“休假”一行一段，先写开始日期，再写结束日期，如2026-10-01 2026-10-08".to_owned()));
    }
    let fields = text("fields")
        .split(['、', '，', ',', ' '])
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .map(str::to_owned)
        .collect();
    match (from, wrong.is_empty()) {
        (Ok(from), true) => Ok((
            Member {
                id,
                name: text("name"),
                firm: text("firm"),
                licence: text("licence"),
                phone: text("phone"),
                fields,
                practising_since: since.and_then(Result::ok),
                acted_for: lines("acted_for"),
                leave: leave.unwrap_or_default(),
                about: text("about"),
            },
            from,
        )),
        _ => Err(wrong),
    }
}

fn show(
    app: &App,
    visit: &Visit,
    clerk: &Clerk,
    register: &str,
    asked: &Asked,
    typed: &BTreeMap<String, String>,
    wrong: &[(&'static str, String)],
) -> Result<Response, Fault> {
    let listed = listed(app);
    let title = listed.get(&Name::new(register)).cloned().ok_or(Fault::NotFound)?;
    let tab = |(name, title): (&Name, &String)| Tab {
        label: title.clone(),
        href: format!("/desk/registers/{name}"),
        current: name.as_str() == register,
        count: None,
    };
    let fields: Vec<FieldView> = FIELDS.iter().map(|field| entry_field(app, field, typed, wrong)).collect();
    let errors = ErrorSummary::of(&fields);
    let mut shell = clerk.shell(app, visit, &title, "/desk/registers", &[])?;
    shell.wrong = !wrong.is_empty();
    let (table, total) = entries(app, register, asked)?;
    let page = Registers {
        shell,
        heading: title,
        registers: Tabs { label: "名册".to_owned(), tabs: listed.iter().map(tab).collect() },
        on: optional(FieldView::new(
            "on",
            "名册在哪一天的样子",
            FieldInput::Date { value: on(app, asked).to_string() },
        )),
        action_on: asked.path.clone(),
        table,
        pager: asked.pager(total, ROWS),
        entry: Some(EntryForm {
            heading: if typed.is_empty() { "登记或者更正".to_owned() } else { "更正".to_owned() },
            action: asked.path.clone(),
            keys: FormKeys { csrf: visit.csrf(app), ..FormKeys::default() },
            fields,
            errors,
            submit: "登记".to_owned(),
        }),
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(visit.kept(app, answer::page(status, &page)?))
}

fn entry_field(
    app: &App,
    (name, title, hint, must): &(&str, &str, &str, bool),
    typed: &BTreeMap<String, String>,
    wrong: &[(&'static str, String)],
) -> FieldView {
    let value = typed.get(*name).cloned().unwrap_or_default();
    let input = match *name {
        "from" if value.is_empty() => FieldInput::Date { value: app.now().on().to_string() },
        "from" | "practising_since" => FieldInput::Date { value },
        "acted_for" | "leave" | "about" => FieldInput::TextArea { value, rows: 3, phrases: Vec::new() },
        _ => FieldInput::Text { value, width: Width::Long, keyboard: Keyboard::Text, autocomplete: String::new() },
    };
    FieldView {
        hint: (*hint).to_owned(),
        required: *must,
        error: wrong.iter().find(|(field, _)| field == name).map(|(_, why)| why.clone()),
        ..FieldView::new(*name, *title, input)
    }
}

fn entries(app: &App, register: &str, asked: &Asked) -> Result<(Table, u64), Fault> {
    let on = on(app, asked);
    let rows = app.bureau.store.register_as_of(register, &on.to_string())?;
    let names = people::names(&app.bureau)?;
    let total = u64::try_from(rows.len()).unwrap_or_default();
    let before = usize::try_from(asked.page.saturating_sub(1).saturating_mul(ROWS)).unwrap_or_default();
    let mut cells = Vec::new();
    for (at, row) in rows.iter().enumerate().skip(before).take(usize::try_from(ROWS).unwrap_or(usize::MAX)) {
        let unreadable = || RegisterError::Unreadable { register: register.to_owned(), entry: row.entry.clone() };
        let member = Member::from_json(&row.entry, &row.body).ok_or_else(unreadable)?;
        let leave: Vec<String> = member.leave.iter().map(|(from, until)| format!("{from}至{until}")).collect();
        cells.push(vec![
            Cell::text((at + 1).to_string()),
            Cell::Head(Link::new(member.name, format!("/desk/registers/{register}?entry={}&on={on}", row.entry))),
            Cell::text(member.firm),
            Cell::text(member.licence),
            Cell::text(member.phone),
            Cell::Long(member.fields.join("、")),
            Cell::text(member.practising_since.map(|day| day.to_string()).unwrap_or_default()),
            Cell::Long(leave.join("，")),
            Cell::text(row.from_on.clone()),
            Cell::text(names.get(&row.author).cloned().unwrap_or_else(|| row.author.clone())),
        ]);
    }
    let heads = ["序号", "姓名", "执业机构", "执业证号", "电话", "专长", "执业起", "休假", "自", "登记人"];
    let table = Table {
        id: "register".to_owned(),
        caption: format!("{}的名册", crate::shown::day_zh(on)),
        columns: heads.into_iter().map(Column::new).collect(),
        rows: cells,
        foot: Vec::new(),
        empty: "这一天名册里没有人。".to_owned(),
    };
    Ok((table, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_member_is_read_and_every_fault_is_named_at_once() {
        let good = [
            ("entry", "lu"),
            ("name", "陆明"),
            ("firm", "某所"),
            ("from", "2026-03-01"),
            ("leave", "2026-10-01 2026-10-08"),
            ("fields", "劳动、婚姻"),
        ];
        let (member, from) = read(&typed(&good)).unwrap();
        assert_eq!((member.leave.len(), member.fields.len(), from.to_string().as_str()), (1, 2, "2026-03-01"));
        let bad = [("entry", "陆"), ("leave", "2026-10-08 2026-10-01"), ("practising_since", "去年"), ("from", "x")];
        let wrong: Vec<&str> = read(&typed(&bad)).unwrap_err().iter().map(|(field, _)| *field).collect();
        assert_eq!(wrong, ["name", "firm", "entry", "from", "practising_since", "leave"]);
    }
}
