//! The demo: accounts for every role, and synthetic patients.

pub mod accounts;
pub mod attached;
pub mod seed;
pub mod sign_in;
