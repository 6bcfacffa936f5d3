//! One function for bytes from outside, driven by coverage: the one that this program is named after.

#![no_main]

#[path = "../crates/xiezhi/tests/fuzzed/targets.rs"]
mod targets;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (_, target, _) = targets::TARGETS.iter().find(|(name, ..)| *name == env!("CARGO_BIN_NAME")).expect("a function of that name");
    target(bytes);
});
