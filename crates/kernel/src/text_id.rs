//! The text form of an id at the edge: 26 characters of Crockford's base 32 for 128 bits.
//!
//! A patient's own id is one such word; a record about a patient is two, `<patient>-<record>`, so that the edge knows
//! which permit to ask for without a look-up; a record about nobody (the directory) is one. All stay within FHIR's 64
//! characters.

use std::{fmt, str::FromStr, sync::LazyLock};

use data_encoding::{Encoding, Specification};

static CROCKFORD: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.encoding().ok()
});

/// An id as callers see it: numbers of the caller's own realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicId {
    /// A patient, or a record of the directory: one number.
    One([u8; 16]),
    /// A record about a patient: the patient's number, then the record's.
    OfPatient {
        /// The patient in the caller's realm.
        patient: [u8; 16],
        /// The record in the caller's realm.
        record: [u8; 16],
    },
}

/// The text is no id that this server ever issued.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id of this server")]
pub struct InvalidId;

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(number) => f.write_str(&encode(number)),
            Self::OfPatient { patient, record } => write!(f, "{}-{}", encode(patient), encode(record)),
        }
    }
}

impl FromStr for PublicId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('-') {
            None => decode(text).map(Self::One),
            Some((patient, record)) => {
                Ok(Self::OfPatient { patient: decode(patient)?, record: decode(record)? })
            }
        }
    }
}

fn encode(number: &[u8; 16]) -> String {
    CROCKFORD.as_ref().map(|encoding| encoding.encode(number)).unwrap_or_default()
}

fn decode(text: &str) -> Result<[u8; 16], InvalidId> {
    if text.len() != 26 {
        return Err(InvalidId);
    }
    let bytes = CROCKFORD.as_ref().and_then(|encoding| encoding.decode(text.as_bytes()).ok());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(InvalidId)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back(patient: [u8; 16], record: [u8; 16]) {
            for id in [PublicId::One(patient), PublicId::OfPatient { patient, record }] {
                let text = id.to_string();
                prop_assert!(text.len() <= 64);
                prop_assert_eq!(text.parse(), Ok(id));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = text.parse::<PublicId>();
        }
    }

    #[test]
    fn one_id_has_one_spelling() {
        let id = PublicId::One([0xff; 16]).to_string();
        assert!(id.to_uppercase().parse::<PublicId>().is_err());
        let mut other = id.clone();
        other.pop();
        other.push('z');
        assert!(id == other || other.parse::<PublicId>().is_err());
    }
}
