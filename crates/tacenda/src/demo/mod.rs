//! The demo: accounts for every role, and synthetic patients.

pub mod accounts;
pub mod attached;
pub mod seed;
