//! `identity.json` of a data directory: under which address people know this site, and who else vouches for them.
//!
//! Secrets stand in files of their own. Without the file nobody else vouches for anybody.
//!
//! INVARIANT: a file with an unknown word, an address that is not encrypted or a secret that others can read is refused at
//! the start.

use super::Way;
use crate::answer::{Complaint, OrSay};
use crate::keyfile;
use acts::federation::oidc::{Client, is_safe};
use acts::federation::{Audience, Federation, Kind, Provider};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Shortest secret of a client.
const SECRET_MIN: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    origin: String,
    ca: Option<String>,
    #[serde(default)]
    providers: Vec<WrittenProvider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvider {
    id: String,
    title: String,
    #[serde(rename = "for")]
    audience: WrittenAudience,
    oidc: Option<WrittenOidc>,
    cas: Option<WrittenCas>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum WrittenAudience {
    Staff,
    Parties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOidc {
    issuer: String,
    client: String,
    secret_file: Option<String>,
    #[serde(default)]
    scopes: String,
    id_number_claim: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCas {
    server: String,
}

/// Who else vouches for people, as the data directory says. `here` is the address where nothing is said.
///
/// # Errors
/// The reason why the file cannot be used, and what to do.
pub fn federation(data: &Path, here: &str) -> Result<Federation, Complaint> {
    let path = data.join("identity.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut alone = Federation::default();
            here.clone_into(&mut alone.origin);
            return Ok(alone);
        }
        Err(error) => return Err(Complaint::fact(format!("{}读不了：{error}", path.display()))),
    };
    let wrong = |what: String| Complaint::fact(format!("{}不能用，拒绝启动：{what}", path.display()));
    let written: Written = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("{error}。写法见运维指南“统一身份认证和通行密钥”")))?;
    let origin = written.origin.trim_end_matches('/').to_owned();
    let name = origin.split_once("://").map_or("", |(_, name)| name);
    if !is_safe(&origin) || name.is_empty() || name.contains(['/', '?', '#']) {
        return Err(wrong("origin 要写本站对外的网址，如 https://gfs.sfj.example，不带路径".to_owned()));
    }
    let mut ids = BTreeSet::new();
    let mut providers = Vec::new();
    for provider in written.providers {
        let id = provider.id.clone();
        if id.is_empty()
            || id.len() > 32
            || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            return Err(wrong(format!("id“{id}”只能用小写字母、数字和连字符，最多32个字")));
        }
        if !ids.insert(id.clone()) {
            return Err(wrong(format!("id“{id}”写了两次")));
        }
        providers.push(read(data, provider).map_err(|why| wrong(format!("“{id}”：{why}")))?);
    }
    let roots = written.ca.map(|file| data.join(file));
    Ok(Federation::new(origin, providers, Arc::new(Way::open(roots.as_deref())?)))
}

fn read(data: &Path, written: WrittenProvider) -> Result<Provider, String> {
    let safe = |url: &str| if is_safe(url) { Ok(()) } else { Err(format!("网址“{url}”要以 https:// 开头")) };
    let kind = match (written.oidc, written.cas) {
        (None, Some(_)) if matches!(written.audience, WrittenAudience::Parties) => {
            return Err("给当事人用的要写 oidc，并写明身份证号在哪一项（id_number_claim）".to_owned());
        }
        (Some(oidc), None)
            if matches!(written.audience, WrittenAudience::Parties) && oidc.id_number_claim.is_none() =>
        {
            return Err("给当事人用的要写明身份证号在哪一项（id_number_claim）".to_owned());
        }
        (Some(oidc), None) => {
            safe(&oidc.issuer)?;
            let secret = oidc.secret_file.map(|file| secret(&data.join(file))).transpose()?;
            Kind::Oidc(Client {
                issuer: oidc.issuer,
                id: oidc.client,
                secret,
                scopes: oidc.scopes,
                id_number_claim: oidc.id_number_claim,
            })
        }
        (None, Some(cas)) => {
            safe(&cas.server)?;
            Kind::Cas { server: cas.server.trim_end_matches('/').to_owned() }
        }
        _ => return Err("要写 oidc 或者 cas，只写一种".to_owned()),
    };
    let audience = match written.audience {
        WrittenAudience::Staff => Audience::Staff,
        WrittenAudience::Parties => Audience::Parties,
    };
    Ok(Provider { id: written.id, title: written.title, audience, kind })
}

/// The secret in a file that only the service account can read.
fn secret(path: &Path) -> Result<String, String> {
    keyfile::refuse_open_doors(path).map_err(|complaint| complaint.to_string())?;
    let text = std::fs::read_to_string(path).or_say(&format!("{}读不了", path.display()));
    let text = text.map_err(|complaint| complaint.to_string())?;
    let text = text.trim();
    if text.chars().count() < SECRET_MIN {
        return Err(format!("{}里的密码太短，至少{SECRET_MIN}个字：请让对方重新生成", path.display()));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Federation, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("identity.json"), text).unwrap();
        keyfile::write_private(&folder.path().join("gov.secret"), "long enough for a test\n").unwrap();
        keyfile::write_private(&folder.path().join("short.secret"), "short\n").unwrap();
        federation(folder.path(), "").map_err(|complaint| complaint.to_string())
    }

    fn provider(spoken: &str) -> String {
        format!(
            r#"{{"origin":"https://a.invalid/","providers":[{{"id":"gov","title":"认证","for":"staff",{spoken}}}]}}"#
        )
    }

    #[test]
    fn providers_are_read_with_their_secrets() {
        let oidc = r#""oidc":{"issuer":"https://sso.invalid","client":"xiezhi","secret_file":"gov.secret"}"#;
        let read = said(&provider(oidc)).unwrap();
        assert_eq!((read.origin.as_str(), read.providers.len()), ("https://a.invalid", 1));
        let Kind::Oidc(client) = &read.providers[0].kind else { panic!("{:?}", read.providers) };
        assert_eq!(client.secret.as_deref(), Some("long enough for a test"));
        assert!(!format!("{client:?}").contains("long enough"), "nor does a log of it");
        let read = said(&provider(r#""cas":{"server":"https://cas.invalid/cas/"}"#)).unwrap();
        assert_eq!(read.providers[0].issuer(), "https://cas.invalid/cas");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_do() {
        let twice = r#"{"id":"a","title":"b","for":"staff","cas":{"server":"https://c.invalid"}}"#;
        for (text, told) in [
            ("{}".to_owned(), "origin"),
            (r#"{"origin":"http://a.invalid"}"#.to_owned(), "origin 要写"),
            (r#"{"origin":"https://a.invalid/x"}"#.to_owned(), "origin 要写"),
            (r#"{"origin":"https://a.invalid","secret":"x"}"#.to_owned(), "secret"),
            (format!(r#"{{"origin":"https://a.invalid","providers":[{twice},{twice}]}}"#), "写了两次"),
            (provider(r#""cas":{"server":"http://cas.invalid"}"#), "https://"),
            (provider(r#""cas":{"server":"https://c.invalid"},"saml":{}"#), "saml"),
            (provider(r#""cas":{"server":"https://c.invalid"}"#).replace("staff", "parties"), "id_number_claim"),
            (
                provider(r#""oidc":{"issuer":"https://s.invalid","client":"x"}"#).replace("staff", "parties"),
                "id_number_claim",
            ),
            (
                r#"{"origin":"https://a.invalid","providers":[{"id":"a","title":"b","for":"staff"}]}"#.to_owned(),
                "只写一种",
            ),
            (provider(r#""oidc":{"issuer":"https://s.invalid","client":"x","secret_file":"short.secret"}"#), "太短"),
            (provider(r#""oidc":{"issuer":"https://s.invalid","client":"x","secret_file":"none"}"#), "读不了"),
            (provider(r#""oidc":{"issuer":"https://s.invalid","client":"x","secret":"in the file"}"#), "secret"),
        ] {
            let why = said(&text).err().unwrap_or_default();
            assert!(why.contains(told), "{text}: {why}");
        }
    }

    #[test]
    fn without_a_file_nobody_else_vouches() {
        let folder = tempfile::tempdir().unwrap();
        let alone =
            federation(folder.path(), "http://localhost:8990").map_err(|complaint| complaint.to_string()).unwrap();
        assert!(alone.providers.is_empty() && alone.origin == "http://localhost:8990");
    }
}
