//! The patients as people: kept apart by compartment, mixed, and with bodies that follow their conditions.

use std::collections::HashSet;

use crate::common::{of_type, patients, resources};
use serde_json::Value;

#[test]
fn only_contact_and_identity_name_the_patient() {
    for bundle in patients(200) {
        let patient = of_type(bundle, "Patient").next().unwrap();
        let telling = [
            &patient["name"][0]["family"],
            &patient["identifier"][0]["value"],
            &patient["identifier"][1]["value"],
            &patient["telecom"][0]["value"],
            &patient["telecom"][1]["value"],
            &patient["address"][0]["line"][0],
            &patient["birthDate"],
        ];
        for resource in resources(bundle)
            .filter(|one| one["resourceType"] != "Patient" && one["resourceType"] != "RelatedPerson")
        {
            let text = resource.to_string();
            for secret in telling {
                assert!(
                    !text.contains(secret.as_str().unwrap()),
                    "{} tells {secret}",
                    resource["resourceType"]
                );
            }
        }
    }
}

#[test]
fn identifiers_do_not_repeat_and_people_are_mixed() {
    let mut numbers = HashSet::new();
    let mut italians = 0;
    for bundle in patients(200) {
        let patient = of_type(bundle, "Patient").next().unwrap();
        for identifier in patient["identifier"].as_array().unwrap() {
            assert!(numbers.insert(identifier["value"].as_str().unwrap().to_owned()));
        }
        italians += u32::from(patient["address"][0]["country"] == "IT");
    }
    assert!((70..=150).contains(&italians), "{italians} of 200");
}

#[test]
fn each_compartment_has_its_share() {
    let all = patients(200);
    let with = |kind: &str| all.iter().filter(|bundle| of_type(bundle, kind).next().is_some()).count();
    for kind in [
        "Patient",
        "Condition",
        "MedicationRequest",
        "AllergyIntolerance",
        "Immunization",
        "DiagnosticReport",
    ] {
        assert_eq!(with(kind), 200, "{kind}");
    }
    for kind in ["Consent", "Device", "Task", "Communication"] {
        assert!((100..=160).contains(&with(kind)), "{} have {kind}", with(kind));
    }
    let sensing =
        all.iter().filter(|bundle| of_type(bundle, "Observation").any(|one| one.get("device").is_some()));
    assert!((90..=with("Device")).contains(&sensing.count()));
    let categories: HashSet<_> = all
        .iter()
        .flat_map(|bundle| of_type(bundle, "Task"))
        .map(|task| task["code"]["text"].to_string())
        .collect();
    assert_eq!(categories.len(), 3);
}

#[test]
fn bodies_follow_their_conditions() {
    let all = patients(200);
    // Diabetes and HbA1c, kidneys and creatinine, lungs and saturation.
    for (condition, loinc, higher) in
        [("44054006", "4548-4", true), ("433144002", "2160-0", true), ("13645005", "59408-5", false)]
    {
        let (ill, well): (Vec<&Value>, Vec<&Value>) = all.iter().partition(|bundle| {
            of_type(bundle, "Condition").any(|one| one["code"]["coding"][0]["code"] == condition)
        });
        assert!(ill.len() > 5 && well.len() > 100, "{} have {condition}", ill.len());
        let (ill, well) = (mean(&ill, loinc, 0..9), mean(&well, loinc, 0..9));
        assert!(if higher { ill > well * 1.2 } else { ill < well - 2.0 }, "{condition}: {ill} and {well}");
    }
}

#[test]
fn treatment_works() {
    let all = patients(200);
    let diabetics: Vec<&Value> = all
        .iter()
        .filter(|bundle| {
            of_type(bundle, "Condition").any(|one| one["code"]["coding"][0]["code"] == "44054006")
        })
        .collect();
    assert!(mean(&diabetics, "4548-4", 0..1) > mean(&diabetics, "4548-4", 3..4) + 0.4);
}

/// The mean of a measurement over these patients, taken from these of each one's values in time.
fn mean(bundles: &[&Value], loinc: &str, which: std::ops::Range<usize>) -> f64 {
    let values: Vec<f64> = bundles
        .iter()
        .flat_map(|bundle| {
            let found =
                of_type(bundle, "Observation").filter(|one| one["code"]["coding"][0]["code"] == loinc);
            found
                .skip(which.start)
                .take(which.len())
                .map(|one| one["valueQuantity"]["value"].as_f64().unwrap())
        })
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}
