//! Sockets: TLS 1.3 for everybody, plain HTTP for a proxy on the same host only.

mod answer;
mod connection;
mod heard;
mod limits;
mod place;
mod places;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::{net::TcpListener, sync::watch};
use tokio_rustls::TlsAcceptor;

pub use limits::ConnectionLimits;

use connection::connection;
use places::Places;

/// A socket that was bound.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
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
        let tls = Some(TlsAcceptor::from(Arc::new(config)));
        Ok(Self { socket, tls, limits: ConnectionLimits::default() })
    }

    /// Listens without TLS, on loopback.
    ///
    /// # Errors
    /// [`ListenError::PlainBeyondLoopback`] for any other address.
    pub async fn plain(address: SocketAddr) -> Result<Self, ListenError> {
        if !address.ip().is_loopback() {
            return Err(ListenError::PlainBeyondLoopback(address));
        }
        Ok(Self { socket: bind(address).await?, tls: None, limits: ConnectionLimits::default() })
    }

    /// With other limits than the usual.
    #[must_use]
    pub fn within(self, limits: ConnectionLimits) -> Self {
        Self { limits, ..self }
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
    let Listener { socket, tls, limits } = listener;
    let (graceful, farewell) = (GracefulShutdown::new(), limits.farewell);
    let places = Places::new(limits);
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            // No file is left to be opened; others end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = places.take(peer.ip()) else { continue };
        tokio::spawn(connection(stream, peer, place, tls.clone(), router.clone(), graceful.watcher()));
    }
    let _ = tokio::time::timeout(farewell, graceful.shutdown()).await;
}
