//! What is sealed in a message of the outbox, and how the row outside names its reader.
//!
//! It sends nothing and shows nothing. Messages stay readable for ever: a body that is not of today's form is its text.
//!
//! INVARIANT: outside the seal a phone number is masked.

use crate::bureau::Bureau;
use crate::content::ContentError;
use kernel::names::MatterId;
use serde_json::{Value as Json, json};
use store::{OutboxMessage, OutboxRow, StorageError};

/// Topic of what goes to a phone.
pub const PHONE: &str = "sms";
/// Topic of what is shown to somebody with an account.
pub const INBOX: &str = "inbox";

/// What is sealed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    /// The matter it is about.
    pub matter: Option<MatterId>,
    /// What it says; `{number}` stands for the number of the matter.
    pub text: String,
    /// To whom, in full.
    pub to: String,
    /// The instant from which it is of no use any more, milliseconds UTC; a code has one.
    pub until: Option<i64>,
}

impl Body {
    /// A message about a matter.
    pub(crate) fn about(matter: &MatterId, text: &str, to: &str) -> Body {
        Body { matter: Some(matter.clone()), text: text.to_owned(), to: to.to_owned(), until: None }
    }

    /// The message as it is kept.
    pub(crate) fn seal(&self, bureau: &Bureau, topic: &str) -> Result<OutboxMessage, ContentError> {
        let matter = self.matter.as_ref().map(MatterId::as_str);
        let mut body = json!({ "matter": matter, "text": self.text, "to": self.to });
        if let (Some(until), Some(body)) = (self.until, body.as_object_mut()) {
            body.insert("until".to_owned(), json!(until));
        }
        let id = bureau.fresh_id();
        let sealed = bureau.keys.realm_key().seal(bureau.random(), body.to_string().as_bytes(), id.as_bytes())?;
        Ok(OutboxMessage { id, topic: topic.to_owned(), recipient: masked(topic, &self.to), body: sealed })
    }

    /// What a message holds.
    pub(crate) fn open(bureau: &Bureau, row: &OutboxRow) -> Result<Body, ContentError> {
        Body::unseal(bureau, &row.id, &row.body)
    }

    /// What sealed bytes hold.
    pub(crate) fn unseal(bureau: &Bureau, id: &str, sealed: &[u8]) -> Result<Body, ContentError> {
        let bytes = bureau.keys.realm_key().open(sealed, id.as_bytes())?;
        Ok(Body::read(&bytes))
    }

    fn read(bytes: &[u8]) -> Body {
        let Ok(Json::Object(body)) = serde_json::from_slice(bytes) else {
            return Body { text: String::from_utf8_lossy(bytes).into_owned(), ..Body::default() };
        };
        let text = |key: &str| body.get(key).and_then(Json::as_str);
        Body {
            matter: text("matter").map(MatterId::new),
            text: text("text").unwrap_or_default().to_owned(),
            to: text("to").unwrap_or_default().to_owned(),
            until: body.get("until").and_then(Json::as_i64),
        }
    }

    /// The number of its matter, where it has one.
    pub(crate) fn number(&self, bureau: &Bureau) -> Result<Option<String>, StorageError> {
        let Some(matter) = &self.matter else { return Ok(None) };
        Ok(bureau.store.matter(&store::MatterId(matter.to_string()))?.and_then(|row| row.number))
    }

    /// What it says, with that number in place.
    pub(crate) fn filled(&self, number: Option<&str>) -> String {
        self.text.replace("{number}", number.unwrap_or_default())
    }
}

fn masked(topic: &str, to: &str) -> String {
    match topic {
        PHONE => kernel::identity::Phone::mobile(to).map(|phone| phone.masked()).unwrap_or_default(),
        _ => to.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_forms_are_read() {
        let text = |text: &str| Body { text: text.to_owned(), ..Body::default() };
        assert!(Body::read("您的申请已收到。".as_bytes()) == text("您的申请已收到。"), "bare words");
        assert!(Body::read(b"2026") == text("2026"), "words that are JSON as well");
        let known = Body::read(br#"{"matter":"m1","text":"a","to":"13800000017"}"#);
        assert!(known == Body::about(&MatterId::new("m1"), "a", "13800000017"));
    }

    #[test]
    fn a_number_is_masked_outside() {
        assert_eq!(masked(PHONE, "13800000017"), "138****0017");
        assert_eq!(masked(PHONE, "12345"), "", "what is no mobile number is not shown at all");
        assert_eq!(masked(INBOX, "wang-jing"), "wang-jing");
    }
}
