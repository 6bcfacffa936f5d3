//! What an open worklist hears: that its counters changed, as it happens, or asked for now and then.
//!
//! Never the rows: whoever wants them opens the list again, which asks session and policy like any page.
//!
//! INVARIANT: it tells the counters of the page itself and nothing else, and neither address keeps a session alive.

use crate::answer::{Fault, work};
use crate::app::Shared;
use crate::desk::clerk::clerk;
use crate::live::{Heard, listen, name};
use crate::pages::desk::Waits;
use crate::visit::{ACCOUNT, Visit};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use store::Counters;

/// The address that tells of changes as they come.
pub const CHANGES: &str = "/desk/work/changes";
/// The address that tells the counters as they are.
pub const NOW: &str = "/desk/work/now";

/// After how long without a word a line is sent that means nothing: whatever stands between keeps the connection open.
const STILL_HERE: Duration = Duration::from_secs(20);
/// After how many seconds whoever was not let in may ask again.
const AGAIN_S: u16 = 30;
/// Asks a reverse proxy not to hold events back until there are more of them.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What the page of these counters waits for.
pub fn waits(counters: Counters) -> Waits {
    Waits { changes: CHANGES, now: NOW, knows: name(counters) }
}

/// The counters by the names of their boxes, and the name under which they are known.
fn told(counters: Counters) -> Value {
    let Counters { todo, soon, overdue, stopped } = counters;
    let all = todo + stopped;
    json!({ "todo": todo, "soon": soon, "overdue": overdue, "stopped": stopped, "all": all, "knows": name(counters) })
}

/// GET /desk/work/now
pub async fn now(State(app): State<Shared>, visit: Visit, headers: HeaderMap) -> Response {
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let counters = clerk.counters(app)?;
        let tag = format!("\"{}\"", name(counters));
        let known = headers.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        // A proxy that compresses makes the tag a weak one; equal counters are still equal counters.
        let same = |known: &str| known.trim().trim_start_matches("W/") == tag;
        let unchanged = known.is_some_and(|known| known.split(',').any(same));
        let tag = HeaderValue::from_str(&tag).map_err(|error| Fault::Internal(error.to_string()))?;
        let head = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
        Ok(if unchanged {
            (StatusCode::NOT_MODIFIED, head).into_response()
        } else {
            (head, Json(told(counters))).into_response()
        })
    })
    .await
}

/// GET /desk/work/changes
///
/// A browser that comes back names the last event it had; the page names in `knows` what it shows.
pub async fn changes(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let shared = Arc::clone(&app);
    work(app, visit, move |app, visit| {
        let clerk = clerk(app, visit)?;
        let token = visit.cookie(ACCOUNT).unwrap_or_default().to_owned();
        let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
        let knows = last.or(query.get("knows").map(String::as_str)).unwrap_or_default();
        let Some(heard) = listen(&shared, clerk.person.id.clone(), token, knows.to_owned()) else {
            let again = [(RETRY_AFTER, HeaderValue::from(AGAIN_S))];
            return Ok((StatusCode::SERVICE_UNAVAILABLE, again, "too many pages listen\n").into_response());
        };
        let events = Sse::new(Events(heard)).keep_alive(KeepAlive::new().interval(STILL_HERE));
        Ok(([(UNBUFFERED, HeaderValue::from_static("no"))], events).into_response())
    })
    .await
}

/// What is heard, as events on the wire.
struct Events(Heard);

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event =
            |counters| Ok(Event::default().event("counters").id(name(counters)).data(told(counters).to_string()));
        self.0.poll_recv(cx).map(|heard| heard.map(event))
    }
}
