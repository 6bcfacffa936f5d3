//! Values that fields of a form can hold, and their canonical form in the ledger.
//!
//! Not here: how a person types them (`intake`) and how they are shown (`web`).

use crate::ledger::Digest;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

use crate::names::Name;

/// One checked value. Money is integer fen; dates are civil dates of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Free text, or a checked code kept as text (ID number, phone, region).
    Text(String),
    /// Money in fen.
    Fen(i64),
    /// A count.
    Int(i64),
    /// A civil date.
    Date(Date),
    /// A civil date and time, to the minute.
    Time(DateTime),
    /// Yes or no.
    Bool(bool),
    /// One or more names out of a declared list, in the order given.
    Choices(Vec<String>),
    /// Files handed in.
    Files(Vec<FileRef>),
}

/// A file handed in, known by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// Identity in the store.
    pub id: String,
    /// Name as the person called it.
    pub name: String,
    /// Media type found by looking at the bytes.
    pub media: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SM3 of the bytes.
    pub sm3: Digest,
    /// The key that opens the stored bytes, in hex. It is kept only here, inside sealed content, so
    /// that destroying the person's key destroys their files.
    pub key: String,
}

/// Values by field.
pub type Facts = BTreeMap<Name, Value>;

/// Why stored content could not be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored value of `{field}` is not of a known form")]
pub struct UnreadableValue {
    /// The field.
    pub field: String,
}

impl Value {
    /// The canonical form: one key that says the kind.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Text(text) => json!({ "text": text }),
            Value::Fen(fen) => json!({ "fen": fen }),
            Value::Int(count) => json!({ "int": count }),
            Value::Date(date) => json!({ "date": date.to_string() }),
            Value::Time(time) => json!({ "time": time.to_string() }),
            Value::Bool(flag) => json!({ "bool": flag }),
            Value::Choices(names) => json!({ "choices": names }),
            Value::Files(files) => {
                json!({ "files": files.iter().map(FileRef::to_json).collect::<Vec<_>>() })
            }
        }
    }

    /// Reads the canonical form back.
    pub fn from_json(json: &Json) -> Option<Value> {
        let (kind, inner) = json.as_object()?.iter().next()?;
        Some(match kind.as_str() {
            "text" => Value::Text(inner.as_str()?.to_owned()),
            "fen" => Value::Fen(inner.as_i64()?),
            "int" => Value::Int(inner.as_i64()?),
            "date" => Value::Date(inner.as_str()?.parse().ok()?),
            "time" => Value::Time(inner.as_str()?.parse().ok()?),
            "bool" => Value::Bool(inner.as_bool()?),
            "choices" => Value::Choices(
                inner.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            ),
            "files" => Value::Files(inner.as_array()?.iter().map(FileRef::from_json).collect::<Option<_>>()?),
            _ => return None,
        })
    }

    /// The one text or the one choice of this value, where it has one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Choices(names) => match names.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

impl FileRef {
    fn to_json(&self) -> Json {
        json!({ "id": self.id, "name": self.name, "media": self.media,
                "size_bytes": self.size_bytes, "sm3": self.sm3.to_string(), "key": self.key })
    }

    fn from_json(json: &Json) -> Option<FileRef> {
        let text = |key: &str| json.get(key)?.as_str().map(str::to_owned);
        Some(FileRef {
            id: text("id")?,
            name: text("name")?,
            media: text("media")?,
            size_bytes: json.get("size_bytes")?.as_u64()?,
            sm3: Digest::parse(&text("sm3")?).ok()?,
            key: text("key")?,
        })
    }
}

/// The canonical object of a set of values.
pub fn facts_to_json(facts: &Facts) -> Map<String, Json> {
    facts.iter().map(|(field, value)| (field.to_string(), value.to_json())).collect()
}

/// Reads a set of values back.
///
/// # Errors
/// [`UnreadableValue`] names the first field that is not in the canonical form.
pub fn facts_from_json(object: &Map<String, Json>) -> Result<Facts, UnreadableValue> {
    object
        .iter()
        .map(|(field, json)| {
            let value = Value::from_json(json).ok_or_else(|| UnreadableValue { field: field.clone() })?;
            Ok((Name::new(field.as_str()), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{canonical, sm3};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn file() -> FileRef {
        let (id, name, media, key) = ("f1".into(), "身份证.jpg".into(), "image/jpeg".into(), "00".into());
        FileRef { id, name, media, size_bytes: 3, sm3: sm3(b"abc"), key }
    }

    #[test]
    fn every_kind_survives_its_canonical_form() {
        for value in [
            Value::Text("王某\n第二行".into()),
            Value::Fen(336_000),
            Value::Int(-1),
            Value::Date(date(2026, 2, 28)),
            Value::Time(date(2026, 2, 28).at(9, 30, 0, 0)),
            Value::Bool(false),
            Value::Choices(vec!["b".into(), "a".into()]),
            Value::Choices(Vec::new()),
            Value::Files(vec![file()]),
        ] {
            assert_eq!(Value::from_json(&value.to_json()), Some(value.clone()));
            assert!(canonical(&value.to_json()).is_ok(), "{value:?}");
        }
    }

    #[test]
    fn an_unknown_form_is_named_and_not_guessed() {
        for json in
            [json!({}), json!("x"), json!({ "float": 1 }), json!({ "fen": "1" }), json!({ "date": "2026-02-30" })]
        {
            assert_eq!(Value::from_json(&json), None, "{json}");
        }
        let object = Map::from_iter([("income".to_owned(), json!({ "fen": 1.5 }))]);
        assert_eq!(facts_from_json(&object), Err(UnreadableValue { field: "income".into() }));
    }

    #[test]
    fn one_text_or_one_choice_is_a_text() {
        assert_eq!(Value::Text("a".into()).as_text(), Some("a"));
        assert_eq!(Value::Choices(vec!["a".into()]).as_text(), Some("a"));
        assert_eq!(Value::Choices(vec!["a".into(), "b".into()]).as_text(), None);
        assert_eq!(Value::Int(1).as_text(), None);
    }

    proptest! {
        #[test]
        fn facts_come_back_as_they_were(texts in prop::collection::btree_map("[a-z.-]{1,12}", any::<String>(), 0..6), fen: i64) {
            let mut facts: Facts = texts.into_iter().map(|(field, text)| (Name::new(field), Value::Text(text))).collect();
            facts.insert("fen".into(), Value::Fen(fen));
            let bytes = canonical(&Json::Object(facts_to_json(&facts))).unwrap();
            let read: Json = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(facts_from_json(read.as_object().unwrap()), Ok(facts));
        }
    }
}
