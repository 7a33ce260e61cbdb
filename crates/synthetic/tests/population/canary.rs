//! The canary: valid, in every compartment, and all of it to be found by its needles.

use crate::common::{assert_valid, of_type};
use tacenda_synthetic::Canary;

#[test]
fn it_is_fhir_and_touches_every_compartment() {
    let canary = Canary::new(1);
    assert_valid(canary.bundle());
    for kind in [
        "Patient",
        "RelatedPerson",
        "Consent",
        "Condition",
        "MedicationRequest",
        "Device",
        "Task",
        "Communication",
    ] {
        assert_eq!(of_type(canary.bundle(), kind).count(), 1, "{kind}");
    }
    let observations: Vec<_> = of_type(canary.bundle(), "Observation").collect();
    assert_eq!(observations.iter().filter(|one| one.get("device").is_some()).count(), 1);
    assert_eq!(observations.len(), 2);
}

#[test]
fn every_needle_is_in_the_bundle_and_is_unmistakable() {
    for (canary, most) in [(Canary::new(2), 150), (Canary::of_directory(2), 80)] {
        assert_valid(canary.bundle());
        let text = canary.bundle().to_string();
        let needles = canary.needles();
        assert!(needles.len() > most, "{}", needles.len());
        for needle in &needles {
            assert!(needle.len() >= 10, "{needle}");
            assert!(text.contains(needle) || text.to_lowercase().contains(needle), "{needle}");
        }
    }
}

#[test]
fn another_seed_is_another_canary() {
    let (one, other) = (Canary::new(3), Canary::new(4));
    assert_eq!(one.needles(), Canary::new(3).needles());
    let text = other.bundle().to_string();
    assert!(!one.needles().iter().any(|needle| text.contains(needle)));
}
