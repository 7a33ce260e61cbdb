#![doc = include_str!("../README.md")]

mod logs;
mod measurements;

pub use logs::{LogFormat, TelemetryError, start_logs};
pub use measurements::Measurements;
