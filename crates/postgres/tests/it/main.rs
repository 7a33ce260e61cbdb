//! The crate on real PostgreSQL.

mod batcher;
mod cluster;
mod databases;
mod lanes;
mod speed;
mod support;
