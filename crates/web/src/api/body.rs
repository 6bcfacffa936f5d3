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
            match texts(value) {
                Some(texts) => {
                    raw.texts.insert(name.clone(), texts);
                }
                None => wrong.push((name.clone(), "请填文字、数字、真假或者它们的列表。".to_owned())),
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

/// A value as the texts a form would send.
fn texts(value: &Json) -> Option<Vec<String>> {
    Some(match value {
        Json::Null | Json::Bool(false) => Vec::new(),
        Json::Bool(true) => vec!["true".to_owned()],
        Json::String(text) => vec![text.clone()],
        Json::Number(number) => vec![number.to_string()],
        Json::Array(items) => {
            let each = items.iter().map(|item| {
                item.as_str().map(str::to_owned).or_else(|| item.as_i64().map(|number| number.to_string()))
            });
            each.collect::<Option<_>>()?
        }
        Json::Object(_) => return None,
    })
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
    fn values_become_what_a_form_would_send() {
        let check = |value: Json, expected: Option<&[&str]>| {
            assert_eq!(
                texts(&value),
                expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect()),
                "{value}"
            );
        };
        check(json!("a"), Some(&["a"]));
        check(json!(3), Some(&["3"]));
        check(json!(true), Some(&["true"]));
        check(json!(false), Some(&[]));
        check(json!(["a", 2]), Some(&["a", "2"]));
        check(json!({"a": 1}), None);
        check(json!([["a"]]), None);
    }

    #[test]
    fn a_file_is_base64_with_a_name() {
        assert_eq!(read_files(&json!([{"name": "a.pdf", "content": "JVBERi0="}])).unwrap()[0].1, b"%PDF-");
        assert!(read_files(&json!([{"name": "a.pdf", "content": "*"}])).is_none());
        assert!(read_files(&json!("a.pdf")).is_none());
    }
}
