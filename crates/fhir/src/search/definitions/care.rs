//! Care: what ails somebody, and what is done about it. Names and expressions are those of R4 (4.0.1).

use super::{Definition, date, quantity, reference, text, token, uri};

pub(super) const ALLERGY_INTOLERANCE: &[Definition] = &[
    token("clinical-status", &["clinicalStatus"]),
    token("verification-status", &["verificationStatus"]),
    token("code", &["code", "reaction.substance"]).indexed(),
    token("category", &["category"]),
    token("criticality", &["criticality"]),
    token("type", &["type"]),
    token("severity", &["reaction.severity"]),
    token("manifestation", &["reaction.manifestation"]),
    token("route", &["reaction.exposureRoute"]),
    date("date", &["recordedDate"]),
    date("onset", &["reaction.onset"]),
    date("last-date", &["lastOccurrence"]),
    reference("recorder", &["recorder"]),
    reference("asserter", &["asserter"]),
];

pub(super) const ADVERSE_EVENT: &[Definition] = &[
    token("actuality", &["actuality"]),
    token("category", &["category"]),
    token("event", &["event"]),
    token("seriousness", &["seriousness"]),
    token("severity", &["severity"]),
    date("date", &["date"]),
    reference("location", &["location"]),
    reference("recorder", &["recorder"]),
    reference("resultingcondition", &["resultingCondition"]),
    reference("study", &["study"]),
];

pub(super) const CARE_PLAN: &[Definition] = &[
    token("status", &["status"]),
    token("intent", &["intent"]),
    token("category", &["category"]),
    token("activity-code", &["activity.detail.code"]),
    date("date", &["period"]),
    date("activity-date", &["activity.detail.scheduledPeriod"]),
    reference("encounter", &["encounter"]),
    reference("condition", &["addresses"]),
    reference("goal", &["goal"]),
    reference("care-team", &["careTeam"]),
    reference("performer", &["activity.detail.performer"]),
    reference("activity-reference", &["activity.reference"]),
    reference("based-on", &["basedOn"]),
    reference("part-of", &["partOf"]),
    reference("replaces", &["replaces"]),
];

pub(super) const CARE_TEAM: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    date("date", &["period"]),
    reference("encounter", &["encounter"]),
    reference("participant", &["participant.member"]),
];

pub(super) const CLINICAL_IMPRESSION: &[Definition] = &[
    token("status", &["status"]),
    token("finding-code", &["finding.itemCodeableConcept"]),
    date("date", &["effectiveDateTime", "effectivePeriod"]),
    reference("assessor", &["assessor"]),
    reference("encounter", &["encounter"]),
    reference("finding-ref", &["finding.itemReference"]),
    reference("investigation", &["investigation.item"]),
    reference("previous", &["previous"]),
    reference("problem", &["problem"]),
    reference("supporting-info", &["supportingInfo"]),
];

pub(super) const CONDITION: &[Definition] = &[
    token("clinical-status", &["clinicalStatus"]),
    token("verification-status", &["verificationStatus"]),
    token("category", &["category"]),
    token("code", &["code"]).indexed(),
    token("severity", &["severity"]),
    token("body-site", &["bodySite"]),
    token("evidence", &["evidence.code"]),
    token("stage", &["stage.summary"]),
    date("recorded-date", &["recordedDate"]),
    date("onset-date", &["onsetDateTime", "onsetPeriod"]),
    date("abatement-date", &["abatementDateTime", "abatementPeriod"]),
    reference("encounter", &["encounter"]),
    reference("asserter", &["asserter"]),
    reference("evidence-detail", &["evidence.detail"]),
    quantity("onset-age", &["onsetAge"]),
    quantity("abatement-age", &["abatementAge"]),
    text("onset-info", &["onsetString"]),
    text("abatement-string", &["abatementString"]),
];

pub(super) const DETECTED_ISSUE: &[Definition] = &[
    token("code", &["code"]),
    date("identified", &["identifiedDateTime", "identifiedPeriod"]),
    reference("author", &["author"]),
    reference("implicated", &["implicated"]),
];

pub(super) const ENCOUNTER: &[Definition] = &[
    token("status", &["status"]),
    token("class", &["class"]),
    token("type", &["type"]),
    token("participant-type", &["participant.type"]),
    token("reason-code", &["reasonCode"]),
    token("special-arrangement", &["hospitalization.specialArrangement"]),
    date("date", &["period"]),
    date("location-period", &["location.period"]),
    reference("account", &["account"]),
    reference("appointment", &["appointment"]),
    reference("based-on", &["basedOn"]),
    reference("diagnosis", &["diagnosis.condition"]),
    reference("episode-of-care", &["episodeOfCare"]),
    reference("location", &["location.location"]),
    reference("part-of", &["partOf"]),
    reference("participant", &["participant.individual"]),
    reference("practitioner", &["participant.individual"]),
    reference("reason-reference", &["reasonReference"]),
    reference("service-provider", &["serviceProvider"]),
    quantity("length", &["length"]),
];

pub(super) const EPISODE_OF_CARE: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    date("date", &["period"]),
    reference("care-manager", &["careManager"]),
    reference("condition", &["diagnosis.condition"]),
    reference("incoming-referral", &["referralRequest"]),
    reference("organization", &["managingOrganization"]),
];

pub(super) const FAMILY_MEMBER_HISTORY: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["condition.code"]),
    token("relationship", &["relationship"]),
    token("sex", &["sex"]),
    date("date", &["date"]),
    uri("instantiates-uri", &["instantiatesUri"]),
    uri("instantiates-canonical", &["instantiatesCanonical"]),
];

pub(super) const FLAG: &[Definition] =
    &[date("date", &["period"]), reference("author", &["author"]), reference("encounter", &["encounter"])];

pub(super) const GOAL: &[Definition] = &[
    token("lifecycle-status", &["lifecycleStatus"]),
    token("achievement-status", &["achievementStatus"]),
    token("category", &["category"]),
    date("start-date", &["startDate"]),
    date("target-date", &["target.dueDate"]),
];

pub(super) const IMMUNIZATION: &[Definition] = &[
    token("status", &["status"]),
    token("vaccine-code", &["vaccineCode"]).indexed(),
    token("reason-code", &["reasonCode"]),
    token("status-reason", &["statusReason"]),
    token("target-disease", &["protocolApplied.targetDisease"]),
    date("date", &["occurrenceDateTime"]),
    date("reaction-date", &["reaction.date"]),
    reference("location", &["location"]),
    reference("manufacturer", &["manufacturer"]),
    reference("performer", &["performer.actor"]),
    reference("reason-reference", &["reasonReference"]),
    reference("reaction", &["reaction.detail"]),
    text("lot-number", &["lotNumber"]),
    text("series", &["protocolApplied.series"]),
];

pub(super) const PROCEDURE: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    token("code", &["code"]).indexed(),
    token("reason-code", &["reasonCode"]),
    date("date", &["performedDateTime", "performedPeriod"]),
    reference("based-on", &["basedOn"]),
    reference("encounter", &["encounter"]),
    reference("location", &["location"]),
    reference("part-of", &["partOf"]),
    reference("performer", &["performer.actor"]),
    reference("reason-reference", &["reasonReference"]),
    uri("instantiates-uri", &["instantiatesUri"]),
    uri("instantiates-canonical", &["instantiatesCanonical"]),
];

pub(super) const RISK_ASSESSMENT: &[Definition] = &[
    token("method", &["method"]),
    token("risk", &["prediction.qualitativeRisk"]),
    date("date", &["occurrenceDateTime", "occurrencePeriod"]),
    reference("condition", &["condition"]),
    reference("encounter", &["encounter"]),
    reference("performer", &["performer"]),
];

pub(super) const SERVICE_REQUEST: &[Definition] = &[
    token("status", &["status"]),
    token("intent", &["intent"]),
    token("priority", &["priority"]),
    token("category", &["category"]),
    token("code", &["code"]).indexed(),
    token("body-site", &["bodySite"]),
    token("performer-type", &["performerType"]),
    token("requisition", &["requisition"]),
    date("authored", &["authoredOn"]),
    date("occurrence", &["occurrenceDateTime", "occurrencePeriod", "occurrenceTiming"]),
    reference("based-on", &["basedOn"]),
    reference("encounter", &["encounter"]),
    reference("performer", &["performer"]),
    reference("replaces", &["replaces"]),
    reference("requester", &["requester"]),
    reference("specimen", &["specimen"]),
];
