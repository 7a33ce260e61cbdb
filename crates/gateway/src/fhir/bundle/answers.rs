//! The answers to the entries of a transaction or batch.

use http::StatusCode;
use tacenda_fhir::{
    ResourceType,
    bundle::{BundleKind, ResponseEntry, response},
    outcome_bytes,
};
use tacenda_kernel::{Phi, Version};
use tacenda_records::{Caller, Done, Resource};

use crate::{
    edge::{prefer::Return, problem::Problem, state::Edge},
    fhir::answer,
};

/// The answer to one entry.
#[derive(Default)]
pub(super) struct Answer {
    status: StatusCode,
    location: Option<String>,
    version: Option<(Version, jiff::Timestamp)>,
    body: Option<Phi<Vec<u8>>>,
    outcome: Option<Vec<u8>>,
}

impl Answer {
    /// What was done, or found to be done already, shown as the caller prefers: where nothing was asked for, not at all.
    pub(super) async fn done(
        edge: &Edge,
        caller: &Caller,
        kind: ResourceType,
        done: Done,
        wanted: Return,
    ) -> Self {
        match done {
            Done::Created(one) => Self::written(edge, caller, StatusCode::CREATED, kind, &one, wanted).await,
            Done::Changed(one) => Self::written(edge, caller, StatusCode::OK, kind, &one, wanted).await,
            Done::Found(one) => Self::found(kind, one, wanted),
            Done::Deleted => Self { status: StatusCode::NO_CONTENT, ..Self::default() },
        }
    }

    async fn written(
        edge: &Edge,
        caller: &Caller,
        status: StatusCode,
        kind: ResourceType,
        written: &Resource,
        wanted: Return,
    ) -> Self {
        let body = match wanted {
            Return::Representation => answer::representation(edge, caller, kind, written).await,
            Return::Usual | Return::Minimal | Return::Outcome => None,
        };
        Self {
            status,
            location: Some(format!("{kind}/{}/_history/{}", written.id, written.version)),
            version: Some((written.version, written.last_updated)),
            body,
            outcome: (wanted == Return::Outcome).then(|| outcome_bytes(&[])),
        }
    }

    /// A resource that was there already.
    fn found(kind: ResourceType, found: Resource, wanted: Return) -> Self {
        let location = Some(format!("{kind}/{}/_history/{}", found.id, found.version));
        let read = Self::read(found);
        Self { location, body: read.body.filter(|_| wanted == Return::Representation), ..read }
    }

    pub(super) fn read(resource: Resource) -> Self {
        let version = Some((resource.version, resource.last_updated));
        Self { version, body: resource.body, ..Self::default() }
    }

    pub(super) fn not_modified(resource: &Resource) -> Self {
        let version = Some((resource.version, resource.last_updated));
        Self { status: StatusCode::NOT_MODIFIED, version, ..Self::default() }
    }

    pub(super) fn searched(found: Vec<u8>) -> Self {
        Self { body: Some(Phi::new(found)), ..Self::default() }
    }

    /// How large what it shows is, in bytes.
    pub(super) fn size(&self) -> usize {
        // EXPOSE: only the length is looked at.
        self.body.as_ref().map_or(0, |body| body.expose().len())
    }

    pub(super) fn refused(problem: &Problem) -> Self {
        Self { status: problem.status, outcome: Some(problem.outcome()), ..Self::default() }
    }
}

/// The bundle of all answers, as JSON text.
pub(super) fn write(kind: BundleKind, answers: &[Answer]) -> Vec<u8> {
    let statuses: Vec<String> = answers.iter().map(|answer| answer.status.to_string()).collect();
    let entries: Vec<ResponseEntry<'_>> = answers
        .iter()
        .zip(&statuses)
        .map(|(answer, status)| ResponseEntry {
            status,
            location: answer.location.as_deref(),
            version: answer.version,
            // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
            resource: answer.body.as_ref().map(|body| body.expose().as_slice()),
            outcome: answer.outcome.as_deref(),
        })
        .collect();
    response(kind, &entries)
}
