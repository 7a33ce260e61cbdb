//! The whole system on a real PostgreSQL, asked over HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]



mod common;
mod rest;
mod crash;
mod audit;
mod ids;
mod outsiders;
mod synthea;
mod transaction;
mod tampering;
mod fail_closed;
mod thief;
mod bad_input;
mod no_join;
mod erasure;
