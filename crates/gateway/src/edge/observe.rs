//! One log line, one measurement and one span a request: the route's pattern, never the path, which holds ids.

use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, header};
use tacenda_kernel::{RequestContext, TraceId, TraceParent, TrustedProxies};
use tacenda_telemetry::join_trace;
use tracing::{Instrument, field::Empty};

use super::state::Edge;

/// Measures, and says which trace the request is in.
pub(crate) async fn observe<F: Future<Output = Response>>(
    edge: &Edge,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let begun = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::debug_span!(
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    let trace = join_trace(&span, caller(request.headers()));
    let trace = trace.unwrap_or_else(|| TraceId::make(edge.0.random.as_ref()));
    let address = address(&request, &edge.0.trusted_proxies);
    request.extensions_mut().insert(trace);
    request.extensions_mut().insert(RequestContext { trace, address });
    let response = next(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "error");
    }
    let labels =
        [("method", method.to_owned()), ("route", route.clone()), ("status", status.as_str().to_owned())];
    metrics::histogram!("tacenda_http_request_seconds", &labels).record(begun.elapsed().as_secs_f64());
    tracing::debug!(method, route, status = status.as_u16(), "answered");
    response
}

/// From where a request comes, as far as proxies are believed.
fn address(request: &Request, proxies: &TrustedProxies) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())?;
    let lines = request.headers().get_all("x-forwarded-for").iter();
    Some(proxies.caller(peer, lines.map(|line| line.to_str().unwrap_or_default())))
}

/// The trace that the caller says it is in.
fn caller(headers: &HeaderMap) -> Option<TraceParent> {
    headers.get("traceparent").and_then(|header| header.to_str().ok()).and_then(TraceParent::parse)
}

/// SECURITY: a method can be any word that a caller makes up; those are told apart nowhere.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

/// Adds the headers that every answer of an endpoint has. The page of the documentation has a policy of its own.
pub(crate) async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000; includeSubDomains"),
    );
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
