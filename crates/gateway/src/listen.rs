//! Sockets: TLS 1.3 for everybody, plain HTTP for a proxy on the same host only.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, response::IntoResponse};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Connections at the same time, on one socket.
const MOST_CONNECTIONS: usize = 4_096;
const HANDSHAKE: Duration = Duration::from_secs(10);
const HEADERS: Duration = Duration::from_secs(15);
/// How long a client may take nothing of what is sent to it. As often as it takes something, this begins anew.
const STALLED: Duration = Duration::from_secs(60);
/// How long requests under way may take when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// A socket that was bound.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// The socket cannot be bound.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Plain HTTP is for a proxy on the same host.
    #[error("plain HTTP listens on a loopback address only, not on {0}; use the TLS listener for others")]
    PlainBeyondLoopback(SocketAddr),
    /// The address is taken or not this host's.
    #[error("cannot listen on {0}: is another server running there?")]
    Bind(SocketAddr, #[source] std::io::Error),
}

impl Listener {
    /// Listens with TLS.
    ///
    /// # Errors
    /// [`ListenError::Bind`]
    pub async fn tls(address: SocketAddr, config: ServerConfig) -> Result<Self, ListenError> {
        let socket = bind(address).await?;
        Ok(Self { socket, tls: Some(TlsAcceptor::from(Arc::new(config))) })
    }

    /// Listens without TLS, on loopback.
    ///
    /// # Errors
    /// [`ListenError::PlainBeyondLoopback`] for any other address.
    pub async fn plain(address: SocketAddr) -> Result<Self, ListenError> {
        if !address.ip().is_loopback() {
            return Err(ListenError::PlainBeyondLoopback(address));
        }
        Ok(Self { socket: bind(address).await?, tls: None })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| ListenError::Bind(address, error))
}

/// Serves until `stop` says true, then lets requests under way end.
pub async fn serve(listener: Listener, router: Router, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&free).try_acquire_owned() else { continue };
        let (router, tls, watcher) = (router.clone(), listener.tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            connection(stream, peer, tls, router, watcher).await;
        });
    }
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let _ = stream.set_nodelay(true);
    let stream = impatient(stream, STALLED);
    match tls {
        None => converse(stream, peer, router, watcher).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                converse(stream, peer, router, watcher).await;
            }
        }
    }
}

/// A connection that breaks where the other side takes nothing for so long: what is sent to nobody holds its place, and a
/// page of records, no longer.
fn impatient<S: AsyncRead + AsyncWrite>(stream: S, patience: Duration) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}

async fn converse<S>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
    // Nothing above the socket knows from where a request comes.
    let service = tower::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let only_reads = request.method().is_safe();
        let answering = router.clone().oneshot(request);
        async move {
            if only_reads {
                return answering.await;
            }
            // INVARIANT: a write that was begun is ended, under the locks it holds, even if the client hangs up.
            tokio::spawn(answering)
                .await
                .unwrap_or_else(|_| Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // A client that breaks off is not an error of ours.
    let _ = watcher.watch(connection.into_owned()).await;
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::Arc};

    use axum::{body::Body, routing::get};
    use bytes::Bytes;
    use futures::stream;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn whoever_takes_nothing_is_left() {
        let (mut client, server) = tokio::io::duplex(1 << 10);
        let body = Arc::new(());
        let held = Arc::clone(&body);
        let endless = async move || {
            let held = Arc::clone(&held);
            Body::from_stream(stream::repeat_with(move || {
                let _ = &held;
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 4 << 10]))
            }))
        };
        let router = Router::new().route("/", get(endless));
        let (peer, graceful) = (SocketAddr::from(([127, 0, 0, 1], 1)), GracefulShutdown::new());
        let server = impatient(server, Duration::from_millis(100));
        let serving = tokio::spawn(converse(server, peer, router, graceful.watcher()));
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        // The client stays, and reads nothing.
        serving.await.unwrap();
        assert_eq!(Arc::strong_count(&body), 1, "and what it was to get is let go");
    }
}
