//! Many clients at once, and how long each answer took.

use super::http::Client;
use crate::answer::{Complaint, OrSay};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Latency {
    /// Milliseconds of every answer, sorted.
    sorted_ms: Vec<f64>,
    /// Seconds from the first to the last.
    pub seconds: f64,
    /// Bytes of all answers.
    pub bytes: u64,
}

impl Latency {
    /// The answer below which `percent` of all lie.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.sorted_ms.len() * percent).div_ceil(100).saturating_sub(1);
        self.sorted_ms.get(at).copied().unwrap_or(f64::NAN)
    }

    /// Answers in a second.
    pub fn rate(&self) -> f64 {
        super::city::to_f64(self.sorted_ms.len().try_into().unwrap_or(0)) / self.seconds.max(1e-9)
    }

    /// Bytes of an answer.
    pub fn bytes_each(&self) -> u64 {
        self.bytes / u64::try_from(self.sorted_ms.len()).unwrap_or(1).max(1)
    }
}

/// Asks `requests` times in all, from every client at once. `ask` gets the client and the number of the request, and
/// answers the bytes that came.
///
/// # Errors
/// The first request that was not answered as it should be.
pub fn measure<C: Send>(
    clients: Vec<C>,
    requests: u32,
    ask: impl Fn(&mut C, u32) -> std::io::Result<u64> + Sync,
) -> Result<Latency, Complaint> {
    let next = AtomicU32::new(0);
    let failed: Mutex<Option<std::io::Error>> = Mutex::new(None);
    let all: Mutex<(Vec<f64>, u64)> = Mutex::new((Vec::new(), 0));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for mut client in clients {
            let (next, failed, all, ask) = (&next, &failed, &all, &ask);
            scope.spawn(move || {
                let (mut own, mut bytes) = (Vec::new(), 0);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= requests {
                        break;
                    }
                    let asked = Instant::now();
                    match ask(&mut client, at) {
                        Ok(came) => {
                            own.push(asked.elapsed().as_secs_f64() * 1000.0);
                            bytes += came;
                        }
                        Err(error) => {
                            next.store(requests, Ordering::Relaxed);
                            if let Ok(mut failed) = failed.lock() {
                                failed.get_or_insert(error);
                            }
                            break;
                        }
                    }
                }
                if let Ok(mut all) = all.lock() {
                    all.0.extend(own);
                    all.1 += bytes;
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    if let Ok(Some(error)) = failed.into_inner() {
        return Err(error).or_say("请求没有得到回答");
    }
    let (mut sorted_ms, bytes) = all.into_inner().unwrap_or_default();
    sorted_ms.sort_by(f64::total_cmp);
    Ok(Latency { sorted_ms, seconds, bytes })
}

/// Fetches a page that must be there; answers its bytes.
///
/// # Errors
/// When the connection breaks, or the page is not there.
pub fn page(client: &mut Client, path: &str) -> std::io::Result<u64> {
    let reply = client.get(path)?;
    match reply.status {
        200 => Ok(u64::try_from(reply.body.len()).unwrap_or(0)),
        status => Err(std::io::Error::other(format!("{path} answers {status}"))),
    }
}

/// As many clients as asked for, each with the cookie of one of the sessions.
///
/// # Errors
/// When the server does not listen.
pub fn clients(
    address: std::net::SocketAddr,
    count: u32,
    cookie: &str,
    sessions: &[String],
) -> Result<Vec<Client>, Complaint> {
    let tokens = sessions.iter().cycle();
    (0..count)
        .zip(tokens)
        .map(|(_, token)| Client::with_cookie(address, cookie, token))
        .collect::<std::io::Result<_>>()
        .or_say("连接不上服务")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_answers_that_were_given() {
        let some = Latency { sorted_ms: (1..=200).map(f64::from).collect(), seconds: 2.0, bytes: 400 };
        assert_eq!((some.percentile(50), some.percentile(99), some.percentile(100)), (100.0, 198.0, 200.0));
        assert_eq!((some.rate(), some.bytes_each()), (100.0, 2));
        assert!(Latency::default().percentile(50).is_nan());
    }
}
