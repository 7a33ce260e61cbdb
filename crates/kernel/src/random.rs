//! Randomness, passed in so that tests can seed it.

/// A source of cryptographic randomness.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with random ones. An implementation that cannot must abort the process, never return.
    fn fill(&self, bytes: &mut [u8]);
}
