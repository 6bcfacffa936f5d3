//! Answering on a socket until told to stop.
//!
//! INVARIANT: a request that was accepted is answered before the server ends.

use crate::app::Shared;
use crate::observed;
use crate::routes::router;
use axum::serve::ListenerExt;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

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
    // Pages are small: waiting to fill a packet only delays them.
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket keeps its delay");
        }
    });
    let waiting = Arc::clone(app);
    let stop = async move {
        stop.await;
        waiting.live.close();
    };
    axum::serve(listener, router(app).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await
}
