//! The policies held against what people reviewed: the matrix, the join closures, and properties of every decision.

#![expect(clippy::unwrap_used, reason = "test helpers outside #[test] functions")]

mod closures;
mod matrix;
mod properties;
mod support;
