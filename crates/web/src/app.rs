//! What every request has at hand, and the one table of routes.

use crate::answer::{self, Fault};
use crate::visit::Visit;
use acts::Bureau;
use axum::Router;
use axum::response::Response;
use kernel::world::Moment;
use paper::Press;
use std::sync::Arc;

/// The running site.
pub struct App {
    /// The bureau behind it.
    pub bureau: Bureau,
    /// The press, or why there is none (no fonts): papers then answer with that text.
    pub press: Result<Press, String>,
    /// What time it is; handed in by the binary.
    pub clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// How the site presents itself.
    pub site: Site,
}

/// How the site presents itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// 示范市公共法律服务.
    pub name: String,
    /// 示范市司法局.
    pub office: String,
    /// 12348.
    pub hotline: String,
    /// A line above every page; empty for none.
    pub banner: String,
    /// Cookies only over TLS.
    pub secure: bool,
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Now.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }
}

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

/// Runs work that waits for the store off the threads that answer; every handler goes through here.
pub async fn work<F>(app: Shared, visit: Visit, run: F) -> Response
where
    F: FnOnce(&App, &Visit) -> Result<Response, Fault> + Send + 'static,
{
    let failed = (app.clone(), visit.clone());
    match tokio::task::spawn_blocking(move || {
        run(&app, &visit).unwrap_or_else(|fault| answer::fault(&app, &visit, fault))
    })
    .await
    {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(%panic, "a handler failed");
            answer::fault(&failed.0, &failed.1, Fault::Internal("handler".into()))
        }
    }
}
