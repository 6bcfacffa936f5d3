//! `xiezhi clock`: a due date and how it was reached, by the statute's own counting.

use crate::answer::{Answer, Complaint};
use crate::law::LawText;
use crate::{cli, law};
use jiff::civil::{Date, DateTime};
use kernel::clock::{Due, Step, Stop, StopKind, Term, Unit, zh_date};
use serde_json::{Value as Json, json};
use statute::{Asked, Book, Course, End, Length, StatuteDecl, TermError};

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
    let length: Length = asked.within.parse().map_err(|why: statute::BadLength| Complaint::usage(why.to_string()))?;
    let term = Asked {
        from: asked.from.clone(),
        length,
        course: Course { custody: asked.custody, day_one: asked.day_one, before: asked.before },
        stops: asked.stop.iter().map(|span| stop(span)).collect::<Result<_, _>>()?,
    };
    match statute.reckon(&term, &book.calendar).map_err(complaint)? {
        End::Day { term, due } => Ok(told(asked, statute, length, term, &due)),
        End::Moment(end) => Ok(by_the_hour(asked, statute, length, end)),
    }
}

fn complaint(why: TermError) -> Complaint {
    if why.is_usage() { Complaint::usage(why.to_string()) } else { Complaint::fact(why.to_string()) }
}

fn statute<'b>(book: &'b Book, name: &str) -> Result<&'b StatuteDecl, Complaint> {
    book.statutes.iter().find(|known| known.name == name || known.title == name).ok_or_else(|| {
        let known: Vec<&str> = book.statutes.iter().map(|known| known.name.as_str()).collect();
        Complaint::fact(format!("law/statutes.md 里没有“{name}”，不知道它怎样数日；有：{}", known.join("、")))
    })
}

fn day(text: &str) -> Result<Date, Complaint> {
    text.parse().map_err(|_| Complaint::usage(TermError::NotADay(text.to_owned()).to_string()))
}

/// `2026-02-14..2026-02-16`; an open end is a stop that lasts.
fn stop(span: &str) -> Result<Stop, Complaint> {
    let (from, until) = span
        .split_once("..")
        .ok_or_else(|| Complaint::usage(format!("看不懂停止的一段“{span}”：请写如 2026-02-14..2026-02-16")))?;
    let until = if until.is_empty() { None } else { Some(day(until)?) };
    Ok(Stop { from: day(from)?, until, kind: StopKind::Deduct, cause: "依法停止计算".into() })
}

fn told(asked: &cli::Clock, statute: &StatuteDecl, length: Length, term: Term, due: &Due) -> Answer {
    let cite = statute.cite.as_ref().map_or(GENERAL.to_owned(), |cite| format!("{}:{}", cite.statute, cite.article));
    let counting = match (&statute.reason, term.unit) {
        (_, Unit::WorkingDay) => "按工作日计算".to_owned(),
        (Some(reason), _) => format!("按自然日计算（{reason}）"),
        (None, _) => "按自然日计算".to_owned(),
    };
    let within = length.zh();
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

fn by_the_hour(asked: &cli::Clock, statute: &StatuteDecl, length: Length, end: DateTime) -> Answer {
    let (within, from) = (length.zh(), &asked.from);
    let text = format!("连续计算，不避开夜间和假日（民法典第二百零一条）：{from}之后{within}是{end}。");
    let said = format!("到期时刻 {end}\n《{}》{within}，自{from}起\n  1. {text}", statute.name);
    let Length { unit, amount } = length;
    let unit = unit.counted(amount, &statute.counting).name();
    Answer {
        holds: true,
        text: said,
        data: json!({ "statute": statute.name, "from": from, "within": within, "due": end.to_string(),
                      "unit": unit, "cite": "民法典:201",
                      "steps": [{ "step": "counted", "text": text, "cite": "民法典:201" }] }),
    }
}
