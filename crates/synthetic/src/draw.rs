//! The generator: SplitMix64, written here so that no dependency's change can move a golden hash.

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of draws. Not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// A stream of its own for one kind of record: drawing from it moves no other stream.
    pub(crate) fn fork(&self, label: &str) -> Self {
        let hash = label.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(mix(self.0 ^ mix(hash)))
    }

    /// The next 64 bits.
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number from 0 up to, not including, `bound`; 0 if there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let choices = high.saturating_sub(low).max(0).unsigned_abs() + 1;
        low + self.below(choices) as i64
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, all as likely. The lists of this crate are never empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// A bell-shaped number near `centre`, never further away than `spread`.
    pub(crate) fn around(&mut self, centre: i64, spread: i64) -> i64 {
        let sum: i64 = (0..3).map(|_| self.between(-spread, spread)).sum();
        centre + sum / 3
    }

    /// This many decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// A `urn:uuid:` of version 4.
    pub(crate) fn urn(&mut self) -> String {
        let (high, low) = (self.word(), self.word());
        let version = (high >> 4) & 0xFFF | 0x4000;
        let variant = (low >> 48) & 0x3FFF | 0x8000;
        format!(
            "urn:uuid:{:08x}-{:04x}-{version:04x}-{variant:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The reference generator's first outputs from state 1234567.
        let mut draw = Draw(1_234_567);
        let words: Vec<u64> = (0..5).map(|_| draw.word()).collect();
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn streams_are_apart() {
        let root = Draw::new(7);
        assert_ne!(root.fork("home").word(), root.fork("laboratory").word());
        assert_eq!(root.fork("home").word(), root.fork("home").word());
    }

    #[test]
    fn a_urn_is_a_version_4_uuid() {
        let urn = Draw::new(1).urn();
        assert_eq!(urn.len(), 45);
        assert_eq!(&urn[23..24], "4");
        assert!(matches!(&urn[28..29], "8" | "9" | "a" | "b"));
    }

    proptest! {
        #[test]
        fn draws_stay_in_their_bounds(seed: u64, low in -1000_i64..1000, width in 0_i64..1000) {
            let mut draw = Draw::new(seed);
            prop_assert!((low..=low + width).contains(&draw.between(low, low + width)));
            prop_assert!((low - width..=low + width).contains(&draw.around(low, width)));
        }
    }
}
