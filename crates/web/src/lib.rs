//! Web: the portal, the workbench, the public pages and the API; the only crate that knows HTTP and HTML.
//!
//! It reads a form, checks a session, hands the act to `acts` and shows a view of what was recorded. It knows
//! no SQL, no KDL and no rule of law.
//!
//! INVARIANT: a page is a struct; what is not in the struct is not on the page.

pub mod access;
pub mod answer;
pub mod api;
pub mod app;
pub mod assets;
pub mod caller;
pub mod chart;
pub mod components;
mod confirm;
pub mod desk;
pub mod gate;
pub mod live;
pub mod observed;
pub mod pages;
pub mod public;
pub mod questions;
pub mod routes;
pub mod serve;
pub mod shown;
pub mod socket;
pub mod submission;
pub mod upload;
pub mod visit;

pub use app::{App, Site};
pub use routes::router;
