//! What must hold of the reader of the law as a whole.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod broken;
mod corpus;
mod damage;
mod diagnostics;
mod law;
mod mutation;
mod paths;
mod reference;
mod spans;
