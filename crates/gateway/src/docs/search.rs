//! The search parameters of each type, from the table by which they are read.

use serde_json::{Value, json};
use tacenda_fhir::{ResourceType, SearchParameter, parameter, parameters};

use super::{examples, headers};

/// A name, what it is for, and its schema.
type OfTheAnswer = (&'static str, &'static str, fn() -> Value);

/// What says how the answer is to be, and is no criterion. A new one needs a line here.
const OF_THE_ANSWER: [OfTheAnswer; 6] = [
    (
        "_count",
        "How many on a page: 50 where it is left out, 200 at most; 0 asks for their number only.",
        || json!({"type": "integer", "minimum": 0}),
    ),
    (
        "_cursor",
        "Where the next page begins, as the link `next` says. Only `_count` stands beside it.",
        || json!({"type": "string"}),
    ),
    (
        "_sort",
        "In which order: up to three date parameters of the type or `_lastUpdated`, separated by commas, each with `-` before \
         it to descend. What has no such date comes last.",
        || json!({"type": "string", "pattern": "^-?[a-zA-Z_-]+(,-?[a-zA-Z_-]+){0,2}$"}),
    ),
    (
        "_total",
        "Whether to say how many match in all, of those that the caller may see. An estimate is accurate.",
        || json!({"type": "string", "enum": ["none", "estimate", "accurate"]}),
    ),
    (
        "_include",
        "What the matches refer to comes with them, whole: `Type:parameter`, `Type:parameter:Type`, or `*`. With `_elements` or \
         `_summary` the matches show these references, too, and `*` follows those that are shown. Not with `_summary=text`.",
        || json!({"type": "array", "items": {"type": "string"}}),
    ),
    (
        "_revinclude",
        "What refers to the matches comes with them: `Type:parameter`.",
        || json!({"type": "array", "items": {"type": "string"}}),
    ),
];

/// Parameters that every type has, by name.
pub(super) fn shared() -> Vec<(String, Value)> {
    let of_answer = OF_THE_ANSWER.iter().map(|(name, text, schema)| {
        let parameter = json!({"name": name, "in": "query", "description": text, "schema": schema()});
        ((*name).to_owned(), parameter)
    });
    let common = parameters(ResourceType::Patient).into_iter().filter(|one| one.name.starts_with('_'));
    common.map(|one| (one.name.to_owned(), criterion(&one))).chain(of_answer).collect()
}

/// Every parameter of a type.
pub(super) fn of_type(kind: ResourceType) -> Vec<Value> {
    let shared = shared();
    let reference = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
    let own = parameters(kind).into_iter().map(|one| {
        if shared.iter().any(|(name, _)| name == one.name) { reference(one.name) } else { criterion(&one) }
    });
    let answer = OF_THE_ANSWER.iter().map(|(name, ..)| *name);
    let view =
        [&headers::SUMMARY, &headers::ELEMENTS, &headers::FORMAT, &headers::PRETTY].map(|one| one.name);
    own.chain(answer.chain(view).map(reference)).collect()
}

fn criterion(parameter: &SearchParameter) -> Value {
    let schema = match (parameter.is_id(), parameter.fhir_type()) {
        (true, _) => "SearchId",
        (_, "token") => "SearchToken",
        (_, "string") => "SearchString",
        (_, "reference") => "SearchReference",
        (_, "date") => "SearchDate",
        (_, "quantity") => "SearchQuantity",
        _ => "SearchUri",
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.fhir_type(),
        "schema": {"$ref": format!("#/components/schemas/{schema}")},
    })
}

/// What is said of a type's search.
pub(super) fn text(kind: ResourceType) -> String {
    let whose = if kind.is_directory() {
        "These belong to no patient."
    } else if kind == ResourceType::Patient {
        "Without any criterion: the caller's own patients."
    } else if parameter(kind, "patient").is_some() {
        "Say whose: `patient=<id>`; a patient need not say so of their own."
    } else {
        "Say whose, by `subject=<id>` or `_id=<id>`; a patient need not say so of their own."
    };
    let examples = examples::searches(kind.as_str()).iter().map(|line| format!("\n\n`{line}`"));
    format!("{whose} See <http://hl7.org/fhir/R4/{kind}.html#search>.{}", examples.collect::<String>())
}
