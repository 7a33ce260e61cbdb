//! Which path is which endpoint.

use axum::{
    Router, middleware,
    response::IntoResponse,
    routing::{get, post},
};

use crate::{
    edge::{observe::protect, problem::Problem, state::Edge},
    fhir, oauth,
    pages::with_pages,
};

/// All endpoints.
pub fn router(edge: Edge) -> Router {
    with_pages(edge, Router::new().fallback(async || protect(Problem::not_found().into_response()).await))
}

/// The endpoints alone: what is none of them has no answer yet.
pub(crate) fn endpoints() -> Router<Edge> {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/.well-known/oauth-authorization-server", get(oauth::discovery::discovery))
        .route("/.well-known/openid-configuration", get(oauth::discovery::discovery))
        .route("/.well-known/smart-configuration", get(oauth::discovery::smart))
        .route("/oauth/jwks", get(oauth::discovery::jwks))
        .route("/oauth/token", post(oauth::token::token))
        .route("/oauth/revoke", post(oauth::tokens::revoke))
        .route("/oauth/introspect", post(oauth::tokens::introspect))
        .route("/oauth/userinfo", get(oauth::user_info::user_info).post(oauth::user_info::user_info))
        .route("/oauth/logout", get(oauth::logout::get).post(oauth::logout::post))
        .route("/oauth/backchannel-logout/{provider}", post(oauth::backchannel_logout::post))
        .route("/fhir", post(fhir::bundle::post))
        .route("/fhir/", post(fhir::bundle::post))
        .route("/fhir/metadata", get(fhir::metadata::get))
        .route("/fhir/.well-known/smart-configuration", get(oauth::discovery::smart))
        .route("/fhir/{type}", get(fhir::search::get).post(fhir::create::post))
        .route("/fhir/{type}/_search", post(fhir::search::post))
        .route(
            "/fhir/{type}/{id}",
            get(fhir::instance::get).put(fhir::instance::put).delete(fhir::instance::delete),
        )
        .route("/fhir/{type}/{id}/_history", get(fhir::history::get))
        .route("/fhir/{type}/{id}/_history/{version}", get(fhir::history::get_version))
        .route("/fhir/Patient/{id}/$erase", post(fhir::erase::post))
        .method_not_allowed_fallback(fhir::not_allowed)
        .layer(middleware::map_response(protect))
}
