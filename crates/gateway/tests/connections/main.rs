//! What becomes of connections over which nothing comes, or nothing whole: real sockets against the listener alone.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod frames;
mod places;
mod server;
mod silent;
mod stalled;
