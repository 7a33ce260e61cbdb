//! Whether anybody is let in at all.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Open until somebody closes it. While it is closed everything but the server's health is answered 503.
///
/// SECURITY: it is closed while a database is not what its migrations make. A trigger there could undo what is answered
/// as done, such as a sign-out, and be gone before anybody verifies.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Lets requests through, or none.
    pub fn set_open(&self, is_open: bool) {
        self.0.store(!is_open, Ordering::Release);
    }

    /// Whether requests are let through.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }
}
