//! Who pays: accounts, coverage, claims, invoices. Names and expressions are those of R4 (4.0.1).

use super::{Definition, date, reference, text, token};

pub(super) const ACCOUNT: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    date("period", &["servicePeriod"]),
    reference("owner", &["owner"]),
    text("name", &["name"]),
];

pub(super) const CLAIM: &[Definition] = &[
    token("status", &["status"]),
    token("priority", &["priority"]),
    token("use", &["use"]),
    date("created", &["created"]),
    reference("care-team", &["careTeam.provider"]),
    reference("encounter", &["item.encounter"]),
    reference("enterer", &["enterer"]),
    reference("facility", &["facility"]),
    reference("insurer", &["insurer"]),
    reference("payee", &["payee.party"]),
    reference("procedure-udi", &["procedure.udi"]),
    reference("provider", &["provider"]),
];

pub(super) const CLAIM_RESPONSE: &[Definition] = &[
    token("outcome", &["outcome"]),
    token("status", &["status"]),
    token("use", &["use"]),
    date("created", &["created"]),
    date("payment-date", &["payment.date"]),
    reference("insurer", &["insurer"]),
    reference("request", &["request"]),
    reference("requestor", &["requestor"]),
    text("disposition", &["disposition"]),
];

pub(super) const COVERAGE: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    token("class-type", &["class.type"]),
    reference("payor", &["payor"]),
    reference("policy-holder", &["policyHolder"]),
    reference("subscriber", &["subscriber"]),
    text("class-value", &["class.value"]),
    text("dependent", &["dependent"]),
];

pub(super) const EXPLANATION_OF_BENEFIT: &[Definition] = &[
    token("status", &["status"]),
    date("created", &["created"]),
    reference("care-team", &["careTeam.provider"]),
    reference("claim", &["claim"]),
    reference("coverage", &["insurance.coverage"]),
    reference("encounter", &["item.encounter"]),
    reference("enterer", &["enterer"]),
    reference("facility", &["facility"]),
    reference("payee", &["payee.party"]),
    reference("provider", &["provider"]),
    text("disposition", &["disposition"]),
];

pub(super) const INVOICE: &[Definition] = &[
    token("status", &["status"]),
    token("type", &["type"]),
    token("participant-role", &["participant.role"]),
    date("date", &["date"]),
    reference("account", &["account"]),
    reference("issuer", &["issuer"]),
    reference("participant", &["participant.actor"]),
    reference("recipient", &["recipient"]),
];
