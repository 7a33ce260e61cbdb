//! The table: one row for each type. A type without a place does not compile; `tests/golden/placement.txt` shows the
//! whole of it to a reviewer.
//!
//! The rows are R4's CompartmentDefinition `patient`, the field types, and the directory types. `by` is where the
//! patient is referred to; `search` are the R4 search parameters that read the same reference.

use super::{Placement, Placement::*, resource_types};

resource_types! {
    Account: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    AdverseEvent: Clinical, by ["subject"], search ["subject"], also ["identifier"];
    AllergyIntolerance: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    Appointment: Clinical, by ["participant.actor"], search ["patient"], also ["identifier"];
    AppointmentResponse: Clinical, by ["actor"], search ["patient"], also ["identifier"];
    AuditEvent: Clinical, by ["agent.who", "entity.what"], search ["patient"], also [];
    Basic: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    BodyStructure: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    CarePlan: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    CareTeam: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    ChargeItem: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Claim: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    ClaimResponse: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    ClinicalImpression: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Communication: Field, by ["subject"], search ["patient", "subject"], also ["identifier"];
    CommunicationRequest: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Composition: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Condition: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Consent: Identity, by ["patient"], search ["patient"], also ["identifier"];
    Coverage: Clinical, by ["beneficiary"], search ["patient"], also ["identifier"];
    CoverageEligibilityRequest: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    CoverageEligibilityResponse: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    DetectedIssue: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    Device: Field, by ["patient"], search ["patient"], also ["identifier"];
    DeviceRequest: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    DeviceUseStatement: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    DiagnosticReport: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    DocumentManifest: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    DocumentReference: FieldIfOfDevice, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Encounter: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    EnrollmentRequest: Clinical, by ["candidate"], search ["patient", "subject"], also ["identifier"];
    EpisodeOfCare: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    ExplanationOfBenefit: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    FamilyMemberHistory: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    Flag: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Goal: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Group: Clinical, by ["member.entity"], search [], also ["identifier"];
    HealthcareService: Directory, by [], search [], also ["identifier", "name"];
    ImagingStudy: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Immunization: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    ImmunizationEvaluation: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    ImmunizationRecommendation: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    Invoice: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    List: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Location: Directory, by [], search [], also ["identifier", "name"];
    MeasureReport: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Media: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    MedicationAdministration: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    MedicationDispense: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    MedicationRequest: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    MedicationStatement: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    MolecularSequence: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    NutritionOrder: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    Observation: StreamIfMeasured, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Organization: Directory, by [], search [], also ["identifier", "name"];
    Patient: Split, by [], search [], also ["identifier", "name", "family", "given"];
    Person: Identity, by ["link.target"], search ["patient"], also ["identifier"];
    Practitioner: Directory, by [], search [], also ["identifier", "name"];
    PractitionerRole: Directory, by [], search [], also ["identifier"];
    Procedure: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Provenance: Clinical, by ["target"], search ["patient"], also [];
    QuestionnaireResponse: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    RelatedPerson: Contact, by ["patient"], search ["patient"], also ["identifier"];
    RequestGroup: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    ResearchSubject: Clinical, by ["individual"], search ["patient"], also ["identifier"];
    RiskAssessment: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Schedule: Clinical, by ["actor"], search [], also ["identifier"];
    ServiceRequest: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    Specimen: Clinical, by ["subject"], search ["patient", "subject"], also ["identifier"];
    SupplyDelivery: Clinical, by ["patient"], search ["patient"], also ["identifier"];
    SupplyRequest: Clinical, by ["deliverTo"], search ["subject"], also ["identifier"];
    Task: Field, by ["for"], search ["patient", "subject"], also ["identifier"];
    VisionPrescription: Clinical, by ["patient"], search ["patient"], also ["identifier"];
}
