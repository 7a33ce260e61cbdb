//! The machine's randomness.

use aws_lc_rs::rand;
use tacenda_kernel::Random;

/// The operating system's cryptographic randomness, through aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if rand::fill(bytes).is_err() {
            // Going on without randomness would make every key guessable.
            std::process::abort();
        }
    }
}
