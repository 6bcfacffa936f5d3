//! What a machine asks of us: are you alive, are you ready, how is it going.
//!
//! `/metrics` is in the text of OpenMetrics, which Prometheus reads. It stands on an address of its own, apart from what
//! citizens reach. A label is a route as the table of routes writes it, never an address that was asked for.
//!
//! INVARIANT: no name, number or address of a person is in a label or a line of the log.

use crate::app::{App, Shared};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use store::{OutboxState, StorageError};

/// Bounds of the histogram, in seconds.
const SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0];

/// What is counted while the site works. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        Metrics { requests: Family::default(), seconds }
    }
}

/// The routes of the address that machines ask.
pub fn router(app: Shared) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(app)
}

/// Counts a request and its answer, and writes the line of the log.
pub async fn observe(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().as_str().to_owned();
    let began = app.now().at;
    let response = next.run(request).await;
    // A clock that was set back meanwhile measures nothing.
    let seconds = app.now().at.duration_since(began).as_secs_f64().max(0.0);
    let status = response.status().as_u16();
    tracing::info!(target: "xiezhi::request", %method, %route, status, ms = seconds * 1000.0);
    app.metrics.seconds.get_or_create(&Route { route: route.clone() }).observe(seconds);
    app.metrics.requests.get_or_create(&Answered { route, method, status }).inc();
    response
}

/// GET `/healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// GET `/readyz`: the store answers; whoever divides the work sends some of it here.
pub async fn readyz(State(app): State<Shared>) -> Response {
    let asked = tokio::task::spawn_blocking(move || app.bureau.store.log_size()).await;
    match asked {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}

/// GET `/metrics`
async fn metrics(State(app): State<Shared>) -> Response {
    let told = tokio::task::spawn_blocking(move || text(&app)).await;
    match told {
        Ok(Ok(text)) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// All metrics at this moment.
fn text(app: &App) -> Result<String, StorageError> {
    let mut registry = Registry::with_prefix("xiezhi");
    registry.register("http_requests", "Requests answered", app.metrics.requests.clone());
    let seconds = app.metrics.seconds.clone();
    registry.register_with_unit("http_request_duration", "Time to answer a request", Unit::Seconds, seconds);

    let activity = app.bureau.store.activity();
    let counters = [
        ("store_commits", "Transactions committed by this program", activity.commits),
        ("store_writes", "Requests to write that were committed", activity.writes),
        ("store_refused", "Requests to write that were refused or failed", activity.refused),
    ];
    for (name, help, value) in counters {
        registry.register(name, help, ConstCounter::new(value));
    }
    let messages = Family::<Kind, prometheus_client::metrics::gauge::Gauge>::default();
    for state in [OutboxState::Pending, OutboxState::Dead] {
        let count = i64::try_from(app.bureau.store.message_count(state)?).unwrap_or(i64::MAX);
        messages.get_or_create(&Kind { kind: state.as_str() }).set(count);
    }
    registry.register("outbox_messages", "Messages that wait or were given up", messages);
    let (leaves, waiting) = app.bureau.store.log_progress()?;
    registry.register("log_leaves", "Acts in the log", ConstGauge::new(signed(leaves)));
    registry.register("log_waiting", "Acts committed and not yet in the log", ConstGauge::new(signed(waiting)));
    if let Some(checkpoint) = app.bureau.store.latest_checkpoint()? {
        let age = app.now().at.as_millisecond().saturating_sub(checkpoint.at) / 1000;
        registry.register_with_unit(
            "checkpoint_age",
            "Age of the latest signed checkpoint",
            Unit::Seconds,
            ConstGauge::new(age),
        );
    }
    let mut text = String::new();
    if encode(&mut text, &registry).is_err() {
        tracing::error!("a metric cannot be written");
    }
    Ok(text)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
