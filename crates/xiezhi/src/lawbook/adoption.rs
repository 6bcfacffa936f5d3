//! `xiezhi law diff … --live` and `xiezhi law adopt`: a new edition and the matters that are open.
//!
//! INVARIANT: a rehearsal publishes nothing and appends nothing.

use super::{compare::Edition, day, edition};
use crate::answer::{Answer, Complaint, OrSay, chain};
use crate::cli::LawAdopt;
use crate::law::LawText;
use crate::{boot, edge};
use acts::editions::{self, AdoptError, LimitDates, Obstacle, Rehearsed, Verdict};
use acts::system::{self, SystemError, day_told};
use jiff::civil::Date;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Tries an edition on the open matters of a data directory.
///
/// # Errors
/// When the data directory cannot be opened or a matter cannot be read.
pub fn rehearse(data: &Path, before: &Edition, after: &Edition, on: Date) -> Result<Answer, Complaint> {
    let bureau = boot::look(data, &after.text)?;
    let rehearsed = editions::rehearse(&bureau, &after.procedure, on).or_say("在办的件读不了")?;
    let changes = statute::changes(&before.procedure, &after.procedure);
    let count = |wanted: fn(&Rehearsed) -> bool| rehearsed.iter().filter(|one| wanted(one)).count();
    let (moves, needs) = (count(moves), count(needs_person));
    let dates = count(Rehearsed::dates_move);
    let mut lines = vec![format!(
        "{}：{}起的新版有{}处不同；在办{}件：不变{}件，转到新版{moves}件（其中日期变动{dates}件），需要人处理{needs}件",
        after.procedure.title,
        after.procedure.in_force_from,
        changes.len(),
        rehearsed.len(),
        rehearsed.len() - moves - needs,
    )];
    lines.extend(rehearsed.iter().map(told));
    Ok(Answer {
        holds: needs == 0,
        text: lines.join("\n"),
        data: json!({ "id": after.procedure.id.as_str(), "edition": after.procedure.edition.to_string(),
                      "changes": changes.len(), "unchanged": rehearsed.len() - moves - needs, "moves": moves,
                      "dates_move": dates, "needs_person": needs,
                      "matters": rehearsed.iter().map(data_of).collect::<Vec<_>>() }),
    })
}

/// Adopts the edition of a procedure that is in force.
///
/// # Errors
/// A signer without the duty, an edition not in force, matters that need a person.
pub fn adopt(asked: &LawAdopt) -> Result<Answer, Complaint> {
    let on = day(asked.on.as_deref())?;
    let now = edge::now();
    if on > now.on() {
        return Err(Complaint::fact(format!("{on}还没有到：到了那一天再签署")));
    }
    let text = LawText::find(asked.law.as_deref())?;
    let (book, problems) = text.read();
    let new = edition(&text, (&book, &problems), &asked.id, on)?.clone();
    if on < new.in_force_from {
        return Err(Complaint::fact(format!("“{}”的新版自{}起施行，现在还不能签署", new.title, new.in_force_from)));
    }
    let bureau = boot::bureau(&asked.data, &text, None)?;
    let signer = system::signer(&bureau, &asked.by, now.on()).map_err(|error| not_signed(&error))?;
    let leave: BTreeSet<String> = asked.leave.iter().cloned().collect();
    match editions::adopt(&bureau, now, &signer, &new, &leave) {
        Ok(done) => {
            let mut lines = vec![format!(
                "{}签署：“{}”{}起的新版，{}件转过来，{}件留在原来一版",
                signer.name,
                new.title,
                new.in_force_from,
                done.moved.len(),
                done.stayed.len()
            )];
            lines.extend(done.moved.iter().chain(&done.stayed).map(told));
            lines.push("正在运行的服务要重新启动，才读到新版。".to_owned());
            let all = |list: &[Rehearsed]| list.iter().map(data_of).collect::<Vec<_>>();
            Ok(Answer {
                holds: true,
                text: lines.join("\n"),
                data: json!({ "id": new.id.as_str(), "edition": new.edition.to_string(),
                              "by": signer.person.as_str(), "moved": all(&done.moved), "stayed": all(&done.stayed) }),
            })
        }
        Err(AdoptError::NeedPerson(open)) => {
            let mut lines =
                vec![format!("有{}件需要人处理，没有签署。处理好，或者用 --leave 编号 让它留在原来一版：", open.len())];
            lines.extend(open.iter().map(told));
            Err(Complaint::fact(lines.join("\n")))
        }
        Err(AdoptError::NotYet(from)) => Err(Complaint::fact(format!("新版自{from}起施行，现在还不能签署"))),
        Err(AdoptError::NothingToLeave(number)) => {
            Err(Complaint::fact(format!("办件“{number}”不在需要人处理的里面，--leave 只写那些")))
        }
        Err(AdoptError::System(error)) => {
            Err(Complaint::fact(format!("没有全部办完，可以再做一次：{}", chain(&error))))
        }
    }
}

/// Why somebody cannot sign, and what to do.
pub fn not_signed(error: &SystemError) -> Complaint {
    match error {
        SystemError::NoAccount(login) => Complaint::fact(format!("没有登录名“{login}”，或者已经停用")),
        SystemError::NotKeeper(login) => {
            Complaint::fact(format!("“{login}”没有法规管理岗，不能签署：请先给他 机构:law-keeper 的岗位"))
        }
        SystemError::NotArchivist(login) => {
            Complaint::fact(format!("“{login}”没有档案管理岗，不能办：请先给他 机构:archivist 的岗位"))
        }
        other => Complaint::fact(format!("签署人查不到：{}", chain(other))),
    }
}

fn moves(one: &Rehearsed) -> bool {
    one.verdict == Verdict::Moves
}

fn needs_person(one: &Rehearsed) -> bool {
    matches!(one.verdict, Verdict::NeedsPerson(_))
}

fn told(one: &Rehearsed) -> String {
    let number = one.number.as_deref().unwrap_or(one.matter.as_str());
    let verdict = match &one.verdict {
        Verdict::Unchanged => "不变".to_owned(),
        Verdict::Moves => "转到新版".to_owned(),
        Verdict::NeedsPerson(why) => {
            format!("需要人处理：{}", why.iter().map(Obstacle::zh).collect::<Vec<_>>().join("；"))
        }
    };
    let mut line = format!("  {number}　{}　{verdict}", one.stage);
    for dates in &one.limits {
        let (from, to) = (shown(dates.before, &dates.before_told), shown(dates.after, &dates.after_told));
        let change = if dates.differ() { format!("{from} → {to}") } else { from };
        line.push_str(&format!("\n      {}：{change}", dates.title));
    }
    line
}

fn shown(day: Option<Date>, otherwise: &str) -> String {
    day_told(day, otherwise)
}

fn data_of(one: &Rehearsed) -> Json {
    let (verdict, why) = match &one.verdict {
        Verdict::Unchanged => ("unchanged", Vec::new()),
        Verdict::Moves => ("moves", Vec::new()),
        Verdict::NeedsPerson(why) => ("needs-person", why.iter().map(Obstacle::zh).collect()),
    };
    let limit = |dates: &LimitDates| {
        json!({ "limit": dates.limit.as_str(), "title": dates.title,
                "before": dates.before.map(|day| day.to_string()), "after": dates.after.map(|day| day.to_string()),
                "before_told": dates.before_told, "after_told": dates.after_told, "differs": dates.differ() })
    };
    json!({ "matter": one.matter.as_str(), "number": one.number, "stage": one.stage, "verdict": verdict,
            "why": why, "dates_move": one.dates_move(), "limits": one.limits.iter().map(limit).collect::<Vec<_>>() })
}
