//! Load: clients that append, repeat what was not acknowledged under its key, and remember what they were told.
//!
//! A repeated application names another matter each time, as a form sent twice does: had a key been forgotten, two
//! matters would stand in the store where one was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::{Append, AppendError, Entry, MatterId, StorageError, Store, VerifyReport};

use crate::chance::Chance;
use crate::program::say;
use crate::sample::{append, application, bare, key, matter, sequence_all};

/// A wait beyond this is a store that hangs, on the slowest of machines.
const HANGS: Duration = Duration::from_secs(300);

/// How often somebody who waits looks after things.
const LOOK: Duration = Duration::from_secs(1);

/// What a client was told is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub matter: MatterId,
    pub version: u32,
    pub number: Option<String>,
}

/// What clients were told, by the key of the append.
pub type ToldBy = BTreeMap<String, Told>;

/// What a client hears about the append under a key.
pub enum Heard {
    Stored(String, Told),
    Failed(String),
}

/// Appends matters of two acts each, until `hear` answers false to what was stored. `attempt` is where the names of
/// repeated applications begin.
pub fn client(store: &Store, name: &str, attempt: u32, weight: usize, hear: &dyn Fn(Heard) -> bool) {
    let mut chance = Chance::new(weight as u64);
    let mut heavy = |entry: Entry| Entry { open: chance.bytes(weight), ..entry };
    for number in 0_u32.. {
        let name = format!("{name}-{number:06}");
        let mut first = |attempt| heavy(application(&matter(format!("{name}-{attempt}"))));
        let Some(told) = until_stored(store, &format!("{name}/1"), attempt, &mut first, hear) else { return };
        let mut second = |_| heavy(bare(&told.matter, 1));
        let Some(_) = until_stored(store, &format!("{name}/2"), attempt, &mut second, hear) else { return };
    }
}

/// Repeats an append under its key until it is acknowledged; none when that was the last.
fn until_stored(
    store: &Store,
    name: &str,
    attempt: u32,
    entry: &mut dyn FnMut(u32) -> Entry,
    hear: &dyn Fn(Heard) -> bool,
) -> Option<Told> {
    let begun = Instant::now();
    for attempt in attempt.. {
        let asked = Append { idempotency: key(name), ..append(entry(attempt)) };
        match store.append(asked) {
            Ok(done) => {
                let done = &done.entries[0];
                let (matter, version) = (done.matter.clone(), done.version);
                let told = Told { matter, version, number: done.numbers.get("number").cloned() };
                return hear(Heard::Stored(name.to_owned(), told.clone())).then_some(told);
            }
            Err(AppendError::Storage(error)) => {
                assert!(begun.elapsed() < HANGS, "{name} is never stored: {}", words(&error));
                if !hear(Heard::Failed(words(&error))) {
                    return None;
                }
                // Nobody sends again at once.
                std::thread::park_timeout(Duration::from_millis(5));
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    None
}

/// An error with what caused it.
pub fn words(error: &StorageError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        words.push_str(&format!(": {source}"));
        cause = source.source();
    }
    words
}

/// What is known of a load while it runs, and afterwards.
#[derive(Default)]
pub struct Load {
    /// The beginning of its clients' names.
    name: String,
    /// What the clients hear is said to whoever started this program.
    says: bool,
    known: Mutex<Known>,
    news: Condvar,
}

#[derive(Default)]
struct Known {
    told: ToldBy,
    failures: Vec<String>,
    /// The clients are to end with the next acknowledgement.
    over: bool,
    /// The test has failed: they are to end with anything.
    lost: bool,
}

impl Load {
    /// The load of a program that says what its clients hear.
    pub fn saying(name: &str) -> Self {
        Self { name: name.to_owned(), says: true, ..Self::default() }
    }

    /// Takes in what a client heard; whether the client goes on.
    pub fn hear(&self, heard: Heard) -> bool {
        if self.says {
            say(&heard);
        }
        let mut known = self.known();
        self.news.notify_all();
        match heard {
            Heard::Failed(words) => {
                known.failures.push(words);
                !known.lost
            }
            Heard::Stored(key, told) => {
                let before = known.told.insert(key, told.clone());
                assert!(before.is_none_or(|before| before == told), "a repeated append has another answer: {told:?}");
                !known.over
            }
        }
    }

    /// Waits until so many more appends were acknowledged.
    pub fn wait_for_stored(&self, more: usize) {
        self.wait_for_stored_while(more, &|| {});
    }

    /// The same, while somebody looks after things.
    pub fn wait_for_stored_while(&self, more: usize, meanwhile: &dyn Fn()) {
        let wanted = self.known().told.len() + more;
        self.wait_until(|known| known.told.len() >= wanted, meanwhile);
    }

    /// Waits until an append fails, which none may have done since `failures` were counted.
    pub fn wait_for_failure_beyond(&self, failures: usize) {
        self.wait_until(|known| known.failures.len() > failures, &|| {});
    }

    pub fn failures(&self) -> Vec<String> {
        self.known().failures.clone()
    }

    pub fn told(&self) -> ToldBy {
        self.known().told.clone()
    }

    fn wait_until(&self, enough: impl Fn(&Known) -> bool, meanwhile: &dyn Fn()) {
        let begun = Instant::now();
        let mut known = self.known();
        while !enough(&known) {
            assert!(begun.elapsed() < HANGS, "nothing is stored any more: {:?}", known.failures.last());
            let (again, waited) = self.news.wait_timeout(known, LOOK).unwrap_or_else(PoisonError::into_inner);
            known = again;
            if waited.timed_out() {
                drop(known);
                meanwhile();
                known = self.known();
            }
        }
    }

    fn is_over(&self) -> bool {
        self.known().over
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the clients, also when the test fails.
struct Ending<'l>(&'l Load);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut known = self.0.known();
        known.over = true;
        known.lost = std::thread::panicking();
    }
}

/// How heavily a store is loaded.
pub struct Weight {
    /// Clients of each program.
    pub clients: u32,
    /// Bytes of content in each act.
    pub bytes: usize,
    /// Acts the sequencer takes at once.
    pub sequenced: u32,
}

/// Loads every program with clients and a sequencer while `meanwhile` does its harm, then lets every client finish
/// what it has begun.
pub fn under_load(programs: &[Store], weight: &Weight, load: &Load, meanwhile: impl FnOnce(&Load)) {
    std::thread::scope(|scope| {
        for (at, store) in programs.iter().enumerate() {
            for number in 0..weight.clients {
                let name = format!("{}p{at}c{number}", load.name);
                scope.spawn(move || client(store, &name, 0, weight.bytes, &|heard| load.hear(heard)));
            }
            scope.spawn(move || {
                while !load.is_over() {
                    if store.sequence(weight.sequenced).is_err() {
                        std::thread::park_timeout(Duration::from_millis(5));
                    }
                }
            });
        }
        let _ending = Ending(load);
        meanwhile(load);
    });
}

/// What was told is there, and the store is whole.
pub fn holds(store: &Store, told: &ToldBy) -> VerifyReport {
    sequence_all(store);
    let report = store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    let mut places = BTreeSet::new();
    for (key, told) in told {
        let Told { matter, version, number } = told;
        assert!(places.insert((matter, version)), "`{key}` shares {matter} {version} with another");
        assert!(store.act(matter, *version).unwrap().is_some(), "{told:?} is lost");
        if let Some(number) = number {
            assert_eq!(store.number(number).unwrap().unwrap().matter, *matter);
            assert_eq!(store.find_by_number(number).unwrap().unwrap().matter, *matter);
        }
    }
    report
}

/// What was told is there, the store is whole, and nothing else is in it.
pub fn holds_exactly(store: &Store, told: &ToldBy) {
    let report = holds(store, told);
    let numbers = told.values().filter(|told| told.number.is_some()).count();
    assert_eq!((report.acts, report.numbers), (told.len() as u64, numbers as u64), "acts and numbers, told and stored");
}
