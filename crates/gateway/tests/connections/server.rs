//! A listener with short limits, and clients that misbehave.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request, routing::any};
use bytes::Bytes;
use futures::stream;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use tacenda_gateway::{ConnectionLimits, Listener, serve};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::TcpStream,
    sync::watch,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longer than any deadline of [`limits`], and than a busy machine adds to one.
const LONG: Duration = Duration::from_secs(20);

pub(crate) fn limits() -> ConnectionLimits {
    ConnectionLimits {
        first_head: Duration::from_millis(400),
        idle: Duration::from_millis(600),
        stalled: Duration::from_millis(500),
        ..ConnectionLimits::default()
    }
}

/// A server with two paths: one says `hello`, one never ends.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    certificate: Option<CertificateDer<'static>>,
    _stop: watch::Sender<bool>,
}

impl Server {
    pub(crate) async fn plain(limits: ConnectionLimits) -> Self {
        let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self::of(listener, None, limits)
    }

    pub(crate) async fn tls(limits: ConnectionLimits) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let listener = Listener::tls("127.0.0.1:0".parse().unwrap(), config).await.unwrap();
        Self::of(listener, Some(certificate), limits)
    }

    fn of(
        listener: Listener,
        certificate: Option<CertificateDer<'static>>,
        limits: ConnectionLimits,
    ) -> Self {
        let address = listener.address().unwrap();
        let endless = async || {
            Body::from_stream(stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 4 << 10]))
            }))
        };
        let slow = async |request: Request| {
            let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
            "hello"
        };
        let router = Router::new().route("/", any(slow)).route("/endless", any(endless));
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener.within(limits), router, stopped));
        Self { address, certificate, _stop: stop }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// With the handshake done.
    pub(crate) async fn connect_tls(&self, alpn: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone().unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.connect().await).await.unwrap()
    }
}

/// After what time the server ends the connection; what else it says is read.
pub(crate) async fn closed_after(mut stream: impl AsyncRead + Unpin) -> Duration {
    let (begun, mut buffer) = (Instant::now(), [0; 4 << 10]);
    let closed = async { while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {} };
    timeout(LONG, closed).await.expect("the server did not end the connection");
    begun.elapsed()
}

/// What the server says until it says that, or ends.
pub(crate) async fn text_until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4 << 10]);
    let reading = async {
        while !text.contains(end) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
            }
        }
    };
    timeout(LONG, reading).await.expect("the server did not answer");
    text
}
