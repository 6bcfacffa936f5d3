//! The short check before applying: questions and a table of answers from the law file.
//!
//! It decides nothing and stores nothing; the answers stand in the address of the page and nowhere else.
//!
//! INVARIANT: the first row whose condition holds answers.

use super::{Answers, page, procedure};
use crate::answer::{self, Fault};
use crate::app::{App, Shared};
use crate::components::Link;
use crate::components::field::ErrorSummary;
use crate::pages::portal::{Likelihood, Screening, ScreeningResult};
use crate::questions::Questions;
use crate::shown;
use crate::visit::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::decide::Refusal;
use kernel::guard::{GuardError, holds};
use kernel::intake::{self, Desk, Raw};
use kernel::procedure::{Procedure, ScreeningOutcome, ScreeningRow};
use kernel::value::Facts;
use std::collections::BTreeMap;

/// GET `/check/{procedure}`.
pub async fn check(
    State(app): State<Shared>,
    visit: Visit,
    Path(id): Path<String>,
    Query(sent): Query<Vec<(String, String)>>,
) -> Response {
    page(app, visit, move |app, visit| {
        let procedure = procedure(app, &id)?;
        if procedure.screening.questions.is_empty() {
            return Err(Fault::NotFound);
        }
        let mut raw = Raw::default();
        for (field, text) in sent {
            raw.texts.entry(field).or_default().push(text);
        }
        let (status, shown) = screening(app, visit, &procedure, &raw)?;
        answer::page(status, &shown)
    })
    .await
}

fn screening(app: &App, visit: &Visit, procedure: &Procedure, raw: &Raw) -> Result<(StatusCode, Screening), Fault> {
    let now = app.now();
    let asked = &procedure.screening.questions;
    let registers = BTreeMap::new();
    let desk = Desk { procedure, place: &app.bureau.law.place, registers: &registers, now };
    let reading = intake::read(asked, &Facts::new(), raw, &desk);
    let is_answered = asked.iter().any(|field| raw.texts.contains_key(field.name.as_str()));
    let problems = if is_answered { reading.problems.as_slice() } else { &[] };
    let result = if is_answered && problems.is_empty() { Some(result(app, procedure, &reading.facts)?) } else { None };
    let offers = BTreeMap::new();
    let questions = Questions { procedure, place: &app.bureau.law.place, offers: &offers, raw, problems, files_at: "" };
    let questions: Vec<_> = asked.iter().map(|field| questions.field(field)).collect();
    let errors = ErrorSummary::of(&questions);
    let back = Link::new("返回办事指南", format!("/guide/{}", procedure.id));
    let mut shell = answer::public_shell(app, visit, "先看看可能不可能", Some(back));
    shell.wrong = !errors.errors.is_empty();
    shell.here = format!("/check/{}", procedure.id);
    let status = if shell.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = Screening {
        shell,
        heading: format!(
            "{}个问题，看看可能不可能",
            kernel::names::chinese_number(u32::try_from(asked.len()).unwrap_or_default())
        ),
        action: format!("/check/{}", procedure.id),
        questions,
        errors,
        result,
    };
    Ok((status, shown))
}

fn result(app: &App, procedure: &Procedure, facts: &Facts) -> Result<ScreeningResult, Fault> {
    let row = first_row(app, procedure, facts)?;
    let (likelihood, title) = match row.map(|row| row.outcome) {
        Some(ScreeningOutcome::Likely) => (Likelihood::Likely, "您很可能符合条件"),
        Some(ScreeningOutcome::Unlikely) => (Likelihood::Unlikely, "按您的回答，可能不符合条件"),
        Some(ScreeningOutcome::Ask) | None => (Likelihood::Ask, "需要问一问人"),
    };
    let cite = row.and_then(|row| row.cite.clone()).or_else(|| procedure.competence.cite.clone());
    let quote = shown::articles(app, cite.as_slice(), "判断的依据")?.into_iter().next();
    let mut lines: Vec<String> = row.map(|row| row.text.clone()).into_iter().collect();
    lines.push("这只是大致的判断，不是决定；申请不申请由您定，最后由办理机构审查决定。".into());
    let phone = &procedure.guide.phone;
    if likelihood == Likelihood::Ask && !phone.is_empty() {
        lines.push(format!("咨询电话：{phone}"));
    }
    Ok(ScreeningResult {
        likelihood,
        title: title.into(),
        lines,
        article: quote.ok_or(Fault::NotFound)?,
        next: vec![
            Link::new("开始申请", format!("/apply/{}/1", procedure.id)),
            Link::new("看办事指南", format!("/guide/{}", procedure.id)),
        ],
    })
}

/// The first row that holds.
fn first_row<'p>(app: &App, procedure: &'p Procedure, facts: &Facts) -> Result<Option<&'p ScreeningRow>, Fault> {
    let answers = Answers { facts, place: &app.bureau.law.place, on: app.now().on() };
    for row in &procedure.screening.rows {
        match holds(&row.when, &answers) {
            Ok(true) => return Ok(Some(row)),
            Ok(false) => {}
            // A rate nobody has set is said by its name; it is not taken for "no".
            Err(why @ GuardError::NoRate { .. }) => {
                return Err(Fault::Unavailable(answer::refusal_zh(&Refusal::Unreadable(why))));
            }
            Err(why) => return Err(Fault::Internal(format!("row `{}`: {why}", row.title))),
        }
    }
    Ok(None)
}
