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
    use serde_json::json;

    use super::*;
    use crate::terms;

    /// Whoever changes this counts [`FORM`] up: what is stored was made of the form before.
    #[test]
    fn terms_are_written_in_this_form() {
        let observation = json!({"resourceType": "Observation", "status": "final",
            "category": [{"coding": [{"system": "urn:c", "code": "lab"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-02-28T23:30:00+01:00"});
        let patient = json!({"resourceType": "Patient", "birthDate": "1970-01-02",
            "identifier": [{"system": "urn:mrn", "value": "A-1"}],
            "name": [{"family": "Ångström", "given": ["Åsa Li"]}]});
        let mut written = Vec::new();
        for (value, kind) in [(observation, ResourceType::Observation), (patient, ResourceType::Patient)] {
            written.extend(terms(&value, kind).into_iter().map(|term| {
                let scope = if term.scope == TermScope::Population { "*" } else { "" };
                format!("{}{scope}={}", term.parameter, term.value)
            }));
        }
        let known = "_type=Observation code=718-7 date=20512 _type=Patient identifier*=urn:mrn|A-1 identifier*=A-1 \
                     birthdate*=1 name*=ang name*=angs name*=angst name*=angstr name*=angstro name*=angstrom name*=asa \
                     name*=li family*=ang family*=angs family*=angst family*=angstr family*=angstro family*=angstrom \
                     given*=asa given*=li";
        assert_eq!((FORM, written.join(" ").as_str()), (1, known));
    }

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
