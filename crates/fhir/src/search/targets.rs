//! To which types a reference parameter leads, as R4 says of the elements that it looks at.

use crate::ResourceType;

/// Whoever may act, as R4 lets nearly all of the elements that say who did something name them.
const SOMEBODY: &[ResourceType] = {
    use ResourceType::{
        CareTeam, Device, HealthcareService, Organization, Patient, Practitioner, PractitionerRole,
        RelatedPerson,
    };
    &[
        Practitioner,
        PractitionerRole,
        Organization,
        CareTeam,
        Patient,
        RelatedPerson,
        Device,
        HealthcareService,
    ]
};

/// The types; none where it may be any, or too many to tell.
pub(super) const fn of(kind: ResourceType, name: &str) -> &'static [ResourceType] {
    use ResourceType::*;
    match (kind, name.as_bytes()) {
        (DocumentReference, b"encounter") | (_, b"context") => &[Encounter, EpisodeOfCare],
        (_, b"encounter") | (Encounter, b"part-of") => &[Encounter],
        (_, b"patient" | b"individual") => &[Patient],
        (_, b"subject") => &[Patient, Group, Device, Location],
        (_, b"location" | b"facility" | b"destination" | b"coverage-area") | (Location, b"partof") => {
            &[Location]
        }
        (
            _,
            b"organization"
            | b"service-provider"
            | b"insurer"
            | b"manufacturer"
            | b"custodian"
            | b"intended-dispenser",
        )
        | (Organization, b"partof") => &[Organization],
        (_, b"practitioner") => &[Practitioner],
        (_, b"service") => &[HealthcareService],
        (_, b"relatedperson") => &[RelatedPerson],
        (_, b"result" | b"reaction") => &[Observation],
        (_, b"has-member") => &[Observation, QuestionnaireResponse, MolecularSequence],
        (_, b"derived-from") => {
            &[Observation, DocumentReference, ImagingStudy, Media, QuestionnaireResponse, MolecularSequence]
        }
        (_, b"media") => &[Media],
        (_, b"medication") => &[Medication],
        (_, b"slot") => &[Slot],
        (_, b"schedule") => &[Schedule],
        (_, b"endpoint") => &[Endpoint],
        (Medication, b"ingredient") => &[Medication, Substance],
        (_, b"substance-reference") => &[Substance],
        (_, b"specimen" | b"parent") => &[Specimen],
        (_, b"device" | b"procedure-udi") => &[Device],
        (_, b"goal") => &[Goal],
        (_, b"condition" | b"resultingcondition") => &[Condition],
        (_, b"problem") => &[Condition, AllergyIntolerance],
        (Encounter, b"diagnosis") => &[Condition, Procedure],
        (_, b"episode-of-care") => &[EpisodeOfCare],
        (_, b"appointment") => &[Appointment],
        (_, b"account") => &[Account],
        (_, b"claim") | (ClaimResponse, b"request") => &[Claim],
        (_, b"coverage") => &[Coverage],
        (_, b"request" | b"prescription") => &[MedicationRequest],
        (_, b"incoming-referral") | (ServiceRequest, b"replaces") => &[ServiceRequest],
        (_, b"relatesto") => &[DocumentReference],
        (_, b"previous") => &[ClinicalImpression],
        (CommunicationRequest, b"replaces") => &[CommunicationRequest],
        (CarePlan, b"replaces" | b"part-of") => &[CarePlan],
        (CarePlan, b"care-team") => &[CareTeam],
        (Task, b"part-of") => &[Task],
        (
            _,
            b"actor"
            | b"agent"
            | b"asserter"
            | b"assessor"
            | b"attester"
            | b"authenticator"
            | b"author"
            | b"care-manager"
            | b"care-team"
            | b"collector"
            | b"consentor"
            | b"enterer"
            | b"general-practitioner"
            | b"intended-performer"
            | b"interpreter"
            | b"issuer"
            | b"managing-entity"
            | b"operator"
            | b"owner"
            | b"participant"
            | b"payee"
            | b"payor"
            | b"performer"
            | b"policy-holder"
            | b"prescriber"
            | b"provider"
            | b"receiver"
            | b"recipient"
            | b"recorder"
            | b"referrer"
            | b"requester"
            | b"requestor"
            | b"responsibleparty"
            | b"results-interpreter"
            | b"sender"
            | b"source"
            | b"subscriber"
            | b"supplier",
        ) => SOMEBODY,
        _ => &[],
    }
}
