//! The papers of legal aid, set and read back.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod dossier;
mod papers;
mod sample;
