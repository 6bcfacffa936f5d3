//! The kernel against data that nobody on the team wrote.
#![expect(clippy::expect_used, clippy::panic, reason = "a test says what it expects, outside its own function too")]

mod calendar;
mod identity;
mod shared;
