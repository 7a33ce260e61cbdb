//! What the operations of the document share: parameters, answers, schemas and ways to sign in.

use serde_json::{Map, Value, json};
use tacenda_fhir::ResourceType;

use super::{fhir::FHIR_JSON, headers, pages, schemas, search};

/// `components` of the document.
pub(super) fn all() -> Value {
    json!({
        "parameters": parameters(),
        "headers": headers::of_answers(),
        "responses": responses(),
        "schemas": schemas::all(),
        "links": links(),
        "securitySchemes": security_schemes(),
    })
}

/// What can be done with a resource that came back.
pub(super) fn links() -> Value {
    let to = |operation: &str| {
        json!({"operationId": operation, "parameters": {
            "type": "$response.body#/resourceType", "id": "$response.body#/id",
        }})
    };
    json!({"read": to("read"), "update": to("update"), "delete": to("delete"), "history": to("history")})
}

fn parameters() -> Value {
    let place = |name: &str, text: &str, schema: Value| {
        let said =
            json!({"name": name, "in": "path", "required": true, "description": text, "schema": schema});
        (format!("path.{name}"), said)
    };
    let types = ResourceType::ALL.map(ResourceType::as_str).to_vec();
    let places = [
        place("type", "The resource type.", json!({"type": "string", "enum": types})),
        place("id", "The id, as a search or a create gave it.", json!({"$ref": "#/components/schemas/Id"})),
        place(
            "version",
            "The version: `meta.versionId`.",
            json!({"type": "string", "pattern": "^[1-9][0-9]{0,8}$"}),
        ),
        place(
            "provider",
            "The identity provider, as it is configured.",
            json!({"type": "string", "pattern": "^[a-z0-9-]+$"}),
        ),
        place("file", "Its name.", json!({"type": "string", "enum": pages::names()})),
    ];
    let sent = headers::ALL.iter().map(|one| {
        let mut said =
            json!({"name": one.name, "in": one.place, "description": one.text, "schema": (one.schema)()});
        if said["schema"]["type"] == "array" {
            (said["style"], said["explode"]) = (json!("form"), json!(false));
        }
        (one.name.to_owned(), said)
    });
    places.into_iter().chain(sent).chain(search::shared()).collect::<Map<_, _>>().into()
}

/// The refusals, each with an OperationOutcome.
fn responses() -> Value {
    let refusals = [
        (400, "Something that was sent is not right; the outcome says what."),
        (401, "No valid access token."),
        (403, "The caller's role, purpose or scopes do not allow it."),
        (404, "There is nothing there for this caller."),
        (405, "The server itself writes this: it can be read, and nothing else."),
        (409, "It was done before."),
        (410, "It was deleted."),
        (412, "It has another version now."),
        (413, "It is too large."),
        (415, "It is not sent as JSON."),
        (422, "It breaks a rule, such as a reference to nothing."),
        (500, "A stored record was damaged and is not shown."),
        (503, "Not now, and nothing was disclosed."),
    ];
    let written = refusals.into_iter().map(|(status, text)| {
        let content = json!({FHIR_JSON: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}});
        let mut said = json!({"description": text, "content": content});
        let header = match status {
            401 => Some("WWW-Authenticate"),
            503 => Some("Retry-After"),
            _ => None,
        };
        if let Some(name) = header {
            said["headers"] = json!({name: {"$ref": format!("#/components/headers/{name}")}});
        }
        (status.to_string(), said)
    });
    let mut all: Map<String, Value> = written.collect();
    all.insert("504".to_owned(), json!({"description": "It took longer than 2 minutes."}));
    all.into()
}

fn security_schemes() -> Value {
    let scopes = json!({
        "openid": "Who the person is",
        "fhirUser": "Which resource the person is",
        "launch/patient": "The patient it is started for",
        "offline_access": "To go on without the person",
        "patient/*.cruds": "The records of that patient, as far as the person may",
        "user/*.cruds": "Every record, as far as the person may",
    });
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token. It lasts 5 minutes."},
        "oauth2": {"type": "oauth2", "description": "OAuth 2.0 with PKCE (SMART App Launch 2.2).", "flows": {
            "authorizationCode": {"authorizationUrl": "/oauth/authorize", "tokenUrl": "/oauth/token",
                "refreshUrl": "/oauth/token", "scopes": scopes},
            "clientCredentials": {"tokenUrl": "/oauth/token",
                "scopes": {"system/*.cruds": "Every record, as far as the application may"}},
        }},
        "client": {"type": "http", "scheme": "basic", "description": "A client's id and secret."},
    })
}
