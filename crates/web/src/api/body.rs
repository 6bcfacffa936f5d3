//! Bodies: JSON read with a limit, and the object of an act as raw answers.
//!
//! INVARIANT: a member the act does not declare is a problem, never dropped in silence.

use crate::api::problem::Problem;
use crate::app::{App, Shared};
use crate::caller::Caller;
use crate::submission::{self, Sent};
use crate::upload::{self, FILE_MAX, plain_name, sniff};
use acts::drafts::{self, Filled};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::intake::Raw;
use kernel::procedure::{ActDef, Field, FieldKind};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use store::DraftId;

/// Largest body of an act, in bytes: a few files in base64.
pub const ACT_MAX: usize = 64 * 1024 * 1024;
/// Largest body without files, in bytes.
pub const PLAIN_MAX: usize = 1024 * 1024;

/// The bytes of a body. They are read as JSON only when it is known who sent them.
///
/// # Errors
/// 413 when it is too large, 408 when it does not come.
pub async fn bytes(app: &Shared, caller: Caller, body: Body, limit: usize) -> Result<Sent, Problem> {
    submission::bytes(app, caller, body, limit).await.map_err(Problem::from)
}

/// The JSON object of a body.
///
/// # Errors
/// 400 when it is none.
pub fn object(sent: &Sent) -> Result<Map<String, Json>, Problem> {
    match serde_json::from_slice(&sent.bytes) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::unreadable("请求内容要是一个JSON对象。")),
        Err(error) => {
            Err(Problem::unreadable(format!("不是JSON：第{}行第{}列读不下去。", error.line(), error.column())))
        }
    }
}

/// The answers of an act, with the draft that holds its files.
///
/// # Errors
/// 422 names every member that is not of its form.
pub fn raw(
    app: &App,
    who: &str,
    act: &ActDef,
    filled: &mut Filled,
    sent: &Map<String, Json>,
) -> Result<Option<DraftId>, Problem> {
    let mut wrong = Vec::new();
    let mut files: Vec<(&Field, String, Vec<u8>)> = Vec::new();
    let mut raw = Raw::default();
    for (name, value) in sent {
        let Some(field) = act.fields().find(|field| field.name.as_str() == name) else {
            wrong.push((name.clone(), format!("“{}”没有这个字段，请对照接口说明。", act.title)));
            continue;
        };
        if let FieldKind::Files { .. } = field.kind {
            match read_files(value) {
                Some(read) => files.extend(read.into_iter().map(|(file, bytes)| (field, file, bytes))),
                None => wrong.push((
                    name.clone(),
                    "文件写成[{\"name\": 文件名, \"content\": base64}]，每个不超过20MB。".to_owned(),
                )),
            }
        } else {
            match texts(&field.kind, value) {
                Ok(texts) => {
                    raw.texts.insert(name.clone(), texts);
                }
                Err(instead) => wrong.push((name.clone(), instead.to_owned())),
            }
        }
    }
    if wrong.is_empty() {
        let looked = |(field, name, bytes): &(&Field, String, Vec<u8>)| {
            let why = upload::examined(app, who, name, bytes).err()?;
            Some((field.name.to_string(), why))
        };
        wrong.extend(files.iter().filter_map(looked));
    }
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    filled.raw = raw;
    keep(app, filled, files)
}

fn keep(app: &App, filled: &mut Filled, files: Vec<(&Field, String, Vec<u8>)>) -> Result<Option<DraftId>, Problem> {
    if files.is_empty() {
        return Ok(None);
    }
    let draft = DraftId(app.bureau.fresh_id());
    let fault = |error: drafts::DraftError| Problem::from(crate::answer::Fault::from(error));
    drafts::save(&app.bureau, app.now(), &draft, filled).map_err(fault)?;
    for (field, name, bytes) in files {
        let kept = drafts::keep_file(&app.bureau, app.now(), &draft, &name, sniff(&bytes), &bytes).map_err(fault)?;
        filled.raw.files.entry(field.name.to_string()).or_default().push(kept);
    }
    Ok(Some(draft))
}

/// A value as the texts a form would send, where it is of the type the document declares; otherwise what to write.
fn texts(kind: &FieldKind, value: &Json) -> Result<Vec<String>, &'static str> {
    match kind {
        FieldKind::Bool | FieldKind::Promise { .. } => match value.as_bool() {
            Some(yes) => Ok(yes.then(|| "true".to_owned()).into_iter().collect()),
            None => Err("请写true或者false。"),
        },
        FieldKind::Number { .. } => match value.as_i64() {
            Some(number) => Ok(vec![number.to_string()]),
            None => Err("请写整数，不加引号。"),
        },
        FieldKind::Choices { .. } | FieldKind::Ranking { .. } => {
            listed(value).ok_or("请写文字的列表，每一项只写一遍。")
        }
        _ => match value.as_str() {
            Some(text) => Ok(vec![text.to_owned()]),
            None => Err("请写文字，加引号。"),
        },
    }
}

/// Texts of which none is said twice.
fn listed(value: &Json) -> Option<Vec<String>> {
    let texts: Vec<String> =
        value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let different: BTreeSet<&String> = texts.iter().collect();
    (different.len() == texts.len()).then_some(texts)
}

fn read_files(value: &Json) -> Option<Vec<(String, Vec<u8>)>> {
    let each = value.as_array()?.iter().map(|file| {
        let name = file.get("name")?.as_str()?;
        let bytes = STANDARD.decode(file.get("content")?.as_str()?).ok()?;
        (bytes.len() <= FILE_MAX && !bytes.is_empty()).then(|| (plain_name(name), bytes))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_what_a_form_would_send_and_keep_to_their_type() {
        let text = FieldKind::Text { max_chars: 10 };
        let number = FieldKind::Number { min: 0, max: 9 };
        let several = FieldKind::Choices { list: "kinds".into() };
        let check = |kind: &FieldKind, value: Json, expected: Option<&[&str]>| {
            assert_eq!(
                texts(kind, &value).ok(),
                expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect()),
                "{kind:?} {value}"
            );
        };
        check(&text, json!("a"), Some(&["a"]));
        check(&text, json!(3), None);
        check(&text, json!(["a"]), None);
        check(&text, json!(null), None);
        check(&number, json!(3), Some(&["3"]));
        check(&number, json!("3"), None);
        check(&number, json!(1e300), None);
        check(&FieldKind::Bool, json!(true), Some(&["true"]));
        check(&FieldKind::Bool, json!(false), Some(&[]));
        check(&FieldKind::Bool, json!("true"), None);
        check(&several, json!(["a", "b"]), Some(&["a", "b"]));
        check(&several, json!(["a", "a"]), None);
        check(&several, json!(["a", 2]), None);
        check(&several, json!({"a": 1}), None);
    }

    #[test]
    fn a_file_is_base64_with_a_name() {
        assert_eq!(read_files(&json!([{"name": "a.pdf", "content": "JVBERi0="}])).unwrap()[0].1, b"%PDF-");
        assert!(read_files(&json!([{"name": "a.pdf", "content": "*"}])).is_none());
        assert!(read_files(&json!("a.pdf")).is_none());
    }
}
