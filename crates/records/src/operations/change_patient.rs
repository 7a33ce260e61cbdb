//! Changing a Patient: both halves get the same next version, in one saga.

use std::sync::Arc;

use serde_json::Value;
use tacenda_contracts::{
    permit::Permit,
    vault::{Change, Content, Write, Written},
};
use tacenda_fhir::{ResourceType, Template, split};
use tacenda_kernel::{Action, Compartment, RecordId, Version};

use super::read_patient::{HALVES, halves, permit};
use crate::{
    Caller, Records, RecordsError, Resource, documents,
    ids::Ids,
    references::{Entries, Resolver},
    saga::{Intent, Part, Saga},
    vault_client::UnderPermit,
};

/// A half's compartment, its stored form and what the vault is asked to keep.
pub(crate) type Half = (Compartment, Template, Content);

/// Both halves of a Patient in stored form.
pub(crate) fn both_halves(resolver: &mut Resolver<'_>, value: &Value, prefix: Option<&str>) -> [Half; 2] {
    let halves = split(value);
    let built = [(Compartment::Contact, halves.contact), (Compartment::Identity, halves.identity)].map(
        |(compartment, half)| {
            let template = resolver.build(&half, prefix);
            let content = documents::content(&template, &half);
            (compartment, template, content)
        },
    );
    resolver.contained(value, true);
    built
}

pub(super) async fn update(
    records: &Records,
    caller: &Caller,
    id: &str,
    value: &Value,
    expected: Option<Version>,
) -> Result<Resource, RecordsError> {
    let permit = whole(permit(records, caller, Action::Update, id).await?)?;
    let none = Entries::new();
    let mut resolver = Resolver::new(records, caller, Ids::patient(id)?, &none);
    let [(_, contact, contact_content), (_, identity, identity_content)] =
        both_halves(&mut resolver, value, None);
    resolver.finish(caller).await?;
    let changes = [Change::Update(contact_content, expected), Change::Update(identity_content, expected)];
    let written = change(records, caller.under(&permit), changes).await?;
    let whole = Template::join(Some(&contact), Some(&identity));
    documents::written(records, &permit, id.to_owned(), written, whole)
}

pub(super) async fn delete(
    records: &Records,
    caller: &Caller,
    id: &str,
    expected: Option<Version>,
) -> Result<(), RecordsError> {
    let permit = whole(permit(records, caller, Action::Delete, id).await?)?;
    let gone = || Change::Delete { kind: ResourceType::Patient, expected };
    match change(records, caller.under(&permit), [gone(), gone()]).await {
        Ok(_) | Err(RecordsError::Gone(Some(_))) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A caller who may change one half only may not change the patient.
pub(super) fn whole(permit: Arc<Permit>) -> Result<Arc<Permit>, RecordsError> {
    if HALVES.iter().all(|half| permit.opening(*half).is_some()) {
        Ok(permit)
    } else {
        Err(RecordsError::Forbidden)
    }
}

pub(super) async fn change(
    records: &Records,
    asked: UnderPermit<'_>,
    changes: [Change; 2],
) -> Result<Written, RecordsError> {
    let intent = Intent { compartments: HALVES.into_iter().collect(), enrols: false, submission: None };
    let saga = Saga::begin(records, intent).await?;
    let parts =
        halves(asked.permit).into_iter().zip(changes).map(|(record, change)| part(asked, record, change));
    let written = saga.run(parts.collect()).await?;
    // A patient was last updated when their later half was, as in `documents::patient`.
    written.into_iter().max_by_key(|one| one.recorded_at).ok_or(RecordsError::Unavailable)
}

fn part(asked: UnderPermit<'_>, record: RecordId, change: Change) -> Part {
    Part {
        compartment: record.compartment(),
        permit: Arc::clone(asked.permit),
        context: asked.context,
        writes: vec![Write { record, change }],
    }
}
