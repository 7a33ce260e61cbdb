//! The table: one row for each type. A type without a place does not compile; `tests/golden/placement.txt` shows the
//! whole of it to a reviewer.
//!
//! The rows are R4's CompartmentDefinition `patient`, the field types, and the directory types. `by` is where the
//! patient is referred to; `search` are the R4 search parameters that read the same reference. AuditEvents are the
//! ledger's entries: nobody writes one, and no vault holds one. A Binary is whose its `securityContext` says.

use super::{Placement, Placement::*, resource_types};

resource_types! {
    Account: Clinical, by ["subject"], search ["patient", "subject"];
    AdverseEvent: Clinical, by ["subject"], search ["subject"];
    AllergyIntolerance: Clinical, by ["patient"], search ["patient"];
    Appointment: Clinical, by ["participant.actor"], search ["patient"];
    AppointmentResponse: Clinical, by ["actor"], search ["patient"];
    AuditEvent: Clinical, by ["agent.who", "entity.what"], search ["patient"];
    Basic: Clinical, by ["subject"], search ["patient", "subject"];
    Binary: Clinical, by ["securityContext"], search [];
    BodyStructure: Clinical, by ["patient"], search ["patient"];
    CarePlan: Clinical, by ["subject"], search ["patient", "subject"];
    CareTeam: Clinical, by ["subject"], search ["patient", "subject"];
    ChargeItem: Clinical, by ["subject"], search ["patient", "subject"];
    Claim: Clinical, by ["patient"], search ["patient"];
    ClaimResponse: Clinical, by ["patient"], search ["patient"];
    ClinicalImpression: Clinical, by ["subject"], search ["patient", "subject"];
    Communication: Field, by ["subject"], search ["patient", "subject"];
    CommunicationRequest: Clinical, by ["subject"], search ["patient", "subject"];
    Composition: Clinical, by ["subject"], search ["patient", "subject"];
    Condition: Clinical, by ["subject"], search ["patient", "subject"];
    Consent: Identity, by ["patient"], search ["patient"];
    Coverage: Clinical, by ["beneficiary"], search ["patient"];
    CoverageEligibilityRequest: Clinical, by ["patient"], search ["patient"];
    CoverageEligibilityResponse: Clinical, by ["patient"], search ["patient"];
    DetectedIssue: Clinical, by ["patient"], search ["patient"];
    Device: Field, by ["patient"], search ["patient"];
    DeviceRequest: Clinical, by ["subject"], search ["patient", "subject"];
    DeviceUseStatement: Clinical, by ["subject"], search ["patient", "subject"];
    DiagnosticReport: Clinical, by ["subject"], search ["patient", "subject"];
    DocumentManifest: Clinical, by ["subject"], search ["patient", "subject"];
    DocumentReference: FieldIfOfDevice, by ["subject"], search ["patient", "subject"];
    Encounter: Clinical, by ["subject"], search ["patient", "subject"];
    Endpoint: Directory, by [], search [];
    EnrollmentRequest: Clinical, by ["candidate"], search ["patient", "subject"];
    EpisodeOfCare: Clinical, by ["patient"], search ["patient"];
    ExplanationOfBenefit: Clinical, by ["patient"], search ["patient"];
    FamilyMemberHistory: Clinical, by ["patient"], search ["patient"];
    Flag: Clinical, by ["subject"], search ["patient", "subject"];
    Goal: Clinical, by ["subject"], search ["patient", "subject"];
    Group: Clinical, by ["member.entity"], search [];
    HealthcareService: Directory, by [], search [];
    ImagingStudy: Clinical, by ["subject"], search ["patient", "subject"];
    Immunization: Clinical, by ["patient"], search ["patient"];
    ImmunizationEvaluation: Clinical, by ["patient"], search ["patient"];
    ImmunizationRecommendation: Clinical, by ["patient"], search ["patient"];
    Invoice: Clinical, by ["subject"], search ["patient", "subject"];
    List: Clinical, by ["subject"], search ["patient", "subject"];
    Location: Directory, by [], search [];
    MeasureReport: Clinical, by ["subject"], search ["patient", "subject"];
    Media: Clinical, by ["subject"], search ["patient", "subject"];
    Medication: Directory, by [], search [];
    MedicationAdministration: Clinical, by ["subject"], search ["patient", "subject"];
    MedicationDispense: Clinical, by ["subject"], search ["patient", "subject"];
    MedicationRequest: Clinical, by ["subject"], search ["patient", "subject"];
    MedicationStatement: Clinical, by ["subject"], search ["patient", "subject"];
    MolecularSequence: Clinical, by ["patient"], search ["patient"];
    NutritionOrder: Clinical, by ["patient"], search ["patient"];
    Observation: StreamIfMeasured, by ["subject"], search ["patient", "subject"];
    Organization: Directory, by [], search [];
    Patient: Split, by [], search [];
    Person: Identity, by ["link.target"], search ["patient"];
    Practitioner: Directory, by [], search [];
    PractitionerRole: Directory, by [], search [];
    Procedure: Clinical, by ["subject"], search ["patient", "subject"];
    Provenance: Clinical, by ["target"], search ["patient"];
    Questionnaire: Directory, by [], search [];
    QuestionnaireResponse: Clinical, by ["subject"], search ["patient", "subject"];
    RelatedPerson: Contact, by ["patient"], search ["patient"];
    RequestGroup: Clinical, by ["subject"], search ["patient", "subject"];
    ResearchSubject: Clinical, by ["individual"], search ["patient"];
    RiskAssessment: Clinical, by ["subject"], search ["patient", "subject"];
    Schedule: Clinical, by ["actor"], search [];
    ServiceRequest: Clinical, by ["subject"], search ["patient", "subject"];
    Slot: Directory, by [], search [];
    Specimen: Clinical, by ["subject"], search ["patient", "subject"];
    Substance: Directory, by [], search [];
    SupplyDelivery: Clinical, by ["patient"], search ["patient"];
    SupplyRequest: Clinical, by ["deliverTo"], search ["subject"];
    Task: Field, by ["for"], search ["patient", "subject"];
    VisionPrescription: Clinical, by ["patient"], search ["patient"];
}
