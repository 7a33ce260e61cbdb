//! One announced write as a FHIR R4 Provenance.

use serde_json::{Value, json};
use tacenda_contracts::{origin::Origin, permit::Permit};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{ApiRealm, Phi, Version};

use super::id::VersionId;
use crate::{Records, RecordsError, Resource, documents::patient_id};

/// A derived Provenance, as the permit's caller sees it.
pub(super) struct Derived {
    id: String,
    value: Value,
    at: jiff::Timestamp,
}

impl Derived {
    /// Writes it. None where the type of what was written is not known, so that nothing could refer to it.
    pub(super) fn of(
        records: &Records,
        permit: &Permit,
        origin: &Origin,
    ) -> Result<Option<Self>, RecordsError> {
        let Some((touched, kind)) = origin.entry.records.first().zip(origin.kind()) else { return Ok(None) };
        let of_patient = kind == ResourceType::Patient;
        let target = if of_patient {
            patient_id(permit)?
        } else {
            records.ids.public(permit, touched.record)?.to_string()
        };
        let id = VersionId { id: &target, of_patient, version: touched.version }.to_string();
        let mut value = origin.provenance(kind, &target, tells_actors(permit));
        value["id"] = json!(id);
        Ok(Some(Self { id, value, at: origin.entry.at }))
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

/// SECURITY: outside of care an account would be the same in every realm that it acts in.
pub(super) fn tells_actors(permit: &Permit) -> bool {
    permit.claims().realm == ApiRealm::Care
}
