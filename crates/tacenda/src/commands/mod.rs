//! The command line: what can be run, one command a file.

mod adopt;
mod demo;
mod doctor;
mod import;
mod init;
mod invite;
mod ledger;
mod migrate;
mod reindex;
mod serve;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::Role;
use tacenda_telemetry::{Collector, LogFormat, Traces, start_logs};

/// A secure home for patient records.
#[derive(Debug, Parser)]
#[command(name = "tacenda", version, about, max_term_width = 100)]
pub struct CommandLine {
    /// How much to log: off, error, warn, info, debug, trace. Never a patient's datum, at any level.
    #[arg(long, global = true, env = "TACENDA_LOG", default_value = "info")]
    log: String,
    /// How log lines look.
    #[arg(long, global = true, env = "TACENDA_LOG_FORMAT", value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// The base URL of an OpenTelemetry collector that traces are sent to. Without it there are none.
    #[arg(long, global = true, env = "TACENDA_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// The share of traces that are sent, from 0 to 1.
    #[arg(long, global = true, env = "TACENDA_OTLP_RATIO", default_value_t = 1.0)]
    otlp_ratio: f64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine, with synthetic patients: nothing to configure.
    Demo(demo::DemoCommand),
    /// Run services.
    Serve(serve::ServeCommand),
    /// Make a new root key.
    Init(init::InitCommand),
    /// Invite somebody who is to work here: the first administrator.
    Invite(invite::InviteCommand),
    /// Bring every database to this version.
    Migrate(serve::Configured),
    /// Import FHIR bundles (JSON) or resources (NDJSON).
    Import(import::ImportCommand),
    /// Make the search tokens of every record anew, beside whatever runs.
    Reindex(reindex::ReindexCommand),
    /// Look after the ledger.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Say what in a configuration is not safe.
    Doctor(serve::Configured),
}

/// A data folder.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Data {
    /// The data folder.
    #[arg(long, env = "TACENDA_DATA", default_value = ".tacenda")]
    pub(crate) data: PathBuf,
}

/// Runs a command.
///
/// # Errors
/// Whatever keeps the command from doing its work, in words that say what to do.
pub async fn run(line: CommandLine) -> Result<ExitCode> {
    let format = match line.log_format {
        Format::Text => LogFormat::Text,
        Format::Json => LogFormat::Json,
    };
    let traces = traces(line.otlp_endpoint.as_deref(), line.otlp_ratio)?;
    start_logs(&line.log, format, traces.as_ref())?;
    let done = run_command(line.command).await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    done
}

fn traces(endpoint: Option<&str>, ratio: f64) -> Result<Option<Traces>> {
    ensure!((0.0..=1.0).contains(&ratio), "otlp-ratio: the share of traces is from 0 to 1");
    let Some(endpoint) = endpoint else { return Ok(None) };
    let collector: Collector = endpoint.parse()?;
    Ok(Some(Traces::start(&collector, ratio, Arc::new(SystemRandom))?))
}

async fn run_command(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(command) => demo::run(command).await,
        Command::Serve(command) => serve::run(command).await,
        Command::Init(command) => init::run(&command),
        Command::Invite(command) => invite::run(command).await,
        Command::Migrate(configured) => migrate::run(&configured).await,
        Command::Import(command) => import::run(command).await,
        Command::Reindex(command) => reindex::run(command).await,
        Command::Ledger(command) => ledger::run(command).await,
        Command::Doctor(configured) => doctor::run(&configured).await,
    }
}

/// Prints why a command did not do its work.
#[expect(clippy::print_stderr, reason = "this is the command line's answer")]
pub(crate) fn complain(error: &anyhow::Error) {
    // The causes are ours or the operating system's; none holds a patient's datum.
    eprintln!("tacenda: {error:#}");
}

/// Prints a line for whoever ran the command.
#[expect(clippy::print_stdout, reason = "this is the command line's answer")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

fn role(text: &str) -> Result<Role, tacenda_kernel::UnknownRole> {
    text.parse()
}
