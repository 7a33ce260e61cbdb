//! What this server can do, generated from the tables that do it.

use serde_json::{Value, json};

use crate::{ResourceType, SearchParameter, parameters};

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

/// The CapabilityStatement: only what is true.
#[must_use]
pub fn capability_statement(context: &CapabilityContext<'_>) -> Value {
    let resources: Vec<Value> = ResourceType::ALL.into_iter().map(resource).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": context.date,
        "kind": "instance",
        "software": {"name": "Tacenda", "version": context.software_version},
        "implementation": {"description": "A Tacenda server", "url": context.base_url},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{
            "mode": "server",
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

fn resource(kind: ResourceType) -> Value {
    let interactions: Vec<Value> = kind.interactions().iter().map(|code| json!({ "code": code })).collect();
    let mut resource = json!({
        "type": kind.as_str(),
        "interaction": interactions,
        "versioning": if kind.is_logged() { "no-version" } else { "versioned" },
        "readHistory": !kind.is_logged(),
        "updateCreate": false,
        "conditionalCreate": false,
        "conditionalRead": "not-supported",
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "local"],
        "searchParam": parameters(kind).iter().map(search_parameter).collect::<Vec<_>>(),
    });
    if kind == ResourceType::Patient {
        resource["operation"] = json!([{
            "name": "everything",
            "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        }]);
    }
    resource
}

fn search_parameter(parameter: &SearchParameter) -> Value {
    json!({"name": parameter.name, "type": parameter.fhir_type()})
}
