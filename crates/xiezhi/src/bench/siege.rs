//! A siege: clients that never end their request and junk without end, while one clerk works.
//!
//! All come through the proxy the server was told of, each from an address of its own, as they would in a city; the clerk
//! shares nothing with them but the machine, which the besiegers, too, run on.

use super::http::Client;
use super::latency::{Latency, clients, measure, page};
use super::process::Server;
use crate::answer::Complaint;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that send a byte now and then.
pub const SLOW: u64 = 64;
/// Requests of junk in a second.
pub const JUNK_RATE: u64 = 500;
/// Hands that send them.
const HANDS: u64 = 4;
/// Pages the clerk opens meanwhile.
const PAGES: u32 = 5_000;
/// Between two bytes of a slow client.
const DRIP: Duration = Duration::from_millis(200);

/// Requests nobody of ours sends: no such page, a path upwards, a parameter that is a command, a form without its token.
const JUNK: &[(&str, &str, &[u8])] = &[
    ("GET", "/wp-login.php", b""),
    ("GET", "/static/../../etc/passwd", b""),
    ("GET", "/status?number=%27+or+1%3D1--", b""),
    ("GET", "/desk/work?sort=1;drop+table+act", b""),
    ("POST", "/desk/sign-in", b"account=admin&password=admin"),
    ("POST", "/api/v1/verify", b"{\"receipt\":[[[[[[[["),
];

/// What the clerk waited for pages of the worklist meanwhile, and how much junk was sent in a second.
///
/// # Errors
/// When the server no longer answers the clerk.
pub fn endured(server: &Server, clerk: &str) -> Result<(Latency, f64), Complaint> {
    let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let started = Instant::now();
    let mut found = None;
    std::thread::scope(|scope| {
        for at in 0..SLOW {
            let over = &over;
            scope.spawn(move || drip(server, at, over));
        }
        for hand in 0..HANDS {
            let (over, sent) = (&over, &sent);
            scope.spawn(move || throw(server, hand, over, sent));
        }
        std::thread::sleep(Duration::from_secs(1));
        found = Some(works(server, clerk));
        over.store(true, Ordering::Relaxed);
    });
    let rate = super::city::to_f64(sent.into_inner()) / started.elapsed().as_secs_f64().max(1e-9);
    let endured = found.unwrap_or_else(|| Err(Complaint::fact("没有测到")))?;
    Ok((endured, rate))
}

/// One clerk who turns the pages of a worklist.
fn works(server: &Server, clerk: &str) -> Result<Latency, Complaint> {
    let seat = clients(server.address, 1, "xz_account", &[clerk.to_owned()])?;
    measure(seat, PAGES, |client, at| page(client, &format!("/desk/work?box=todo&page={}", 1 + at % 5)))
}

/// Begins a request and never ends it; begins anew where the server gave up.
fn drip(server: &Server, at: u64, over: &AtomicBool) {
    let begin = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.{at}\r\nX-Slow: ");
    while !over.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(server.address) else { continue };
        let mut holds = stream.write_all(begin.as_bytes()).is_ok();
        while holds && !over.load(Ordering::Relaxed) {
            std::thread::sleep(DRIP);
            holds = stream.write_all(b"a").is_ok();
        }
    }
}

/// Sends junk at its share of the rate.
fn throw(server: &Server, hand: u64, over: &AtomicBool, sent: &AtomicU64) {
    let every = Duration::from_secs(1).mul_f64(super::city::to_f64(HANDS) / super::city::to_f64(JUNK_RATE));
    let (mut next, mut client) = (Instant::now(), None);
    for (at, (method, path, body)) in (0_u64..).zip(JUNK.iter().cycle()) {
        if over.load(Ordering::Relaxed) {
            break;
        }
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next += every;
        let known = client.take().or_else(|| Client::connect(server.address).ok());
        let Some(mut known) = known else { continue };
        known.from = Some(format!("198.51.100.{}", (hand * 64 + at % 64) % 256));
        let answered = match *method {
            "POST" => known.post(path, "application/x-www-form-urlencoded", body),
            _ => known.get(path),
        };
        sent.fetch_add(1, Ordering::Relaxed);
        client = answered.is_ok().then_some(known);
    }
}
