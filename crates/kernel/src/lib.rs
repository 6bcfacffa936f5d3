//! The part of Xiezhi that decides, and does nothing else.
//!
//! Given the law in force (a [`procedure::Procedure`]), what has happened so far (a
//! [`matter::Matter`] folded from its acts), the facts of the world that the rule reads
//! ([`world::World`]) and an act somebody wants to perform, the kernel answers what follows or
//! why it may not be. It has no clock, no chance, no files and no network: every date is passed
//! in, so the same ledger yields the same answer today and in ten years.
//!
//! INVARIANT: the same input gives the same bytes on every machine.

pub mod assignment;
pub mod calendar;
pub mod clock;
pub mod deadline;
pub mod decide;
pub mod guard;
pub mod identity;
pub mod intake;
pub mod ledger;
pub mod matter;
pub mod merkle;
pub mod money;
pub mod names;
pub mod procedure;
pub mod retention;
#[cfg(test)]
mod sample;
pub mod sealing;
pub mod system;
pub mod value;
pub mod world;

/// Version of the law language; pinned in every act so that it can be repeated years later.
pub const LANGUAGE_VERSION: u32 = 1;
