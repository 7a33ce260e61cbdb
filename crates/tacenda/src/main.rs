//! `tacenda`: see `tacenda --help`.

use std::process::ExitCode;

use clap::Parser;
use tacenda::commands::{CommandLine, run};

/// Gives memory back to the system after a burst, such as a large import; glibc's keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // The causes are ours or the operating system's; none holds a patient's datum.
            #[expect(clippy::print_stderr, reason = "this is the command line's answer")]
            {
                eprintln!("tacenda: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
