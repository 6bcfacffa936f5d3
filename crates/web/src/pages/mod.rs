//! Pages: every page a person can open, as a struct with a template checked by the compiler.
//!
//! A page holds words that are ready to be read; the routes fill it from the views of a matter and nothing
//! else. No page knows a route's logic, a session, a clock or a rule of law.
//!
//! INVARIANT: every page is whole without JavaScript and carries no inline script or style.

pub mod account;
pub mod apply;
pub mod desk;
pub mod error;
pub mod identity;
pub mod ledger;
pub mod matter;
pub mod portal;
pub mod reference;
pub mod second;
pub mod security;
pub mod shell;
pub mod status;
pub mod verify;
