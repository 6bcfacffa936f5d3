//! One visit: the cookies of a request, and the proof that a form came from our own page.
//!
//! A visit has a random token of its own from the first page on; the proof (csrf) is a keyed digest
//! of it. Sessions are looked up by whoever needs them; the browser holds tokens, the store digests.

use crate::access::Known;
use crate::app::{App, Shared};
use crate::caller::Caller;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::Response;
use std::collections::BTreeMap;
use std::convert::Infallible;

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

/// What browsers hold to: such a cookie was set by this very host, over TLS, for all of it. A neighbour under the same
/// domain cannot plant one.
const OWN_HOST: &str = "__Host-";

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
    /// Who it was found to come from.
    pub known: Known,
    /// The address it is counted under; empty where it came through no socket.
    pub address: String,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Visit, Infallible> {
        if let Some(visit) = parts.extensions.get::<Visit>() {
            return Ok(visit.clone());
        }
        let headers = parts.headers.get_all(COOKIE).iter();
        let pairs = headers.filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        let cookies: BTreeMap<String, String> = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(name, value)| Some((own_name(app, name)?.to_owned(), value.to_owned())))
            .collect();
        let token = cookies.get(VISIT).filter(|token| token.len() == 32).cloned();
        let fresh = token.is_none();
        let token = token.unwrap_or_else(|| app.bureau.fresh_id());
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let (reads, address) = (parts.method.is_safe(), Caller::of_request(&parts.extensions).name());
        Ok(Visit { cookies, token, fresh, here, reads, known: Known::Nobody, address })
    }
}

/// The name of a cookie of ours; none for one that anybody could have planted.
fn own_name<'n>(app: &App, name: &'n str) -> Option<&'n str> {
    if app.site.secure { name.strip_prefix(OWN_HOST) } else { Some(name) }
}

impl Visit {
    /// A visit that is only passing by: no cookie is read, none is set.
    pub fn passing(uri: &axum::http::Uri) -> Visit {
        let here = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let (cookies, token, address) = (BTreeMap::new(), String::new(), String::new());
        Visit { cookies, token, fresh: false, here, reads: true, known: Known::Nobody, address }
    }

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

/// Begins the visit anew, at each rise of rights: whoever knew the one before knows nothing of this one.
pub fn renew(app: &App, response: &mut Response) {
    set_cookie(app, response, VISIT, &app.bureau.fresh_id(), None);
}

/// Sets a cookie; `max_age` in seconds, none for the browser's session, zero to forget it.
pub fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str, max_age: Option<i64>) {
    let (own, secure) = if app.site.secure { (OWN_HOST, "; Secure") } else { ("", "") };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{own}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
