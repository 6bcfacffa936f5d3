//! The only way anything happens: load, permit, decide, append.
//!
//! Every act of every procedure goes through [`perform()`]; there is no second corridor. This crate
//! knows the store, the kernel and the policy. It knows no HTTP and no HTML, it never looks at the
//! wall clock (the moment is handed in) and it makes no chance of its own (the entropy is handed in).
//!
//! INVARIANT: one act is one transaction and one entry in the ledger.

pub mod audit;
pub mod belonging;
pub mod bureau;
pub mod calendars;
pub mod clockwork;
pub mod codes;
pub mod content;
pub mod delivery;
pub mod drafts;
pub mod editions;
pub mod erasure;
pub mod factors;
pub mod federation;
pub mod keys;
pub mod load;
pub mod message;
pub mod money;
pub mod offers;
pub mod office_keys;
pub mod papers;
mod paras;
pub mod passkeys;
pub mod people;
pub mod perform;
pub mod policy;
pub mod posture;
pub mod receipt;
pub mod registers;
pub mod retention;
pub mod rotation;
pub mod rows;
pub mod scan;
pub mod seals;
mod side;
pub mod sight;
pub mod stamps;
pub mod system;
pub mod tombstone;
pub mod trail;
pub mod undelivered;
pub mod unmask;
pub mod wording;

pub use bureau::{Bureau, Law};
pub use keys::Entropy;
pub use perform::{Command, Done, PerformError, Standing, perform};
