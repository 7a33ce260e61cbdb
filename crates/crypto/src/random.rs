//! The machine's randomness.

use tacenda_kernel::Random;

use crate::key_bytes::certain;

/// AWS-LC's CTR-DRBG, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // SECURITY: continuing with bytes that are not random would reuse keys.
        certain(aws_lc_rs::rand::fill(bytes));
    }
}
