//! Around the care: visits, devices, tickets, consent. Names and expressions are those of R4 (4.0.1).

use super::{Definition, PERSON_NAME, date, reference, text, token, uri};

pub(super) const APPOINTMENT: &[Definition] = &[
    token("status", &["status"]),
    token("appointment-type", &["appointmentType"]),
    token("part-status", &["participant.status"]),
    token("reason-code", &["reasonCode"]),
    token("service-category", &["serviceCategory"]),
    token("service-type", &["serviceType"]),
    token("specialty", &["specialty"]),
    date("date", &["start"]),
    reference("actor", &["participant.actor"]),
    reference("based-on", &["basedOn"]),
    reference("location", &["participant.actor"]),
    reference("practitioner", &["participant.actor"]),
    reference("reason-reference", &["reasonReference"]),
    reference("slot", &["slot"]),
    reference("supporting-info", &["supportingInformation"]),
];

pub(super) const APPOINTMENT_RESPONSE: &[Definition] = &[
    token("part-status", &["participantStatus"]),
    reference("actor", &["actor"]),
    reference("appointment", &["appointment"]),
];

/// `agent` is a reference, or the URI that identifies the account.
pub(super) const AUDIT_EVENT: &[Definition] = &[
    token("action", &["action"]),
    token("agent-role", &["agent.role"]),
    token("entity-role", &["entity.role"]),
    token("entity-type", &["entity.type"]),
    token("outcome", &["outcome"]),
    token("subtype", &["subtype"]),
    token("type", &["type"]),
    date("date", &["recorded"]),
    reference("agent", &["agent.who", "agent.who.identifier.value"]),
    reference("entity", &["entity.what"]),
    uri("policy", &["agent.policy"]),
];

pub(super) const COMMUNICATION: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    token("medium", &["medium"]),
    date("received", &["received"]),
    date("sent", &["sent"]),
    reference("based-on", &["basedOn"]),
    reference("encounter", &["encounter"]),
    reference("part-of", &["partOf"]),
    reference("recipient", &["recipient"]),
    reference("sender", &["sender"]),
];

pub(super) const COMMUNICATION_REQUEST: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    token("medium", &["medium"]),
    token("priority", &["priority"]),
    token("group-identifier", &["groupIdentifier"]),
    date("authored", &["authoredOn"]),
    date("occurrence", &["occurrenceDateTime", "occurrencePeriod"]),
    reference("based-on", &["basedOn"]),
    reference("encounter", &["encounter"]),
    reference("recipient", &["recipient"]),
    reference("replaces", &["replaces"]),
    reference("requester", &["requester"]),
    reference("sender", &["sender"]),
];

pub(super) const CONSENT: &[Definition] = &[
    token("status", &["status"]),
    token("scope", &["scope"]),
    token("category", &["category"]),
    token("action", &["provision.action"]),
    token("purpose", &["provision.purpose"]),
    token("security-label", &["provision.securityLabel"]),
    date("date", &["dateTime"]),
    date("period", &["provision.period"]),
    reference("actor", &["provision.actor.reference"]),
    reference("consentor", &["performer"]),
    reference("data", &["provision.data.reference"]),
    reference("organization", &["organization"]),
    reference("source-reference", &["sourceReference"]),
];

pub(super) const DEVICE_REQUEST: &[Definition] = &[
    token("status", &["status"]),
    token("intent", &["intent"]),
    token("code", &["codeCodeableConcept"]),
    token("group-identifier", &["groupIdentifier"]),
    date("authored-on", &["authoredOn"]),
    date("event-date", &["occurrenceDateTime", "occurrencePeriod"]),
    reference("based-on", &["basedOn"]),
    reference("device", &["codeReference"]),
    reference("encounter", &["encounter"]),
    reference("insurance", &["insurance"]),
    reference("performer", &["performer"]),
    reference("prior-request", &["priorRequest"]),
    reference("requester", &["requester"]),
];

pub(super) const DEVICE: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    reference("location", &["location"]),
    reference("organization", &["owner"]),
    text("device-name", &["deviceName.name"]),
    text("manufacturer", &["manufacturer"]),
    text("model", &["modelNumber"]),
    text("udi-carrier", &["udiCarrier.carrierHRF"]),
    text("udi-di", &["udiCarrier.deviceIdentifier"]),
    uri("url", &["url"]),
];

pub(super) const GROUP: &[Definition] = &[
    token("actual", &["actual"]),
    token("characteristic", &["characteristic.code"]),
    token("code", &["code"]),
    token("exclude", &["characteristic.exclude"]),
    token("type", &["type"]),
    token("value", &["characteristic.valueCodeableConcept", "characteristic.valueBoolean"]),
    reference("managing-entity", &["managingEntity"]),
    reference("member", &["member.entity"]),
];

pub(super) const LIST: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["code"]),
    token("empty-reason", &["emptyReason"]),
    date("date", &["date"]),
    reference("encounter", &["encounter"]),
    reference("item", &["entry.item"]),
    reference("source", &["source"]),
    text("title", &["title"]),
    text("notes", &["note.text"]),
];

pub(super) const PERSON: &[Definition] = &[
    token("gender", &["gender"]),
    date("birthdate", &["birthDate"]),
    reference("link", &["link.target"]),
    reference("organization", &["managingOrganization"]),
    reference("practitioner", &["link.target"]),
    reference("relatedperson", &["link.target"]),
    text("name", PERSON_NAME),
];

pub(super) const PROVENANCE: &[Definition] = &[
    token("agent-role", &["agent.role"]),
    token("agent-type", &["agent.type"]),
    token("signature-type", &["signature.type"]),
    date("recorded", &["recorded"]),
    date("when", &["occurredDateTime"]),
    reference("agent", &["agent.who"]),
    reference("entity", &["entity.what"]),
    reference("location", &["location"]),
    reference("target", &["target"]),
];

pub(super) const RELATED_PERSON: &[Definition] = &[
    token("active", &["active"]),
    token("gender", &["gender"]),
    token("relationship", &["relationship"]),
    date("birthdate", &["birthDate"]),
    text("name", PERSON_NAME),
];

pub(super) const RESEARCH_SUBJECT: &[Definition] = &[
    token("status", &["status"]),
    date("date", &["period"]),
    reference("individual", &["individual"]),
    reference("study", &["study"]),
];

pub(super) const SCHEDULE: &[Definition] = &[
    token("active", &["active"]),
    token("service-category", &["serviceCategory"]),
    token("service-type", &["serviceType"]),
    token("specialty", &["specialty"]),
    date("date", &["planningHorizon"]),
    reference("actor", &["actor"]),
];

pub(super) const SLOT: &[Definition] = &[
    token("status", &["status"]),
    token("appointment-type", &["appointmentType"]),
    token("service-category", &["serviceCategory"]),
    token("service-type", &["serviceType"]),
    token("specialty", &["specialty"]),
    date("start", &["start"]),
    reference("schedule", &["schedule"]),
];

pub(super) const SUPPLY_DELIVERY: &[Definition] = &[
    token("status", &["status"]),
    reference("receiver", &["receiver"]),
    reference("supplier", &["supplier"]),
];

pub(super) const SUPPLY_REQUEST: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    date("date", &["authoredOn"]),
    reference("requester", &["requester"]),
    reference("supplier", &["supplier"]),
];

pub(super) const TASK: &[Definition] = &[
    token("status", &["status"]),
    token("intent", &["intent"]),
    token("priority", &["priority"]),
    token("code", &["code"]),
    token("business-status", &["businessStatus"]),
    token("group-identifier", &["groupIdentifier"]),
    token("performer", &["performerType"]),
    date("authored-on", &["authoredOn"]),
    date("modified", &["lastModified"]),
    date("period", &["executionPeriod"]),
    reference("based-on", &["basedOn"]),
    reference("encounter", &["encounter"]),
    reference("focus", &["focus"]),
    reference("owner", &["owner"]),
    reference("part-of", &["partOf"]),
    reference("requester", &["requester"]),
];
