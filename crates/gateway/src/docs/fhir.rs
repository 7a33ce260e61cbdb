//! The interactions of FHIR REST.

use super::{
    examples,
    headers::{
        COUNT, CURSOR, ELEMENTS, FORMAT, IDEMPOTENCY_KEY, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_EXIST,
        IF_NONE_MATCH, PREFER, PRETTY, PURPOSE_OF_USE, SINCE, SUMMARY, TYPES,
    },
    operation::{Access, Answer, Body, Group, Operation},
};

pub(crate) const FHIR_JSON: &str = "application/fhir+json";
const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const SENT: &[&str] = &[FHIR_JSON, "application/json"];

pub(super) const READING_ONE: &[u16] = &[400, 401, 403, 404, 410, 500, 503];
pub(super) const WRITING: &[u16] = &[400, 401, 403, 404, 405, 410, 412, 413, 415, 422, 500, 503];

pub(super) const OF_FHIR: Operation = Operation {
    access: Access::Token,
    parameters: &[&PURPOSE_OF_USE],
    group: Group::Records,
    ..Operation::NONE
};

pub(super) const VERSIONED: &[&str] = &["ETag", "Last-Modified"];
pub(super) const WRITTEN: &[&str] = &["ETag", "Last-Modified", "Location", "Preference-Applied"];

const RESOURCE: &[Answer] = &[Answer {
    status: 200,
    text: "The resource.",
    content: Some((FHIR_JSON, "Resource")),
    headers: VERSIONED,
}];

const FOUND: &[Answer] = &[Answer {
    status: 200,
    text: "A page of what was found. Where there is more, the link `next` leads to it.",
    content: Some((FHIR_JSON, "Searchset")),
    headers: &[],
}];

pub(super) const A_RESOURCE: Body =
    Body { media: SENT, schema: "Resource", required: true, examples: |_| Vec::new() };

pub(crate) const CAPABILITIES: Operation = Operation {
    id: "capabilities",
    group: Group::Server,
    summary: "What this server does, as a CapabilityStatement",
    text: "`GET /fhir/metadata`",
    answers: &[Answer {
        status: 200,
        text: "The CapabilityStatement.",
        content: Some((FHIR_JSON, "CapabilityStatement")),
        headers: &[],
    }],
    problems: &[400],
    ..Operation::NONE
};

pub(crate) const DEFINITION: Operation = Operation {
    id: "operationDefinition",
    group: Group::Server,
    summary: "What an operation of this server is, as an OperationDefinition",
    text: "`GET /fhir/OperationDefinition/restore`",
    answers: &[Answer {
        status: 200,
        text: "The OperationDefinition.",
        content: Some((FHIR_JSON, "OperationDefinition")),
        headers: &[],
    }],
    problems: &[400, 404],
    ..Operation::NONE
};

pub(crate) const BUNDLE: Operation = Operation {
    id: "bundle",
    summary: "Do a transaction or a batch",
    text: "A `transaction` is done as a whole or not at all; its entries refer to each other by `urn:uuid:`. It is how a \
           patient is registered together with their records. The entries of a `batch` are done one by one, and each \
           has its own status in the answer.",
    parameters: &[&PURPOSE_OF_USE, &IDEMPOTENCY_KEY, &PREFER],
    body: Some(Body { media: SENT, schema: "BundleOfRequests", required: true, examples: examples::bundles }),
    answers: &[Answer {
        status: 200,
        text: "An entry for each entry, in the same order.",
        content: Some((FHIR_JSON, "BundleOfResponses")),
        headers: &[],
    }],
    problems: &[400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 500, 503],
    ..OF_FHIR
};

pub(crate) const BUNDLE_WITH_SLASH: Operation = Operation {
    id: "bundleWithSlash",
    summary: "The same, with the slash that some clients add",
    text: "",
    ..BUNDLE
};

/// What is new, or was there.
pub(super) const CREATED_OR_FOUND: &[Answer] = &[
    Answer {
        status: 200,
        text: "The resource that was there.",
        content: Some((FHIR_JSON, "Shown")),
        headers: WRITTEN,
    },
    Answer {
        status: 201,
        text: "The resource as it is kept.",
        content: Some((FHIR_JSON, "Shown")),
        headers: WRITTEN,
    },
];

pub(crate) const CREATE: Operation = Operation {
    id: "create",
    by_type: true,
    summary: "Create",
    text: "The server gives the id. Whoever creates a Patient is in a care relationship with them from then on.",
    parameters: &[&PURPOSE_OF_USE, &IF_NONE_EXIST, &PREFER],
    body: Some(Body { examples: examples::resources, ..A_RESOURCE }),
    answers: CREATED_OR_FOUND,
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const READ: Operation = Operation {
    id: "read",
    summary: "Read a resource",
    parameters: &[&PURPOSE_OF_USE, &IF_NONE_MATCH, &IF_MODIFIED_SINCE, &SUMMARY, &ELEMENTS, &FORMAT, &PRETTY],
    answers: &[
        Answer {
            status: 200,
            text: "The resource.",
            content: Some((FHIR_JSON, "Resource")),
            headers: VERSIONED,
        },
        Answer { status: 304, text: "It did not change.", content: None, headers: VERSIONED },
    ],
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const UPDATE: Operation = Operation {
    id: "update",
    summary: "Update a resource",
    text: "Makes a new version. An unknown id is 404: resources are created by `POST`.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH, &PREFER],
    body: Some(A_RESOURCE),
    answers: &[Answer {
        status: 200,
        text: "The new version.",
        content: Some((FHIR_JSON, "Shown")),
        headers: WRITTEN,
    }],
    problems: WRITING,
    ..OF_FHIR
};

pub(crate) const DELETE: Operation = Operation {
    id: "delete",
    summary: "Delete a resource",
    text: "Its earlier versions can still be read.",
    parameters: &[&PURPOSE_OF_USE, &IF_MATCH],
    answers: &[Answer { status: 204, text: "It is deleted.", content: None, headers: &[] }],
    problems: &[400, 401, 403, 404, 405, 410, 412, 422, 500, 503],
    ..OF_FHIR
};

pub(crate) const VREAD: Operation = Operation {
    id: "vread",
    summary: "Read one version of a resource",
    parameters: &[&PURPOSE_OF_USE, &SUMMARY, &ELEMENTS, &FORMAT, &PRETTY],
    answers: RESOURCE,
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const ERASE: Operation = Operation {
    id: "erase",
    summary: "Destroy a patient's keys",
    text: "For security officers. Nothing of the patient can be read from then on, by nobody. The answer has the signed \
           certificate of it, a compact JWS.",
    answers: &[Answer {
        status: 200,
        text: "The certificate.",
        content: Some((FHIR_JSON, "Parameters")),
        headers: &[],
    }],
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const EVERYTHING: Operation = Operation {
    id: "everything",
    summary: "Every record of a patient that the caller may see",
    text: "And what these refer to in the directory. Without `_count` it is one Bundle, written while the records are \
           read; where that fails in the middle the connection is broken off, and what came is no JSON.",
    parameters: &[&PURPOSE_OF_USE, &TYPES, &SINCE, &COUNT, &CURSOR],
    answers: FOUND,
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const EVERYTHING_BY_POST: Operation = Operation {
    id: "everythingByPost",
    summary: "The same by POST, without a body",
    problems: &[400, 401, 403, 404, 410, 413, 500, 503],
    ..EVERYTHING
};

pub(crate) const PROOF: Operation = Operation {
    id: "proof",
    summary: "Prove that an AuditEvent is in the ledger",
    text: "For security officers, and for patients about their own. The answer has the leaf hash of the sealed entry, its \
           index, the size of the tree, the audit path from the leaf up (RFC 6962), and the signed checkpoint to whose \
           root they lead (C2SP tlog-checkpoint).",
    answers: &[Answer {
        status: 200,
        text: "The proof.",
        content: Some((FHIR_JSON, "Parameters")),
        headers: &[],
    }],
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const SEARCH: Operation = Operation {
    id: "search",
    by_type: true,
    searches: true,
    summary: "Search",
    parameters: &[&PURPOSE_OF_USE, &PREFER],
    answers: FOUND,
    problems: READING_ONE,
    ..OF_FHIR
};

pub(crate) const SEARCH_BY_FORM: Operation = Operation {
    id: "searchByForm",
    summary: "Search by a form",
    parameters: &[&PURPOSE_OF_USE, &PREFER],
    text: "The same parameters as in the URL, in the body: so names and identifiers get into no log of URLs.",
    body: Some(Body { media: &[FORM], schema: "SearchForm", required: true, examples: examples::forms }),
    answers: FOUND,
    problems: &[400, 401, 403, 404, 410, 413, 500, 503],
    ..OF_FHIR
};
