//! What was: histories, going back, and what changed.

use super::{
    fhir::{FHIR_JSON, OF_FHIR, READING_ONE, SENT, WRITING, WRITTEN},
    headers::{COUNT, CURSOR, FROM, IF_MATCH, PATIENT, PREFER, PURPOSE_OF_USE, SINCE, TO},
    operation::{Answer, Body, Operation},
};

const VERSIONS: &[Answer] = &[Answer {
    status: 200,
    text: "A page of versions. Where there is more, the link `next` leads to it.",
    content: Some((FHIR_JSON, "History")),
    headers: &[],
}];

pub(crate) const HISTORY: Operation = Operation {
    id: "history",
    summary: "The versions of a resource, newest first",
    parameters: &[&PURPOSE_OF_USE, &SINCE, &COUNT, &CURSOR],
    answers: VERSIONS,
    problems: &[400, 401, 403, 404, 405, 410, 500, 503],
    ..OF_FHIR
};

pub(crate) const HISTORY_OF_TYPE: Operation = Operation {
    id: "historyOfType",
    summary: "The versions of all resources of a type, newest first",
    text: "Of one patient's, deleted ones included, or of the directory's.",
    parameters: &[&PURPOSE_OF_USE, &PATIENT, &SINCE, &COUNT, &CURSOR],
    answers: VERSIONS,
    problems: &[400, 401, 403, 404, 405, 410, 500, 503],
    ..OF_FHIR
};

pub(crate) const RESTORE: Operation = Operation {
    id: "restore",
    summary: "Make an earlier version the current one",
    text: "As a new version. A resource that was deleted is there again.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH, &PREFER],
    body: Some(Body { media: SENT, schema: "Parameters", required: true, examples: |_| Vec::new() }),
    answers: &[Answer {
        status: 200,
        text: "The new version.",
        content: Some((FHIR_JSON, "Shown")),
        headers: WRITTEN,
    }],
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const DIFF: Operation = Operation {
    id: "diff",
    summary: "What changed from one version to another",
    text: "A JSON Patch (RFC 6902) that makes the one of the other. What the server itself says of a version, `versionId` and \
           `lastUpdated`, is not in it.",
    parameters: &[&PURPOSE_OF_USE, &FROM, &TO],
    answers: &[Answer {
        status: 200,
        text: "The difference.",
        content: Some((tacenda_fhir::JSON_PATCH, "JsonPatch")),
        headers: &[],
    }],
    problems: READING_ONE,
    ..OF_FHIR
};
