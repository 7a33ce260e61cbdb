//! Swagger UI, from this server alone.
//!
//! SECURITY: nothing inline runs. What Swagger UI is told is in a file of its own, `initialise.js`.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use utoipa_swagger_ui::Config;

use super::document;
use crate::{
    edge::{problem::Problem, url::Path},
    router,
};

/// The page's own policy: scripts and requests of this server, and the pictures that are in Swagger UI's style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const KEPT: &str = "max-age=3600";

const PAGE: &str = include_str!("../../assets/docs.html");
const INITIALISE: (&str, &str) = ("initialise.js", include_str!("../../assets/initialise.js"));
const STYLE: (&str, &str) = ("docs.css", include_str!("../../assets/docs.css"));
/// Of Swagger UI.
const VENDORED: [(&str, &str); 5] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
    ("oauth2-redirect.html", "text/html; charset=utf-8"),
    ("oauth2-redirect.js", "text/javascript; charset=utf-8"),
];

/// The names of all files.
pub(super) fn names() -> Vec<&'static str> {
    [INITIALISE.0, STYLE.0].into_iter().chain(VENDORED.iter().map(|(name, _)| *name)).collect()
}

/// The page.
pub(crate) async fn page() -> Response {
    dressed("text/html; charset=utf-8", PAGE)
}

/// The document: the same for everybody, so it is made once.
pub(crate) async fn document() -> Response {
    static DOCUMENT: LazyLock<Bytes> =
        LazyLock::new(|| document::document(&router::table()).to_string().into());
    dressed("application/json", DOCUMENT.clone())
}

/// A file of the page.
pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let own = [(INITIALISE, "text/javascript; charset=utf-8"), (STYLE, "text/css; charset=utf-8")];
    if let Some(((_, text), kind)) = own.into_iter().find(|((own, _), _)| *own == name) {
        return Ok(dressed(kind, text));
    }
    let (name, kind) =
        VENDORED.into_iter().find(|(vendored, _)| *vendored == name).ok_or_else(Problem::not_found)?;
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::from("/docs/openapi.json")));
    let found = found.ok().flatten().ok_or_else(Problem::not_found)?;
    let bytes = match found.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(dressed(kind, bytes))
}

fn dressed(kind: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, KEPT),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
