//! The id of what is derived from a ledger entry: whose log it is in, and where.
//!
//! `<patient>-<position>`, or `<position>` in the log about nobody. The id of a record has 26 letters where this has a
//! number, so neither is taken for the other.

use std::fmt;

use tacenda_contracts::keystore::Subject;
use tacenda_kernel::PublicId;

/// More digits than any position has.
const MOST_DIGITS: usize = 19;

/// A place in one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryId {
    /// The patient in the caller's realm; none in the log about nobody.
    pub(crate) patient: Option<[u8; 16]>,
    /// The place in the ledger.
    pub(crate) position: u64,
}

impl EntryId {
    /// Reads an id; none where it is another kind of id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Some((patient, position)) = text.split_once('-') else {
            return Some(Self { patient: None, position: number(text)? });
        };
        let Ok(PublicId::One(patient)) = patient.parse() else { return None };
        Some(Self { patient: Some(patient), position: number(position)? })
    }

    /// Whose log it is in.
    pub(crate) fn subject(&self) -> Subject {
        self.patient.map_or(Subject::Nobody, Subject::Public)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patient {
            Some(patient) => write!(f, "{}-{}", PublicId::One(patient), self.position),
            None => write!(f, "{}", self.position),
        }
    }
}

/// One number has one spelling.
fn number(text: &str) -> Option<u64> {
    let plain = text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = text.parse().ok().filter(|_| plain)?;
    (text == "0" || !text.starts_with('0')).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_no_records_id_is_one() {
        for id in
            [EntryId { patient: None, position: 0 }, EntryId { patient: Some([7; 16]), position: 1 << 60 }]
        {
            let text = id.to_string();
            assert!(text.len() <= 64);
            assert_eq!(EntryId::parse(&text), Some(id));
        }
        let patient = PublicId::One([7; 16]);
        let record = PublicId::OfPatient { patient: [7; 16], record: [9; 16] };
        for text in [record.to_string(), patient.to_string(), format!("{patient}-"), format!("{patient}-01")]
        {
            assert_eq!(EntryId::parse(&text), None, "{text}");
        }
        for text in ["", "-1", "+1", "01", "1-1", "99999999999999999999", "1 "] {
            assert_eq!(EntryId::parse(text), None, "{text}");
        }
    }
}
