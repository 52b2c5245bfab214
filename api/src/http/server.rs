//! Accepting connections. Own loop instead of `axum::serve`, which bounds neither the time for a request's head (one slow
//! client a socket would hold it for ever) nor the number of connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::pace::paced;
use crate::config::Http;

/// Time for a request's head; also the longest idle time of a kept connection.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// Time for requests in flight once the service is told to stop.
const DRAIN_TIME: Duration = Duration::from_secs(25);

/// Opens the port.
pub async fn bind(http: &Http) -> Result<TcpListener, String> {
    listen(http.listen, "listen").await
}

/// Opens the port of the metrics, if there is to be one.
pub async fn bind_metrics(http: &Http) -> Result<Option<TcpListener>, String> {
    match http.metrics_listen.0 {
        Some(address) => listen(address, "metrics_listen").await.map(Some),
        None => Ok(None),
    }
}

async fn listen(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; another program may have the port, set [http] {key} to a free one")
    })
}

/// Serves until `stop`, then lets requests in flight end.
pub async fn serve(listener: TcpListener, router: Router, http: &Http, stop: CancellationToken) {
    let connections = Arc::new(Semaphore::new(http.max_connections));
    let graceful = GracefulShutdown::new();
    while let Some((stream, permit)) = accept(&listener, &connections, &stop).await {
        let Ok(peer) = stream.peer_addr() else { continue };
        let _ = stream.set_nodelay(true);
        let service = router.clone().map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            let (head, body) = request.into_parts();
            let (body, came) = paced(body);
            let mut request = axum::http::Request::from_parts(head, axum::body::Body::new(body));
            request.extensions_mut().insert(came);
            request
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_headers(100)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _permit = permit;
            // What goes wrong on one connection is the client's affair.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests still in flight are cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let next = async {
        let permit = connections.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, permit)),
                Err(error) => {
                    // Out of descriptors: waiting lets others close, spinning would not.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        accepted = next => accepted,
    }
}
