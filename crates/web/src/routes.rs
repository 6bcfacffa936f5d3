//! The one table of routes.

use crate::access::{Routes, Rule};
use crate::answer;
use crate::app::Shared;
use crate::caller;
use crate::observed;
use axum::Router;
use std::sync::Arc;

fn routes() -> Routes {
    crate::public::routes().and(crate::desk::routes()).and(crate::api::routes())
}

/// Every route of the site, and who may use it.
pub fn rules() -> Vec<Rule> {
    routes().rules().to_vec()
}

/// Every route of the site, each behind its rule.
pub fn router(shared: &Shared) -> Router {
    routes()
        .guarded(shared)
        .fallback(answer::no_such_page)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), caller::pass))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), answer::dressed))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(shared), observed::observe))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Arc::clone(shared))
}
