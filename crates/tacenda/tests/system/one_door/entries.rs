//! What entries are made of: names, resources and requests.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

/// As most are: with what a reference to another server has, too.
pub(super) const SYSTEM: &str = "https://door.example/ids";

/// How a system calls what is there, by what a case calls it.
pub(super) struct Names(BTreeMap<&'static str, String>);

impl Names {
    pub(super) fn of(patient: &str) -> Self {
        Self(BTreeMap::from([("patient", patient.to_owned())]))
    }

    pub(super) fn add(&mut self, name: &'static str, made: Vec<String>) {
        self.0.extend(made.into_iter().next().map(|made| (name, made)));
    }

    pub(super) fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    pub(super) fn number(&self) -> &str {
        self.get("patient").trim_start_matches("Patient/")
    }

    /// A resource as every system has it: without the names and times that only one gives.
    pub(super) fn without_names(&self, resource: &Value) -> String {
        let mut resource = resource.clone();
        let version = resource["meta"]["versionId"].clone();
        for member in ["id", "meta"] {
            resource.as_object_mut().unwrap().shift_remove(member);
        }
        self.without_ids(&mut resource);
        format!("{version} {resource}")
    }

    fn without_ids(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.without_ids(item)),
            Value::Object(members) => members.iter_mut().for_each(|(member, value)| match value {
                Value::String(text) if member == "reference" => {
                    let known = self.0.iter().find(|(_, name)| *name == text).map(|(name, _)| *name);
                    *text = format!("{}/{}", text.split('/').next().unwrap(), known.unwrap_or("another"));
                }
                value => self.without_ids(value),
            }),
            _ => {}
        }
    }
}

/// The two kinds of places: a patient's vault, and the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Observation,
    Organization,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Observation => "Observation",
            Self::Organization => "Organization",
        }
    }

    pub(super) fn resource(self, names: &Names, identifier: &str) -> Value {
        let identifier = json!([{"system": SYSTEM, "value": identifier}]);
        match self {
            Self::Observation => {
                json!({"resourceType": "Observation", "status": "final", "identifier": identifier,
                "code": {"text": "x"}, "subject": {"reference": names.get("patient")}})
            }
            Self::Organization => {
                json!({"resourceType": "Organization", "identifier": identifier, "name": "Door"})
            }
        }
    }

    pub(super) fn criteria(self, names: &Names, identifier: &str) -> String {
        match self {
            Self::Observation => format!("patient={}&identifier={SYSTEM}|{identifier}", names.number()),
            Self::Organization => format!("identifier={SYSTEM}|{identifier}"),
        }
    }

    /// What is there from the beginning, to be changed by its name.
    pub(super) const fn kept(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Organization => "organization",
        }
    }
}

pub(super) fn transaction(entries: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

pub(super) fn post(resource: Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"resource": resource, "request": {"method": "POST", "url": kind}})
}

pub(super) fn none_exist(names: &Names, kind: Kind, identifier: &str) -> Value {
    let criteria = kind.criteria(names, identifier);
    with(post(kind.resource(names, identifier)), "ifNoneExist", &criteria)
}

pub(super) fn put_where(names: &Names, kind: Kind, identifier: &str) -> Value {
    let url = found(names, kind, identifier);
    json!({"resource": kind.resource(names, identifier), "request": {"method": "PUT", "url": url}})
}

/// Something that refers to an organization by its identifier.
pub(super) fn referring(names: &Names, kind: Kind, identifier: &str) -> Value {
    let reference = json!({"reference": format!("Organization?identifier={SYSTEM}|{identifier}")});
    let mut entry = post(kind.resource(names, "referring"));
    match kind {
        Kind::Observation => entry["resource"]["performer"] = json!([{"display": "x"}, reference]),
        Kind::Organization => entry["resource"]["partOf"] = reference,
    }
    entry
}

pub(super) fn put_kept(names: &Names, kind: Kind) -> Value {
    let url = names.get(kind.kept());
    let mut resource = kind.resource(names, "kept");
    resource["id"] = json!(url.split_once('/').unwrap().1);
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

pub(super) fn patch(url: &str, operations: &Value) -> Value {
    let data = BASE64.encode(operations.to_string().as_bytes());
    let binary =
        json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data});
    json!({"resource": binary, "request": {"method": "PATCH", "url": url}})
}

/// The patch in a Binary.
pub(super) fn patch_of(binary: &Value) -> String {
    String::from_utf8(BASE64.decode(binary["data"].as_str().unwrap().as_bytes()).unwrap()).unwrap()
}

pub(super) fn add() -> Value {
    json!([{"op": "add", "path": "/language", "value": "de"}])
}

pub(super) fn delete(url: &str) -> Value {
    json!({"request": {"method": "DELETE", "url": url}})
}

pub(super) fn found(names: &Names, kind: Kind, identifier: &str) -> String {
    format!("{}?{}", kind.as_str(), kind.criteria(names, identifier))
}

/// An id that nothing has: one that is too short. Another number would, by chance, be one of a vault in some systems.
pub(super) fn missing(names: &Names, kind: Kind) -> String {
    let mut id = names.get(kind.kept()).split_once('/').unwrap().1.to_owned();
    id.pop();
    id
}

pub(super) fn with(mut entry: Value, name: &str, value: &str) -> Value {
    entry["request"][name] = json!(value);
    entry
}

pub(super) fn at(mut entry: Value, number: usize) -> Value {
    entry["fullUrl"] = json!(urn(number));
    entry
}

pub(super) fn urn(number: usize) -> String {
    format!("urn:uuid:00000000-0000-4000-8000-{number:012}")
}
