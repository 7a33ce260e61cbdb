//! The crate on real PostgreSQL.

#![expect(clippy::expect_used, reason = "helpers of tests are tests too")]

mod batcher;
mod catalogue;
mod cluster;
mod databases;
mod lanes;
mod speed;
mod support;
