//! Spans of Tacenda's own, sent to a collector where one is configured.
//!
//! Nothing here runs otherwise: spans are at level `debug`, which the usual log level switches off.

use std::{fmt, sync::Arc};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    trace::{IdGenerator, Sampler, SdkTracerProvider},
};
use tacenda_kernel::{Random, TraceId, TraceParent};
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    registry::LookupSpan,
};

use crate::{Collector, TelemetryError, exporter::Exporter};

/// What a span may say.
const FIELDS: [&str; 8] = [
    "otel.name",
    "otel.kind",
    "otel.status_code",
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "compartment",
    "entries",
];

/// The process's traces, on their way to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to batch and send. `ratio` is the share of traces that are kept, from 0 to 1; which ones follows from
    /// their ids alone, so that a caller who asks for a trace does not get one for it. Call it in a tokio runtime.
    ///
    /// # Errors
    /// [`TelemetryError::Exporter`] where the environment's `OTEL_*` variables ask for what there is not.
    pub fn start(collector: &Collector, ratio: f64, random: Arc<dyn Random>) -> Result<Self, TelemetryError> {
        let provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder().with_service_name("tacenda").build())
            .with_sampler(Sampler::TraceIdRatioBased(ratio))
            .with_id_generator(Ids(random))
            .with_batch_exporter(Exporter::to(collector)?);
        Ok(Self(provider.build()))
    }

    pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tacenda"))
            .with_context_activation(false)
            .with_tracked_inactivity(false)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(filter_fn(may_leave).with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Sends what is left; gives up after five seconds.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}

/// The trace that a request is in: its caller's, or a new one that begins with this span. `None` where neither the
/// caller names one nor spans are sent.
#[must_use]
pub fn join_trace(span: &Span, caller: Option<TraceParent>) -> Option<TraceId> {
    if let Some(caller) = caller {
        let trace = opentelemetry::TraceId::from_bytes(caller.trace.0);
        let parent = SpanId::from_bytes(caller.span);
        let remote = SpanContext::new(trace, parent, TraceFlags::default(), true, TraceState::default());
        // Where no spans are sent there is nothing to join.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
        return Some(caller.trace);
    }
    let own = span.context().span().span_context().trace_id();
    (own != opentelemetry::TraceId::INVALID).then(|| TraceId(own.to_bytes()))
}

/// SECURITY: log lines and the spans of libraries stay here, and a span with any other field than those is not sent:
/// whoever adds one has to add it above.
fn may_leave(what: &Metadata<'_>) -> bool {
    what.is_span()
        && what.target().starts_with("tacenda")
        && what.fields().iter().all(|field| FIELDS.contains(&field.name()))
}

/// Ids from the process's own randomness.
struct Ids(Arc<dyn Random>);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> opentelemetry::TraceId {
        opentelemetry::TraceId::from_bytes(TraceId::make(self.0.as_ref()).0)
    }

    fn new_span_id(&self) -> SpanId {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        SpanId::from_bytes(bytes)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{layer::SubscriberExt, registry};

    use super::*;

    fn leaves(make: fn() -> Span) -> bool {
        let sent = registry().with(filter_fn(may_leave));
        !tracing::subscriber::with_default(sent, make).is_disabled()
    }

    #[test]
    fn a_span_with_an_unlisted_field_is_not_sent() {
        assert!(leaves(|| tracing::debug_span!("open", compartment = "clinical")));
        assert!(!leaves(|| tracing::debug_span!("open", compartment = "clinical", patient = 1)));
        assert!(!leaves(|| tracing::debug_span!("open", path = "/fhir/Patient/1")));
        assert!(!leaves(|| tracing::debug_span!(target: "hyper", "open")));
    }

    #[test]
    fn without_a_collector_only_callers_name_traces() {
        let span = tracing::debug_span!("request");
        assert_eq!(join_trace(&span, None), None);
        let caller = TraceParent { trace: TraceId([3; 16]), span: [4; 8] };
        assert_eq!(join_trace(&span, Some(caller)), Some(caller.trace));
    }
}
