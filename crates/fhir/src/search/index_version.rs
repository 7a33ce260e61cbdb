//! What tokens are made of, as one number: where it differs, records have to be indexed anew.

use super::{TermScope, kind::Kind, parameters::indexed};
use crate::ResourceType;

/// Counted up where terms are written otherwise than before, from the same elements.
const FORM: u8 = 1;

/// FNV-1a: a number that no release of a library changes. Nobody gains by finding two tables with the same.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// A number of everything that is indexed, and how.
#[must_use]
pub fn index_version() -> i64 {
    let mut hash = Hash(BASIS);
    hash.add(&[FORM]);
    for kind in ResourceType::ALL {
        hash.add(kind.as_str().as_bytes());
        for parameter in indexed(kind) {
            hash.add(parameter.name.as_bytes());
            hash.add(&[form(parameter.kind), u8::from(parameter.scope() == TermScope::Population)]);
            parameter.paths.iter().for_each(|path| hash.add(path.as_bytes()));
        }
    }
    i64::from_be_bytes(hash.0.to_be_bytes())
}

const fn form(kind: Kind) -> u8 {
    match kind {
        Kind::Id => 0,
        Kind::Token => 1,
        Kind::Text => 2,
        Kind::Date => 3,
        Kind::Reference => 4,
        Kind::Quantity => 5,
        Kind::Uri => 6,
    }
}

struct Hash(u64);

impl Hash {
    /// Adds bytes, and where they end.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_apart_is_told_from_what_is_added_at_once() {
        let of = |parts: &[&str]| {
            let mut hash = Hash(BASIS);
            parts.iter().for_each(|part| hash.add(part.as_bytes()));
            hash.0
        };
        assert_ne!(of(&["code", "date"]), of(&["codedate"]));
        assert_ne!(of(&["code", "date"]), of(&["date", "code"]));
        // The published value of FNV-1a of one byte.
        assert_eq!((BASIS ^ u64::from(b'a')).wrapping_mul(PRIME), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(index_version(), 0, "what began before there was a number is of another");
    }
}
