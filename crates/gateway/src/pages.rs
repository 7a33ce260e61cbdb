//! Pages beside the endpoints: one server, one measurement for both.

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

use crate::{
    edge::{
        bear::bear,
        cross_origin::cross_origin,
        host::one_host,
        observe::{observe, protect},
        problem::Problem,
        read_out::read_out,
        state::Edge,
    },
    router::endpoints,
};

/// A request that takes longer is given up.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(120);

/// All endpoints, and pages beside them, which say for themselves what a browser may do with them and what is answered
/// where there is nothing.
pub fn with_pages(edge: Edge, pages: Router) -> Router {
    let endpoints = endpoints().with_state(edge.clone());
    let layers = ServiceBuilder::new()
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(http::StatusCode::GATEWAY_TIMEOUT, LONGEST))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(edge, around));
    endpoints.merge(pages).layer(layers)
}

/// What is around all endpoints and pages. It is one layer, since each costs every request an allocation and a copy.
async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let within = |request, next| within(&edge, request, next);
    observe(&edge, request, |request| cross_origin(&edge, request, next, within)).await
}

async fn within(edge: &Edge, request: Request, next: Next) -> Response {
    let below = |request| below_fhir(request, next);
    one_host(request, |request| bear(edge, request, |request| read_out(request, below))).await
}

/// Below the FHIR base there are no pages: what is no endpoint there is answered in FHIR's words.
async fn below_fhir(request: Request, next: Next) -> Response {
    let unknown = request.extensions().get::<MatchedPath>().is_none();
    if unknown && request.uri().path().starts_with("/fhir/") {
        return protect(Problem::not_found().into_response()).await;
    }
    next.run(request).await
}
