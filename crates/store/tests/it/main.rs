//! The store, from outside: what it promises under load, faults and tampering.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what the tests share fails where it stands, as a test does"
)]

mod appends;
mod disposal;
mod engine;
mod files;
mod lists;
mod log;
mod notices;
mod opening;
mod outbox;
mod people;
mod rebuild;
mod registers;
mod sample;
mod signing;
mod trail;
mod verify;
