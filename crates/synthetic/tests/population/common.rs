//! What the tests of this crate share.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use serde_json::Value;
use tacenda_fhir::{Issue, Limits};
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

/// What is wrong with the whole bundle, and with every resource within it.
pub(crate) fn faults(bundle: &Value) -> Vec<Issue> {
    let limits = Limits { values: usize::MAX, ..Limits::default() };
    tacenda_fhir::faults(bundle, &limits)
}

pub(crate) fn assert_valid(bundle: &Value) {
    let faults = faults(bundle);
    assert!(faults.is_empty(), "not FHIR R4: {faults:?}");
}

/// FNV-1a, enough to notice a change.
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
