//! Shapes of what is sent and answered. FHIR's own shapes are R4's, which the server checks; only what tells one kind of
//! content from another is repeated here.

use serde_json::{Value, json};
use tacenda_fhir::{IssueCode, ResourceType};

/// Every schema by its name.
pub(super) fn all() -> Value {
    let mut schemas = of_fhir();
    let more = [of_oauth(), of_searches()].into_iter().filter_map(|part| part.as_object().cloned());
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.extend(more.flatten());
    }
    schemas
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn string() -> Value {
    json!({"type": "string"})
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn of_fhir() -> Value {
    let types = ResourceType::ALL.map(ResourceType::as_str).to_vec();
    let issue = object(
        &["severity", "code"],
        &json!({
            "severity": {"enum": ["error", "warning", "information"]},
            "code": {"enum": IssueCode::ALL.map(IssueCode::as_str)},
            "diagnostics": {"type": "string", "description": "What to do, without any value that was sent."},
            "expression": {"type": "array", "minItems": 1, "items": string()},
        }),
    );
    json!({
        "Resource": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {
                "resourceType": {"type": "string", "enum": types},
                "id": reference("Id"),
                "meta": {"type": "object"},
            },
            "externalDocs": {"url": "http://hl7.org/fhir/R4/resourcelist.html"},
        },
        "Id": {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"},
        "Shown": {"anyOf": [reference("Resource"), reference("OperationOutcome")]},
        "JsonPatch": {"type": "array", "items": object(&["op", "path"], &json!({
            "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
            "path": string(), "from": string(), "value": {},
        }))},
        "OperationOutcome": object(&["resourceType", "issue"], &json!({
            "resourceType": {"const": "OperationOutcome"},
            "issue": {"type": "array", "minItems": 1, "items": issue},
        })),
        "CapabilityStatement": object(&["resourceType", "status", "fhirVersion", "rest"], &json!({
            "resourceType": {"const": "CapabilityStatement"},
            "status": {"const": "active"},
            "fhirVersion": {"const": "4.0.1"},
            "rest": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        })),
        "OperationDefinition": object(&["resourceType", "url", "name", "code", "kind"], &json!({
            "resourceType": {"const": "OperationDefinition"},
            "kind": {"const": "operation"},
        })),
        "Parameters": object(&["resourceType", "parameter"], &json!({
            "resourceType": {"const": "Parameters"},
            "parameter": {"type": "array", "minItems": 1, "items": object(&["name"], &json!({"name": string()}))},
        })),
        "Searchset": bundle(&["searchset"], &["fullUrl", "resource", "search"]),
        "History": bundle(&["history"], &["fullUrl", "request", "response"]),
        "BundleOfResponses": bundle(&["transaction-response", "batch-response"], &["response"]),
        "BundleOfRequests": {"oneOf": [requests("transaction", &entry_of_transaction()), requests("batch", &json!({
            "description": "As in a transaction. What is wrong with one is in its place of the answer.",
        }))]},
        "Text": string(),
        "Nothing": {"type": "object", "maxProperties": 0},
        "Document": {"type": "object"},
    })
}

/// A Bundle of what is to be done.
fn requests(kind: &str, entry: &Value) -> Value {
    object(
        &["resourceType", "type"],
        &json!({
            "resourceType": {"const": "Bundle"},
            "type": {"const": kind},
            "entry": {"type": "array", "items": entry},
        }),
    )
}

fn entry_of_transaction() -> Value {
    let request = object(
        &["method", "url"],
        &json!({"method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}, "url": string()}),
    );
    object(&["request"], &json!({"fullUrl": string(), "resource": reference("Resource"), "request": request}))
}

/// A Bundle whose entries have these elements.
fn bundle(kinds: &[&str], required: &[&str]) -> Value {
    let link = object(&["relation", "url"], &json!({"relation": string(), "url": string()}));
    let request = object(&["method", "url"], &json!({"method": string(), "url": string()}));
    let response = object(
        &["status"],
        &json!({"status": string(), "location": string(), "etag": string(), "lastModified": string(),
            "outcome": reference("OperationOutcome")}),
    );
    let mode = object(&["mode"], &json!({"mode": {"enum": ["match", "include", "outcome"]}}));
    let properties = json!({
        "fullUrl": string(),
        "resource": {"type": "object", "required": ["resourceType"], "properties": {"resourceType": string()}},
        "search": mode,
        "request": request,
        "response": response,
    });
    object(
        &["resourceType", "type"],
        &json!({
            "resourceType": {"const": "Bundle"},
            "type": {"enum": kinds},
            "total": {"type": "integer", "minimum": 0},
            "link": {"type": "array", "minItems": 1, "items": link},
            "entry": {"type": "array", "minItems": 1, "items": object(required, &properties)},
        }),
    )
}

fn of_oauth() -> Value {
    let client = json!({
        "client_id": string(),
        "client_secret": {"type": "string", "format": "password"},
        "client_assertion": string(),
        "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    });
    let with = |properties: Value| {
        let mut all = client.clone();
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), properties) {
            all.extend(more);
        }
        all
    };
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    json!({
        "TokenRequest": object(&["grant_type"], &with(json!({
            "grant_type": {"enum": grants},
            "code": string(), "redirect_uri": string(), "code_verifier": string(),
            "refresh_token": string(), "scope": string(),
        }))),
        "OneToken": object(&["token"], &with(json!({"token": string()}))),
        "LogoutForm": object(&[], &json!({
            "id_token_hint": string(), "client_id": string(), "post_logout_redirect_uri": string(), "state": string(),
        })),
        "LogoutToken": object(&["logout_token"], &json!({"logout_token": string()})),
        "Tokens": object(&["access_token", "token_type", "expires_in"], &json!({
            "access_token": string(), "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"},
            "scope": string(), "refresh_token": string(), "id_token": string(), "patient": reference("Id"),
            "fhirUser": string(),
        })),
        "Introspection": object(&["active"], &json!({
            "active": {"type": "boolean"}, "client_id": string(), "sub": string(), "scope": string(), "iss": string(),
            "aud": string(), "iat": {"type": "integer"}, "exp": {"type": "integer"}, "patient": reference("Id"),
        })),
        "UserInfo": object(&["sub"], &json!({"sub": string(), "name": string(), "fhirUser": string()})),
        "Jwks": object(&["keys"], &json!({"keys": {"type": "array", "items": {"type": "object"}}})),
        "Discovery": object(&["issuer", "token_endpoint", "jwks_uri"], &json!({
            "issuer": string(), "token_endpoint": string(), "jwks_uri": string(),
        })),
        "OAuthError": object(&["error", "error_description"], &json!({
            "error": string(), "error_description": string(),
        })),
    })
}

/// What search parameters take. Commas separate alternatives, any of which may match.
fn of_searches() -> Value {
    let prefix = "(eq|ne|gt|lt|ge|le|sa|eb|ap)?";
    let date = format!(
        "{prefix}[0-9]{{4}}(-[0-9]{{2}}(-[0-9]{{2}}(T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?(Z|[+ -][0-9]{{2}}:[0-9]{{2}})?)?)?)?"
    );
    let number = format!("{prefix}[+-]?[0-9.]+([eE][+-]?[0-9]+)?([|][^|,]*[|][^|,]*)?");
    let text = |what: &str| json!({"type": "string", "minLength": 1, "maxLength": 512, "description": what});
    let of = |pattern: &str, what: &str| {
        let mut schema = text(what);
        schema["pattern"] = json!(format!("^{pattern}(,{pattern})*$"));
        schema
    };
    json!({
        "SearchId": {"type": "string", "maxLength": 512, "pattern": "[A-Za-z0-9.-]$",
            "description": "An id, `Type/id` or a URL."},
        "SearchToken": text("`code`, `system|code`, `|code` or `system|`. Modifiers: `:not`, `:missing`."),
        "SearchString": text("How it begins. Modifiers: `:exact`, `:missing`, and `:contains` within one patient's records."),
        "SearchReference": text("An id, `Type/id` or a URL. Modifiers: `:<Type>`, `:missing`."),
        "SearchUri": text("Exactly this. Modifier: `:missing`."),
        "SearchDate": of(&date, "A date or time, perhaps after `eq ne gt lt ge le sa eb ap`. Modifier: `:missing`."),
        "SearchQuantity": of(&number, "A number, perhaps after `eq ne gt lt ge le sa eb ap`, perhaps before \
            `|system|code`. Modifier: `:missing`."),
        "SearchForm": {"type": "object", "additionalProperties": string()},
    })
}
