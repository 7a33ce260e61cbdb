//! Between a vault's stored form and a caller's resource.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tacenda_contracts::{
    permit::Permit,
    vault::{Content, Disclosed, Term, Written},
};
use tacenda_fhir::{RenderMeta, ResourceType, Slot, Template};
use tacenda_kernel::{Compartment, Phi, PublicId, Version};

use crate::{Records, RecordsError};

/// A resource as one caller may see it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id in the caller's realm.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// When that version was written.
    pub last_updated: Timestamp,
    /// Its JSON text; none for a version that says "deleted".
    pub body: Option<Phi<Vec<u8>>>,
}

impl Resource {
    /// How large it is, in bytes of JSON.
    #[must_use]
    pub fn size(&self) -> usize {
        // EXPOSE: only the length is looked at.
        self.body.as_ref().map_or(0, |body| body.expose().len())
    }

    /// Its type; none for a version that says "deleted".
    #[must_use]
    pub fn kind(&self) -> Option<ResourceType> {
        // EXPOSE: only the type is looked at.
        let rest = self.body.as_ref()?.expose().strip_prefix(b"{\"resourceType\":\"")?;
        let name = rest.split(|byte| *byte == b'"').next()?;
        std::str::from_utf8(name).ok()?.parse().ok()
    }
}

/// What a vault is asked to keep of a resource.
pub(crate) fn content(template: &Template, value: &Value) -> Content {
    let found = ResourceType::of(value).map(|kind| tacenda_fhir::terms(value, kind)).unwrap_or_default();
    let terms = found.into_iter().map(blindable).collect();
    Content { document: Phi::new(Bytes::from(template.to_bytes())), terms }
}

/// A term as a vault takes it.
pub(crate) fn blindable(term: tacenda_fhir::Term) -> Term {
    Term::from(term)
}

/// Renders what a vault disclosed for the permit's caller.
pub(crate) fn disclosed(
    records: &Records,
    permit: &Permit,
    disclosed: &Disclosed,
) -> Result<Resource, RecordsError> {
    let template = disclosed.document.as_ref().map(template).transpose()?;
    let named = Named { version: disclosed.version, at: disclosed.recorded_at };
    render(records, permit, records.ids.public(permit, disclosed.record)?.to_string(), named, template)
}

/// Renders a Patient from the halves that the permit covers.
pub(crate) fn patient(
    records: &Records,
    permit: &Permit,
    halves: &[Disclosed],
) -> Result<Resource, RecordsError> {
    let newest = halves.iter().max_by_key(|half| half.recorded_at).ok_or(RecordsError::NotFound)?;
    let mut templates = [None, None];
    for half in halves {
        let place = usize::from(half.record.compartment() != Compartment::Contact);
        templates[place] = half.document.as_ref().map(template).transpose()?;
    }
    let whole = Template::join(templates[0].as_ref(), templates[1].as_ref());
    let named = Named { version: newest.version, at: newest.recorded_at };
    render(records, permit, patient_id(permit)?, named, whole)
}

/// Renders what was just written, from what the caller sent.
pub(crate) fn written(
    records: &Records,
    permit: &Permit,
    id: String,
    written: Written,
    template: Option<Template>,
) -> Result<Resource, RecordsError> {
    let named = Named { version: written.version, at: written.recorded_at };
    render(records, permit, id, named, template)
}

/// The patient's id in the realm of the permit's caller.
pub(crate) fn patient_id(permit: &Permit) -> Result<String, RecordsError> {
    let subject = permit.claims().subject.as_ref().ok_or(RecordsError::NotFound)?;
    Ok(PublicId::One(subject.public).to_string())
}

struct Named {
    version: Version,
    at: Timestamp,
}

/// What a vault disclosed, as the stored form it is.
pub(crate) fn template(document: &Phi<Bytes>) -> Result<Template, RecordsError> {
    // EXPOSE: the document was disclosed to this caller; it is made into their resource.
    Template::from_shared(document.expose()).map_err(|_| RecordsError::Damaged)
}

fn render(
    records: &Records,
    permit: &Permit,
    id: String,
    named: Named,
    template: Option<Template>,
) -> Result<Resource, RecordsError> {
    let mut unnameable = None;
    let body = template.map(|template| {
        let meta = RenderMeta { id: &id, version: named.version, last_updated: named.at };
        Phi::new(template.render(&meta, &mut |slot, out| match slot_id(records, permit, slot) {
            Ok(text) => out.extend_from_slice(text.as_bytes()),
            Err(error) => unnameable = Some(error),
        }))
    });
    match unnameable {
        Some(error) => Err(error),
        None => Ok(Resource { id, version: named.version, last_updated: named.at, body }),
    }
}

fn slot_id(records: &Records, permit: &Permit, slot: &Slot) -> Result<String, RecordsError> {
    match slot {
        Slot::Patient => patient_id(permit),
        Slot::Record(record) => Ok(records.ids.public(permit, *record)?.to_string()),
    }
}
