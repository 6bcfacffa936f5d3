//! The papers of legal aid, set and read back.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod bench;
mod dossier;
mod law;
mod names;
mod papers;
mod sample;
mod told;
