//! OpenID Connect: the authorization code flow with PKCE, from the discovery document to a checked identity token.
//!
//! What a provider says about itself is kept for a while; a key it never named is asked for again.
//!
//! INVARIANT: the issuer of document, token and configuration is the same word; nothing is sent over a way that is not
//! encrypted, but to this machine.

use super::token::{self, Expected, NamedKey, TokenError};
use super::{Call, FederationError, Outward, Proved, encoded, plain, query};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::world::Moment;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a discovery document is believed, in milliseconds.
const KEPT_MS: i64 = 60 * 60 * 1000;
/// Between two questions for keys, in milliseconds: forged names of keys must not make us ask all day.
const ASKED_MS: i64 = 60 * 1000;

/// What a provider knows us as.
#[derive(Clone)]
pub struct Client {
    /// The provider.
    pub issuer: String,
    /// Our name there.
    pub id: String,
    /// Our secret there; none for a public client.
    pub secret: Option<String>,
    /// What we ask to know beside `openid`.
    pub scopes: String,
    /// The claim that holds the number of the person's identity card.
    pub id_number_claim: Option<String>,
}

impl fmt::Debug for Client {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("issuer", &self.issuer).field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is asked of the token endpoint.
pub(super) struct Asked<'a> {
    pub back: &'a str,
    pub code: &'a str,
    pub verifier: &'a str,
    pub nonce: &'a str,
}

/// A provider as it described itself.
#[derive(Debug)]
pub(super) struct Described {
    at: i64,
    authorization: String,
    token: String,
    names_itself: bool,
    takes_post: bool,
    keys: Vec<NamedKey>,
}

/// The providers that described themselves.
#[derive(Debug, Default)]
pub struct Known(Mutex<BTreeMap<String, Arc<Described>>>);

/// Whether an address may be asked: encrypted, or of this machine.
pub fn is_safe(url: &str) -> bool {
    let here = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        ["localhost", "127.0.0.1", "[::1]"].contains(&name)
    };
    let clean = !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '@'));
    clean && (url.starts_with("https://") || url.strip_prefix("http://").is_some_and(here))
}

fn json(outward: &dyn Outward, url: &str) -> Result<Json, FederationError> {
    let reply = outward.call(Call { url, form: None, authorization: None }).map_err(FederationError::Unreachable)?;
    if reply.status != 200 {
        return Err(FederationError::Unreachable(format!("status {}", reply.status)));
    }
    serde_json::from_slice(&reply.body).map_err(|_| FederationError::Malformed("JSON"))
}

fn described(outward: &dyn Outward, now: Moment, issuer: &str) -> Result<Described, FederationError> {
    let document = json(outward, &format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
    let text = |name: &str| document.get(name).and_then(Json::as_str);
    if text("issuer") != Some(issuer) {
        return Err(FederationError::Token(TokenError::Issuer));
    }
    let address = |name: &'static str| {
        text(name).filter(|url| is_safe(url)).map(str::to_owned).ok_or(FederationError::Malformed(name))
    };
    let names_itself = document.get("authorization_response_iss_parameter_supported") == Some(&Json::Bool(true));
    let methods = document.get("token_endpoint_auth_methods_supported").and_then(Json::as_array);
    let takes = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(method)));
    let keys = token::keys(&json(outward, &address("jwks_uri")?)?);
    Ok(Described {
        at: now.at.as_millisecond(),
        authorization: address("authorization_endpoint")?,
        token: address("token_endpoint")?,
        names_itself,
        takes_post: takes("client_secret_post") && !takes("client_secret_basic"),
        keys,
    })
}

impl Known {
    /// What a provider says about itself.
    pub(super) fn of(
        &self,
        outward: &dyn Outward,
        now: Moment,
        client: &Client,
    ) -> Result<Arc<Described>, FederationError> {
        self.not_older(outward, now, client, KEPT_MS)
    }

    fn not_older(
        &self,
        outward: &dyn Outward,
        now: Moment,
        client: &Client,
        age: i64,
    ) -> Result<Arc<Described>, FederationError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&client.issuer).cloned();
        let fresh = |described: &Arc<Described>| now.at.as_millisecond().saturating_sub(described.at) < age;
        if let Some(kept) = kept.filter(fresh) {
            return Ok(kept);
        }
        // Asked without holding the lock: a slow provider holds up nobody else.
        let new = Arc::new(described(outward, now, &client.issuer)?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(client.issuer.clone(), Arc::clone(&new));
        Ok(new)
    }
}

impl Described {
    /// Where somebody is sent.
    pub(super) fn authorization(
        &self,
        client: &Client,
        back: &str,
        state: &str,
        nonce: &str,
        challenge: &str,
    ) -> String {
        let scope = format!("openid {}", client.scopes);
        let asked = query(&[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", back),
            ("scope", scope.trim()),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        let joint = if self.authorization.contains('?') { '&' } else { '?' };
        format!("{}{joint}{asked}", self.authorization)
    }

    /// Whether the answer names this provider (RFC 9207), where it promised to.
    pub(super) fn is_who_answered(&self, client: &Client, named: Option<&str>) -> Result<(), FederationError> {
        match named {
            Some(named) if named != client.issuer => Err(FederationError::Token(TokenError::Issuer)),
            None if self.names_itself => Err(FederationError::Token(TokenError::Issuer)),
            _ => Ok(()),
        }
    }
}

/// The header by which a client says who it is (RFC 6749, 2.3.1).
fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

/// Changes the code into an identity.
pub(super) fn proved(
    known: &Known,
    outward: &dyn Outward,
    now: Moment,
    client: &Client,
    asked: &Asked<'_>,
) -> Result<Proved, FederationError> {
    let described = known.of(outward, now, client)?;
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", asked.code),
        ("redirect_uri", asked.back),
        ("code_verifier", asked.verifier),
    ];
    let authorization = match &client.secret {
        Some(secret) if described.takes_post => {
            pairs.extend([("client_id", client.id.as_str()), ("client_secret", secret.as_str())]);
            None
        }
        Some(secret) => Some(basic(&client.id, secret)),
        None => {
            pairs.push(("client_id", client.id.as_str()));
            None
        }
    };
    let form = query(&pairs);
    let call = Call { url: &described.token, form: Some(&form), authorization: authorization.as_deref() };
    let reply = outward.call(call).map_err(FederationError::Unreachable)?;
    let answer: Json = serde_json::from_slice(&reply.body).unwrap_or(Json::Null);
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    if reply.status != 200 {
        return Err(match text("error") {
            Some(error) => FederationError::Declined(plain(error)),
            None => FederationError::Unreachable(format!("status {}", reply.status)),
        });
    }
    let token = text("id_token").ok_or(FederationError::Malformed("id_token"))?;
    let at = now.at.as_second();
    let expected = Expected { issuer: &client.issuer, client: &client.id, nonce: asked.nonce, at };
    let claims = match token::claims(token, &described.keys, expected) {
        // The keys may have been changed since.
        Err(TokenError::Signature) => {
            let described = known.not_older(outward, now, client, ASKED_MS)?;
            token::claims(token, &described.keys, expected)?
        }
        claims => claims?,
    };
    of_claims(client, &claims)
}

fn of_claims(client: &Client, claims: &Map<String, Json>) -> Result<Proved, FederationError> {
    let text = |name: &str| claims.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Proved {
        issuer: client.issuer.clone(),
        subject: text("sub").ok_or(FederationError::Malformed("sub"))?,
        id_number: client.id_number_claim.as_deref().and_then(text),
        name: text("name"),
    })
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn only_encrypted_ways_and_this_machine_are_asked() {
        for url in ["https://sso.invalid/token", "http://localhost:9/x", "http://127.0.0.1/x", "http://[::1]:80/"] {
            assert!(is_safe(url), "{url}");
        }
        for url in [
            "http://sso.invalid/",
            "http://localhost.invalid/",
            "http://localhost@sso.invalid/",
            "file:///x",
            "https://a b",
        ] {
            assert!(!is_safe(url), "{url}");
        }
    }
}
