//! What is known apart from patients: forms. Names and expressions are those of R4 (4.0.1).

use super::{Definition, date, quantity, text, token, uri};

pub(super) const QUESTIONNAIRE: &[Definition] = &[
    token("status", &["status"]),
    token("code", &["item.code"]),
    token("context", &["useContext.valueCodeableConcept"]),
    token("context-type", &["useContext.code"]),
    token("jurisdiction", &["jurisdiction"]),
    token("subject-type", &["subjectType"]),
    token("version", &["version"]),
    date("date", &["date"]),
    date("effective", &["effectivePeriod"]),
    quantity("context-quantity", &["useContext.valueQuantity", "useContext.valueRange"]),
    text("description", &["description"]),
    text("name", &["name"]).indexed(),
    text("publisher", &["publisher"]),
    text("title", &["title"]).indexed(),
    uri("definition", &["item.definition"]),
    uri("url", &["url"]),
];
