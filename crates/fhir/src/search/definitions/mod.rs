//! The search parameters of each type: name, kind, and where its values are. What is not here is refused by name.

mod administration;
mod care;
mod findings;
mod medication;
mod people;

use super::kind::Kind;
use crate::ResourceType;

/// A search parameter as R4 defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Definition {
    /// Its name in the URL.
    pub(crate) name: &'static str,
    /// How its values are compared.
    pub(crate) kind: Kind,
    /// The elements it looks at; see [`super::path`].
    pub(crate) paths: &'static [&'static str],
    /// Whether its values are kept as blind tokens. The others only say which of the opened records match.
    pub(crate) indexed: bool,
}

impl Definition {
    const fn indexed(self) -> Self {
        Self { indexed: true, ..self }
    }
}

macro_rules! kinds {
    ($($name:ident: $kind:ident),+ $(,)?) => {$(
        const fn $name(name: &'static str, paths: &'static [&'static str]) -> Definition {
            Definition { name, kind: Kind::$kind, paths, indexed: false }
        }
    )+};
}

kinds! { token: Token, date: Date, reference: Reference, quantity: Quantity, text: Text, uri: Uri }

/// What every type can be searched by, ids apart.
pub(super) const COMMON: &[Definition] = &[
    date("_lastUpdated", &["meta.lastUpdated"]),
    token("_tag", &["meta.tag"]),
    token("_security", &["meta.security"]),
    uri("_profile", &["meta.profile"]),
];

/// Of a type that has no other.
const IDENTIFIER: &[Definition] = &[token("identifier", &["identifier"]).indexed()];

/// What a type can be searched by beside that.
pub(super) const fn of(kind: ResourceType) -> &'static [Definition] {
    match kind {
        ResourceType::Account => administration::ACCOUNT,
        ResourceType::AdverseEvent => care::ADVERSE_EVENT,
        ResourceType::AllergyIntolerance => care::ALLERGY_INTOLERANCE,
        ResourceType::Appointment => administration::APPOINTMENT,
        ResourceType::AppointmentResponse => administration::APPOINTMENT_RESPONSE,
        ResourceType::CarePlan => care::CARE_PLAN,
        ResourceType::CareTeam => care::CARE_TEAM,
        ResourceType::Claim => administration::CLAIM,
        ResourceType::ClaimResponse => administration::CLAIM_RESPONSE,
        ResourceType::ClinicalImpression => care::CLINICAL_IMPRESSION,
        ResourceType::Communication => administration::COMMUNICATION,
        ResourceType::CommunicationRequest => administration::COMMUNICATION_REQUEST,
        ResourceType::Composition => findings::COMPOSITION,
        ResourceType::Condition => care::CONDITION,
        ResourceType::Consent => administration::CONSENT,
        ResourceType::Coverage => administration::COVERAGE,
        ResourceType::DetectedIssue => care::DETECTED_ISSUE,
        ResourceType::Device => administration::DEVICE,
        ResourceType::DeviceRequest => administration::DEVICE_REQUEST,
        ResourceType::DiagnosticReport => findings::DIAGNOSTIC_REPORT,
        ResourceType::DocumentManifest => findings::DOCUMENT_MANIFEST,
        ResourceType::DocumentReference => findings::DOCUMENT_REFERENCE,
        ResourceType::Encounter => care::ENCOUNTER,
        ResourceType::EpisodeOfCare => care::EPISODE_OF_CARE,
        ResourceType::ExplanationOfBenefit => administration::EXPLANATION_OF_BENEFIT,
        ResourceType::FamilyMemberHistory => care::FAMILY_MEMBER_HISTORY,
        ResourceType::Flag => care::FLAG,
        ResourceType::Goal => care::GOAL,
        ResourceType::Group => administration::GROUP,
        ResourceType::HealthcareService => people::HEALTHCARE_SERVICE,
        ResourceType::ImagingStudy => findings::IMAGING_STUDY,
        ResourceType::Immunization => care::IMMUNIZATION,
        ResourceType::Invoice => administration::INVOICE,
        ResourceType::List => administration::LIST,
        ResourceType::Location => people::LOCATION,
        ResourceType::Media => findings::MEDIA,
        ResourceType::MedicationAdministration => medication::MEDICATION_ADMINISTRATION,
        ResourceType::MedicationDispense => medication::MEDICATION_DISPENSE,
        ResourceType::MedicationRequest => medication::MEDICATION_REQUEST,
        ResourceType::MedicationStatement => medication::MEDICATION_STATEMENT,
        ResourceType::NutritionOrder => medication::NUTRITION_ORDER,
        ResourceType::Observation => findings::OBSERVATION,
        ResourceType::Organization => people::ORGANIZATION,
        ResourceType::Patient => people::PATIENT,
        ResourceType::Person => administration::PERSON,
        ResourceType::Practitioner => people::PRACTITIONER,
        ResourceType::PractitionerRole => people::PRACTITIONER_ROLE,
        ResourceType::Procedure => care::PROCEDURE,
        ResourceType::Provenance => administration::PROVENANCE,
        ResourceType::QuestionnaireResponse => findings::QUESTIONNAIRE_RESPONSE,
        ResourceType::RelatedPerson => administration::RELATED_PERSON,
        ResourceType::ResearchSubject => administration::RESEARCH_SUBJECT,
        ResourceType::RiskAssessment => care::RISK_ASSESSMENT,
        ResourceType::Schedule => administration::SCHEDULE,
        ResourceType::ServiceRequest => care::SERVICE_REQUEST,
        ResourceType::Specimen => findings::SPECIMEN,
        ResourceType::SupplyDelivery => administration::SUPPLY_DELIVERY,
        ResourceType::SupplyRequest => administration::SUPPLY_REQUEST,
        ResourceType::Task => administration::TASK,
        ResourceType::VisionPrescription => medication::VISION_PRESCRIPTION,
        ResourceType::AuditEvent => &[],
        _ => IDENTIFIER,
    }
}
