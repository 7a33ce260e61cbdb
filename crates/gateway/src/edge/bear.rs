//! The layer that counts: no request, body or answer gets past it unweighed.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use hyper::body::{Frame, SizeHint};
use tacenda_kernel::{Network, RequestContext};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    arriving::Arriving,
    load::{InFlight, LARGEST, Leaving},
    observe::protect,
    problem::Problem,
    state::Edge,
};

/// Whoever watches the server asks here, however busy it is.
const ALWAYS: &str = "/health/";
const BUSY: &str = "too much is under way; try again in a few seconds\n";
const CLOSED: &str = "nothing is answered now; try again later\n";
/// An answer of this size costs no more than to refuse it, and may be of something that was done.
const REFUSAL: u64 = 4 << 10;
/// What of an endless answer is in memory at once.
const PAGE: u64 = LARGEST / 4;

/// Lets a request through where there is room for it, its body and its answer.
pub(crate) async fn bear<F: Future<Output = Response>>(
    edge: &Edge,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if request.uri().path().starts_with(ALWAYS) {
        return next(request).await;
    }
    let fhir = request.uri().path().starts_with("/fhir");
    if !edge.0.gate.is_open() {
        return not_now(fhir, Problem::unavailable(), CLOSED).await;
    }
    let network =
        Network::of(request.extensions().get::<RequestContext>().and_then(|context| context.address));
    let Ok(in_flight) = edge.1.begin(network, !request.body().is_end_stream()) else {
        return not_now(fhir, Problem::busy(), BUSY).await;
    };
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Arc::clone(&in_flight));
    let body =
        if body.is_end_stream() { body } else { Body::new(Arriving::new(body, Arc::clone(&in_flight))) };
    let answer = next(Request::from_parts(parts, body)).await;
    if in_flight.arrival.was_cut() {
        // The endpoint knows only that the body is not whole.
        let mut busy = not_now(fhir, Problem::busy(), BUSY).await;
        if let Some(ends) = answer.headers().get(header::CONNECTION) {
            busy.headers_mut().insert(header::CONNECTION, ends.clone());
        }
        return busy;
    }
    sent(edge, answer, in_flight, fhir).await
}

/// The answer, which holds its share of what is under way until it was sent.
async fn sent(edge: &Edge, answer: Response, in_flight: Arc<InFlight>, fhir: bool) -> Response {
    // SECURITY: what strangers get is small or the same for all, and must not make others wait.
    let weight = match answer.body().size_hint().exact() {
        _ if !fhir || !in_flight.knows() => 0,
        Some(bytes) => bytes,
        None => PAGE,
    };
    let small = answer.body().size_hint().exact().is_some_and(|bytes| bytes <= REFUSAL);
    match in_flight.give_out(weight).await {
        Ok(share) => match in_flight.leaves(small) {
            Ok(leaving) => answer.map(|body| Body::new(Sent { body, _share: share, _leaving: leaving })),
            Err(_) => not_now(fhir, Problem::busy(), BUSY).await,
        },
        Err(_) => {
            if let Some((disclosures, context)) = in_flight.discloses() {
                edge.0.records.withhold(disclosures, *context).await;
            }
            protect(Problem::busy().into_response()).await
        }
    }
}

async fn not_now(fhir: bool, problem: Problem, text: &'static str) -> Response {
    if fhir {
        return protect(problem.into_response()).await;
    }
    let mut answer = (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    protect(answer).await
}

/// An answer with its share of what is under way.
struct Sent {
    body: Body,
    _share: Option<OwnedSemaphorePermit>,
    _leaving: Option<Leaving>,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
