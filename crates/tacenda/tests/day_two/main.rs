//! An installation's second day: what happens to it sooner or later, done to the real binary, with what a person would
//! expect. `make day-two` runs all of it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of tests may fail as tests do, and say what they counted"
)]

mod adopting;
mod folders;
mod formats;
mod full_disk;
mod kills;
mod log_lines;
mod process;
mod reloading;
mod site;
mod strangers;
mod verifying;
