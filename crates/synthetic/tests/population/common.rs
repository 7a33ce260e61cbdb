//! What the tests of this crate share.

use std::sync::LazyLock;

use fhirkit::r4::Bundle;
use jiff::civil::{Date, date};
use serde_json::Value;
use tacenda_synthetic::{DirectoryRefs, Population};

pub(crate) const SEED: u64 = 42;
pub(crate) const END: Date = date(2026, 10, 31);

/// References as a server would hand them out.
pub(crate) fn references() -> DirectoryRefs {
    let make = |kind: &str, count: usize| (0..count).map(|n| format!("{kind}/made-up-{n}")).collect();
    DirectoryRefs { organization: make("Organization", 4), practitioner: make("Practitioner", 9) }
}

/// The first so many patients, made once for all tests.
pub(crate) fn patients(count: usize) -> &'static [Value] {
    static ALL: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let (population, directory) = (Population::new(SEED), references());
        (0..200).map(|index| population.patient(index, END, &directory)).collect()
    });
    &ALL[..count]
}

pub(crate) fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"])
}

pub(crate) fn of_type<'a>(bundle: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    resources(bundle).filter(move |resource| resource["resourceType"] == kind)
}

/// Reads the whole bundle strictly, every resource within it typed.
pub(crate) fn assert_valid(bundle: &Value) {
    if let Err(issues) = fhirkit::from_json_strict::<Bundle>(&bundle.to_string()) {
        panic!("not FHIR R4: {issues:?}");
    }
}

/// FNV-1a, enough to notice a change.
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
