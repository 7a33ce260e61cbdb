#![doc = include_str!("../README.md")]

mod collector;
mod exporter;
mod logs;
mod measurements;
mod traces;

pub use collector::{Collector, CollectorError};
pub use logs::{LogFormat, TelemetryError, start_logs};
pub use measurements::Measurements;
pub use traces::{Traces, join_trace};
