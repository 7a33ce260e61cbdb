//! Which of the keys that one thing had, one after the other.

use std::fmt;

/// A key's number among those that were there for the same thing: 1, and one more with each rotation.
///
/// It stands in what a seal is bound to and in what a key is derived from, so that old and new ones never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyGeneration(u32);

impl KeyGeneration {
    /// The first one.
    pub const FIRST: Self = Self(1);

    /// The generation with this number, as databases keep it: at least 1.
    #[must_use]
    pub fn new(number: i32) -> Option<Self> {
        u32::try_from(number).ok().filter(|number| *number > 0).map(Self)
    }

    /// The number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The number as databases keep it.
    #[must_use]
    pub const fn stored(self) -> i32 {
        self.0.cast_signed()
    }
}

impl fmt::Display for KeyGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_a_number_from_one() {
        for number in [1, 2, i32::MAX] {
            assert_eq!(KeyGeneration::new(number).map(KeyGeneration::stored), Some(number));
        }
        assert_eq!(KeyGeneration::new(1), Some(KeyGeneration::FIRST));
        assert!([0, -1, i32::MIN].into_iter().all(|number| KeyGeneration::new(number).is_none()));
    }
}
