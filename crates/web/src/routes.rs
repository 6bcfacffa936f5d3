//! The one table of routes.

use crate::answer;
use crate::app::{App, Shared};
use axum::Router;
use std::sync::Arc;

/// Every route of the site.
pub fn router(app: App) -> Router {
    let shared: Shared = Arc::new(app);
    Router::new()
        .merge(crate::public::routes())
        .merge(crate::desk::routes())
        .merge(crate::api::routes())
        .fallback(answer::no_such_page)
        .layer(axum::middleware::map_response(answer::with_headers))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(shared)
}
