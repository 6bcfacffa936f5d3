//! Who calls, as far as the wire tells, and whether they may go on.
//!
//! The address is the peer's; a reverse proxy of ours says for whom it asks. A header of anybody else says nothing.
//!
//! INVARIANT: an address that a caller made up is never counted in place of their own.

use crate::answer::{self, Fault};
use crate::api::wants_json;
use crate::app::Shared;
use crate::gate::{Gate, Kind};
use crate::visit::Visit;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The other end of the socket.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The address a request is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub IpAddr);

/// The caller of a request in process, which has no socket.
const NOWHERE: Caller = Caller(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

impl Caller {
    /// From the peer and, where the peer is a proxy of ours, from what it says.
    fn of(gate: &Gate, peer: IpAddr, headers: &HeaderMap) -> Caller {
        let told: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        // Each proxy adds at the end whom it heard: from there back to the first that is none of ours. What stands before
        // is whatever the caller wrote, and is not even read.
        let mut caller = peer.to_canonical();
        for before in told.iter().rev() {
            let Ok(before) = before.trim().parse::<IpAddr>() else { break };
            if !gate.is_proxy(caller) {
                break;
            }
            caller = before.to_canonical();
        }
        Caller(caller)
    }

    /// The caller of a request that came through [`pass`].
    pub fn of_request(extensions: &axum::http::Extensions) -> Caller {
        extensions.get::<Caller>().copied().unwrap_or(NOWHERE)
    }

    /// The name it is counted under: of IPv6 the network, since one host has a whole network of addresses; empty for a
    /// request that came through no socket.
    pub fn name(self) -> String {
        match self.0.to_canonical() {
            _ if self == NOWHERE => String::new(),
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << 64);
                format!("{}/64", Ipv6Addr::from(network))
            }
        }
    }
}

/// What kind of request it is.
fn kind(method: &Method, path: &str) -> Kind {
    if method.is_safe() {
        let printed = ["/papers/", "/m/paper/", "/dossier", "chart.svg"];
        let is_printed = printed.iter().any(|part| path.contains(part)) || path.starts_with("/notices/");
        return if is_printed { Kind::Print } else { Kind::Page };
    }
    match path {
        "/desk/sign-in" | "/desk/sign-in/code" | "/api/v1/sessions" => Kind::SignIn,
        "/status" | "/status/code" | "/status/again" => Kind::Code,
        "/verify" | "/api/v1/verify" => Kind::Verify,
        _ => Kind::Form,
    }
}

/// Whether a browser says that another site sent the form. The API takes no cookies, and a receipt may be checked from
/// anywhere.
fn is_from_elsewhere(request: &Request) -> bool {
    let path = request.uri().path();
    let sent_by = request.headers().get("sec-fetch-site").map(axum::http::HeaderValue::as_bytes);
    let elsewhere = matches!(sent_by, Some(b"cross-site" | b"same-site"));
    elsewhere && !request.method().is_safe() && !wants_json(path) && path != "/verify"
}

/// Lets a request through, or says when to come again.
pub async fn pass(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let caller = peer.map_or(NOWHERE, |peer| Caller::of(&app.gate, peer, request.headers()));
    request.extensions_mut().insert(caller);
    let fault = if is_from_elsewhere(&request) {
        Some(Fault::NotOurs)
    } else {
        let kind = kind(request.method(), request.uri().path());
        let now = app.now().at.as_millisecond();
        // In process nobody is counted: there is no caller to tell from another.
        let passed = peer.map_or(Ok(()), |_| app.gate.pass(kind, &caller.name(), 1, now));
        passed.err().map(|seconds| Fault::Wait { seconds, why: why(kind) })
    };
    match fault {
        None => next.run(request).await,
        Some(fault) if wants_json(request.uri().path()) => crate::api::problem::Problem::from(fault).into_response(),
        Some(fault) => answer::fault(&app, &Visit::passing(request.uri()), fault),
    }
}

fn why(kind: Kind) -> String {
    let what = match kind {
        Kind::SignIn => "从这个网络地址登录的次数太多",
        Kind::Code | Kind::Message => "要验证码或者填验证码的次数太多",
        Kind::Upload => "今天上传的文件太多",
        Kind::Print => "打开文书的次数太多",
        Kind::Page | Kind::Form | Kind::Verify => "从这个网络地址来的请求太多",
    };
    format!("{what}，为了让大家都能用，请稍等。")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Limits;

    #[test]
    fn only_a_proxy_of_ours_says_for_whom_it_asks() {
        let proxies = ["10.0.0.1", "10.0.0.2"].map(|proxy| proxy.parse().unwrap()).to_vec();
        let gate = Gate::new(Limits { proxies, ..Limits::default() });
        let check = |peer: &str, told: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let found = Caller::of(&gate, peer.parse().unwrap(), &headers).0;
            assert_eq!(found.to_string(), expected, "{peer} {told:?}");
        };
        check("192.0.2.7", &["198.51.100.1"], "192.0.2.7");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["198.51.100.1, 10.0.0.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1", "10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &["nonsense, 198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1");
    }

    #[test]
    fn a_host_with_a_network_of_addresses_is_one_caller() {
        let name = |address: &str| Caller(address.parse().unwrap()).name();
        assert_eq!(name("2001:db8::1"), name("2001:db8::ffff"));
        assert_ne!(name("2001:db8::1"), name("2001:db8:1::1"));
        assert_eq!(name("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
