//! `xiezhi office-keys`: the keys with which the offices sign papers.
//!
//! Which keys sign and until when is in the ledger; the secrets never leave the store.

use crate::answer::{Answer, Complaint, OrSay};
use crate::law::LawText;
use crate::{boot, cli, edge};
use acts::office_keys::{self, OfficeKeyError};
use jiff::Timestamp;
use kernel::names::OfficeId;
use serde_json::json;

/// Lists the keys; as data, it is the signed list that is published.
///
/// # Errors
/// When the data directory cannot be opened.
pub fn list(asked: &cli::Data) -> Result<Answer, Complaint> {
    let bureau = boot::look(&asked.data, &LawText::find(asked.law.as_deref())?)?;
    let data = office_keys::list(&bureau, edge::now()).or_say("数据库读不了")?;
    let mut lines = vec![format!("签密钥表和总账的公钥：{}", bureau.keys.public_key())];
    for office in &bureau.law.place.offices {
        for key in office_keys::keys_of(&bureau, &office.id).or_say("数据库读不了")? {
            let until = key.until.map_or_else(|| "仍在使用".to_owned(), |until| format!("用到{}", instant(until)));
            lines.push(format!(
                "{}（{}）：{}起，{until}\n  {}",
                office.name,
                office.id,
                instant(key.from),
                key.public_key
            ));
        }
    }
    if lines.len() == 1 {
        lines.push("还没有机关签过文书：第一份文书出具时生成密钥".to_owned());
    }
    Ok(Answer { holds: true, text: lines.join("\n"), data })
}

/// Gives an office a new key.
///
/// # Errors
/// An office that does not exist; a data directory that cannot be opened.
pub fn rotate(asked: &cli::OfficeKeysRotate) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.of.law.as_deref())?;
    let bureau = boot::bureau(&asked.of.data, &text, None)?;
    let office = OfficeId::new(&asked.office);
    let key = office_keys::rotate(&bureau, edge::now(), &office).map_err(|error| match error {
        OfficeKeyError::NoOffice(office) => {
            let known: Vec<&str> = bureau.law.place.offices.iter().map(|office| office.id.as_str()).collect();
            Complaint::fact(format!("没有机关{office}；有：{}", known.join("、")))
        }
        other => Complaint::fact(format!("密钥没有换：{}", crate::answer::chain(&other))),
    })?;
    Ok(Answer {
        holds: true,
        text: format!(
            "{office}从{}起用新的密钥，以前签的文书仍然有效。请重新公布密钥表（/verify/keys.json）\n  {}",
            instant(key.from),
            key.public_key
        ),
        data: json!({ "office": office.as_str(), "public_key": key.public_key, "from": key.from }),
    })
}

fn instant(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |at| at.to_string())
}
