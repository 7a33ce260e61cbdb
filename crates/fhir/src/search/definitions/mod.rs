//! The search parameters of each type: name, kind, and where its values are. What is not here is refused by name.

mod administration;
mod care;
mod findings;
mod knowledge;
mod medication;
mod payments;
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

/// Of nearly every type, and of those that have no other.
const IDENTIFIER: &[Definition] = &[token("identifier", &["identifier"]).indexed()];

const TELECOM: &[Definition] = &[
    token("telecom", &["telecom"]),
    token("phone", &["telecom?system=phone"]),
    token("email", &["telecom?system=email"]),
];

const ADDRESS: &[Definition] = &[
    token("address-use", &["address.use"]),
    text(
        "address",
        &[
            "address.line",
            "address.city",
            "address.state",
            "address.country",
            "address.postalCode",
            "address.text",
            "address.district",
        ],
    ),
    text("address-city", &["address.city"]),
    text("address-country", &["address.country"]),
    text("address-postalcode", &["address.postalCode"]),
    text("address-state", &["address.state"]),
];

/// Where the words of a person's name are.
const PERSON_NAME: &[&str] = &["name.family", "name.given", "name.text", "name.prefix", "name.suffix"];

/// What a type can be searched by beside that.
pub(super) fn of(kind: ResourceType) -> impl Iterator<Item = &'static Definition> {
    groups(kind).iter().copied().flatten()
}

const fn groups(kind: ResourceType) -> &'static [&'static [Definition]] {
    match kind {
        ResourceType::Account => &[IDENTIFIER, payments::ACCOUNT],
        ResourceType::AdverseEvent => &[IDENTIFIER, care::ADVERSE_EVENT],
        ResourceType::AllergyIntolerance => &[IDENTIFIER, care::ALLERGY_INTOLERANCE],
        ResourceType::Appointment => &[IDENTIFIER, administration::APPOINTMENT],
        ResourceType::AppointmentResponse => &[IDENTIFIER, administration::APPOINTMENT_RESPONSE],
        ResourceType::CarePlan => &[IDENTIFIER, care::CARE_PLAN],
        ResourceType::CareTeam => &[IDENTIFIER, care::CARE_TEAM],
        ResourceType::Claim => &[IDENTIFIER, payments::CLAIM],
        ResourceType::ClaimResponse => &[IDENTIFIER, payments::CLAIM_RESPONSE],
        ResourceType::ClinicalImpression => &[IDENTIFIER, care::CLINICAL_IMPRESSION],
        ResourceType::Communication => &[IDENTIFIER, administration::COMMUNICATION],
        ResourceType::CommunicationRequest => &[IDENTIFIER, administration::COMMUNICATION_REQUEST],
        ResourceType::Composition => &[IDENTIFIER, findings::COMPOSITION],
        ResourceType::Condition => &[IDENTIFIER, care::CONDITION],
        ResourceType::Consent => &[IDENTIFIER, administration::CONSENT],
        ResourceType::Coverage => &[IDENTIFIER, payments::COVERAGE],
        ResourceType::DetectedIssue => &[IDENTIFIER, care::DETECTED_ISSUE],
        ResourceType::Device => &[IDENTIFIER, administration::DEVICE],
        ResourceType::DeviceRequest => &[IDENTIFIER, administration::DEVICE_REQUEST],
        ResourceType::DiagnosticReport => &[IDENTIFIER, findings::DIAGNOSTIC_REPORT],
        ResourceType::DocumentManifest => &[IDENTIFIER, findings::DOCUMENT_MANIFEST],
        ResourceType::DocumentReference => &[IDENTIFIER, findings::DOCUMENT_REFERENCE],
        ResourceType::Encounter => &[IDENTIFIER, care::ENCOUNTER],
        ResourceType::Endpoint => &[IDENTIFIER, people::ENDPOINT],
        ResourceType::EpisodeOfCare => &[IDENTIFIER, care::EPISODE_OF_CARE],
        ResourceType::ExplanationOfBenefit => &[IDENTIFIER, payments::EXPLANATION_OF_BENEFIT],
        ResourceType::FamilyMemberHistory => &[IDENTIFIER, care::FAMILY_MEMBER_HISTORY],
        ResourceType::Flag => &[IDENTIFIER, care::FLAG],
        ResourceType::Goal => &[IDENTIFIER, care::GOAL],
        ResourceType::Group => &[IDENTIFIER, administration::GROUP],
        ResourceType::HealthcareService => &[IDENTIFIER, people::HEALTHCARE_SERVICE],
        ResourceType::ImagingStudy => &[IDENTIFIER, findings::IMAGING_STUDY],
        ResourceType::Immunization => &[IDENTIFIER, care::IMMUNIZATION],
        ResourceType::Invoice => &[IDENTIFIER, payments::INVOICE],
        ResourceType::List => &[IDENTIFIER, administration::LIST],
        ResourceType::Location => &[IDENTIFIER, people::LOCATION, ADDRESS],
        ResourceType::Media => &[IDENTIFIER, findings::MEDIA],
        ResourceType::Medication => &[IDENTIFIER, medication::MEDICATION],
        ResourceType::MedicationAdministration => &[IDENTIFIER, medication::MEDICATION_ADMINISTRATION],
        ResourceType::MedicationDispense => &[IDENTIFIER, medication::MEDICATION_DISPENSE],
        ResourceType::MedicationRequest => &[IDENTIFIER, medication::MEDICATION_REQUEST],
        ResourceType::MedicationStatement => &[IDENTIFIER, medication::MEDICATION_STATEMENT],
        ResourceType::NutritionOrder => &[IDENTIFIER, medication::NUTRITION_ORDER],
        ResourceType::Observation => &[IDENTIFIER, findings::OBSERVATION],
        ResourceType::Organization => &[IDENTIFIER, people::ORGANIZATION, ADDRESS],
        ResourceType::Patient => &[IDENTIFIER, people::PATIENT, ADDRESS],
        ResourceType::Person => &[IDENTIFIER, administration::PERSON, TELECOM],
        ResourceType::Practitioner => &[IDENTIFIER, people::PRACTITIONER, TELECOM, ADDRESS],
        ResourceType::PractitionerRole => &[IDENTIFIER, people::PRACTITIONER_ROLE, TELECOM],
        ResourceType::Procedure => &[IDENTIFIER, care::PROCEDURE],
        ResourceType::Provenance => &[administration::PROVENANCE],
        ResourceType::Questionnaire => &[IDENTIFIER, knowledge::QUESTIONNAIRE],
        ResourceType::QuestionnaireResponse => &[IDENTIFIER, findings::QUESTIONNAIRE_RESPONSE],
        ResourceType::RelatedPerson => &[IDENTIFIER, administration::RELATED_PERSON, TELECOM, ADDRESS],
        ResourceType::ResearchSubject => &[IDENTIFIER, administration::RESEARCH_SUBJECT],
        ResourceType::RiskAssessment => &[IDENTIFIER, care::RISK_ASSESSMENT],
        ResourceType::Schedule => &[IDENTIFIER, administration::SCHEDULE],
        ResourceType::ServiceRequest => &[IDENTIFIER, care::SERVICE_REQUEST],
        ResourceType::Slot => &[IDENTIFIER, administration::SLOT],
        ResourceType::Specimen => &[IDENTIFIER, findings::SPECIMEN],
        ResourceType::Substance => &[IDENTIFIER, medication::SUBSTANCE],
        ResourceType::SupplyDelivery => &[IDENTIFIER, administration::SUPPLY_DELIVERY],
        ResourceType::SupplyRequest => &[IDENTIFIER, administration::SUPPLY_REQUEST],
        ResourceType::Task => &[IDENTIFIER, administration::TASK],
        ResourceType::VisionPrescription => &[IDENTIFIER, medication::VISION_PRESCRIPTION],
        ResourceType::AuditEvent => &[administration::AUDIT_EVENT],
        ResourceType::Binary => &[],
        _ => &[IDENTIFIER],
    }
}
