//! One ledger entry as a FHIR R4 AuditEvent, in the form of the IHE profiles for basic audit (BALP 1.1).
//!
//! SECURITY: it says no more than the entry does: no value of a record and no query. Where a profile demands one of these,
//! it says that it is absent. From where somebody asked is for security officers: a patient does not learn where those
//! work who cared for them.

use serde_json::{Map, Value, json};
use tacenda_contracts::{
    entry::{Entry, Fact, Outcome},
    origin::{instant, role, who},
    permit::Permit,
};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{PublicId, RecordId, Role};
use uuid::Uuid;

use super::{
    codes::{Codes, Rest, coding, concept},
    log::Read,
    unreadable_event::unreadable_event,
};
use crate::{Records, RecordsError};

const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const URIS: &str = "urn:ietf:rfc:3986";

/// Why an announced write is not done, where a later entry says so.
const ABANDONED: &str = "abandoned";

/// Writes an entry as an AuditEvent for the permit's caller.
pub(super) fn audit_event(records: &Records, permit: &Permit, read: &Read) -> Result<Value, RecordsError> {
    let Some(opened) = &read.opened else { return Ok(unreadable_event(&records.base_url, read.id)) };
    let (entry, ended) =
        (&opened.entry, if opened.abandoned { Outcome::Failed } else { opened.entry.outcome });
    let codes = Codes::of(&entry.event);
    let touched = touched(records, permit, entry)?;
    let patient = permit.claims().subject.as_ref().map(|subject| PublicId::One(subject.public).to_string());
    let profile =
        codes.rest.filter(|rest| ended == Outcome::Allowed && (*rest == Rest::Query || touched.len() == 1));
    let mut meta = json!({"lastUpdated": instant(entry)});
    if let Some(rest) = profile {
        let about = if patient.is_some() { "Patient" } else { "" };
        meta["profile"] = json!([format!("{PROFILES}{about}{}", rest.name())]);
    }
    let base = &records.base_url;
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": read.id.to_string(),
        "meta": meta,
        "extension": [
            {"url": "urn:tacenda:ledger-position", "valueString": read.id.position.to_string()},
            {"url": "urn:tacenda:trace", "valueString": entry.trace.to_string()},
            {"url": "urn:tacenda:inclusion-proof", "valueUrl": format!("{base}/AuditEvent/{}/$proof", read.id)},
        ],
        "type": codes.kind,
        "subtype": codes.subtypes(),
        "action": codes.action,
        "recorded": instant(entry),
        "outcome": outcome(ended),
        "agent": agents(base, entry, codes.rest, permit.claims().actor.role == Role::SecurityOfficer),
        "source": {
            "observer": server(base),
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4")],
        },
    });
    if let Some(reason) = entry.reason.as_deref().or(opened.abandoned.then_some(ABANDONED)) {
        event["outcomeDesc"] = json!(reason);
    }
    for relation in &entry.relations {
        let extension = json!({"url": "urn:tacenda:relation", "valueCode": relation.as_str()});
        event["extension"].as_array_mut().into_iter().for_each(|all| all.push(extension.clone()));
    }
    let entities = entities(entry, codes.rest, patient.as_deref(), touched);
    if !entities.is_empty() {
        event["entity"] = json!(entities);
    }
    Ok(event)
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "0",
        Outcome::Denied => "4",
        Outcome::Failed => "8",
    }
}

pub(super) fn server(base: &str) -> Value {
    json!({"identifier": {"system": URIS, "value": base}, "display": "Tacenda"})
}

/// Who acted, the program in whose hands, and this server. From where is told to those who may know.
fn agents(base: &str, entry: &Entry, rest: Option<Rest>, whence: bool) -> Vec<Value> {
    let mut actor = json!({"who": who(entry), "requestor": true});
    if let Some(acted_as) = entry.role {
        actor["role"] = json!([role(acted_as)]);
    }
    if let Some(purpose) = entry.purpose {
        let reason = coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose.code());
        actor["purposeOfUse"] = json!([concept(reason)]);
    }
    let permit = entry.permit.map(|permit| format!("urn:uuid:{}", Uuid::from_bytes(permit)));
    let policies = entry.policies.iter().map(|policy| format!("urn:tacenda:policy:{policy}"));
    let policy: Vec<String> = permit.into_iter().chain(policies).collect();
    if !policy.is_empty() {
        actor["policy"] = json!(policy);
    }
    let network_of_caller = match entry.source.address {
        Some(address) if whence => json!({"address": address.to_string(), "type": "2"}),
        Some(_) => absent("masked"),
        None => absent("unknown"),
    };
    let Some(rest) = rest else {
        actor["network"] = network_of_caller;
        return vec![actor];
    };
    let [client, own, person] = rest.agents();
    let network = json!({"address": base, "type": "5"});
    let own = json!({"type": own, "who": server(base), "requestor": false, "network": network});
    if matches!(entry.role, Some(Role::Application | Role::Device)) {
        actor["type"] = client;
        actor["network"] = network_of_caller;
        return vec![actor, own];
    }
    actor["type"] = person;
    let who = match &entry.source.application {
        Some(application) => json!({"identifier": {"system": "urn:tacenda:client", "value": application}}),
        None => absent("unknown"),
    };
    vec![actor, json!({"type": client, "who": who, "requestor": false, "network": network_of_caller}), own]
}

/// An element of which only the reason is given why it is not there.
pub(super) fn absent(reason: &str) -> Value {
    let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    json!({"extension": [{"url": url, "valueCode": reason}]})
}

/// A record with all its versions that were touched.
struct Record {
    kind: Option<String>,
    what: Value,
    versions: Vec<String>,
}

fn touched(records: &Records, permit: &Permit, entry: &Entry) -> Result<Vec<Record>, RecordsError> {
    let mut found: Vec<(RecordId, Record)> = Vec::new();
    for (place, touched) in entry.records.iter().enumerate() {
        let version = touched.version.to_string();
        if let Some((_, known)) = found.iter_mut().find(|(record, _)| *record == touched.record) {
            known.versions.push(version);
            continue;
        }
        let kind = entry.kind_of(place).map(str::to_owned);
        let what = named(records, permit, touched.record, kind.as_deref())?;
        found.push((touched.record, Record { kind, what, versions: vec![version] }));
    }
    Ok(found.into_iter().map(|(_, record)| record).collect())
}

/// The record in the caller's realm. Where its type is not known, it is no reference.
fn named(
    records: &Records,
    permit: &Permit,
    record: RecordId,
    kind: Option<&str>,
) -> Result<Value, RecordsError> {
    let subject = permit.claims().subject.as_ref();
    let id = match subject.filter(|_| kind == Some(ResourceType::Patient.as_str())) {
        Some(subject) => PublicId::One(subject.public),
        None => records.ids.public(permit, record)?,
    };
    Ok(match kind {
        Some(kind) => json!({"reference": format!("{kind}/{id}")}),
        None => json!({"identifier": {"system": "urn:tacenda:record", "value": id.to_string()}}),
    })
}

fn entities(entry: &Entry, rest: Option<Rest>, patient: Option<&str>, touched: Vec<Record>) -> Vec<Value> {
    let details = details(entry);
    let mut entities = Vec::new();
    if let Some(patient) = patient {
        entities.push(json!({
            "what": {"reference": format!("Patient/{patient}")},
            "type": coding(ENTITY_TYPE, "1"),
            "role": coding(ENTITY_ROLE, "1"),
        }));
    }
    if touched.is_empty() && !details.is_empty() {
        match entities.first_mut() {
            Some(patient) => patient["detail"] = json!(details),
            None => entities.push(json!({"type": coding(ENTITY_TYPE, "4"), "detail": details})),
        }
    }
    for record in touched {
        let versions = record.versions.iter();
        let versions = versions.map(|version| json!({"type": "version", "valueString": version}));
        let all: Vec<Value> = versions.chain(details.iter().cloned()).collect();
        // In a query, BALP keeps the type "system object" for the query itself.
        let kind = match (rest, record.kind) {
            (Some(Rest::Query), Some(kind)) => coding(RESOURCE_TYPES, &kind),
            (Some(Rest::Query), None) => coding(ENTITY_TYPE, "4"),
            _ => coding(ENTITY_TYPE, "2"),
        };
        let role = coding(ENTITY_ROLE, "4");
        entities.push(json!({"what": record.what, "type": kind, "role": role, "detail": all}));
    }
    if rest == Some(Rest::Query) {
        let (kind, role) = (coding(ENTITY_TYPE, "2"), coding(ENTITY_ROLE, "24"));
        entities.push(json!({"type": kind, "role": role, "_query": absent("masked")}));
    }
    entities
}

/// Which elements were disclosed, of which compartment, and what more there is to say.
fn details(entry: &Entry) -> Vec<Value> {
    let text = |name: &str, value: String| {
        let mut detail = Map::new();
        detail.insert("type".to_owned(), json!(name));
        detail.insert("valueString".to_owned(), json!(value));
        Value::Object(detail)
    };
    let compartment = entry.compartment.map(|place| text("compartment", place.as_str().to_owned()));
    let elements = (!entry.elements.is_empty()).then(|| text("elements", entry.elements.join(" ")));
    // What an account's rows are bound to says nothing of the event, and a patient's number is the ledger's own.
    let own = |fact: &&Fact| !matches!(fact, Fact::Counter { .. } | Fact::CounterAnnounced { .. });
    let facts = entry.facts.iter().filter(own).map(|fact| (fact.name(), fact.value()));
    let facts = facts.filter(|(_, value)| !value.is_empty()).map(|(name, value)| text(name, value));
    compartment.into_iter().chain(elements).chain(facts).collect()
}
