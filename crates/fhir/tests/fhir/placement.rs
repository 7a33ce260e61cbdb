//! The placement table, as a reviewer reads it. Set `UPDATE_GOLDEN` to write it anew.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::{fmt::Write, fs, path::Path};

use serde_json::json;
use tacenda_fhir::{Place, Placement, ResourceType, parameters, place, split};

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(text, kept, "{name} differs; review it, then set UPDATE_GOLDEN");
}

#[test]
fn every_type_has_the_place_that_was_reviewed() {
    let mut text =
        String::from("# type: rule; patient by; search parameters (* = token, across patients: **)\n");
    for kind in ResourceType::ALL {
        let by = kind.patient_elements().join(", ");
        let found: Vec<String> = parameters(kind)
            .iter()
            .map(|parameter| {
                let across = parameter.scope() == tacenda_fhir::TermScope::Population;
                let mark = if !parameter.is_indexed() {
                    ""
                } else if across {
                    "**"
                } else {
                    "*"
                };
                format!("{}{mark}", parameter.name)
            })
            .collect();
        writeln!(text, "{kind}: {:?}; {by}; {}", kind.placement(), found.join(" ")).unwrap();
    }
    golden("placement.txt", &text);
}

/// R4's elements of Patient. (Resource and DomainResource elements first.)
const PATIENT: &str = "implicitRules language text contained extension modifierExtension identifier active name \
    telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus multipleBirthBoolean \
    multipleBirthInteger photo contact communication generalPractitioner managingOrganization link";

#[test]
fn every_element_of_a_patient_has_the_half_that_was_reviewed() {
    let mut text = String::new();
    for element in PATIENT.split_whitespace() {
        let known = json!({"resourceType": "Patient", element: {}});
        let faults = tacenda_fhir::faults(&known, &tacenda_fhir::Limits::default());
        assert!(faults.iter().all(|fault| fault.reason != "unknown element"), "{element}");
        let halves = split(&json!({"resourceType": "Patient", element: {}}));
        let half = if halves.contact.get(element).is_some() { "contact" } else { "identity" };
        writeln!(text, "Patient.{element}: {half}").unwrap();
    }
    golden("patient.txt", &text);
}

/// R4's CompartmentDefinition `patient` (4.0.1): every type with at least one parameter.
const PATIENT_COMPARTMENT: &str = "Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent \
    Basic BodyStructure CarePlan CareTeam ChargeItem Claim ClaimResponse ClinicalImpression Communication \
    CommunicationRequest Composition Condition Consent Coverage CoverageEligibilityRequest \
    CoverageEligibilityResponse DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest \
    DocumentReference Encounter EnrollmentRequest EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal \
    Group ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation Invoice List MeasureReport \
    Media MedicationAdministration MedicationDispense MedicationRequest MedicationStatement MolecularSequence \
    NutritionOrder Observation Patient Person Procedure Provenance QuestionnaireResponse RelatedPerson RequestGroup \
    ResearchSubject RiskAssessment Schedule ServiceRequest Specimen SupplyDelivery SupplyRequest VisionPrescription";

#[test]
fn the_whole_patient_compartment_is_kept_and_nothing_unexpected() {
    let others = "Binary Device Endpoint HealthcareService Location Medication Organization Practitioner \
        PractitionerRole Questionnaire Slot Substance Task";
    let mut expected: Vec<&str> =
        PATIENT_COMPARTMENT.split_whitespace().chain(others.split_whitespace()).collect();
    expected.sort_unstable();
    assert_eq!(ResourceType::ALL.map(ResourceType::as_str).as_slice(), expected);
}

#[test]
fn each_resource_is_put_where_its_type_may_be() {
    for kind in ResourceType::ALL {
        for extra in
            [json!({}), json!({"device": {"reference": "Device/1"}, "subject": {"reference": "Device/1"}})]
        {
            let mut resource = extra;
            resource["resourceType"] = json!(kind.as_str());
            match place(&resource).unwrap() {
                Place::In(compartment) => {
                    assert!(kind.placement().compartments().contains(compartment), "{kind}")
                }
                Place::Split => assert_eq!(kind.placement(), Placement::Split),
            }
        }
        let directory = kind.placement() == Placement::Directory;
        assert_eq!(directory || kind == ResourceType::Patient, kind.patient_elements().is_empty(), "{kind}");
    }
}
