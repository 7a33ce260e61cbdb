//! What of a body no endpoint read is read before the answer goes out.
//!
//! A refusal often comes before the body has: no token, no such path, not JSON. A connection on which a body was left
//! unread is closed after the answer, and a client that sends its next request there gets nothing.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use bytes::Bytes;
use http::{HeaderValue, Version, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, SizeHint};

/// Of a longer rest, or one that does not come, the client is told that the connection ends.
const LONGEST: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what is left of a body once the request was answered.
pub(crate) async fn read_out<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let version = request.version();
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next(Request::from_parts(parts, body)).await;
    }
    let rest = Rest(Arc::new(Mutex::new(body)));
    let mut response = next(Request::from_parts(parts, Body::new(rest.clone()))).await;
    let reading = Limited::new(rest, LONGEST).collect();
    let read = tokio::time::timeout(PATIENCE, reading).await.is_ok_and(|read| read.is_ok());
    if !read && version <= Version::HTTP_11 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body that an endpoint and, after it, the layer read.
#[derive(Clone)]
struct Rest(Arc<Mutex<Body>>);

impl Rest {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}
