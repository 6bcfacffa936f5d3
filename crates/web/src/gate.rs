//! How much of the site one caller may take: connections, requests of a kind, bytes held, bytes uploaded in a day.
//!
//! Kept in the memory of this program only. Where several programs serve one city each counts for itself; what they must
//! agree on (wrong passwords, codes) is counted in the store. It does not know what a request is about.
//!
//! INVARIANT: whoever calls, and however often, the memory it takes is bounded; a count that ran out is forgotten.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Callers remembered in one table; beyond that those are forgotten who have waited longest.
const CALLERS_MAX: usize = 20_000;
/// Connections open at once, from everywhere.
const CONNECTIONS_MAX: u32 = 4096;
/// Connections open at once from one address.
const CONNECTIONS_EACH: u32 = 512;
/// Bytes of forms held in memory at once, from everywhere.
const HELD_MAX: usize = 512 * 1024 * 1024;
/// Bytes of forms held at once from one address.
const HELD_EACH: usize = 160 * 1024 * 1024;
/// Microseconds in a minute.
const MINUTE_US: i64 = 60 * 1_000_000;
/// Microseconds in a day.
const DAY_US: i64 = 24 * 60 * MINUTE_US;

/// A kind of request, counted for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A page.
    Page,
    /// A paper, a case file, a chart: costs the press.
    Print,
    /// A form or an act.
    Form,
    /// Signing in: costs a password hash.
    SignIn,
    /// Asking for a code, or trying one.
    Code,
    /// A message to one phone.
    Message,
    /// Checking a receipt.
    Verify,
    /// A KiB uploaded.
    Upload,
}

/// So many at once, and so many in a span.
struct Rate {
    burst: i64,
    count: i64,
    span_us: i64,
}

impl Kind {
    fn rate(self) -> Rate {
        let rate = |burst, count, span_us| Rate { burst, count, span_us };
        match self {
            Kind::Page => rate(1500, 6000, MINUTE_US),
            Kind::Print => rate(120, 240, MINUTE_US),
            Kind::Form => rate(400, 1200, MINUTE_US),
            Kind::SignIn => rate(30, 60, MINUTE_US),
            Kind::Code => rate(15, 20, MINUTE_US),
            Kind::Message => rate(5, 20, DAY_US),
            Kind::Verify => rate(60, 120, MINUTE_US),
            Kind::Upload => rate(1024 * 1024, 1024 * 1024, DAY_US),
        }
    }
}

/// How wide the gate is.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many times the usual number of requests is let through.
    pub scale: u32,
    /// Addresses of the reverse proxies before this program: they say for whom they ask, and may hold many connections.
    pub proxies: Vec<IpAddr>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { scale: 1, proxies: Vec::new() }
    }
}

/// The gate. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    limits: Arc<Limits>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// When a caller will have used up nothing, in microseconds.
    rates: Mutex<BTreeMap<(Kind, String), i64>>,
    connections: Mutex<BTreeMap<IpAddr, u32>>,
    held: Mutex<BTreeMap<IpAddr, usize>>,
}

/// The count is a number in a map: whoever failed while holding it left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One place among the connections, given back when dropped.
#[derive(Debug)]
pub struct Place {
    counts: Arc<Counts>,
    from: IpAddr,
}

/// Bytes held for one form, given back when dropped.
#[derive(Debug)]
pub struct Held {
    gate: Gate,
    from: IpAddr,
    bytes: usize,
}

impl Gate {
    /// A gate of that width.
    pub fn new(limits: Limits) -> Gate {
        Gate { limits: Arc::new(limits), counts: Arc::default() }
    }

    /// Whether an address is a reverse proxy of ours.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.limits.proxies.contains(&address)
    }

    /// A place among the connections; none where there are too many.
    pub fn enter(&self, from: IpAddr) -> Option<Place> {
        let mut open = lock(&self.counts.connections);
        let total: u32 = open.values().sum();
        let own = open.get(&from).copied().unwrap_or_default();
        if total >= CONNECTIONS_MAX || (own >= CONNECTIONS_EACH && !self.is_proxy(from)) {
            return None;
        }
        open.insert(from, own + 1);
        Some(Place { counts: Arc::clone(&self.counts), from })
    }

    /// Lets `cost` requests of a kind through.
    ///
    /// # Errors
    /// After how many seconds to try again.
    pub fn pass(&self, kind: Kind, who: &str, cost: u32, now_ms: i64) -> Result<(), u64> {
        let rate = kind.rate();
        let scale = i64::from(self.limits.scale.max(1));
        let now = now_ms.saturating_mul(1000);
        // Each takes its share of the span; what is taken beforehand may not exceed the burst.
        let takes = |count: i64| count.saturating_mul(rate.span_us) / rate.count.saturating_mul(scale);
        let mut rates = lock(&self.counts.rates);
        let key = (kind, who.to_owned());
        // A clock that was set back meanwhile must not lock anybody out for longer than a full burst takes.
        let full = takes(rate.burst.saturating_mul(scale));
        let used = rates.get(&key).copied().unwrap_or(now).clamp(now, now.saturating_add(full));
        let then = used.saturating_add(takes(i64::from(cost)));
        let over = then.saturating_sub(now).saturating_sub(full);
        if over > 0 && used > now {
            return Err(u64::try_from(over).unwrap_or_default().div_ceil(1_000_000).max(1));
        }
        if rates.len() >= CALLERS_MAX && !rates.contains_key(&key) {
            forget(&mut rates, now);
        }
        rates.insert(key, then);
        Ok(())
    }

    /// Begins to hold the bytes of a form.
    pub fn hold(&self, from: IpAddr) -> Held {
        Held { gate: self.clone(), from, bytes: 0 }
    }
}

/// Forgets who has used up nothing; where everybody uses something, the half that uses least.
fn forget(rates: &mut BTreeMap<(Kind, String), i64>, now: i64) {
    rates.retain(|_, used| *used > now);
    if rates.len() < CALLERS_MAX {
        return;
    }
    let mut used: Vec<i64> = rates.values().copied().collect();
    used.sort_unstable();
    let middle = used.get(used.len() / 2).copied().unwrap_or(now);
    rates.retain(|_, used| *used > middle);
}

impl Held {
    /// Holds more; whether there is room.
    pub fn more(&mut self, bytes: usize) -> bool {
        let mut held = lock(&self.gate.counts.held);
        let total: usize = held.values().sum();
        let own = held.get(&self.from).copied().unwrap_or_default();
        let is_proxy = self.gate.is_proxy(self.from);
        if total.saturating_add(bytes) > HELD_MAX || (own.saturating_add(bytes) > HELD_EACH && !is_proxy) {
            return false;
        }
        held.insert(self.from, own + bytes);
        self.bytes += bytes;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = lock(&self.gate.counts.held);
        if let Some(own) = held.get_mut(&self.from) {
            *own = own.saturating_sub(self.bytes);
            if *own == 0 {
                held.remove(&self.from);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.counts.connections);
        if let Some(own) = open.get_mut(&self.from) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_burst_passes_and_then_as_many_as_the_span_has() {
        let gate = Gate::default();
        let passed = |now| (0..100).filter(|_| gate.pass(Kind::SignIn, "a", 1, now).is_ok()).count();
        assert_eq!(passed(0), 30);
        assert_eq!(gate.pass(Kind::SignIn, "a", 1, 0), Err(1));
        assert_eq!(gate.pass(Kind::SignIn, "b", 1, 0), Ok(()), "another caller is not held up");
        assert_eq!(passed(10_000), 10, "one a second");
        assert_eq!(passed(3_600_000), 30, "never more than a burst");
        assert_eq!(passed(0), 0, "a clock set back gives nothing away");
    }

    #[test]
    fn a_wider_gate_lets_more_through() {
        let gate = Gate::new(Limits { scale: 10, ..Limits::default() });
        assert_eq!((0..1000).filter(|_| gate.pass(Kind::SignIn, "a", 1, 0).is_ok()).count(), 300);
    }

    #[test]
    fn a_day_of_uploads_is_a_gigabyte() {
        let gate = Gate::default();
        let file = 20 * 1024;
        let taken = (0..100).filter(|_| gate.pass(Kind::Upload, "a", file, 0).is_ok()).count();
        assert_eq!(taken, 51);
        let wait = gate.pass(Kind::Upload, "a", file, 0).unwrap_err();
        assert!((60..4000).contains(&wait), "{wait}");
    }

    #[test]
    fn the_table_of_callers_does_not_grow() {
        let gate = Gate::default();
        for caller in 0..3 * CALLERS_MAX {
            assert!(gate.pass(Kind::Page, &caller.to_string(), 1, 0).is_ok());
        }
        assert!(lock(&gate.counts.rates).len() <= CALLERS_MAX);
    }

    #[test]
    fn connections_and_bytes_are_given_back() {
        let gate = Gate::default();
        let places: Vec<Place> = (0..CONNECTIONS_EACH).map(|_| gate.enter(HERE).unwrap()).collect();
        assert!(gate.enter(HERE).is_none());
        assert!(gate.enter(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1))).is_some(), "others come in");
        drop(places);
        assert!(gate.enter(HERE).is_some() && lock(&gate.counts.connections).is_empty());
        let mut held = gate.hold(HERE);
        assert!(held.more(HELD_EACH) && !held.more(1));
        drop(held);
        assert!(lock(&gate.counts.held).is_empty());
    }
}
