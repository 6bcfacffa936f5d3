//! The public list of a register one may choose from.
//!
//! Registers nobody may choose from are not shown: who grades a case is not told.

use super::{in_force, internal, page, register_to_choose};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::{Choice, FieldInput, FieldView};
use crate::pages::portal::{LawyerCard, Lawyers};
use crate::visit::Visit;
use acts::registers::{self, Member};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;
use kernel::clock::zh_date;
use kernel::names::Name;
use kernel::procedure::{Procedure, SeatPlace};
use std::collections::{BTreeMap, BTreeSet};

/// GET `/lawyers/{register}`.
pub async fn lawyers(
    State(app): State<Shared>,
    visit: Visit,
    Path(register): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    page(app, visit, move |app, visit| {
        let register = Name::new(register);
        let field = asked.get("field").map(String::as_str).unwrap_or_default();
        answer::ok(&list(app, visit, &register, field)?)
    })
    .await
}

fn list(app: &App, visit: &Visit, register: &Name, field: &str) -> Result<Lawyers, Fault> {
    let today = app.now().on();
    let procedure =
        in_force(app).find(|procedure| register_to_choose(procedure) == Some(register)).ok_or(Fault::NotFound)?;
    let members = registers::members(&app.bureau, register, today).map_err(internal)?;
    let loads = app.bureau.store.assignment_load(register.as_str())?;
    let loads: BTreeMap<&str, u64> = loads.iter().map(|load| (load.entry.as_str(), load.active)).collect();
    let assigns =
        procedure.acts.iter().filter_map(|act| act.assigns.as_ref()).find(|assigns| &assigns.register == register);
    let cap = assigns.and_then(|assigns| assigns.cap.as_ref());
    // No cap in force is no cap; which rate is missing is said where somebody is assigned.
    let cap = cap.and_then(|rate| app.bureau.law.place.rate(rate, None, today).ok()).map(|found| found.value);
    let fields: BTreeSet<&String> = members.iter().flat_map(|member| &member.fields).collect();
    let choices = fields.into_iter().map(|name| Choice::new(name.as_str(), name.as_str()).chosen_if(field)).collect();
    let filter =
        FieldView { required: false, ..FieldView::new("field", "业务专长", FieldInput::Select { choices }) };
    let shown = members.iter().filter(|member| field.is_empty() || member.fields.iter().any(|own| own == field));
    let card = |member: &Member| card(member, loads.get(member.id.as_str()).copied().unwrap_or_default(), cap, today);
    let heading = heading(procedure, register);
    Ok(Lawyers {
        shell: answer::public_shell(app, visit, &heading, Some(Link::new("返回首页", "/"))),
        heading,
        lead:
            "申请时可以按顺序选几位。能不能承办要看有没有利害关系、手上的件数和是否休假；都不行的，由办理机构按顺序轮派。"
                .into(),
        filter,
        action: format!("/lawyers/{register}"),
        lawyers: shown.map(card).collect(),
    })
}

/// Whom one may choose from, in the words of the seat they take.
pub fn heading(procedure: &Procedure, register: &Name) -> String {
    let assigns = procedure.acts.iter().filter_map(|act| act.assigns.as_ref());
    let slot = assigns.filter(|assigns| &assigns.register == register).map(|assigns| &assigns.slot).next();
    let seat = procedure.seats.iter().find(|seat| matches!(&seat.place, SeatPlace::Slot(own) if Some(own) == slot));
    format!("可以选的{}", seat.map_or("人", |seat| seat.title.as_str()))
}

fn card(member: &Member, load: u64, cap: Option<i64>, today: Date) -> LawyerCard {
    let leave = member.leave.iter().find(|(from, until)| *from <= today && today <= *until);
    let full = cap.is_some_and(|cap| i64::try_from(load).is_ok_and(|load| load >= cap));
    let why_not = match leave {
        Some((_, until)) => format!("请假至{}", zh_date(*until)),
        None if full => "手上的案件已到上限".to_owned(),
        None => String::new(),
    };
    let since = member.practising_since.map(|since| years(since, today));
    LawyerCard {
        name: member.name.clone(),
        firm: member.firm.clone(),
        years: since.map(|years| format!("执业{years}年")).unwrap_or_default(),
        fields: member.fields.clone(),
        load: cap.map_or_else(|| format!("手上{load}件"), |cap| format!("手上{load}件，最多{cap}件")),
        open: why_not.is_empty(),
        why_not,
    }
}

/// Whole years between two days.
fn years(since: Date, today: Date) -> i16 {
    let before = (today.month(), today.day()) < (since.month(), since.day());
    (today.year() - since.year() - i16::from(before)).max(0)
}

#[cfg(test)]
mod tests {
    use super::years;
    use jiff::civil::date;

    #[test]
    fn years_are_whole() {
        for (since, today, expected) in [
            (date(2020, 3, 1), date(2026, 2, 28), 5),
            (date(2020, 3, 1), date(2026, 3, 1), 6),
            (date(2026, 3, 1), date(2026, 2, 1), 0),
        ] {
            assert_eq!(years(since, today), expected, "{since} {today}");
        }
    }
}
