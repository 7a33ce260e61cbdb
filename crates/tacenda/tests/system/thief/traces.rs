//! What leaves as traces, and where it leads: from a span to the ledger entries of its request.

use std::process::Command;

use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tacenda::demo::attached::Attached;
use tacenda_kernel::TraceId;
use tacenda_synthetic::Canary;

use super::collector::{Collector, text};
use crate::{
    audit::{Audit, traced},
    crash::demo::Demo,
};

/// Everything that a span may say of itself.
const ATTRIBUTES: [&str; 5] =
    ["http.request.method", "http.route", "http.response.status_code", "compartment", "entries"];

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_leads_to_the_ledger_entries_of_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let mut demo = Demo::start(folder.path(), &["--otlp-endpoint", &collector.url]).await;
    let read = use_it(&demo).await;
    demo.stop().await;

    for resource in collector.resources() {
        assert_eq!(text(&resource.resource.unwrap().attributes, "service.name"), Some("tacenda"));
    }
    let spans = collector.spans();
    for span in &spans {
        let unknown = span.attributes.iter().find(|one| !ATTRIBUTES.contains(&one.key.as_str()));
        assert!(unknown.is_none() && span.events.is_empty(), "{span:?}");
    }
    let reading = only(&spans, "GET /fhir/{type}/{id}");
    assert_eq!(reading.trace_id, read.0, "the caller's trace");
    assert_eq!(data_encoding::HEXLOWER.encode(&reading.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(below(&spans, reading), ["identify", "open", "permit", "record"]);
    let registering = only(&spans, "POST /fhir");
    assert!(registering.parent_span_id.is_empty(), "a trace of its own");
    let expected = ["commit", "enrol", "identify", "promote", "record", "stage"];
    assert_eq!(below(&spans, registering), expected);
    assert!(spans.iter().any(|span| span.name == "group commit"));

    let attached = Attached::open(folder.path()).await.unwrap();
    let audit = Audit::of_all(&attached.system(), &attached.accounts()).await;
    attached.close().await;
    for span in [reading, registering] {
        let trace = TraceId(span.trace_id.as_slice().try_into().unwrap());
        assert!(!audit.of(trace).is_empty(), "no entry has the trace {trace} of {}", span.name);
    }
}

#[test]
fn spans_in_the_clear_beyond_this_host_are_refused_by_name() {
    for (endpoint, name) in
        [("http://192.0.2.1:4318", "plain-otlp-beyond-loopback: "), ("collector:4318", "otlp-endpoint: ")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tacenda"));
        let output = command.args(["--otlp-endpoint", endpoint, "doctor"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(name), "{endpoint}: {said}");
    }
}

/// Whom [`use_it`] registers.
pub(super) fn canary() -> Canary {
    Canary::new(7)
}

/// Registers a patient in a trace of its own and reads a Condition in the caller's, which is answered.
pub(super) async fn use_it(demo: &Demo) -> TraceId {
    let token = demo.token().await;
    let fhir =
        |request: RequestBuilder| request.bearer_auth(&token).header("content-type", "application/fhir+json");
    let register = demo.client.post(format!("{}/fhir", demo.base));
    let made = fhir(register).body(canary().bundle().to_string()).send().await.unwrap();
    let made: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    let entries = made["entry"].as_array().unwrap().iter();
    let mut locations = entries.map(|entry| entry["response"]["location"].as_str().unwrap());
    let condition = locations.find(|location| location.starts_with("Condition/")).unwrap();
    let id = condition.split("/_history").next().unwrap();
    let (trace, read) = traced(demo.client.get(format!("{}/fhir/{id}", demo.base)));
    assert_eq!(fhir(read).send().await.unwrap().status(), StatusCode::OK);
    trace
}

fn only<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:#?}");
    found[0]
}

/// The names of all spans below a span, at whatever depth, each once.
fn below<'a>(spans: &'a [Span], top: &Span) -> Vec<&'a str> {
    let children: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == top.span_id).collect();
    let mut names: Vec<&str> = children.iter().map(|span| span.name.as_str()).collect();
    for child in children {
        assert_eq!(child.trace_id, top.trace_id);
        names.extend(below(spans, child));
    }
    names.sort_unstable();
    names.dedup();
    names
}
