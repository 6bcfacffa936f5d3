//! Identity tokens (OpenID Connect Core 1.0, 3.1.3.7): signature, issuer, audience, time, nonce.
//!
//! Encrypted tokens and tokens without a signature are not read.
//!
//! INVARIANT: no claim is answered before the signature and every check held.

use super::signature::{PublicKey, Writing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

/// How far two clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
/// Largest token that is read, in bytes.
const TOKEN_MAX: usize = 64 * 1024;

/// Why a token does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not three parts of JSON.
    #[error("the token is malformed")]
    Malformed,
    /// Neither RS256 nor ES256, or something in it must be understood and is not.
    #[error("the token is signed by an algorithm that is not taken")]
    Algorithm,
    /// No key of the provider signed it.
    #[error("no key of the provider signed the token")]
    Signature,
    /// Another issuer.
    #[error("the token is of another issuer")]
    Issuer,
    /// Not for us.
    #[error("the token is for another audience")]
    Audience,
    /// Not for this journey.
    #[error("the token carries another nonce")]
    Nonce,
    /// Over, or not yet.
    #[error("the token is expired or not yet valid")]
    Time,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who issued it.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a str,
    /// For which journey.
    pub nonce: &'a str,
    /// Now, in seconds.
    pub at: i64,
}

/// A key with the name the provider gave it.
#[derive(Debug, Clone)]
pub struct NamedKey {
    /// The name.
    pub kid: Option<String>,
    /// The key.
    pub key: PublicKey,
}

/// The keys of a key set (RFC 7517) that sign.
pub fn keys(set: &Json) -> Vec<NamedKey> {
    let keys = set.get("keys").and_then(Json::as_array).into_iter().flatten();
    let named = |jwk: &Json| {
        let text = |name: &str| jwk.get(name).and_then(Json::as_str);
        if text("use").is_some_and(|used| used != "sig") {
            return None;
        }
        let key = PublicKey::from_jwk(jwk)?;
        let stands = text("alg").is_none_or(|alg| alg == key.algorithm());
        stands.then(|| NamedKey { kid: text("kid").map(str::to_owned), key })
    };
    keys.filter_map(named).collect()
}

fn part(text: &str) -> Option<Map<String, Json>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The claims of a token, when everything about it holds.
///
/// # Errors
/// [`TokenError`] says what does not.
pub fn claims(token: &str, keys: &[NamedKey], expected: Expected<'_>) -> Result<Map<String, Json>, TokenError> {
    if token.len() > TOKEN_MAX {
        return Err(TokenError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    let header = part(header).ok_or(TokenError::Malformed)?;
    let claims = part(payload).ok_or(TokenError::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
    let text = |name: &str| header.get(name).and_then(Json::as_str);
    let algorithm = text("alg").filter(|alg| ["RS256", "ES256"].contains(alg)).ok_or(TokenError::Algorithm)?;
    if header.contains_key("crit") {
        return Err(TokenError::Algorithm);
    }
    let named = |key: &&NamedKey| text("kid").is_none_or(|kid| key.kid.as_deref() == Some(kid));
    let mut fitting = keys.iter().filter(named).filter(|key| key.key.algorithm() == algorithm);
    if !fitting.any(|key| key.key.verifies(Writing::Fixed, signed.as_bytes(), &signature)) {
        return Err(TokenError::Signature);
    }
    check(&claims, expected)?;
    Ok(claims)
}

fn check(claims: &Map<String, Json>, expected: Expected<'_>) -> Result<(), TokenError> {
    let text = |name: &str| claims.get(name).and_then(Json::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(TokenError::Issuer);
    }
    let (ours, others) = match claims.get("aud") {
        Some(Json::String(one)) => (one == expected.client, false),
        Some(Json::Array(many)) => {
            let ours = many.iter().any(|one| one.as_str() == Some(expected.client));
            (ours, many.len() > 1)
        }
        _ => (false, false),
    };
    let party = text("azp");
    if !ours || (others && party.is_none()) || party.is_some_and(|party| party != expected.client) {
        return Err(TokenError::Audience);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    let ends = seconds(claims.get("exp")).ok_or(TokenError::Time)?;
    let issued = seconds(claims.get("iat")).ok_or(TokenError::Time)?;
    let begins = claims.get("nbf").map_or(Some(issued), |begins| seconds(Some(begins))).ok_or(TokenError::Time)?;
    let soon = expected.at.saturating_add(SKEW_S);
    if expected.at >= ends.saturating_add(SKEW_S) || issued > soon || begins > soon {
        return Err(TokenError::Time);
    }
    Ok(())
}

/// Whole seconds of a number; parts of a second do not matter.
fn seconds(number: Option<&Json>) -> Option<i64> {
    let number = number?.as_number()?;
    number.as_i64().or_else(|| number.to_string().split('.').next()?.parse().ok())
}
