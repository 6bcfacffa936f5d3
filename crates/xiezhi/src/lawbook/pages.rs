//! A procedure read in other forms: list, service guide, flow chart, table of limits, BPMN, and the grammar itself.

use super::{day, edition, place, text_about};
use crate::answer::{Answer, Complaint, OrSay};
use crate::cli::{LawFolder, LawPage, LawTable};
use crate::law::LawText;
use kernel::procedure::Procedure;
use serde_json::{Value as Json, json};
use statute::GrammarValue;
use std::path::Path;
use web::chart;

/// Lists the procedures.
///
/// # Errors
/// When files cannot be read.
pub fn list(asked: &LawFolder) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let (book, _) = text.read();
    let mut procedures: Vec<&Procedure> = book.procedures.iter().collect();
    procedures.sort_by_key(|one| (one.function, one.id.clone(), one.in_force_from));
    let mut lines = Vec::new();
    let mut function = None;
    for one in &procedures {
        if function != Some(one.function) {
            function = Some(one.function);
            lines.push(statute::function(one.function).0.to_owned());
        }
        let until = one.in_force_until.map(|until| format!("至{until}（不含）")).unwrap_or_default();
        lines.push(format!(
            "  {}　{}　《{}》　{}起施行{until}　环节{}、行为{}、期限{}、文书{}",
            one.id,
            one.title,
            one.statute,
            one.in_force_from,
            one.stages.len(),
            one.acts.len(),
            one.limits.len(),
            one.papers.len()
        ));
    }
    let data = procedures.iter().map(|one| {
        json!({ "id": one.id.as_str(), "title": one.title, "function": statute::function(one.function).1,
                "statute": one.statute, "edition": one.edition.to_string(),
                "in_force_from": one.in_force_from.to_string(),
                "in_force_until": one.in_force_until.map(|until| until.to_string()),
                "stages": one.stages.len(), "acts": one.acts.len(), "limits": one.limits.len(),
                "papers": one.papers.len(), "path": text.path_of(one.edition) })
    });
    Ok(Answer { holds: true, text: lines.join("\n"), data: Json::Array(data.collect()) })
}

/// The service guide.
///
/// # Errors
/// A procedure, place or day that is not known.
pub fn guide(asked: &LawPage) -> Result<Answer, Complaint> {
    page(asked, "guide", |one, place, on| Ok(statute::service_guide(one, place, on, &chart::sentences(one, place, on))))
}

/// The flow chart.
///
/// # Errors
/// As [`guide`].
pub fn chart(asked: &LawPage) -> Result<Answer, Complaint> {
    page(asked, "svg", |one, place, on| Ok(chart::file(one, place, on)))
}

/// The table of steps and limits (程序表), shown or written into the file.
///
/// # Errors
/// As [`guide`]; when the file cannot be written.
pub fn table(asked: &LawTable) -> Result<Answer, Complaint> {
    let LawTable { page: asked, write } = asked;
    let Some(folder) = asked.law.as_deref().filter(|_| *write) else {
        return page(asked, "table", |one, _, _| Ok(statute::tables(one)));
    };
    let text = text_about(Some(folder), &asked.id)?;
    let (book, problems) = text.read();
    let one = edition(&text, (&book, &problems), &asked.id, day(asked.on.as_deref())?)?;
    let (path, source) = text
        .path_of(one.edition)
        .and_then(|path| Some((path, text.file(path)?)))
        .ok_or_else(|| Complaint::fact(format!("找不到“{}”的文件", one.title)))?;
    let about = json!({ "id": one.id.as_str(), "title": one.title, "path": path });
    kept(&folder.join(path), &statute::with_tables(source, one), about)
}

/// The procedure as BPMN 2.0.
///
/// # Errors
/// As [`guide`].
pub fn bpmn(asked: &LawPage) -> Result<Answer, Complaint> {
    page(asked, "bpmn", |one, place, on| Ok(statute::bpmn(one, Some((place, on)))))
}

fn page(
    asked: &LawPage,
    key: &str,
    write: impl Fn(&Procedure, &kernel::world::Place, jiff::civil::Date) -> Result<String, Complaint>,
) -> Result<Answer, Complaint> {
    let text = text_about(asked.law.as_deref(), &asked.id)?;
    let (book, problems) = text.read();
    let on = day(asked.on.as_deref())?;
    let one = edition(&text, (&book, &problems), &asked.id, on)?;
    let written = write(one, place(&book, asked.place.as_deref())?, on)?;
    let about = json!({ "id": one.id.as_str(), "title": one.title, "edition": one.edition.to_string() });
    match &asked.out {
        None => {
            let mut data = about;
            if let Some(fields) = data.as_object_mut() {
                fields.insert(key.to_owned(), Json::String(written.clone()));
            }
            Ok(Answer { holds: true, text: written, data })
        }
        Some(out) => kept(out, &written, about),
    }
}

fn kept(out: &Path, written: &str, mut data: Json) -> Result<Answer, Complaint> {
    std::fs::write(out, written).or_say(&format!("写不了{}", out.display()))?;
    if let Some(fields) = data.as_object_mut() {
        fields.insert("out".to_owned(), json!(out));
    }
    Ok(Answer { holds: true, text: format!("已写到{}", out.display()), data })
}

/// The grammar of the law files, for editors.
pub fn grammar() -> Answer {
    let nodes = statute::grammar();
    let values = |values: &[GrammarValue]| -> Vec<Json> {
        let one = |one: &GrammarValue| json!({ "name": one.name, "form": one.form, "words": one.words, "needed": one.needed, "doc": one.doc });
        values.iter().map(one).collect()
    };
    let data: Vec<Json> = nodes
        .iter()
        .map(|node| {
            json!({ "file": node.file, "path": node.path, "doc": node.doc, "arguments": values(&node.arguments),
                    "properties": values(&node.properties), "children": node.children })
        })
        .collect();
    let lines: Vec<String> = nodes.iter().map(|node| format!("{}：{}　{}", node.file, node.path, node.doc)).collect();
    let data = json!({ "language": kernel::LANGUAGE_VERSION, "nodes": data });
    Answer { holds: true, text: lines.join("\n"), data }
}
