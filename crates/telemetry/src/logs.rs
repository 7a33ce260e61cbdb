//! The log: to standard error, in lines for people or in JSON for machines.

use std::io::{IsTerminal, stderr};

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, filter::LevelFilter, fmt, layer::SubscriberExt, registry, registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::Traces;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Telemetry cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is none of those there are.
    #[error("the log level is off, error, warn, info, debug or trace")]
    UnknownLevel,
    /// It was started before in this process.
    #[error("logs or metrics were started twice in one process")]
    Twice,
    /// Spans cannot be sent.
    #[error("traces cannot be exported: see the OTEL_EXPORTER_OTLP_ variables of the environment")]
    Exporter(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Starts the process's log at a level for Tacenda's own targets, and its traces where there are any.
///
/// # Errors
/// [`TelemetryError`] for an unknown level or a second start.
pub fn start_logs(level: &str, format: LogFormat, traces: Option<&Traces>) -> Result<(), TelemetryError> {
    let level: LevelFilter = level.parse().map_err(|_| TelemetryError::UnknownLevel)?;
    let filter = filter(level);
    let started = match traces {
        None => registry().with(filter).with(lines(format)).try_init(),
        Some(traces) => registry().with(lines(format).with_filter(filter)).with(traces.layer()).try_init(),
    };
    started.map_err(|_| TelemetryError::Twice)
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = fmt::layer().with_writer(stderr);
    match format {
        LogFormat::Text => lines.with_ansi(colours()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    }
}

/// Colours are for a terminal, and for whoever did not ask for none (<https://no-color.org>).
fn colours() -> bool {
    stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|asked| asked.is_empty())
}

/// SECURITY: the level is for targets that begin with `tacenda`; libraries stay at `warn` whatever is asked for.
fn filter(level: LevelFilter) -> EnvFilter {
    let others = level.min(LevelFilter::WARN);
    EnvFilter::new(format!("{others},tacenda={level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_stay_quiet_at_trace() {
        let filter = filter(LevelFilter::TRACE).to_string();
        assert!(filter.contains("warn") && filter.contains("tacenda=trace"), "{filter}");
        assert!(super::filter(LevelFilter::OFF).to_string().contains("off"));
    }

    #[test]
    fn spans_are_off_at_the_usual_level() {
        let made = |level| {
            let log = registry().with(filter(level)).with(lines(LogFormat::Text));
            tracing::subscriber::with_default(log, || tracing::debug_span!("request"))
        };
        assert!(made(LevelFilter::INFO).is_disabled());
        assert!(!made(LevelFilter::DEBUG).is_disabled());
    }

    #[test]
    fn a_mistyped_level_is_an_error() {
        assert!(matches!(start_logs("loud", LogFormat::Text, None), Err(TelemetryError::UnknownLevel)));
    }
}
