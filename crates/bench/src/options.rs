//! What can be asked for, and how long it takes.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clap::Parser;

/// Measures Tacenda over HTTP against PostgreSQL alone.
#[derive(Debug, Parser)]
#[command(name = "tacenda-bench", version, about)]
pub(crate) struct Options {
    /// See in 20 seconds that it works; the figures mean little.
    #[arg(long)]
    pub(crate) quick: bool,
    /// The server to measure; the `tacenda` beside this program where it is not said.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Measure this operation only, three times as long: for a profiler.
    #[arg(long, value_name = "OPERATION")]
    pub(crate) only: Option<crate::cell::Operation>,
    /// Measure over this many connections only, 1 to 100.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) connections: Option<u8>,
    /// Measure reads, look-ups, searches and the import at these numbers of records instead, one after the other.
    #[arg(long, value_delimiter = ',', value_name = "RECORDS", conflicts_with_all = ["only", "connections"])]
    pub(crate) scale: Vec<u64>,
    /// Measure verifying a ledger of this many entries instead.
    #[arg(long, value_name = "ENTRIES", conflicts_with_all = ["only", "connections", "scale"])]
    pub(crate) verify: Option<u64>,
    /// Keep the server's log in this file.
    #[arg(long)]
    pub(crate) log: Option<PathBuf>,
}

/// How long what takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How often floor and server take turns at each operation.
    pub(crate) rounds: u32,
    /// What each slice does first and is not counted.
    pub(crate) warm: Duration,
    /// What is counted.
    pub(crate) slice: Duration,
    /// How long the server is left alone before its idle memory is read.
    pub(crate) idle: Duration,
    /// Synthetic patients that the server holds beside those measured.
    pub(crate) patients: u32,
}

impl Options {
    pub(crate) fn pace(&self) -> Pace {
        let longer = if self.only.is_some() { 3 } else { 1 };
        if self.quick {
            let (warm, slice) = (Duration::from_millis(100), Duration::from_millis(300));
            return Pace { rounds: 1, warm, slice, idle: Duration::from_secs(1), patients: 1 };
        }
        let (warm, slice) = (Duration::from_millis(300), Duration::from_millis(2_200));
        Pace { rounds: 3 * longer, warm, slice, idle: Duration::from_secs(5), patients: 20 }
    }

    pub(crate) fn server(&self) -> Result<PathBuf> {
        if let Some(binary) = &self.binary {
            return Ok(binary.clone());
        }
        let beside = std::env::current_exe()?.with_file_name("tacenda");
        let built = beside.exists().then_some(beside);
        built.context("there is no `tacenda` beside this program: build it with the same profile, or name it with --binary")
    }
}
