//! What is about the server itself.

use super::operation::{Answer, Group, Operation};

const OWN: Operation = Operation { group: Group::Server, ..Operation::NONE };

const fn answer(text: &'static str, media: &'static str, schema: &'static str) -> Answer {
    Answer { status: 200, text, content: Some((media, schema)), headers: &[] }
}

pub(crate) const LIVE: Operation = Operation {
    id: "live",
    summary: "Whether the server is alive",
    text: "`GET /health/live`",
    answers: &[answer("It is.", "text/plain", "Text")],
    ..OWN
};

pub(crate) const PAGE: Operation = Operation {
    id: "documentation",
    summary: "This page",
    text: "`GET /docs`",
    answers: &[answer("Swagger UI.", "text/html", "Text")],
    ..OWN
};

pub(crate) const DOCUMENT: Operation = Operation {
    id: "openapi",
    summary: "This document",
    text: "`GET /docs/openapi.json`",
    answers: &[answer("OpenAPI 3.1.", "application/json", "Document")],
    ..OWN
};

pub(crate) const FILE: Operation = Operation {
    id: "documentationFile",
    summary: "A file of this page",
    answers: &[Answer { status: 200, text: "The file.", content: Some(("*/*", "Text")), headers: &[] }],
    problems: &[404],
    ..OWN
};
