//! Metrics in Prometheus text form.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::TelemetryError;

/// Upper bounds of request durations, in seconds.
const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The process's measurements.
#[derive(Clone)]
pub struct Measurements(PrometheusHandle);

impl Measurements {
    /// Starts measuring.
    ///
    /// # Errors
    /// [`TelemetryError::Twice`] on a second start in one process.
    pub fn start() -> Result<Self, TelemetryError> {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .map_err(|_| TelemetryError::Twice)?;
        builder.install_recorder().map(Self).map_err(|_| TelemetryError::Twice)
    }

    /// All measurements in Prometheus text form.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}
