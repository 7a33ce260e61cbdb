//! What could tell a researcher who the patient is.

/// The top-level elements left out, in any resource type kept in `clinical` or `stream`.
///
/// Codes, quantities, components and dates stay: research is about them. What is named here is whole elements, so text
/// beside a code (`CodeableConcept.text`) and references to other records stay too, and a patient with a rare condition
/// may still be recognised: consent covers that, and every reading is in the ledger.
#[rustfmt::skip]
pub(crate) const IDENTIFYING: [&str; 102] = [
    // Narratives and free text.
    "cancelledReason", "comment", "conclusion", "description", "detail", "deviceName", "disposition",
    "mitigation", "name", "note", "outcomeDesc", "overrideReason", "patientInstruction", "paymentTerms",
    "processNote", "statusReason", "summary", "text", "title",
    // Free text where a coded or dated value could stand.
    "abatementString", "ageString", "bornString", "deceasedString", "effectiveString",
    "occurrenceString", "onsetString", "performedString", "scheduledString", "startString",
    "valueString",
    // Whatever can hold anything.
    "contained", "extension", "item", "modifierExtension", "payload", "supportingInfo",
    // Numbers given by others.
    "accessionIdentifier", "dependent", "groupIdentifier", "identifier", "masterIdentifier", "pointer",
    "preAuthRef", "repository", "requisition", "subscriberId", "telecom",
    // Documents, pictures and signatures.
    "content", "form", "image", "presentedForm", "section", "signature",
    // Groups of elements with notes or numbers inside.
    "activity", "condition", "container", "hospitalization", "insurance", "lensSpecification",
    "payment", "reaction", "related",
    // Other people: a relative's name names the patient.
    "actor", "agent", "asserter", "attester", "author", "bornDate", "bornPeriod", "careTeam",
    "contributor", "custodian", "deceasedDate", "enterer", "entity", "expressedBy", "guarantor",
    "informationSource", "member", "participant", "payee", "payor", "performer", "policyHolder",
    "receiver", "recipient", "recorder", "reporter", "requester", "sender", "signer", "source",
    "subscriber",
    // Places, small organisations, and the one sensor in one home.
    "accident", "device", "facility", "location", "managingOrganization", "provider", "serviceProvider",
    // The genome.
    "observedSeq", "variant",
];
