//! Pages of other origins: what browsers let them read (CORS, as the Fetch standard has it).

use std::{convert::Infallible, time::Duration};

use axum::{extract::Request, middleware::Next, response::Response};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, Method, header};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{observe::protect, state::Edge};

/// How long a browser need not ask again: browsers keep it for no longer.
const KEPT: Duration = Duration::from_secs(2 * 60 * 60);
/// Headers of answers that a page may read beside those that the standard lets every page read.
const TOLD: [HeaderName; 7] = [
    header::ETAG,
    header::LOCATION,
    header::WWW_AUTHENTICATE,
    header::RETRY_AFTER,
    header::ALLOW,
    HeaderName::from_static("preference-applied"),
    HeaderName::from_static("accept-patch"),
];

/// Whose pages may read what is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// Those of any origin: it is the same for everybody, and public.
    Anybody,
    /// Those of the applications that people let in.
    Applications,
    /// None but this server's own.
    Nobody,
}

impl Readers {
    fn of(path: &str) -> Self {
        const PUBLIC: [&str; 3] = ["/.well-known/", "/fhir/.well-known/", "/fhir/OperationDefinition/"];
        match path {
            "/fhir/metadata" | "/oauth/jwks" | "/docs/openapi.json" => Self::Anybody,
            _ if PUBLIC.iter().any(|base| path.starts_with(base)) => Self::Anybody,
            "/fhir" | "/oauth/token" | "/oauth/revoke" | "/oauth/userinfo" => Self::Applications,
            _ if path.starts_with("/fhir/") => Self::Applications,
            _ => Self::Nobody,
        }
    }
}

/// Says to a browser whether a page of another origin may ask and read the answer; answers what it asks beforehand.
///
/// SECURITY: cookies and certificates are never among what such a page may use: it proves itself by its token.
pub(crate) async fn cross_origin<F: Future<Output = Response>>(
    edge: &Edge,
    request: Request,
    next: Next,
    within: impl Fn(Request, Next) -> F,
) -> Response {
    let origin = request.headers().get(header::ORIGIN);
    let before = origin.is_some() && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !before {
        return within(request, next).await;
    }
    let allowed = match (Readers::of(request.uri().path()), origin) {
        (Readers::Anybody, _) => AllowOrigin::any(),
        (Readers::Applications, Some(origin)) if of_application(edge, origin).await => {
            AllowOrigin::exact(origin.clone())
        }
        _ => return within(request, next).await,
    };
    let inner = service_fn(|request| within(request, next.clone()).map(Ok::<_, Infallible>));
    match layer(allowed).layer(inner).oneshot(request).await {
        Ok(answer) => protect(answer).await,
        Err(never) => match never {},
    }
}

async fn of_application(edge: &Edge, origin: &HeaderValue) -> bool {
    match origin.to_str() {
        Ok(origin) => edge.0.accounts.is_application(origin).await.unwrap_or_default(),
        Err(_) => false,
    }
}

fn layer(allowed: AllowOrigin) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // What a header says is decided where it is read; one that is not known is not looked at.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(TOLD)
        .max_age(KEPT)
        // Which origins are allowed is asked for each, which the layer does not see.
        .vary([header::ORIGIN, header::ACCESS_CONTROL_REQUEST_HEADERS])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::table;

    /// Every path of the table that a page of another origin may read.
    #[test]
    fn each_endpoint_is_for_anybody_for_applications_or_for_nobody() {
        let of = |readers| {
            let mut paths: Vec<&str> = table().iter().map(|endpoint| endpoint.path).collect();
            paths.retain(|path| Readers::of(path) == readers);
            paths.dedup();
            paths
        };
        assert_eq!(
            of(Readers::Anybody),
            [
                "/fhir/metadata",
                "/fhir/OperationDefinition/{id}",
                "/.well-known/oauth-authorization-server",
                "/.well-known/openid-configuration",
                "/.well-known/smart-configuration",
                "/fhir/.well-known/smart-configuration",
                "/oauth/jwks",
                "/docs/openapi.json",
            ]
        );
        assert_eq!(
            of(Readers::Nobody),
            [
                "/oauth/introspect",
                "/oauth/logout",
                "/oauth/backchannel-logout/{provider}",
                "/health/live",
                "/docs",
                "/docs/{file}",
            ]
        );
        let applications = of(Readers::Applications);
        assert!(applications.iter().all(|path| path.starts_with("/fhir") || path.starts_with("/oauth/")));
        // SMART App Launch 2.2: the authorization endpoint is for the browser itself and for no page.
        assert_eq!(Readers::of("/oauth/authorize"), Readers::Nobody);
        assert_eq!(Readers::of("/fhirx"), Readers::Nobody);
    }
}
