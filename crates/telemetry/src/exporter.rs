//! Sending batches of spans, and saying so where it fails.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use reqwest::{Client, redirect::Policy};
use tokio::runtime::Handle;

use crate::{Collector, TelemetryError};

/// How long a collector may take to accept a batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// An exporter that says in the log what it could not send.
#[derive(Debug)]
pub(crate) struct Exporter(OtlpExporter);

impl Exporter {
    /// An exporter, which sends on the current tokio runtime.
    pub(crate) fn to(collector: &Collector) -> Result<Self, TelemetryError> {
        // SECURITY: neither a proxy of the environment nor a redirect takes spans where the URL does not say.
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let client = client.build().map_err(|error| TelemetryError::Exporter(error.into()))?;
        let built = OtlpExporter::builder()
            .with_http()
            .with_http_client(OnTokio { runtime: Handle::current(), client })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.url().as_str())
            .with_timeout(PATIENCE)
            .build();
        built.map(Self).map_err(|error| TelemetryError::Exporter(error.into()))
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.0.export(batch).await;
        if let Err(error) = &sent {
            tracing::warn!(spans, %error, "the collector did not accept spans: they are lost");
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Spans are batched on a thread of their own, which has no runtime; what it sends goes over the process's.
#[derive(Debug)]
struct OnTokio {
    runtime: Handle,
    client: Client,
}

#[async_trait]
impl HttpClient for OnTokio {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { client.send_bytes(request).await }).await;
        sent.map_err(HttpError::from).flatten()
    }
}
