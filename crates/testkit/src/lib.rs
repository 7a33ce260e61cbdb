#![doc = include_str!("../README.md")]

mod clock;
mod random;

pub use clock::MockClock;
pub use random::SeededRandom;
