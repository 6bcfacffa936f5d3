//! Signing in with an identity of another house: OpenID Connect and CAS.
//!
//! Whoever is sent away carries what must come back sealed in a cookie ([`Journey`]); who comes back is asked about at
//! the provider ([`arrive`]), and only then is an account looked for. Nobody gets an account by coming: an identity is
//! tied to an account by its holder, signed in, or by the operator. The network is a port ([`Outward`]) that is handed
//! in, and so are the moment and chance.
//!
//! INVARIANT: a journey ends once, and only in the browser in which it began. Neither codes, tokens nor secrets are
//! stored or put into an error.

mod cas;
pub mod oidc;
pub mod signature;
pub mod token;

use crate::bureau::Bureau;
use crate::people;
use crate::side;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::world::Moment;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use store::{AccountError, AppendError, IdentityLink, StorageError};
pub use token::TokenError;

/// How long somebody may be away, in milliseconds.
pub const AWAY_MS: i64 = 10 * 60 * 1000;
/// What a sealed journey is labelled with.
const LABEL: &[u8] = b"identity-journey";
/// Largest answer of a provider that is read, in bytes.
pub const REPLY_MAX: u64 = 256 * 1024;

/// A request to a provider.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where.
    pub url: &'a str,
    /// A form to post; none to get.
    pub form: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
}

/// What a provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, at most [`REPLY_MAX`].
    pub body: Vec<u8>,
}

/// The port: whatever asks a provider something, within seconds, following no redirection.
pub trait Outward: Send + Sync {
    /// Asks.
    ///
    /// # Errors
    /// Why there is no answer, for the log.
    fn call(&self, call: Call<'_>) -> Result<Reply, String>;
}

/// Where no provider is configured, nothing is asked.
struct Nowhere;

impl Outward for Nowhere {
    fn call(&self, _: Call<'_>) -> Result<Reply, String> {
        Err("no provider is configured".to_owned())
    }
}

/// Whom a provider knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Those who work here.
    Staff,
    /// Those whom a matter is about.
    Parties,
}

/// A provider of identities.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Whom it knows.
    pub audience: Audience,
    /// How it is spoken to.
    pub kind: Kind,
}

/// How a provider is spoken to.
#[derive(Debug, Clone)]
pub enum Kind {
    /// OpenID Connect, authorization code with PKCE.
    Oidc(oidc::Client),
    /// CAS 3.0.
    Cas {
        /// The address of the server, without a slash at its end.
        server: String,
    },
}

impl Provider {
    /// Who vouches for its identities.
    pub fn issuer(&self) -> &str {
        match &self.kind {
            Kind::Oidc(client) => &client.issuer,
            Kind::Cas { server } => server,
        }
    }
}

/// The providers of a site, and the way to them.
pub struct Federation {
    /// The address under which people know this site, without a slash at its end; empty where it was never told.
    pub origin: String,
    /// The providers.
    pub providers: Vec<Provider>,
    outward: Arc<dyn Outward>,
    known: oidc::Known,
}

impl Default for Federation {
    fn default() -> Self {
        Federation::new(String::new(), Vec::new(), Arc::new(Nowhere))
    }
}

impl Federation {
    /// The providers of a site.
    pub fn new(origin: String, providers: Vec<Provider>, outward: Arc<dyn Outward>) -> Federation {
        Federation { origin, providers, outward, known: oidc::Known::default() }
    }

    /// A provider for somebody.
    ///
    /// # Errors
    /// [`FederationError::NoSuchProvider`].
    pub fn provider(&self, id: &str, audience: Audience) -> Result<&Provider, FederationError> {
        let found = self.providers.iter().find(|provider| provider.id == id && provider.audience == audience);
        found.ok_or(FederationError::NoSuchProvider)
    }

    /// The providers for somebody.
    pub fn providers_for(&self, audience: Audience) -> impl Iterator<Item = &Provider> {
        self.providers.iter().filter(move |provider| provider.audience == audience)
    }
}

/// Why nobody can sign in this way.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// There is no such provider.
    #[error("there is no such provider")]
    NoSuchProvider,
    /// Nothing in this browser says that somebody was sent away, or it was too long ago.
    #[error("no journey began in this browser, or it took too long")]
    NoJourney,
    /// What came back is not the answer to what was asked.
    #[error("the answer does not belong to the question")]
    OtherState,
    /// It came back before.
    #[error("the answer was used before")]
    Replayed,
    /// The provider said no, in its own word.
    #[error("the provider refused: {0}")]
    Declined(String),
    /// The provider cannot be asked.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// The provider answered something else than its protocol says.
    #[error("the provider answered without {0}")]
    Malformed(&'static str),
    /// The identity token does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The identity is proved and tied to no account, or to one that is closed.
    #[error("the identity belongs to no account")]
    Stranger,
    /// The identity is tied to another account.
    #[error("the identity belongs to another account")]
    Taken,
    /// There is no such account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The record.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The cipher.
    #[error("the journey cannot be sealed")]
    Seal,
}

/// What must come back from a provider; the browser carries it sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Journey {
    provider: String,
    state: String,
    nonce: String,
    verifier: String,
    account: Option<String>,
    next: String,
    until: i64,
}

/// Somebody sent away.
#[derive(Debug)]
pub struct Departure {
    /// Where to.
    pub url: String,
    /// What their browser keeps meanwhile.
    pub sealed: String,
}

/// An identity that was proved.
#[derive(Clone, PartialEq, Eq)]
pub struct Proved {
    /// Who vouches for it.
    pub issuer: String,
    /// What they call the person.
    pub subject: String,
    /// The number of the person's identity card, where the provider tells it.
    pub id_number: Option<String>,
    /// The person's name, where the provider tells it.
    pub name: Option<String>,
}

impl fmt::Debug for Proved {
    /// Without the person: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proved").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Somebody who came back.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who they are elsewhere.
    pub proved: Proved,
    /// The account that wants to be tied to it; none to sign in.
    pub account: Option<String>,
    /// Where to go afterwards.
    pub next: String,
}

/// A word nobody can guess.
fn word(bureau: &Bureau) -> String {
    URL_SAFE_NO_PAD.encode(bureau.random::<32>())
}

/// Sends somebody away: to sign in, or to tie an identity to `account`. `back` is the path they come back to.
///
/// # Errors
/// [`FederationError::Unreachable`] and what else keeps the way from being known.
pub fn set_out(
    federation: &Federation,
    bureau: &Bureau,
    now: Moment,
    provider: &Provider,
    (back, next): (&str, &str),
    account: Option<&str>,
) -> Result<Departure, FederationError> {
    let journey = Journey {
        provider: provider.id.clone(),
        state: word(bureau),
        nonce: word(bureau),
        verifier: word(bureau),
        account: account.map(str::to_owned),
        next: next.to_owned(),
        until: now.at.as_millisecond().saturating_add(AWAY_MS),
    };
    let back = format!("{}{back}", federation.origin);
    let url = match &provider.kind {
        Kind::Oidc(client) => {
            let known = federation.known.of(&*federation.outward, now, client)?;
            known.authorization(client, &back, &journey.state, &journey.nonce, &challenge(&journey.verifier))
        }
        Kind::Cas { server } => cas::login(server, &cas::home(&back, &journey.state)),
    };
    let text = serde_json::to_vec(&journey).map_err(|_| FederationError::Seal)?;
    let sealed = bureau.keys.realm_key().seal(bureau.random(), &text, LABEL).map_err(|_| FederationError::Seal)?;
    Ok(Departure { url, sealed: URL_SAFE_NO_PAD.encode(sealed) })
}

/// What PKCE shows before it shows the verifier (RFC 7636, S256).
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn unsealed(bureau: &Bureau, now: Moment, sealed: &str) -> Option<Journey> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let text = bureau.keys.realm_key().open(&bytes, LABEL).ok()?;
    let journey: Journey = serde_json::from_slice(&text).ok()?;
    (now.at.as_millisecond() < journey.until).then_some(journey)
}

/// Takes in somebody who came back to the path `back` with `answer`, in a browser that kept `sealed`.
///
/// # Errors
/// [`FederationError`] says what does not hold.
pub fn arrive(
    federation: &Federation,
    bureau: &Bureau,
    now: Moment,
    provider: &Provider,
    (back, sealed): (&str, Option<&str>),
    answer: &BTreeMap<String, String>,
) -> Result<Arrival, FederationError> {
    let journey = sealed.and_then(|sealed| unsealed(bureau, now, sealed)).ok_or(FederationError::NoJourney)?;
    let state = answer.get("state").map(String::as_str).unwrap_or_default();
    if journey.provider != provider.id || bureau.keys.digest_of(&journey.state) != bureau.keys.digest_of(state) {
        return Err(FederationError::OtherState);
    }
    let once = bureau.keys.digest_of(&format!("journey/{state}")).to_string();
    if !bureau.store.take_turn("journey", &once, now.at.as_millisecond(), journey.until)? {
        return Err(FederationError::Replayed);
    }
    if let Some(error) = answer.get("error") {
        return Err(FederationError::Declined(plain(error)));
    }
    let back = format!("{}{back}", federation.origin);
    let proved = match &provider.kind {
        Kind::Oidc(client) => {
            let code = answer.get("code").ok_or(FederationError::Malformed("code"))?;
            let known = federation.known.of(&*federation.outward, now, client)?;
            known.is_who_answered(client, answer.get("iss").map(String::as_str))?;
            let asked = oidc::Asked { back: &back, code, verifier: &journey.verifier, nonce: &journey.nonce };
            oidc::proved(&federation.known, &*federation.outward, now, client, &asked)?
        }
        Kind::Cas { server } => {
            let ticket = answer.get("ticket").ok_or(FederationError::Malformed("ticket"))?;
            cas::proved(&*federation.outward, server, &cas::home(&back, &journey.state), ticket)?
        }
    };
    Ok(Arrival { proved, account: journey.account, next: journey.next })
}

/// A word of a provider as it may be logged: short, and of plain letters.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(60).collect()
}

/// Opens a session for the account an identity is tied to.
///
/// # Errors
/// [`FederationError::Stranger`] when there is none that may sign in.
pub fn sign_in(bureau: &Bureau, now: Moment, proved: &Proved) -> Result<String, FederationError> {
    let link = bureau.store.link(&proved.issuer, &proved.subject)?.ok_or(FederationError::Stranger)?;
    let account = bureau.store.account(&link.account)?.filter(|account| !account.disabled);
    let account = account.ok_or(FederationError::Stranger)?;
    record(bureau, now, "sign-in", &account.id, json!({ "by": "identity", "issuer": proved.issuer }))?;
    Ok(people::open_account(bureau, now, &account, people::Shown::One)?)
}

/// Ties an identity to an account; `by` is whoever does it.
///
/// # Errors
/// [`FederationError::Taken`] when it is tied to another one.
pub fn link(
    bureau: &Bureau,
    now: Moment,
    by: &str,
    account: &str,
    issuer: &str,
    subject: &str,
) -> Result<(), FederationError> {
    let kept = bureau.store.link(issuer, subject)?;
    if kept.is_some_and(|kept| kept.account == account) {
        return Ok(());
    }
    let new = IdentityLink {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        account: account.to_owned(),
        created_at: now.at.as_millisecond(),
    };
    if !bureau.store.put_link(new)? {
        return Err(FederationError::Taken);
    }
    record(bureau, now, "link-identity", account, json!({ "person": by, "issuer": issuer }))?;
    Ok(())
}

/// Unties an identity from an account; false when it was not tied to it.
///
/// # Errors
/// What the store says.
pub fn unlink(
    bureau: &Bureau,
    now: Moment,
    by: &str,
    account: &str,
    issuer: &str,
    subject: &str,
) -> Result<bool, FederationError> {
    let gone = bureau.store.remove_link(account, issuer, subject)?;
    if gone {
        record(bureau, now, "unlink-identity", account, json!({ "person": by, "issuer": issuer }))?;
    }
    Ok(gone)
}

/// The identities tied to an account.
///
/// # Errors
/// What the store says.
pub fn links(bureau: &Bureau, account: &str) -> Result<Vec<IdentityLink>, StorageError> {
    bureau.store.links_of(account)
}

/// Writes down what happened to an account, in its chain.
pub(crate) fn record(bureau: &Bureau, now: Moment, act: &str, account: &str, more: Json) -> Result<(), AppendError> {
    let mut body = Map::new();
    body.insert("act".into(), json!(act));
    body.insert("account".into(), json!(account));
    if let Json::Object(more) = more {
        body.extend(more);
    }
    side::append(bureau, now, &store::MatterId(format!("account/{account}")), body, &json!({}), Vec::new())
}

/// A text as part of an address or a form.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Pairs as a query or a form.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}
