//! `xiezhi clock`: a due date and how it was reached, by the statute's own counting.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{cli, edge, law};
use jiff::civil::{Date, DateTime};
use kernel::clock::{Due, Roll, Step, Stop, StopKind, Term, Unit, due, hours_due, zh_date};
use serde_json::{Value as Json, json};
use statute::{Book, StatuteDecl};

/// The article by which days are counted where a statute converts nothing.
const GENERAL: &str = "民法典:200";

/// Computes a due date.
///
/// # Errors
/// A statute, a date, a unit or a calendar year that is not known.
pub fn clock(asked: &cli::Clock) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let (book, found) = text.read();
    let errors = law::errors(&found);
    if !errors.is_empty() {
        return Err(Complaint::fact(format!("法律文件有错误，不能计算：\n\n{}", text.drawn(&errors))));
    }
    let statute = statute(&book, &asked.statute)?;
    let (amount, unit) = within(&asked.within)?;
    if unit == "h" {
        return hours(asked, statute, amount);
    }
    let from = day(&asked.from)?;
    if from < statute.in_force_from {
        return Err(Complaint::fact(format!(
            "{}的这一版自{}起施行，{}还不适用：请核对日期，或者查当时的法律",
            statute.name,
            zh_date(statute.in_force_from),
            zh_date(from)
        )));
    }
    let counted = match unit {
        "d" => statute.counting.unit_of_days(amount),
        "wd" => Unit::WorkingDay,
        "nd" => Unit::NaturalDay,
        "m" => Unit::Month,
        _ => Unit::Year,
    };
    let term = Term::new(amount, counted);
    let stops = asked.stop.iter().map(|span| stop(span)).collect::<Result<Vec<_>, _>>()?;
    let due =
        due(from, term, Roll::Forward, false, &stops, &book.calendar).map_err(|error| Complaint::fact(error.zh()))?;
    Ok(told(asked, statute, &written(amount, unit), term, &due))
}

fn statute<'b>(book: &'b Book, name: &str) -> Result<&'b StatuteDecl, Complaint> {
    book.statutes.iter().find(|known| known.name == name || known.title == name).ok_or_else(|| {
        let known: Vec<&str> = book.statutes.iter().map(|known| known.name.as_str()).collect();
        Complaint::fact(format!("law/statutes.md 里没有“{name}”，不知道它怎样数日；有：{}", known.join("、")))
    })
}

/// `7d` is 7 and `d`.
fn within(text: &str) -> Result<(u32, &str), Complaint> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (amount, unit) = text.split_at(at);
    match (amount.parse(), unit) {
        (Ok(amount), "d" | "wd" | "nd" | "m" | "y" | "h") => Ok((amount, unit)),
        _ => Err(Complaint::usage(format!("看不懂期限“{text}”：请写如 7d、5wd、15nd、2m、1y、24h"))),
    }
}

fn written(amount: u32, unit: &str) -> String {
    let word = match unit {
        "d" => "日",
        "wd" => "个工作日",
        "nd" => "个自然日",
        "m" => "个月",
        "y" => "年",
        _ => "小时",
    };
    format!("{amount}{word}")
}

fn day(text: &str) -> Result<Date, Complaint> {
    text.parse().map_err(|_| Complaint::usage(format!("看不懂日期“{text}”：请写如 2026-02-13")))
}

/// `2026-02-14..2026-02-16`; an open end is a stop that lasts.
fn stop(span: &str) -> Result<Stop, Complaint> {
    let (from, until) = span
        .split_once("..")
        .ok_or_else(|| Complaint::usage(format!("看不懂停止的一段“{span}”：请写如 2026-02-14..2026-02-16")))?;
    let until = if until.is_empty() { None } else { Some(day(until)?) };
    Ok(Stop { from: day(from)?, until, kind: StopKind::Deduct, cause: "依法停止计算".into() })
}

fn told(asked: &cli::Clock, statute: &StatuteDecl, within: &str, term: Term, due: &Due) -> Answer {
    let cite = statute.cite.as_ref().map_or(GENERAL.to_owned(), |cite| format!("{}:{}", cite.statute, cite.article));
    let counting = match (&statute.reason, term.unit) {
        (_, Unit::WorkingDay) => "按工作日计算".to_owned(),
        (Some(reason), _) => format!("按自然日计算（{reason}）"),
        (None, _) => "按自然日计算".to_owned(),
    };
    let mut lines = vec![match due.on {
        Some(on) => format!("到期日 {on}（{}）", zh_date(on)),
        None => "期限停着，到期日未定".to_owned(),
    }];
    lines.push(format!("《{}》{within}，自{}起，{counting}（{cite}）", statute.name, asked.from));
    lines.extend(due.steps.iter().enumerate().map(|(at, step)| format!("  {}. {}", at + 1, step.zh())));
    let steps: Vec<Json> = due.steps.iter().map(step_data).collect();
    Answer {
        holds: true,
        text: lines.join("\n"),
        data: json!({ "statute": statute.name, "from": asked.from, "within": within, "due": due.on.map(|on| on.to_string()),
                      "unit": term.unit.name(), "cite": cite, "reason": statute.reason, "steps": steps }),
    }
}

fn step_data(step: &Step) -> Json {
    json!({ "step": step.name(), "text": step.zh(), "cite": step.cite() })
}

fn hours(asked: &cli::Clock, statute: &StatuteDecl, amount: u32) -> Result<Answer, Complaint> {
    if !asked.stop.is_empty() {
        return Err(Complaint::usage("以小时计算的期限没有停止：请去掉 --stop"));
    }
    let from: DateTime =
        asked.from.parse().map_err(|_| Complaint::usage("以小时计算的期限从时刻起算：请写如 2026-02-13T10:30"))?;
    if !asked.from.contains('T') {
        return Err(Complaint::usage("以小时计算的期限从时刻起算：请写如 2026-02-13T10:30"));
    }
    let end = hours_due(edge::instant(from).or_say("时刻")?, amount).map_err(|error| Complaint::fact(error.zh()))?;
    let end = edge::moment(end).civil;
    let text = format!("小时连续计算，不避开夜间和假日（民法典第二百零一条）：{from}之后{amount}小时是{end}。");
    let said = format!("到期时刻 {end}\n《{}》{amount}小时，自{from}起\n  1. {text}", statute.name);
    Ok(Answer {
        holds: true,
        text: said,
        data: json!({ "statute": statute.name, "from": asked.from, "within": format!("{amount}小时"), "due": end.to_string(),
                      "unit": Unit::Hour.name(), "cite": "民法典:201",
                      "steps": [{ "step": "counted", "text": text, "cite": "民法典:201" }] }),
    })
}
