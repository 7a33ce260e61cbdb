//! How FHIR, DICOM and IHE call what happened.

use serde_json::{Value, json};
use tacenda_contracts::entry::Event;
use tacenda_kernel::Action;

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
/// What only this server tells apart.
pub(super) const EVENT: &str = "urn:tacenda:event";

/// A Coding.
pub(crate) fn coding(system: &str, code: &str) -> Value {
    json!({"system": system, "code": code})
}

/// A CodeableConcept of one Coding.
pub(crate) fn concept(coding: Value) -> Value {
    json!({"coding": [coding]})
}

/// How an event is coded.
pub(super) struct Codes {
    /// This server's own name of it.
    pub(super) name: &'static str,
    /// `AuditEvent.type`
    pub(super) kind: Value,
    /// The more common of its names.
    subtype: Option<Value>,
    /// `AuditEvent.action`
    pub(super) action: &'static str,
    /// What BALP calls it, where it is one of its REST events.
    pub(super) rest: Option<Rest>,
}

/// The REST events that BALP has profiles for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Create,
    Read,
    Update,
    Delete,
    Query,
}

impl Rest {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Query => "Query",
        }
    }

    /// The roles of client, server and person in it. Where data is read it flows to the client; a query flows from it.
    pub(super) fn agents(self) -> [Value; 3] {
        let (source, destination) = (coding(DCM, "110153"), coding(DCM, "110152"));
        let (client, server) = if self == Self::Read { (destination, source) } else { (source, destination) };
        let person = match self {
            Self::Read | Self::Query => "IRCP",
            Self::Create | Self::Update => "AUT",
            Self::Delete => "CST",
        };
        [client, server, coding(PARTICIPATION, person)].map(concept)
    }
}

impl Codes {
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::Access(action) => of_action(*action),
            Event::Unauthenticated => security("unauthenticated", "110114", None, "E"),
            Event::TokenIssued => security("token-issued", "110114", None, "E"),
            Event::AccountChanged => security("account-changed", "110113", Some("110137"), "U"),
            Event::GrantChanged => security("grant-changed", "110113", Some("110136"), "U"),
            Event::WriteAbandoned => rest("write-abandoned", None, "E", None),
            Event::Settled { .. } => security("settled", "110100", None, "E"),
            Event::SignedIn => security("signed-in", "110114", Some("110122"), "E"),
            Event::SignedOut => security("signed-out", "110114", Some("110123"), "E"),
            Event::AccountsRead => security("accounts-read", "110113", None, "R"),
            Event::LedgerAdopted => security("ledger-adopted", "110100", None, "E"),
            Event::TransactionAccepted => security("transaction-accepted", "110100", None, "E"),
        }
    }

    /// `AuditEvent.subtype`
    pub(super) fn subtypes(&self) -> Vec<Value> {
        self.subtype.iter().cloned().chain([coding(EVENT, self.name)]).collect()
    }
}

fn of_action(action: Action) -> Codes {
    let name = action.as_str();
    match action {
        Action::Read => rest(name, Some("read"), "R", Some(Rest::Read)),
        Action::History => rest(name, Some("history-instance"), "R", Some(Rest::Read)),
        Action::Search | Action::Lookup => rest(name, Some("search-type"), "E", Some(Rest::Query)),
        Action::Create => rest(name, Some("create"), "C", Some(Rest::Create)),
        Action::Update => rest(name, Some("update"), "U", Some(Rest::Update)),
        Action::Delete => rest(name, Some("delete"), "D", Some(Rest::Delete)),
        // It makes the patient and their keys, and creates their first records, each with an entry of its own.
        Action::Register => rest(name, Some("create"), "C", Some(Rest::Create)),
        Action::Erase => rest(name, Some("operation"), "D", None),
        Action::Audit => security(name, "110101", None, "R"),
        Action::Reindex => security(name, "110100", None, "E"),
        Action::Administer => security(name, "110113", None, "E"),
    }
}

fn rest(name: &'static str, interaction: Option<&str>, action: &'static str, rest: Option<Rest>) -> Codes {
    let kind = coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
    Codes { name, kind, subtype: interaction.map(|code| coding(INTERACTION, code)), action, rest }
}

fn security(name: &'static str, kind: &str, subtype: Option<&str>, action: &'static str) -> Codes {
    let subtype = subtype.map(|code| coding(DCM, code));
    Codes { name, kind: coding(DCM, kind), subtype, action, rest: None }
}
