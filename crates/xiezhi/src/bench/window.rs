//! One whole application in one request, as a window files it for somebody.

use super::http::{Client, Reply, multipart};
use std::io::{Error, Result};

/// The form.
pub const FORM: &str = "/desk/open/legal-aid/apply?channel=judicial-office";

/// Somebody who files at a window.
#[derive(Debug)]
pub struct Window {
    client: Client,
    csrf: String,
}

/// What is filed.
#[derive(Debug, Clone)]
pub struct Filing {
    /// 姓名.
    pub name: String,
    /// 身份号码.
    pub id_number: String,
    /// 手机.
    pub phone: String,
    /// The key of the form, 32 hex digits: sending twice with it is sending once.
    pub key: String,
    /// A picture of the identity card.
    pub picture: Vec<u8>,
}

impl Window {
    /// Opens the form once: its hidden proof is good for the whole visit.
    ///
    /// # Errors
    /// When the page is not there, or the session is not a window's.
    pub fn open(mut client: Client) -> Result<Window> {
        let page = client.get(FORM)?;
        let csrf = page.hidden("csrf").ok_or_else(|| Error::other(format!("the form answers {}", page.status)))?;
        Ok(Window { client, csrf })
    }

    /// Files; answers the matter that was opened.
    ///
    /// # Errors
    /// When the connection breaks before the answer, or the form is not taken.
    pub fn file(&mut self, filing: &Filing) -> Result<String> {
        let reply = self.send(filing)?;
        let matter = reply.location.as_deref().and_then(|to| to.strip_prefix("/desk/matters/"));
        match (reply.status, matter) {
            (303, Some(matter)) => Ok(matter.split('?').next().unwrap_or_default().to_owned()),
            _ => Err(Error::other(format!("not taken: {} {}", reply.status, faults(&reply)))),
        }
    }

    fn send(&mut self, filing: &Filing) -> Result<Reply> {
        let texts = [
            ("csrf", self.csrf.as_str()),
            ("idempotency_key", &filing.key),
            ("case-kind", "civil"),
            ("cause", "wage"),
            ("venue", "990101001000"),
            ("facts-and-reasons", "2026年3月起在对方处做工，约定按月支付报酬，至今拖欠，多次催要没有结果，请求帮助。"),
            ("applicant.name", &filing.name),
            ("applicant.id-number", &filing.id_number),
            ("applicant.phone", &filing.phone),
            ("applicant.address", "示范市东湖区湖滨街道一号院"),
            ("work-form", "ordinary"),
            ("opponent.name", "宏远建筑劳务有限公司"),
            ("exempt-group", "none"),
            ("family-size", "3"),
            ("income", "1500"),
            ("hardship-promise", "yes"),
            ("truthful", "yes"),
        ];
        let (media, body) = multipart(&texts, Some(("id-copy", &filing.picture)));
        self.client.post(FORM, &media, &body)
    }
}

/// What the page says is wrong.
fn faults(reply: &Reply) -> String {
    let text = reply.text();
    let body = text.split_once("<main").map_or(text.as_str(), |(_, main)| main);
    let mut plain = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside && !c.is_whitespace() => plain.push(c),
            _ => {}
        }
    }
    plain.chars().take(400).collect()
}
