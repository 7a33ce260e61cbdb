//! Patients and the directory: whom the parameters find is looked for among everybody. Names and expressions are those of R4 (4.0.1).

use super::{Definition, PERSON_NAME, date, reference, text, token};

pub(super) const PATIENT: &[Definition] = &[
    token("active", &["active"]),
    token("gender", &["gender"]),
    token("language", &["communication.language"]),
    token("telecom", &["telecom"]).indexed(),
    token("phone", &["telecom?system=phone"]).indexed(),
    token("email", &["telecom?system=email"]).indexed(),
    date("birthdate", &["birthDate"]).indexed(),
    date("death-date", &["deceasedDateTime"]),
    reference("general-practitioner", &["generalPractitioner"]),
    reference("organization", &["managingOrganization"]),
    text("name", PERSON_NAME).indexed(),
    text("family", &["name.family"]).indexed(),
    text("given", &["name.given"]).indexed(),
];

pub(super) const PRACTITIONER: &[Definition] = &[
    token("active", &["active"]),
    token("gender", &["gender"]),
    token("communication", &["communication"]),
    text("name", PERSON_NAME).indexed(),
    text("family", &["name.family"]).indexed(),
    text("given", &["name.given"]).indexed(),
];

pub(super) const PRACTITIONER_ROLE: &[Definition] = &[
    token("active", &["active"]),
    token("role", &["code"]),
    token("specialty", &["specialty"]),
    date("date", &["period"]),
    reference("endpoint", &["endpoint"]),
    reference("location", &["location"]),
    reference("organization", &["organization"]),
    reference("practitioner", &["practitioner"]),
    reference("service", &["healthcareService"]),
];

pub(super) const ORGANIZATION: &[Definition] = &[
    token("active", &["active"]),
    token("type", &["type"]),
    reference("endpoint", &["endpoint"]),
    reference("partof", &["partOf"]),
    text("name", &["name", "alias"]).indexed(),
];

pub(super) const LOCATION: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    token("operational-status", &["operationalStatus"]),
    reference("endpoint", &["endpoint"]),
    reference("organization", &["managingOrganization"]),
    reference("partof", &["partOf"]),
    text("name", &["name", "alias"]).indexed(),
];

pub(super) const HEALTHCARE_SERVICE: &[Definition] = &[
    token("active", &["active"]),
    token("characteristic", &["characteristic"]),
    token("program", &["program"]),
    token("service-category", &["category"]),
    token("service-type", &["type"]),
    token("specialty", &["specialty"]),
    reference("coverage-area", &["coverageArea"]),
    reference("endpoint", &["endpoint"]),
    reference("location", &["location"]),
    reference("organization", &["providedBy"]),
    text("name", &["name"]).indexed(),
];

pub(super) const ENDPOINT: &[Definition] = &[
    token("status", &["status"]),
    token("connection-type", &["connectionType"]),
    token("payload-type", &["payloadType"]),
    reference("organization", &["managingOrganization"]),
    text("name", &["name"]).indexed(),
];
