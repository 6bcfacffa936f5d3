//! The corridor and the law of legal aid, from outside: whole procedures as scripts of acts.
//!
//! Everybody here is simulated. Nothing is mocked: the store, the keys, the policy and the law of this repository
//! are the real ones; the clock is set by hand and chance is a counter.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share fails where it stands, as a test does"
)]

#[cfg(test)]
mod authority;
#[cfg(test)]
mod belonging;
mod bench;
mod calendars;
mod cast;
mod delivery;
mod editions;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod federation;
mod input;
mod ledger;
mod ledgers;
mod notice;
#[cfg(test)]
mod passkeys;
mod paths;
#[cfg(test)]
mod people;
mod policy;
mod posts;
mod random;
mod receipts;
mod remedy;
mod retention;
mod sealing;
#[cfg(test)]
mod seals;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod stamps;
mod story;
mod trail;
mod veil;
