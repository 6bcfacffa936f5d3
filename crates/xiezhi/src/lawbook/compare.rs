//! `xiezhi law diff`: what two editions, or two folders of law, say otherwise.

use super::{adoption, day, edition, text_about};
use crate::answer::{Answer, Complaint, OrSay};
use crate::cli::LawDiff;
use crate::law::LawText;
use jiff::civil::Date;
use kernel::procedure::{Citation, Procedure};
use serde_json::{Value as Json, json};
use statute::{Change, changes, changes_told};
use std::collections::BTreeMap;
use std::path::Path;

/// An edition with the law it was read against.
pub(super) struct Edition {
    /// The law, this edition in it.
    pub text: LawText,
    /// The edition.
    pub procedure: Procedure,
}

/// Compares.
///
/// # Errors
/// What cannot be read, or is no edition.
pub fn diff(asked: &LawDiff) -> Result<Answer, Complaint> {
    let on = day(asked.on.as_deref())?;
    if Path::new(&asked.before).is_dir() && Path::new(&asked.after).is_dir() {
        if asked.live {
            return Err(Complaint::usage("--live 一次看一个事项：请写两份法律文件，或者 事项@施行日期"));
        }
        return folders(Path::new(&asked.before), Path::new(&asked.after));
    }
    let before = found(&asked.before, asked.law.as_deref(), on)?;
    let after = found(&asked.after, asked.law.as_deref(), on)?;
    if before.procedure.id != after.procedure.id {
        return Err(Complaint::fact(format!(
            "“{}”和“{}”是两个事项，不是一个事项的两版",
            before.procedure.id, after.procedure.id
        )));
    }
    if let (true, Some(data)) = (asked.live, &asked.data) {
        return adoption::rehearse(data, &before, &after, on);
    }
    let changes = changes(&before.procedure, &after.procedure);
    let text = changes_told(&before.procedure, &after.procedure, &changes);
    Ok(Answer { holds: true, text, data: told(&before.procedure, &after.procedure, &changes) })
}

/// An edition as it was named on the command line.
fn found(written: &str, law: Option<&Path>, on: Date) -> Result<Edition, Complaint> {
    let path = Path::new(written);
    if !path.is_file() {
        let text = text_about(law, written)?;
        let (book, problems) = text.read();
        let procedure = edition(&text, (&book, &problems), written, on)?.clone();
        return Ok(Edition { text, procedure });
    }
    let source = std::fs::read_to_string(path).or_say(&format!("{written}读不了"))?;
    let around = LawText::find(law.or_else(|| law_above(path)))?.surroundings();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("edition.md");
    let text = around.with(format!("services/{name}"), source);
    let (book, problems) = text.read();
    let procedure = book
        .procedures
        .into_iter()
        .next()
        .ok_or_else(|| Complaint::fact(format!("{written}不是事项的文件：\n\n{}", text.drawn(&problems))))?;
    super::readable(&text, &problems, &procedure)?;
    Ok(Edition { text, procedure })
}

/// The folder of law a file lies in: the nearest one above with a `statutes.md`.
fn law_above(file: &Path) -> Option<&Path> {
    file.ancestors().skip(1).find(|folder| folder.join("statutes.md").is_file())
}

fn folders(before: &Path, after: &Path) -> Result<Answer, Complaint> {
    let read = |folder: &Path| -> Result<BTreeMap<String, Vec<Procedure>>, Complaint> {
        let (book, _) = LawText::find(Some(folder))?.read();
        let mut by_id: BTreeMap<String, Vec<Procedure>> = BTreeMap::new();
        for procedure in book.procedures {
            by_id.entry(procedure.id.to_string()).or_default().push(procedure);
        }
        for editions in by_id.values_mut() {
            editions.sort_by_key(|one| one.in_force_from);
        }
        Ok(by_id)
    };
    let (old, new) = (read(before)?, read(after)?);
    let (mut lines, mut data) = (Vec::new(), Vec::new());
    for (id, editions) in &new {
        for one in editions {
            let was = old.get(id).and_then(|old| {
                let same_day = old.iter().find(|other| other.in_force_from == one.in_force_from);
                same_day.or_else(|| old.iter().rfind(|other| other.in_force_from < one.in_force_from)).or(old.last())
            });
            match was {
                None => {
                    lines.push(format!("+ 新增事项 {id}　{}（{}起）\n", one.title, one.in_force_from));
                    data.push(json!({ "id": id, "title": one.title, "kind": "added" }));
                }
                Some(was) if was.edition == one.edition => {}
                Some(was) => {
                    let changes = changes(was, one);
                    lines.push(changes_told(was, one, &changes));
                    data.push(told(was, one, &changes));
                }
            }
        }
    }
    for (id, editions) in &old {
        if let (false, Some(last)) = (new.contains_key(id), editions.last()) {
            lines.push(format!("- 删去事项 {id}　{}\n", last.title));
            data.push(json!({ "id": id, "title": last.title, "kind": "removed" }));
        }
    }
    let text = if lines.is_empty() { "两个目录的事项相同。".to_owned() } else { lines.join("\n") };
    Ok(Answer { holds: true, text, data: Json::Array(data) })
}

/// The comparison as data.
fn told(before: &Procedure, after: &Procedure, changes: &[Change]) -> Json {
    let edition = |one: &Procedure| {
        json!({ "edition": one.edition.to_string(), "in_force_from": one.in_force_from.to_string(),
                "in_force_until": one.in_force_until.map(|until| until.to_string()) })
    };
    let said = after.succession.changes.iter();
    let said = said.map(|(text, cite)| json!({ "text": text, "cite": cite.as_ref().map(Citation::to_string) }));
    let changes = changes.iter().map(|one| {
        json!({ "chapter": one.chapter.name(), "kind": one.kind.name(), "name": one.name, "subject": one.subject,
                "aspect": one.aspect, "from": one.from, "to": one.to,
                "cites": one.cites.iter().map(Citation::to_string).collect::<Vec<_>>() })
    });
    json!({ "id": after.id.as_str(), "title": after.title, "kind": "changed", "before": edition(before),
            "after": edition(after), "said": said.collect::<Vec<_>>(), "changes": changes.collect::<Vec<_>>() })
}
