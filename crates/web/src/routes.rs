//! The one table of routes.

use crate::answer;
use crate::app::Shared;
use crate::caller;
use crate::observed;
use axum::Router;
use std::sync::Arc;

/// Every route of the site.
pub fn router(shared: &Shared) -> Router {
    Router::new()
        .merge(crate::public::routes())
        .merge(crate::desk::routes())
        .merge(crate::api::routes())
        .fallback(answer::no_such_page)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), caller::pass))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), answer::dressed))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), observed::observe))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Arc::clone(shared))
}
