//! The OpenAPI 3.1 document (<https://spec.openapis.org/oas/v3.1.1>), made of the table of endpoints.

use serde_json::{Map, Value, json};
use tacenda_fhir::ResourceType;

use super::{
    components,
    operation::{Access, Answer, Body, Group, Operation},
    search,
};
use crate::router::Endpoint;

const ABOUT: &str = "FHIR R4 (4.0.1) over records that no database can read.\n\n\
    **To try it**: press *Authorize* and paste an access token. In the demo, `tacenda demo token clinician` prints one; it \
    lasts 5 minutes. Run the first example of `POST /fhir`: it registers the patient whom the other examples find. \
    Examples run as they are; an id is one that a search or a create gave.\n\n\
    Every error is an OperationOutcome that says what to do and holds no value. `GET` has its `HEAD`. Ids and references \
    are those of the caller's realm: a clinician and a technician know one patient by different ids.";

/// The document.
pub(crate) fn document(table: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in table {
        for (path, operation) in written(endpoint) {
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[endpoint.method] = operation;
        }
    }
    let groups = Group::ALL.map(|group| json!({"name": group.name(), "description": group.text()}));
    let types = ResourceType::ALL.map(|kind| {
        json!({"name": kind.as_str(), "externalDocs": {"url": format!("http://hl7.org/fhir/R4/{kind}.html")}})
    });
    let groups: Vec<Value> = groups.into_iter().chain(types).collect();
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Tacenda", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": groups,
        "paths": paths,
        "components": components::all(),
    })
}

/// The paths at which an endpoint is documented: one, or one for each type.
fn written(endpoint: &Endpoint) -> Vec<(String, Value)> {
    let Endpoint { path, operation, .. } = endpoint;
    if !operation.by_type {
        return vec![((*path).to_owned(), write(operation, None, places(path)))];
    }
    let of_type = |kind: ResourceType| {
        let path = path.replace("{type}", kind.as_str());
        let mut parameters = if operation.searches { search::of_type(kind) } else { Vec::new() };
        parameters.extend(places(&path));
        (path, write(operation, Some(kind), parameters))
    };
    ResourceType::ALL.into_iter().map(of_type).collect()
}

/// References to the parameters that stand in a path.
fn places(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.map(|name| json!({"$ref": format!("#/components/parameters/path.{name}")})).collect()
}

fn write(operation: &Operation, kind: Option<ResourceType>, mut parameters: Vec<Value>) -> Value {
    let of_type = |before: &str, between: &str| {
        kind.map_or_else(|| before.to_owned(), |kind| format!("{before}{between}{kind}"))
    };
    let text = match kind {
        Some(kind) if operation.searches => search::text(kind),
        _ => operation.text.to_owned(),
    };
    let sent = operation.parameters.iter();
    parameters.extend(sent.map(|one| json!({"$ref": format!("#/components/parameters/{}", one.name)})));
    let mut said = json!({
        "operationId": of_type(operation.id, ""),
        "tags": [kind.map_or(operation.group.name(), ResourceType::as_str)],
        "summary": of_type(operation.summary, " "),
        "description": text,
        "parameters": parameters,
        "security": security(operation.access),
        "responses": answers(operation),
    });
    if let Some(body) = &operation.body {
        said["requestBody"] = write_body(body, kind);
    }
    said
}

fn write_body(body: &Body, kind: Option<ResourceType>) -> Value {
    let mut content = json!({"schema": {"$ref": format!("#/components/schemas/{}", body.schema)}});
    let examples = (body.examples)(kind);
    if !examples.is_empty() {
        let examples: Map<String, Value> =
            examples.into_iter().map(|(name, value)| (name.to_owned(), json!({"value": value}))).collect();
        content["examples"] = Value::Object(examples);
    }
    let content: Map<String, Value> =
        body.media.iter().map(|media| ((*media).to_owned(), content.clone())).collect();
    json!({"required": body.required, "content": content})
}

fn security(access: Access) -> Value {
    match access {
        Access::Anybody => json!([]),
        Access::Token => json!([{"bearer": []}, {"oauth2": []}]),
        Access::Client => json!([{"client": []}, {}]),
    }
}

fn answers(operation: &Operation) -> Value {
    let mut answers = Map::new();
    for answer in operation.answers {
        answers.insert(answer.status.to_string(), write_answer(answer));
    }
    for status in operation.problems {
        answers.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{status}")}));
    }
    answers.insert("504".to_owned(), json!({"$ref": "#/components/responses/504"}));
    Value::Object(answers)
}

fn write_answer(answer: &Answer) -> Value {
    let mut said = json!({"description": answer.text});
    if let Some((media, schema)) = answer.content {
        said["content"] = json!({media: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}});
        if schema == "Resource" {
            let all = components::links();
            let names = all.as_object().into_iter().flat_map(Map::keys);
            said["links"] = names
                .map(|name| (name.clone(), json!({"$ref": format!("#/components/links/{name}")})))
                .collect::<Map<_, _>>()
                .into();
        }
    }
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect();
    if !headers.is_empty() {
        said["headers"] = Value::Object(headers);
    }
    said
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

    use super::*;
    use crate::router::table;

    /// Every reference in the document.
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str().filter(|_| name == "$ref") {
                        Some(target) => drop(found.insert(target.to_owned())),
                        None => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_part_is_used() {
        let document = document(&table());
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for target in &found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        for (kind, parts) in document["components"].as_object().unwrap() {
            for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
                assert!(found.contains(&format!("#/components/{kind}/{name}")), "{kind}/{name} is unused");
            }
        }
    }

    #[test]
    fn every_endpoint_is_described_once_and_each_by_its_own_name() {
        let (document, table) = (document(&table()), table());
        let types = ResourceType::ALL.len();
        let expected: usize =
            table.iter().map(|endpoint| if endpoint.operation.by_type { types } else { 1 }).sum();
        let items = document["paths"].as_object().unwrap().values();
        let operations: Vec<&Value> = items.flat_map(|item| item.as_object().unwrap().values()).collect();
        assert_eq!(operations.len(), expected);
        let names: BTreeSet<&str> =
            operations.iter().map(|one| one["operationId"].as_str().unwrap()).collect();
        assert_eq!(names.len(), expected);
        for said in operations {
            let filled = |name: &str| said[name].as_str().is_some_and(|text| !text.is_empty());
            assert!(filled("operationId") && filled("summary"), "{said}");
        }
    }

    #[test]
    fn the_document_is_small_enough_to_load() {
        assert!(document(&table()).to_string().len() < 1 << 20);
    }

    /// What a reviewer reads: each operation with its parameters and statuses. A type's own search parameters are in the
    /// CapabilityStatement's golden file.
    fn outline(document: &Value) -> String {
        let name = |one: &Value| one["$ref"].as_str()?.rsplit('/').next().map(str::to_owned);
        let mut text = String::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, said) in item.as_object().unwrap() {
                let parameters: Vec<String> =
                    said["parameters"].as_array().unwrap().iter().filter_map(name).collect();
                let statuses: Vec<&str> =
                    said["responses"].as_object().unwrap().keys().map(String::as_str).collect();
                let method = method.to_uppercase();
                writeln!(text, "{method} {path}\n    {}\n    {}", parameters.join(" "), statuses.join(" "))
                    .unwrap();
            }
        }
        text
    }

    #[test]
    fn the_document_is_the_one_that_was_reviewed() {
        let text = outline(&document(&table()));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/openapi.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        assert!(text == known, "{} differs; review it, then set UPDATE_GOLDEN", path.display());
    }
}
