//! The id of a derived Provenance: the id of what was written, and its version.
//!
//! `<id of the record>-v3`, or `<id of the patient>-p3` for a Patient. It says nothing that the version's URL does not say:
//! a place in the ledger would tell callers of two realms that what they see was written by one request.

use std::fmt;

use tacenda_kernel::Version;

/// So that it fits FHIR's 64 characters behind a record's id.
const MOST_DIGITS: usize = 9;

/// A version of a record, or of a Patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VersionId<'a> {
    /// The id in the caller's realm.
    pub(crate) id: &'a str,
    /// Whether it is a Patient's.
    pub(crate) of_patient: bool,
    /// The version.
    pub(crate) version: Version,
}

impl<'a> VersionId<'a> {
    /// Reads an id; none where it is another kind of id.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (id, rest) = text.rsplit_once('-')?;
        let (of_patient, digits) = match rest.strip_prefix('v') {
            Some(digits) => (false, digits),
            None => (true, rest.strip_prefix('p')?),
        };
        let plain = digits.len() <= MOST_DIGITS
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let version = digits.parse().ok().filter(|_| plain).and_then(Version::new)?;
        Some(Self { id, of_patient, version })
    }
}

impl fmt::Display for VersionId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{}", self.id, if self.of_patient { 'p' } else { 'v' }, self.version)
    }
}

/// Whether an id is that of a derived Provenance, which nobody writes.
pub(crate) fn is_derived(text: &str) -> bool {
    VersionId::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use tacenda_kernel::PublicId;

    use super::*;

    #[test]
    fn an_id_reads_back_and_no_records_id_is_one() {
        let record = PublicId::OfPatient { patient: [0xff; 16], record: [0x99; 16] }.to_string();
        for (of_patient, version) in [(false, 1), (true, 12), (false, 999_999_999)] {
            let id = VersionId { id: &record, of_patient, version: Version::new(version).unwrap() };
            let text = id.to_string();
            assert!(text.len() <= 64, "{text}");
            assert_eq!(VersionId::parse(&text), Some(id));
        }
        for text in [record.as_str(), "", "-", "x-v", "x-v0", "x-v01", "x-3", "x-v-3", "x-v9999999999", "v3"]
        {
            assert!(!is_derived(text), "{text}");
        }
    }
}
