//! What is prescribed, and of what it is made. Names and expressions are those of R4 (4.0.1).

use super::{Definition, date, quantity, reference, token};

pub(super) const MEDICATION: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["code"]).indexed(),
    token("form", &["form"]),
    token("ingredient-code", &["ingredient.itemCodeableConcept"]),
    token("lot-number", &["batch.lotNumber"]),
    date("expiration-date", &["batch.expirationDate"]),
    reference("ingredient", &["ingredient.itemReference"]),
    reference("manufacturer", &["manufacturer"]),
];

pub(super) const MEDICATION_ADMINISTRATION: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["medicationCodeableConcept"]).indexed(),
    token("reason-given", &["reasonCode"]),
    token("reason-not-given", &["statusReason"]),
    date("effective-time", &["effectiveDateTime", "effectivePeriod"]),
    reference("context", &["context"]),
    reference("device", &["device"]),
    reference("medication", &["medicationReference"]),
    reference("performer", &["performer.actor"]),
    reference("request", &["request"]),
];

pub(super) const MEDICATION_DISPENSE: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["medicationCodeableConcept"]).indexed(),
    token("type", &["type"]),
    date("whenhandedover", &["whenHandedOver"]),
    date("whenprepared", &["whenPrepared"]),
    reference("context", &["context"]),
    reference("destination", &["destination"]),
    reference("medication", &["medicationReference"]),
    reference("performer", &["performer.actor"]),
    reference("prescription", &["authorizingPrescription"]),
    reference("receiver", &["receiver"]),
    reference("responsibleparty", &["substitution.responsibleParty"]),
];

pub(super) const MEDICATION_REQUEST: &[Definition] = &[
    token("status", &["status"]),
    token("intent", &["intent"]),
    token("priority", &["priority"]),
    token("category", &["category"]),
    token("code", &["medicationCodeableConcept"]).indexed(),
    token("intended-performertype", &["performerType"]),
    date("authoredon", &["authoredOn"]),
    date("date", &["dosageInstruction.timing.event"]),
    reference("encounter", &["encounter"]),
    reference("intended-dispenser", &["dispenseRequest.performer"]),
    reference("intended-performer", &["performer"]),
    reference("medication", &["medicationReference"]),
    reference("requester", &["requester"]),
];

pub(super) const MEDICATION_STATEMENT: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    token("code", &["medicationCodeableConcept"]).indexed(),
    date("effective", &["effectiveDateTime", "effectivePeriod"]),
    reference("context", &["context"]),
    reference("medication", &["medicationReference"]),
    reference("part-of", &["partOf"]),
    reference("source", &["informationSource"]),
];

pub(super) const NUTRITION_ORDER: &[Definition] = &[
    token("status", &["status"]),
    token("additive", &["enteralFormula.additiveType"]),
    token("formula", &["enteralFormula.baseFormulaType"]),
    token("oraldiet", &["oralDiet.type"]),
    token("supplement", &["supplement.type"]),
    date("datetime", &["dateTime"]),
    reference("encounter", &["encounter"]),
    reference("provider", &["orderer"]),
];

pub(super) const SUBSTANCE: &[Definition] = &[
    token("status", &["status"]),
    token("category", &["category"]),
    token("code", &["code", "ingredient.substanceCodeableConcept"]).indexed(),
    token("container-identifier", &["instance.identifier"]),
    date("expiry", &["instance.expiry"]),
    reference("substance-reference", &["ingredient.substanceReference"]),
    quantity("quantity", &["instance.quantity"]),
];

pub(super) const VISION_PRESCRIPTION: &[Definition] = &[
    token("status", &["status"]),
    date("datewritten", &["dateWritten"]),
    reference("encounter", &["encounter"]),
    reference("prescriber", &["prescriber"]),
];
