//! Answering on a socket until told to stop.
//!
//! A connection has a place of its own ([`crate::gate`]), a time within which its next head must have come, a head that is
//! not too long, and a reader who reads ([`crate::socket`]). How long a body may take, whoever reads it says.
//!
//! INVARIANT: a request that was accepted is answered before the server ends.

use crate::app::Shared;
use crate::caller::Peer;
use crate::observed;
use crate::routes::router;
use crate::socket::Patient;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// Within how long the head of a request must have come; also how long a connection may be kept without one.
pub const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Longest head of a request, in bytes.
const HEAD_MAX: usize = 32 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long to wait where the system has no socket to give.
const BREATH: Duration = Duration::from_millis(100);

/// Serves what machines ask on a socket of its own, until `stop` is done.
///
/// # Errors
/// When the socket cannot be used.
pub async fn observe(
    app: Shared,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, observed::router(app)).with_graceful_shutdown(stop).await
}

/// Serves the site on a socket that already listens, until `stop` is done; then no new request is taken, the open ones
/// are finished, and whoever waits for changes is sent away.
///
/// # Errors
/// When the socket cannot be used.
pub async fn serve(
    app: &Shared,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (router, open) = (router(app), GracefulShutdown::new());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_MAX).max_headers(HEADERS_MAX);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "no connection could be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // A caller with too many connections is not talked to: every answer would cost what they are after.
        let Some(place) = app.gate.enter(peer.ip()) else { continue };
        // Pages are small: waiting to fill a packet only delays them.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket keeps its delay");
        }
        let (router, peer) = (router.clone(), Peer(peer.ip()));
        let answered = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = open.watch(http.serve_connection(TokioIo::new(Patient::new(socket)), answered));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    Arc::clone(app).live.close();
    open.shutdown().await;
    Ok(())
}

async fn answer(
    router: Router,
    peer: Peer,
    request: axum::http::Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let mut request: Request = request.map(axum::body::Body::new);
    request.extensions_mut().insert(peer);
    router.oneshot(request).await
}
