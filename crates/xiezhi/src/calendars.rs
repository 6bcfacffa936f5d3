//! `xiezhi calendar apply`: a new or corrected calendar notice, and what it moves.

use crate::answer::{Answer, Complaint, OrSay, chain};
use crate::law::{self, LawText};
use crate::lawbook::not_signed;
use crate::{boot, cli, edge};
use acts::calendars::{self, CalendarRefusal, Correction, MovedMatter};
use acts::system::{self, day_told};
use kernel::calendar::CalendarYear;
use serde_json::{Value as Json, json};
use statute::Source;

/// Applies a notice, or tries it.
///
/// # Errors
/// A file that is no calendar of one year, a signer without the duty, a matter that cannot be read.
pub fn apply(asked: &cli::CalendarApply) -> Result<Answer, Complaint> {
    let shown = asked.file.display();
    let source = std::fs::read_to_string(&asked.file).or_say(&format!("{shown}读不了"))?;
    let year = year_of(&source, &shown.to_string())?;
    let text = LawText::find(asked.law.as_deref())?;
    let bureau = if asked.dry_run { boot::look(&asked.data, &text)? } else { boot::bureau(&asked.data, &text, None)? };
    let now = edge::now();
    let signer = system::signer(&bureau, &asked.by, now.on()).map_err(|error| not_signed(&error))?;
    let done = if asked.dry_run {
        calendars::rehearse(&bureau, &year)
    } else {
        calendars::apply(&bureau, now, &signer, &year, &source)
    };
    let correction = done.map_err(|error| match error {
        CalendarRefusal::Calendar(error) => Complaint::fact(error.zh()),
        CalendarRefusal::System(error) => Complaint::fact(format!("没有全部办完，可以再做一次：{}", chain(&error))),
    })?;
    Ok(answer(&correction, &signer.name, asked.dry_run))
}

/// The one year a notice is about.
fn year_of(source: &str, shown: &str) -> Result<CalendarYear, Complaint> {
    let text = LawText::default().with("calendar/notice.md", source);
    let (book, found) = statute::read(&[Source::new("calendar/notice.md", source)]);
    let errors = law::errors(&found);
    if !errors.is_empty() {
        return Err(Complaint::fact(format!("{shown}有错误：\n\n{}", text.drawn(&errors))));
    }
    let mut years = book.calendar.years();
    match (years.next(), years.next()) {
        (Some(year), None) => Ok(year.clone()),
        (None, _) => Err(Complaint::fact(format!("{shown}里没有日历：写法见 law/calendar/"))),
        (Some(_), Some(_)) => Err(Complaint::fact(format!("{shown}里有几年的日历：一次采用一年"))),
    }
}

fn answer(correction: &Correction, signer: &str, dry_run: bool) -> Answer {
    let head = match (correction.before == correction.after, dry_run) {
        (true, _) => format!("{}年的日历同现在用的一样，没有变动", correction.year),
        (false, true) => format!("试算：采用{}年的日历，{}件的期限会变", correction.year, correction.moved.len()),
        (false, false) => {
            format!(
                "{signer}签署：采用{}年的日历，{}件的期限变了，都已记入办件并告知",
                correction.year,
                correction.moved.len()
            )
        }
    };
    let mut lines = vec![head];
    if correction.before != correction.after {
        lines.push(format!("  日历版本 {} → {}", correction.before, correction.after));
    }
    lines.extend(correction.moved.iter().map(told));
    if !dry_run && correction.before != correction.after {
        lines.push("正在运行的服务要重新启动，才读到新的日历。".to_owned());
    }
    Answer {
        holds: true,
        text: lines.join("\n"),
        data: json!({ "year": correction.year, "before": correction.before, "after": correction.after,
                      "dry_run": dry_run, "moved": correction.moved.iter().map(data_of).collect::<Vec<_>>() }),
    }
}

const NO_DAY: &str = "没有日历";

fn told(one: &MovedMatter) -> String {
    let limits = one
        .limits
        .iter()
        .map(|limit| format!("{} {} → {}", limit.title, day_told(limit.before, NO_DAY), day_told(limit.after, NO_DAY)));
    let number = one.number.as_deref().unwrap_or(one.matter.as_str());
    format!("  {number}　{}", limits.collect::<Vec<_>>().join("；"))
}

fn data_of(one: &MovedMatter) -> Json {
    let limits = one.limits.iter().map(|limit| {
        json!({ "limit": limit.limit.as_str(), "title": limit.title,
                "before": limit.before.map(|day| day.to_string()), "after": limit.after.map(|day| day.to_string()) })
    });
    json!({ "matter": one.matter.as_str(), "number": one.number, "limits": limits.collect::<Vec<_>>() })
}
