//! Room to recurse in.
//!
//! fhirkit's reader recurses once a level, with large frames: 30 nested extensions need 2 to 4 MiB unoptimised, more
//! than a thread of a server has. Running out of stack ends the process, so what nests deep gets a stack of its own.

use std::thread;

/// Deeper documents than real ones are read on another stack. Unoptimised, even real ones are.
const DEEP: usize = if cfg!(debug_assertions) { 1 } else { 16 };

/// Many times what the deepest document that is let in needs.
const STACK: usize = 32 << 20;

/// Does the work, with room for a document of this depth; none where the system has no thread to give.
pub(super) fn with_room<T: Send>(depth: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    if depth <= DEEP {
        return Some(work());
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })
}
