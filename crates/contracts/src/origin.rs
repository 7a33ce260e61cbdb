//! Where a version comes from: the ledger entry that announced it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tacenda_fhir::{Criterion, ResourceType, write_instant};
use tacenda_kernel::{Action, RecordId, Role, Version};

use crate::{
    entry::{Entry, Event},
    vault::{OWN_PATIENT, own_name},
};

/// A version, and the ledger entry that announced it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Where it comes among others.
    pub place: OriginPlace,
    /// The entry, with this one of the records that it touches.
    pub entry: Entry,
}

/// An entry's place in the ledger, and which of the rows that it announced. Newer entries come first, the rows of one in
/// their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginPlace {
    /// The entry's position.
    pub position: u64,
    /// Which row of it, from 0.
    pub row: u32,
}

impl OriginPlace {
    /// Whether it comes after `other`.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        self.position < other.position || (self.position == other.position && self.row > other.row)
    }
}

/// Which origins are asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OriginQuery {
    /// Those of this record; where there is none, those of all records of the permit's patient in the vault.
    pub record: Option<RecordId>,
    /// Of a record, the one of this version; all where there is none.
    pub version: Option<Version>,
    /// Only those that come after this place.
    pub after: Option<OriginPlace>,
    /// At most so many.
    pub limit: u32,
    /// Those that will be shown. Of others nothing is told, and so they are not in the ledger.
    pub shown: OriginFilter,
}

/// Which origins will be shown.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OriginFilter {
    /// None of records of this type: they are told of elsewhere.
    pub without: Option<ResourceType>,
    /// Each must match [`Origin::outline`].
    pub criteria: Vec<Criterion>,
    /// Of each of these lists, one must be the version that was written: of a record, or of the Patient.
    pub versions: Vec<Vec<(Option<RecordId>, Version)>>,
    /// Whether it is told who acted, and not only in which role.
    pub tells_actors: bool,
}

impl OriginFilter {
    /// Whether this origin will be shown. One whose type is not known has no name, and is not.
    #[must_use]
    pub fn shows(&self, origin: &Origin) -> bool {
        let Some((touched, kind)) = origin.entry.records.first().zip(origin.kind()) else { return false };
        let record = (kind != ResourceType::Patient).then_some(touched.record);
        let named = |list: &Vec<(Option<RecordId>, Version)>| list.contains(&(record, touched.version));
        self.without != Some(kind)
            && self.versions.iter().all(named)
            && origin
                .outline(self.tells_actors)
                .is_some_and(|outline| self.criteria.iter().all(|criterion| criterion.matches(&outline)))
    }
}

impl Origin {
    /// Of which type what was written is.
    #[must_use]
    pub fn kind(&self) -> Option<ResourceType> {
        self.entry.kind_of(0)?.parse().ok()
    }

    /// A FHIR R4 Provenance with the vault's own names ([`own_name`], [`OWN_PATIENT`]) where ids will be: of what was
    /// written, and of the version before it. None where its type is not known, so that nothing could refer to it.
    #[must_use]
    pub fn outline(&self, tells_actor: bool) -> Option<Value> {
        let (touched, kind) = (self.entry.records.first()?, self.kind()?);
        let own = match kind {
            ResourceType::Patient => OWN_PATIENT.to_owned(),
            _ => own_name(touched.record),
        };
        Some(self.provenance(kind, &own, tells_actor))
    }

    /// The same with an id of the caller's own.
    #[must_use]
    pub fn provenance(&self, kind: ResourceType, id: &str, tells_actor: bool) -> Value {
        let entry = &self.entry;
        let version = entry.records.first().map_or(Version::FIRST, |touched| touched.version);
        let mut agent = json!({
            "type": concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author"),
            "who": who(entry),
        });
        if !tells_actor {
            // SECURITY: who acts in two realms would be the same account in both.
            agent["who"] = json!({"display": entry.role.map_or("unknown", Role::as_str)});
        }
        if let Some(acted_as) = entry.role {
            agent["role"] = json!([role(acted_as)]);
        }
        let activity = concept("http://terminology.hl7.org/CodeSystem/v3-DataOperation", self.operation());
        let mut value = json!({
            "resourceType": "Provenance",
            "meta": {"lastUpdated": instant(entry)},
            "target": [{"reference": format!("{kind}/{id}/_history/{version}")}],
            "recorded": instant(entry),
            "activity": activity,
            "agent": [agent],
        });
        if let Some(purpose) = entry.purpose {
            let reason = concept("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose.code());
            value["reason"] = json!([reason]);
        }
        if let Some(former) = version.number().checked_sub(1).and_then(Version::new) {
            let what = json!({"reference": format!("{kind}/{id}/_history/{former}")});
            value["entity"] = json!([{"role": "revision", "what": what}]);
        }
        value
    }

    const fn operation(&self) -> &'static str {
        match &self.entry.event {
            Event::Access(Action::Delete) => "DELETE",
            Event::Access(Action::Update) => "UPDATE",
            _ => "CREATE",
        }
    }
}

/// When something happened, as FHIR writes it.
#[must_use]
pub fn instant(entry: &Entry) -> String {
    let mut text = Vec::new();
    write_instant(entry.at, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// An account, as readers of the log see it: its number and what it acted as. Names are with `accounts`.
#[must_use]
pub fn who(entry: &Entry) -> Value {
    let Some(actor) = entry.actor else { return json!({"display": "nobody who was identified"}) };
    let number = json!({"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{actor}")});
    let mut who = json!({"identifier": number});
    if let Some(role) = entry.role {
        who["display"] = json!(role.as_str());
    }
    who
}

/// As what somebody acted.
#[must_use]
pub fn role(role: Role) -> Value {
    concept("urn:tacenda:role", role.as_str())
}

/// A CodeableConcept of one Coding.
fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

/// Origins, newest first, and where the vault stopped looking.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Origins {
    /// What was found.
    pub found: Vec<Origin>,
    /// The place after which there may be more.
    pub next: Option<OriginPlace>,
}
