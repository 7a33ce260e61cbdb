//! One announced write as a FHIR R4 Provenance.

use serde_json::{Value, json};
use tacenda_contracts::{origin::Origin, permit::Permit};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{Action, ApiRealm, Phi, Version};

use super::id::VersionId;
use crate::{
    Records, RecordsError, Resource,
    audit::{coding, concept, instant, role, who},
    documents::patient_id,
};

/// A derived Provenance, as the permit's caller sees it.
pub(super) struct Derived {
    pub(super) id: String,
    pub(super) value: Value,
    at: jiff::Timestamp,
}

impl Derived {
    /// Writes it. None where the type of what was written is not known, so that nothing could refer to it.
    pub(super) fn of(
        records: &Records,
        permit: &Permit,
        origin: &Origin,
    ) -> Result<Option<Self>, RecordsError> {
        let entry = &origin.entry;
        let Some((touched, kind)) = entry.records.first().zip(entry.kind_of(0)) else { return Ok(None) };
        let of_patient = kind == ResourceType::Patient.as_str();
        let target = if of_patient {
            patient_id(permit)?
        } else {
            records.ids.public(permit, touched.record)?.to_string()
        };
        let version = touched.version;
        let id = VersionId { id: &target, of_patient, version }.to_string();
        let mut agent = json!({
            "type": concept(coding("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author")),
            "who": who(entry),
        });
        if permit.claims().realm != ApiRealm::Care {
            // SECURITY: who acts in two realms would be the same account in both.
            agent["who"] = json!({"display": entry.role.map_or("unknown", tacenda_kernel::Role::as_str)});
        }
        if let Some(acted_as) = entry.role {
            agent["role"] = json!([role(acted_as)]);
        }
        let mut value = json!({
            "resourceType": "Provenance",
            "id": id,
            "meta": {"lastUpdated": instant(entry)},
            "target": [{"reference": format!("{kind}/{target}/_history/{version}")}],
            "recorded": instant(entry),
            "activity": concept(coding("http://terminology.hl7.org/CodeSystem/v3-DataOperation", operation(origin))),
            "agent": [agent],
        });
        if let Some(purpose) = entry.purpose {
            let reason = coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose.code());
            value["reason"] = json!([concept(reason)]);
        }
        if let Some(former) = version.number().checked_sub(1).and_then(Version::new) {
            let what = json!({"reference": format!("{kind}/{target}/_history/{former}")});
            value["entity"] = json!([{"role": "revision", "what": what}]);
        }
        Ok(Some(Self { id, value, at: entry.at }))
    }

    pub(super) fn resource(self) -> Resource {
        Resource {
            id: self.id,
            version: Version::FIRST,
            last_updated: self.at,
            body: Some(Phi::new(self.value.to_string().into_bytes())),
        }
    }
}

fn operation(origin: &Origin) -> &'static str {
    use tacenda_contracts::entry::Event;
    match &origin.entry.event {
        Event::Access(Action::Delete) => "DELETE",
        Event::Access(Action::Update) => "UPDATE",
        _ => "CREATE",
    }
}
