//! (routes)

use crate::app::Shared;
use axum::Router;

/// The routes of this part.
pub fn routes() -> Router<Shared> {
    Router::new()
}
