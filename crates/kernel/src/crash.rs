//! Ends the process at a line where it matters whether it ends there, for the test that kills it at each.
//!
//! SECURITY: a release build has none of this. In a debug build it does nothing that the owner of a process's environment
//! could not do anyway.

/// Says which line, and at which time it is passed: `vault-committed:3`.
pub const VARIABLE: &str = "TACENDA_CRASH_AT";

/// Ends the process at once, as `kill -9` would, where this is the line and the time.
#[cfg(debug_assertions)]
pub fn at(line: &'static str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };

    static CHOSEN: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        let chosen = std::env::var(VARIABLE).ok()?;
        let (name, time) = chosen.split_once(':')?;
        Some((name.to_owned(), AtomicU64::new(time.parse().ok()?)))
    });
    if let Some((name, left)) = chosen
        && name == line
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
#[inline]
pub const fn at(_line: &'static str) {}
