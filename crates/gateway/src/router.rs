//! Which path is which endpoint.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

use crate::{
    edge::{
        observe::{observe, protect},
        problem::Problem,
        state::Edge,
    },
    fhir, oauth,
};

/// A request that takes longer is given up.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(120);

/// All endpoints.
pub fn router(edge: Edge) -> Router {
    let nothing_else = Router::new().fallback(async || Problem::not_found());
    with_pages(edge, nothing_else.layer(middleware::map_response(protect)))
}

/// All endpoints, and pages beside them, which say for themselves what a browser may do with them: everything is
/// measured in one place.
pub fn with_pages(edge: Edge, pages: Router) -> Router {
    let endpoints = endpoints().layer(middleware::map_response(protect)).with_state(edge.clone());
    endpoints
        .merge(pages)
        .layer(middleware::from_fn_with_state(edge, observe))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(http::StatusCode::GATEWAY_TIMEOUT, LONGEST))
        .layer(DefaultBodyLimit::disable())
}

fn endpoints() -> Router<Edge> {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/.well-known/oauth-authorization-server", get(oauth::discovery::discovery))
        .route("/oauth/jwks", get(oauth::discovery::jwks))
        .route("/oauth/token", post(oauth::token::token))
        .route("/fhir/", post(fhir::bundle::post))
        .nest("/fhir", fhir_endpoints())
        .method_not_allowed_fallback(fhir::not_allowed)
}

fn fhir_endpoints() -> Router<Edge> {
    Router::new()
        .route("/", post(fhir::bundle::post))
        .route("/metadata", get(fhir::metadata::get))
        .route("/{type}", get(fhir::search::get).post(fhir::create::post))
        .route("/{type}/_search", post(fhir::search::post))
        .route(
            "/{type}/{id}",
            get(fhir::instance::get).put(fhir::instance::put).delete(fhir::instance::delete),
        )
        .route("/{type}/{id}/_history", get(fhir::history::get))
        .route("/{type}/{id}/_history/{version}", get(fhir::history::get_version))
        .route("/Patient/{id}/$erase", post(fhir::erase::post))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(fhir::not_allowed)
}
