//! Which path is which endpoint.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

use crate::{
    edge::{observe::observe, problem::Problem, state::Edge},
    fhir, oauth,
};

/// A request that takes longer is given up.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(120);

/// All endpoints.
pub fn router(edge: Edge) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/.well-known/oauth-authorization-server", get(oauth::discovery::discovery))
        .route("/oauth/jwks", get(oauth::discovery::jwks))
        .route("/oauth/token", post(oauth::token::token))
        .route("/fhir", post(fhir::bundle::post))
        .route("/fhir/", post(fhir::bundle::post))
        .route("/fhir/metadata", get(fhir::metadata::get))
        .route("/fhir/{type}", get(fhir::search::get).post(fhir::create::post))
        .route("/fhir/{type}/_search", post(fhir::search::post))
        .route(
            "/fhir/{type}/{id}",
            get(fhir::instance::get).put(fhir::instance::put).delete(fhir::instance::delete),
        )
        .route("/fhir/{type}/{id}/_history", get(fhir::history::get))
        .route("/fhir/{type}/{id}/_history/{version}", get(fhir::history::get_version))
        .route("/fhir/Patient/{id}/$erase", post(fhir::erase::post))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(fhir::not_allowed)
        .layer(middleware::from_fn_with_state(edge.clone(), observe))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(http::StatusCode::GATEWAY_TIMEOUT, LONGEST))
        .layer(DefaultBodyLimit::disable())
        .with_state(edge)
}
