//! The faults a store must live through, done for real: on a file, and on a PostgreSQL of the test's own.
//!
//! Not a proof by waiting: nothing here asserts how long something takes. A part of the rounds runs by default;
//! `XIEZHI_FAULT_ROUNDS` asks for all of them (CONTRIBUTING.md).
//!
//! INVARIANT: after every fault, what was acknowledged is stored, once; numbers are gapless; chains and log verify.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what the tests share fails where it stands, as a test does"
)]

mod chance;
mod clerks;
mod clock;
mod damage;
mod disk;
#[path = "../pg/engine.rs"]
#[expect(dead_code, reason = "the tests of the server use more of it")]
mod engine;
#[path = "../it/engine.rs"]
#[expect(dead_code, reason = "the tests of the file use more of it")]
mod file;
mod ground;
mod killed;
mod link;
mod load;
mod lossy;
mod outage;
mod paused;
mod program;
#[path = "../it/sample.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod sample;
