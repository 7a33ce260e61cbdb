//! The log: to standard error, in lines for people or in JSON for machines.

use tracing_subscriber::{
    EnvFilter, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

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
}

/// Starts the process's log at a level for Tacenda's own targets.
///
/// # Errors
/// [`TelemetryError`] for an unknown level or a second start.
pub fn start_logs(level: &str, format: LogFormat) -> Result<(), TelemetryError> {
    let level: LevelFilter = level.parse().map_err(|_| TelemetryError::UnknownLevel)?;
    let registry = tracing_subscriber::registry().with(filter(level));
    let started = match format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr)).try_init(),
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
    };
    started.map_err(|_| TelemetryError::Twice)
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
    fn a_mistyped_level_is_an_error() {
        assert!(matches!(start_logs("loud", LogFormat::Text), Err(TelemetryError::UnknownLevel)));
    }
}
