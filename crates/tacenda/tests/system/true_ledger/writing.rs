//! What is asked in order to change something: what was read for it, and what its answer shows.

use data_encoding::BASE64;
use serde_json::{Value, json};
use tacenda_kernel::Role;

use super::{Asked, Shows, reading::FHIR};
use crate::audit_events::{number, of_type};

const CREATE: (&str, &str) = ("POST", "/fhir/{type}");
const UPDATE: (&str, &str) = ("PUT", "/fhir/{type}/{id}");
const UPDATE_FOUND: (&str, &str) = ("PUT", "/fhir/{type}");
const PATCH: (&str, &str) = ("PATCH", "/fhir/{type}/{id}");
const PATCH_FOUND: (&str, &str) = ("PATCH", "/fhir/{type}");
const DELETE: (&str, &str) = ("DELETE", "/fhir/{type}/{id}");
const DELETE_FOUND: (&str, &str) = ("DELETE", "/fhir/{type}");
const RESTORE: (&str, &str) = ("POST", "/fhir/{type}/{id}/$restore");
const JSON_PATCH: &str = "application/json-patch+json";

const PREFERRED: [Option<&str>; 4] =
    [None, Some("return=representation"), Some("return=minimal"), Some("return=OperationOutcome")];

fn written(route: (&'static str, &'static str), path: String) -> Asked {
    Asked::new(route, format!("/fhir/{path}"), Shows::Written)
}

struct Writing<'a> {
    ids: &'a [String],
    role: Role,
}

/// All of it, each as it is usually answered and as somebody may prefer.
pub(crate) fn writing(ids: &[String], role: Role) -> Vec<Asked> {
    let writing = Writing { ids, role };
    let mut all = Vec::new();
    // Who may write little, or nothing, is answered little.
    let preferred = match role {
        Role::Clinician | Role::Application => 4,
        Role::Technician | Role::Monitor | Role::Administrator | Role::Device => 2,
        Role::Patient | Role::SecurityOfficer | Role::Researcher => 1,
    };
    for preferred in PREFERRED.into_iter().take(preferred) {
        let begun = all.len();
        writing.of_observations(&mut all);
        writing.of_others(&mut all);
        writing.bundles(&mut all);
        if let Some(preferred) = preferred {
            for asked in &mut all[begun..] {
                asked.headers.push(("prefer", preferred.to_owned()));
            }
        }
    }
    all
}

impl Writing<'_> {
    fn subject(&self) -> Value {
        json!({"reference": of_type(self.ids, "Patient")})
    }

    fn observation(&self, identifier: &str) -> Value {
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "identifier": [{"system": "urn:truth", "value": identifier}], "subject": self.subject()})
    }

    /// Found by this caller's own alone.
    fn criteria(&self, identifier: &str) -> String {
        format!("patient={}&identifier=urn:truth|{identifier}-{}", number(self.ids), self.role)
    }

    fn own(&self, identifier: &str) -> Value {
        self.observation(&format!("{identifier}-{}", self.role))
    }

    fn of_observations(&self, all: &mut Vec<Asked>) {
        let twice = format!("patient={}&identifier=urn:truth|twice", number(self.ids));
        let create = |value: &Value| written(CREATE, "Observation".to_owned()).sending(FHIR, value);
        let observation = of_type(self.ids, "Observation");
        let mut changed = self.observation("changed");
        changed["id"] = json!(observation.split_once('/').unwrap().1);
        let note = json!([{"op": "add", "path": "/note", "value": [{"text": "noted"}]}]);
        let wrong = json!([{"op": "test", "path": "/status", "value": "entered-in-error"}]);
        let patch = |route, path: String, patch: &Value| written(route, path).sending(JSON_PATCH, patch);
        let found = |identifier: &str| format!("Observation?{}", self.criteria(identifier));
        let update = |path: String, value: &Value| written(UPDATE, path).sending(FHIR, value);
        all.extend([
            create(&self.own("new")),
            create(&self.own("once")).under("if-none-exist", self.criteria("once")),
            create(&self.own("once")).under("if-none-exist", self.criteria("once")),
            create(&self.own("twice")).under("if-none-exist", twice.clone()),
            update(observation.to_owned(), &changed),
            update(observation.to_owned(), &changed).under("if-match", "W/\"99\""),
            written(UPDATE_FOUND, found("put")).sending(FHIR, self.own("put")),
            written(UPDATE_FOUND, format!("Observation?{twice}")).sending(FHIR, self.own("put")),
            patch(PATCH, observation.to_owned(), &note),
            patch(PATCH, observation.to_owned(), &wrong),
            patch(PATCH, observation.to_owned(), &note).under("if-match", "W/\"99\""),
            patch(PATCH_FOUND, found("put"), &note),
            patch(PATCH_FOUND, found("none"), &note),
            written(DELETE_FOUND, found("put")),
            written(DELETE_FOUND, found("put")),
            written(DELETE_FOUND, format!("Observation?{twice}")),
            written(DELETE, observation.to_owned()).under("if-match", "W/\"99\""),
        ]);
        all.push(written(DELETE, of_type(self.ids, "MedicationRequest").to_owned()));
        all.extend(self.restoring(observation));
    }

    fn restoring(&self, of: &str) -> Vec<Asked> {
        let restore = |version: u32| {
            let body = json!({"resourceType": "Parameters",
                "parameter": [{"name": "version", "valuePositiveInt": version}]});
            written(RESTORE, format!("{of}/$restore")).sending(FHIR, body)
        };
        vec![restore(1), restore(99), restore(1).under("if-match", "W/\"99\"")]
    }

    /// In the other compartments.
    fn of_others(&self, all: &mut Vec<Asked>) {
        let create = |value: &Value| {
            written(CREATE, value["resourceType"].as_str().unwrap().to_owned()).sending(FHIR, value)
        };
        let task =
            json!({"resourceType": "Task", "status": "requested", "intent": "order", "for": self.subject()});
        let mut measured = self.own("measured");
        measured["device"] = json!({"reference": of_type(self.ids, "Device")});
        let organization = json!({"resourceType": "Organization", "name": "x"});
        let patient = json!({"resourceType": "Patient", "active": true});
        all.extend([create(&task), create(&measured), create(&organization), create(&patient)]);
        for (id, mut value) in [
            (of_type(self.ids, "Task"), task),
            (of_type(self.ids, "Organization"), organization),
            (of_type(self.ids, "Patient"), patient),
        ] {
            value["id"] = json!(id.split_once('/').unwrap().1);
            all.push(written(UPDATE, id.to_owned()).sending(FHIR, &value));
            all.extend(self.restoring(id));
        }
    }

    fn bundles(&self, all: &mut Vec<Asked>) {
        let observation = of_type(self.ids, "Observation");
        let mut changed = self.observation("changed");
        changed["id"] = json!(observation.split_once('/').unwrap().1);
        let patch = json!([{"op": "add", "path": "/note", "value": [{"text": "noted"}]}]).to_string();
        let patch = json!({"resourceType": "Binary", "contentType": JSON_PATCH,
            "data": BASE64.encode(patch.as_bytes())});
        let condition = of_type(self.ids, "Encounter");
        let twice = format!("patient={}&identifier=urn:truth|twice", number(self.ids));
        let entries = [
            json!({"resource": self.own("again"), "request": {"method": "POST", "url": "Observation",
                "ifNoneExist": self.criteria("again")}}),
            json!({"resource": changed, "request": {"method": "PUT", "url": observation}}),
            json!({"resource": patch, "request": {"method": "PATCH", "url": condition}}),
        ];
        let refused = json!({"resource": self.own("more"), "request": {"method": "POST", "url": "Observation",
            "ifNoneExist": twice}});
        let read = json!({"request": {"method": "GET", "url": observation}});
        for (kind, more) in [
            ("transaction", None),
            ("transaction", Some(&refused)),
            ("batch", Some(&refused)),
            ("batch", Some(&read)),
        ] {
            let entries: Vec<&Value> = entries.iter().chain(more).collect();
            let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
            for path in ["/fhir", "/fhir/"] {
                all.push(Asked::new(("POST", path), path, Shows::Written).sending(FHIR, &bundle));
            }
        }
    }
}
