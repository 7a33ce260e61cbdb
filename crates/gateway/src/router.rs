//! Which path is which endpoint, and what the documentation says of it: one table for both, so that neither lacks what the
//! other has. A new endpoint is a line here and an [`Operation`] in `docs/fhir.rs`, `docs/oauth.rs` or `docs/own.rs`.

use axum::{
    Router,
    handler::Handler,
    middleware,
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, on},
};

use crate::{
    docs::{self, Operation},
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
    let router = table().into_iter().fold(Router::new(), |router, endpoint| {
        let Endpoint { path, handler, .. } = endpoint;
        router.route(path, handler)
    });
    router.method_not_allowed_fallback(fhir::not_allowed).layer(middleware::map_response(protect))
}

/// One method of one path.
pub(crate) struct Endpoint {
    /// As axum and OpenAPI write it: `/fhir/{type}/{id}`.
    pub(crate) path: &'static str,
    /// As OpenAPI writes it.
    pub(crate) method: &'static str,
    /// What is said of it.
    pub(crate) operation: &'static Operation,
    handler: MethodRouter<Edge>,
}

/// Every endpoint, in the order in which the documentation shows them.
pub(crate) fn table() -> Vec<Endpoint> {
    use docs::{fhir as of_fhir, history as of_history, oauth as of_oauth, own, pages, writes as of_writes};
    use fhir::conditional as by_criteria;
    vec![
        get("/fhir/metadata", fhir::metadata::get, &of_fhir::CAPABILITIES),
        get("/fhir/OperationDefinition/{id}", fhir::operation_definition::get, &of_fhir::DEFINITION),
        post("/fhir", fhir::bundle::post, &of_fhir::BUNDLE),
        post("/fhir/", fhir::bundle::post, &of_fhir::BUNDLE_WITH_SLASH),
        post("/fhir/{type}", fhir::create::post, &of_fhir::CREATE),
        put("/fhir/{type}", by_criteria::put, &of_writes::CONDITIONAL_UPDATE),
        patch("/fhir/{type}", by_criteria::patch, &of_writes::CONDITIONAL_PATCH),
        delete("/fhir/{type}", by_criteria::delete, &of_writes::CONDITIONAL_DELETE),
        get("/fhir/{type}/{id}", fhir::instance::get, &of_fhir::READ),
        put("/fhir/{type}/{id}", fhir::instance::put, &of_fhir::UPDATE),
        patch("/fhir/{type}/{id}", fhir::patch::patch, &of_writes::PATCH),
        delete("/fhir/{type}/{id}", fhir::instance::delete, &of_fhir::DELETE),
        get("/fhir/{type}/_history", fhir::history::get_type, &of_history::HISTORY_OF_TYPE),
        get("/fhir/{type}/{id}/_history", fhir::history::get, &of_history::HISTORY),
        get("/fhir/{type}/{id}/_history/{version}", fhir::history::get_version, &of_fhir::VREAD),
        post("/fhir/{type}/{id}/$restore", fhir::restore::post, &of_history::RESTORE),
        get("/fhir/{type}/{id}/$diff", fhir::diff::get, &of_history::DIFF),
        post("/fhir/Patient/{id}/$erase", fhir::erase::post, &of_fhir::ERASE),
        get("/fhir/Patient/{id}/$everything", fhir::everything::get, &of_fhir::EVERYTHING),
        post("/fhir/Patient/{id}/$everything", fhir::everything::post, &of_fhir::EVERYTHING_BY_POST),
        get("/fhir/AuditEvent/{id}/$proof", fhir::proof::get, &of_fhir::PROOF),
        get("/fhir/{type}", fhir::search::get, &of_fhir::SEARCH),
        post("/fhir/{type}/_search", fhir::search::post, &of_fhir::SEARCH_BY_FORM),
        get("/.well-known/oauth-authorization-server", oauth::discovery::discovery, &of_oauth::SERVER),
        get("/.well-known/openid-configuration", oauth::discovery::discovery, &of_oauth::OPENID),
        get("/.well-known/smart-configuration", oauth::discovery::smart, &of_oauth::SMART),
        get("/fhir/.well-known/smart-configuration", oauth::discovery::smart, &of_oauth::SMART_OF_FHIR),
        get("/oauth/jwks", oauth::discovery::jwks, &of_oauth::JWKS),
        post("/oauth/token", oauth::token::token, &of_oauth::TOKEN),
        post("/oauth/revoke", oauth::tokens::revoke, &of_oauth::REVOKE),
        post("/oauth/introspect", oauth::tokens::introspect, &of_oauth::INTROSPECT),
        get("/oauth/userinfo", oauth::user_info::user_info, &of_oauth::USER_INFO),
        post("/oauth/userinfo", oauth::user_info::user_info, &of_oauth::USER_INFO_BY_POST),
        get("/oauth/logout", oauth::logout::get, &of_oauth::LOGOUT),
        post("/oauth/logout", oauth::logout::post, &of_oauth::LOGOUT_BY_FORM),
        post("/oauth/backchannel-logout/{provider}", oauth::backchannel_logout::post, &of_oauth::BACKCHANNEL),
        get("/health/live", async || "alive\n", &own::LIVE),
        get("/docs", pages::page, &own::PAGE),
        get("/docs/openapi.json", pages::document, &own::DOCUMENT),
        get("/docs/{file}", pages::file, &own::FILE),
    ]
}

macro_rules! methods {
    ($($name:ident: $filter:ident),+ $(,)?) => {$(
        fn $name<H, T>(path: &'static str, handler: H, operation: &'static Operation) -> Endpoint
        where
            H: Handler<T, Edge>,
            T: 'static,
        {
            let handler = on(MethodFilter::$filter, handler);
            Endpoint { path, method: stringify!($name), operation, handler }
        }
    )+};
}

methods! { get: GET, post: POST, put: PUT, patch: PATCH, delete: DELETE }

#[cfg(test)]
mod tests {
    #[test]
    fn no_endpoint_is_beside_the_table() {
        let source = include_str!("router.rs");
        let routed = source.matches(concat!(".route", "(")).count();
        assert_eq!(
            routed, 1,
            "add a line to `table`, with an Operation in docs/, instead of routing by hand"
        );
    }
}
