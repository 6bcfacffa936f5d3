//! From nodes to definitions: one file per family of nodes.
//!
//! Each function asks a [`crate::reader::Reader`] for what it needs and builds a kernel type; it resolves nothing.

pub(crate) mod act;
pub(crate) mod calendar;
pub(crate) mod case;
pub(crate) mod field;
pub(crate) mod limit;
pub(crate) mod paper;
pub(crate) mod place;
pub(crate) mod procedure;
pub(crate) mod statutes;
