//! A collector of traces that keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, Span},
};
use prost::Message;
use tokio::net::TcpListener;

type Received = Arc<Mutex<Vec<Bytes>>>;

/// An OTLP receiver (HTTP, protobuf) on loopback.
pub(super) struct Collector {
    pub(super) url: String,
    received: Received,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let receive = async |State(received): State<Received>, body: Bytes| {
            received.lock().unwrap().push(body);
        };
        let router = Router::new().route("/v1/traces", post(receive)).with_state(Arc::clone(&received));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Every batch as it came. Protobuf has text in it as it is.
    pub(super) fn batches(&self) -> Vec<Bytes> {
        self.received.lock().unwrap().clone()
    }

    pub(super) fn resources(&self) -> Vec<ResourceSpans> {
        let decoded = |batch: Bytes| ExportTraceServiceRequest::decode(batch).unwrap();
        self.batches().into_iter().map(decoded).flat_map(|request| request.resource_spans).collect()
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let scopes = self.resources().into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

/// The text of an attribute.
pub(super) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}
