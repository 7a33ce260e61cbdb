#![doc = include_str!("../README.md")]

mod cell;
mod client;
mod documents;
mod draw;
mod drive;
mod floor;
mod identities;
mod options;
mod prepare;
mod processes;
mod report;
mod requests;
mod run;
mod scale;
mod server;
mod tally;
mod verdict;
mod verification;

use std::process::ExitCode;

use clap::Parser;

use crate::options::Options;

// One thread: a client that takes turns with itself leaves the processors to those it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run::run(&Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is the command line's answer")]
            {
                eprintln!("tacenda-bench: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
