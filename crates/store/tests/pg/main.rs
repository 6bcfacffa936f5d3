//! The same promises on a server: the tests of the file, run against a PostgreSQL of their own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what the tests share fails where it stands, as a test does"
)]

#[expect(dead_code, reason = "the faults need more of a cluster")]
mod engine;

#[path = "../it/appends.rs"]
mod appends;
#[path = "../it/disposal.rs"]
mod disposal;
#[path = "../it/files.rs"]
mod files;
#[path = "../it/lists.rs"]
mod lists;
#[path = "../it/log.rs"]
mod log;
#[path = "../it/notices.rs"]
mod notices;
#[path = "../it/outbox.rs"]
mod outbox;
#[path = "../it/people.rs"]
mod people;
#[path = "../it/rebuild.rs"]
mod rebuild;
#[path = "../it/registers.rs"]
mod registers;
#[path = "../it/sample.rs"]
mod sample;
mod scale;
mod server;
#[path = "../it/trail.rs"]
mod trail;
#[path = "../it/verify.rs"]
mod verify;
