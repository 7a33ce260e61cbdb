//! Writes beside the whole of a resource by its id: a part of it, or by what criteria find.

use super::{
    fhir::{A_RESOURCE, CREATED_OR_FOUND, FHIR_JSON, OF_FHIR, WRITING, WRITTEN},
    headers::{IF_MATCH, PREFER, PURPOSE_OF_USE},
    operation::{Answer, Body, Operation},
};

const JSON_PATCH: &str = tacenda_fhir::JSON_PATCH;

const A_PATCH: Body =
    Body { media: &[JSON_PATCH], schema: "JsonPatch", required: true, examples: |_| Vec::new() };

const NEW_VERSION: &[Answer] = &[Answer {
    status: 200,
    text: "The new version.",
    content: Some((FHIR_JSON, "Shown")),
    headers: WRITTEN,
}];

pub(crate) const PATCH: Operation = Operation {
    id: "patch",
    summary: "Change a part of a resource",
    text: "A JSON Patch (RFC 6902) of at most 500 operations, done to what the caller may read. It makes a new version, or \
           nothing where an operation cannot be done: then 422. Type, id and meta cannot be changed.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH, &PREFER],
    body: Some(A_PATCH),
    answers: NEW_VERSION,
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const CONDITIONAL_UPDATE: Operation = Operation {
    id: "conditionalUpdate",
    by_type: true,
    summary: "Update or create by criteria:",
    text: "The query is that of a search of this type. Nothing found is created, one is updated, several are 412. The \
           resource needs no id.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH, &PREFER],
    body: Some(A_RESOURCE),
    answers: CREATED_OR_FOUND,
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const CONDITIONAL_PATCH: Operation = Operation {
    id: "conditionalPatch",
    by_type: true,
    summary: "Change a part by criteria:",
    text: "The query is that of a search of this type. It finds one; several are 412.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH, &PREFER],
    body: Some(A_PATCH),
    answers: NEW_VERSION,
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const CONDITIONAL_DELETE: Operation = Operation {
    id: "conditionalDelete",
    by_type: true,
    summary: "Delete by criteria:",
    text: "The query is that of a search of this type. One that is found is deleted; several are 412, and none is nothing \
           to do.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH],
    answers: &[Answer { status: 204, text: "It is deleted, or was not there.", content: None, headers: &[] }],
    problems: &[400, 401, 403, 404, 405, 410, 412, 422, 500, 503],
    ..OF_FHIR
};
