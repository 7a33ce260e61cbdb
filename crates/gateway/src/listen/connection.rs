//! One connection: TLS where it is served, then HTTP/1.1 or HTTP/2, until it is over.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::IntoResponse};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::{answer::Answer, heard::Heard, place::Place};

/// The largest head of a request in HTTP/1; hyper's own limit for HTTP/2 is 16 KB.
const LARGEST_HEAD: usize = 64 << 10;
/// What an HTTP/2 client may send before anybody reads it, of one request and of all on a connection.
const WINDOW: u32 = 256 << 10;
/// Requests under way on one HTTP/2 connection.
const MOST_STREAMS: u32 = 100;

/// Serves one connection until it ends, is silent for too long, or another needs its place.
pub(super) async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: Arc<Place>,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) {
    let _ = stream.set_nodelay(true);
    let stream = Heard::new(impatient(stream, place.stalled()), Arc::clone(&place));
    let conversation = async {
        match tls {
            None => converse(stream, peer, &place, router, watcher).await,
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    converse(stream, peer, &place, router, watcher).await;
                }
            }
        }
    };
    tokio::select! {
        () = conversation => {}
        () = place.over() => {}
    }
}

/// A connection that breaks where the other side takes nothing for so long: what is sent to nobody holds its place, and a
/// page of records, no longer.
fn impatient<S: AsyncRead + AsyncWrite>(stream: S, patience: Duration) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}

async fn converse<S>(stream: S, peer: SocketAddr, place: &Arc<Place>, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    // A head has one deadline, whatever the protocol: the place's.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(LARGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_concurrent_streams(MOST_STREAMS);
    // Nothing above the socket knows from where a request comes.
    let place = Arc::clone(place);
    let service = tower::service_fn(move |mut request: Request<Incoming>| {
        let under_way = place.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let only_reads = request.method().is_safe();
        let answering = router.clone().oneshot(request);
        async move {
            let answer = if only_reads {
                answering.await
            } else {
                // INVARIANT: a write that was begun is ended, under the locks it holds, even if the client hangs up.
                tokio::spawn(answering)
                    .await
                    .unwrap_or_else(|_| Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()))
            };
            answer.map(|answer| answer.map(|body| Body::new(Answer::new(body, under_way))))
        }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // A client that breaks off is not an error of ours.
    let _ = watcher.watch(connection.into_owned()).await;
}
