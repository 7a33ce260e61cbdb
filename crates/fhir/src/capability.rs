//! What this server can do, generated from the tables that do it.

use serde_json::{Value, json};

use crate::{JSON_PATCH, Link, ResourceType, SearchParameter, operation::Operation, parameters};

/// What a CapabilityStatement says about one installation.
#[derive(Clone, Copy, Debug)]
pub struct CapabilityContext<'a> {
    /// The FHIR base URL, without a slash at its end.
    pub base_url: &'a str,
    /// The version of the software.
    pub software_version: &'a str,
    /// When the statement last changed, as a FHIR date.
    pub date: &'a str,
    /// Where the authorization server is, without a slash at its end.
    pub origin: &'a str,
}

/// What no other element of the statement has a place for.
const DOCUMENTATION: &str = "Searches take _sort (date parameters and _lastUpdated), _count (up to 200), _total, _summary, _elements, \
    _format=json and Prefer: handling=strict|lenient; reads take _summary and _elements.";

/// The CapabilityStatement: only what is true.
#[must_use]
pub fn capability_statement(context: &CapabilityContext<'_>) -> Value {
    let resources: Vec<Value> = ResourceType::ALL.into_iter().map(|kind| resource(kind, context)).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": context.date,
        "kind": "instance",
        "software": {"name": "Tacenda", "version": context.software_version},
        "implementation": {"description": "A Tacenda server", "url": context.base_url},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "patchFormat": [JSON_PATCH],
        "rest": [{
            "mode": "server",
            "documentation": DOCUMENTATION,
            "security": security(context),
            "resource": resources,
            "interaction": [{"code": "transaction"}, {"code": "batch"}],
        }],
    })
}

fn security(context: &CapabilityContext<'_>) -> Value {
    let endpoint = |name: &str| format!("{}/oauth/{name}", context.origin);
    json!({
        "extension": [{
            "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": [
                {"url": "authorize", "valueUri": endpoint("authorize")},
                {"url": "token", "valueUri": endpoint("token")},
                {"url": "revoke", "valueUri": endpoint("revoke")},
                {"url": "introspect", "valueUri": endpoint("introspect")},
            ],
        }],
        "service": [{
            "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                "code": "SMART-on-FHIR",
            }],
            "text": "OAuth 2.0 bearer tokens",
        }],
        "description": "Every request needs an access token. Ids and references are those of the caller's realm.",
    })
}

fn resource(kind: ResourceType, context: &CapabilityContext<'_>) -> Value {
    let interactions: Vec<Value> = kind.interactions().iter().map(|code| json!({ "code": code })).collect();
    let stored = !kind.is_logged();
    let mut resource = json!({
        "type": kind.as_str(),
        "interaction": interactions,
        "versioning": if stored { "versioned" } else { "no-version" },
        "readHistory": stored,
        "updateCreate": false,
        "conditionalCreate": stored,
        "conditionalRead": "full-support",
        "conditionalUpdate": stored,
        "conditionalDelete": if stored { "single" } else { "not-supported" },
        "referencePolicy": ["literal", "local"],
        "searchParam": parameters(kind).iter().map(search_parameter).collect::<Vec<_>>(),
    });
    for (element, links) in [("searchInclude", Link::of(kind)), ("searchRevInclude", Link::to(kind))] {
        let mut links: Vec<String> = links.iter().map(ToString::to_string).collect();
        if element == "searchInclude" && !links.is_empty() {
            links.insert(0, "*".to_owned());
        }
        if !links.is_empty() {
            resource[element] = json!(links);
        }
    }
    let operation = |operation: &Operation| json!({"name": operation.name, "definition": operation.canonical(context.base_url)});
    let operations: Vec<Value> = Operation::of(kind).map(operation).collect();
    if !operations.is_empty() {
        resource["operation"] = json!(operations);
    }
    resource
}

fn search_parameter(parameter: &SearchParameter) -> Value {
    json!({"name": parameter.name, "type": parameter.fhir_type()})
}
