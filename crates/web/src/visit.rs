//! One visit: the cookies of a request, and the proof that a form came from our own page.
//!
//! A visit has a random token of its own from the first page on; the proof (csrf) is a keyed digest
//! of it. Sessions are looked up by whoever needs them; the browser holds tokens, the store digests.

use crate::app::{App, Shared};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::Response;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// Cookie of the visit itself.
const VISIT: &str = "xz_visit";
/// Cookie of somebody signed in.
pub const ACCOUNT: &str = "xz_account";
/// Cookie of a party who opened the page of a matter.
pub const MATTER: &str = "xz_matter";
/// Cookie of a half-filled form.
pub const DRAFT: &str = "xz_draft";
/// Cookie of the print.
pub const MODE: &str = "xz_mode";

/// A request as far as it concerns the person behind it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Cookies sent.
    cookies: BTreeMap<String, String>,
    /// Token of the visit.
    token: String,
    /// The token is new and must be set.
    fresh: bool,
    /// Path and query.
    pub here: String,
    /// It only reads.
    pub reads: bool,
    /// Where it comes from, to count tries by; empty where that is not known.
    pub address: String,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Visit, Infallible> {
        let headers = parts.headers.get_all(COOKIE).iter();
        let pairs = headers.filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        let cookies: BTreeMap<String, String> = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let token = cookies.get(VISIT).filter(|token| token.len() == 32).cloned();
        let fresh = token.is_none();
        let token = token.unwrap_or_else(|| app.bureau.fresh_id());
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let address = address(parts, &app.site.proxies);
        Ok(Visit { cookies, token, fresh, here, reads: parts.method.is_safe(), address })
    }
}

/// The address of whoever asks: the peer, or what a trusted proxy says of the one before it.
pub fn address(parts: &Parts, proxies: &[IpAddr]) -> String {
    let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else { return String::new() };
    let told: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .collect();
    before_the_proxies(peer.ip(), &told, proxies).to_string()
}

/// The last address that is no trusted proxy. Whoever is not trusted may say what they like: it is not looked at.
fn before_the_proxies(peer: IpAddr, told: &[&str], proxies: &[IpAddr]) -> IpAddr {
    let mut at = peer.to_canonical();
    for address in told.iter().rev() {
        if !proxies.contains(&at) {
            break;
        }
        let Ok(address) = address.parse::<IpAddr>() else { break };
        at = address.to_canonical();
    }
    at
}

impl Visit {
    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// The proof that a form came from our page.
    pub fn csrf(&self, app: &App) -> String {
        app.bureau.keys.digest_of(&format!("csrf/{}", self.token)).to_string()
    }

    /// Whether a form came from our page.
    pub fn is_ours(&self, app: &App, csrf: Option<&str>) -> bool {
        !self.fresh && csrf == Some(self.csrf(app).as_str())
    }

    /// Large print is on.
    pub fn large(&self) -> bool {
        self.cookie(MODE) == Some("large")
    }

    /// The response, with the visit's cookie set where it is new.
    pub fn kept(&self, app: &App, mut response: Response) -> Response {
        if self.fresh {
            set_cookie(app, &mut response, VISIT, &self.token, None);
        }
        response
    }
}

/// Sets a cookie; `max_age` in seconds, none for the browser's session, zero to forget it.
pub fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str, max_age: Option<i64>) {
    let secure = if app.site.secure { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_about_who_asks() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, told, expected) in [
            ("192.0.2.1", vec!["198.51.100.9"], "192.0.2.1"),
            ("10.0.0.1", vec!["198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", vec!["203.0.113.5", "198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", vec!["203.0.113.5", "198.51.100.9", "10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["unknown"], "10.0.0.1"),
            ("::ffff:10.0.0.1", vec!["2001:db8::1"], "2001:db8::1"),
        ] {
            assert_eq!(before_the_proxies(ip(peer), &told, &proxies), ip(expected), "{peer} {told:?}");
        }
    }
}
