//! What is asked for: each thing by itself, beside something that is never refused, and some that take several.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

/// As most are: with what a reference to another server has, too.
const SYSTEM: &str = "https://door.example/ids";

/// How a system calls what is there, by what a case calls it.
pub(super) struct Names(BTreeMap<&'static str, String>);

impl Names {
    pub(super) fn of(patient: &str) -> Self {
        Self(BTreeMap::from([("patient", patient.to_owned())]))
    }

    pub(super) fn add(&mut self, name: &'static str, made: Vec<String>) {
        self.0.extend(made.into_iter().next().map(|made| (name, made)));
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    fn number(&self) -> &str {
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
    const fn as_str(self) -> &'static str {
        match self {
            Self::Observation => "Observation",
            Self::Organization => "Organization",
        }
    }

    fn resource(self, names: &Names, identifier: &str) -> Value {
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

    fn criteria(self, names: &Names, identifier: &str) -> String {
        match self {
            Self::Observation => format!("patient={}&identifier={SYSTEM}|{identifier}", names.number()),
            Self::Organization => format!("identifier={SYSTEM}|{identifier}"),
        }
    }

    /// What is there from the beginning, to be changed by its name.
    const fn kept(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Organization => "organization",
        }
    }
}

/// What is there from the beginning.
pub(super) fn ground(names: &Names) -> Vec<(&'static str, Value)> {
    let mut made = Vec::new();
    for kind in [Kind::Observation, Kind::Organization] {
        for (name, identifier) in [(kind.kept(), "kept"), ("", "there"), ("", "two"), ("", "two")] {
            made.push((name, post(kind.resource(names, identifier))));
        }
    }
    made.into_iter().map(|(name, entry)| (name, transaction(vec![entry]))).collect()
}

/// Where what is stored is read.
pub(super) fn looked_at(names: &Names) -> Vec<String> {
    let number = names.number();
    vec![
        format!("/fhir/Observation?patient={number}&_count=200"),
        format!("/fhir/Encounter?patient={number}&_count=200"),
        "/fhir/Organization?name=Door&_count=200".to_owned(),
    ]
}

type Make = fn(&Names, Kind) -> Value;
type MakeAll = fn(&Names) -> Vec<Value>;

/// What is asked for. Each name says what comes of it.
const OPERATIONS: &[(&str, Make)] = &[
    ("created", |names, kind| post(kind.resource(names, "new"))),
    ("created, since there is none", |names, kind| none_exist(names, kind, "first")),
    ("there already", |names, kind| none_exist(names, kind, "there")),
    ("there more than once", |names, kind| none_exist(names, kind, "two")),
    ("no such parameter", |names, kind| with(none_exist(names, kind, "there"), "ifNoneExist", "nonsense=1")),
    ("a parameter of results", |names, kind| {
        with(none_exist(names, kind, "there"), "ifNoneExist", "_count=1")
    }),
    ("no criteria", |names, kind| with(none_exist(names, kind, "there"), "ifNoneExist", "_format=json")),
    ("no format", |names, kind| with(none_exist(names, kind, "there"), "ifNoneExist", "_format=xml")),
    ("an empty value", |names, kind| with(none_exist(names, kind, "there"), "ifNoneExist", "identifier=")),
    ("put where there is none", |names, kind| put_where(names, kind, "put")),
    ("put over what is there", |names, kind| put_where(names, kind, "there")),
    ("put over two", |names, kind| put_where(names, kind, "two")),
    ("put over another version", |names, kind| with(put_where(names, kind, "there"), "ifMatch", "W/\"99\"")),
    ("put over a version of nothing", |names, kind| {
        with(put_where(names, kind, "nothing"), "ifMatch", "W/\"1\"")
    }),
    ("put with an id of its own", |names, kind| {
        let mut entry = put_where(names, kind, "nothing");
        entry["resource"]["id"] = json!("own");
        entry
    }),
    ("put by its name", put_kept),
    ("put over another version by its name", |names, kind| {
        with(put_kept(names, kind), "ifMatch", "W/\"99\"")
    }),
    ("put what is not there", |names, kind| {
        let mut entry = put_kept(names, kind);
        let id = missing(names, kind);
        entry["request"]["url"] = json!(format!("{}/{id}", kind.as_str()));
        entry["resource"]["id"] = json!(id);
        entry
    }),
    ("patched", |names, kind| patch(names.get(kind.kept()), &add())),
    ("patched under a test that fails", |names, kind| {
        let test = json!([{"op": "test", "path": "/language", "value": "none"}]);
        patch(names.get(kind.kept()), &test)
    }),
    ("patched into what is not valid", |names, kind| {
        let broken = json!([{"op": "add", "path": "/identifier", "value": 1}]);
        patch(names.get(kind.kept()), &broken)
    }),
    ("patched at another version", |names, kind| {
        with(patch(names.get(kind.kept()), &add()), "ifMatch", "W/\"99\"")
    }),
    ("patched where it is found", |names, kind| patch(&found(names, kind, "there"), &add())),
    ("patched where there is none", |names, kind| patch(&found(names, kind, "nothing"), &add())),
    ("patched where there are two", |names, kind| patch(&found(names, kind, "two"), &add())),
    ("deleted where there is none", |names, kind| delete(&found(names, kind, "nothing"))),
    ("deleted where there are two", |names, kind| delete(&found(names, kind, "two"))),
    ("deleted at another version", |names, kind| {
        with(delete(&found(names, kind, "there")), "ifMatch", "W/\"99\"")
    }),
    ("what refers by criteria", |names, kind| referring(names, kind, "there")),
    ("what refers by criteria to nothing", |names, kind| referring(names, kind, "nothing")),
    ("what refers by criteria to two", |names, kind| referring(names, kind, "two")),
    ("what refers by no such parameter", |names, kind| referring(names, kind, "x&nonsense=1")),
    ("deleted where it is found", |names, kind| delete(&found(names, kind, "put"))),
];

/// What takes several entries.
const BUNDLES: &[(&str, MakeAll)] = &[
    ("what refers to another entry", |names| {
        let organization = at(post(Kind::Organization.resource(names, "refer")), 1);
        let mut observation = post(Kind::Observation.resource(names, "refer"));
        observation["resource"]["performer"] = json!([{"reference": urn(1)}]);
        vec![organization, observation]
    }),
    ("what refers to what a condition finds", |names| {
        let encounter = json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
            "identifier": [{"system": SYSTEM, "value": "e"}], "subject": {"reference": names.get("patient")}});
        let criteria = Kind::Observation.criteria(names, "e");
        let put = json!({"resource": encounter, "request": {"method": "PUT", "url": format!("Encounter?{criteria}")}});
        let mut observation = put_where(names, Kind::Observation, "e");
        observation["resource"]["encounter"] = json!({"reference": urn(2)});
        vec![at(put, 2), observation]
    }),
    ("what refers to what is there already", |names| {
        let organization = at(none_exist(names, Kind::Organization, "there"), 3);
        let mut observation = post(Kind::Observation.resource(names, "there-too"));
        observation["resource"]["performer"] = json!([{"reference": urn(3)}]);
        vec![organization, observation]
    }),
    ("what refers to no entry", |names| {
        let mut observation = post(Kind::Observation.resource(names, "lost"));
        observation["resource"]["performer"] = json!([{"reference": urn(4)}]);
        vec![observation, post(Kind::Organization.resource(names, "lost"))]
    }),
    ("the same condition twice", |names| {
        vec![none_exist(names, Kind::Organization, "same"), none_exist(names, Kind::Organization, "same")]
    }),
    ("a change of the same twice", |names| {
        vec![put_kept(names, Kind::Observation), patch(names.get("observation"), &add())]
    }),
    ("a change of what a condition must find", |names| {
        let found = found(names, Kind::Organization, "there");
        vec![none_exist(names, Kind::Organization, "there"), delete(&found)]
    }),
    ("the log, which nobody writes", |names| {
        let event = json!({"resourceType": "AuditEvent", "type": {"code": "rest"}, "recorded": "2026-01-01T00:00:00Z",
            "agent": [{"requestor": true}], "source": {"observer": {"display": "x"}}});
        vec![post(event), post(Kind::Organization.resource(names, "log"))]
    }),
    ("a second patient", |names| {
        vec![
            post(json!({"resourceType": "Patient", "name": [{"family": "Door"}]})),
            post(Kind::Observation.resource(names, "second")),
        ]
    }),
    ("a patient who is enrolled, and found after", |_| {
        let patient = json!({"resourceType": "Patient", "name": [{"family": "Door"}],
            "identifier": [{"system": SYSTEM, "value": "p"}]});
        let mut create = at(post(patient), 5);
        create["request"]["ifNoneExist"] = json!(format!("identifier={SYSTEM}|p"));
        let observation = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "subject": {"reference": urn(5)}});
        vec![create, post(observation)]
    }),
    ("a patient who is there", |_| {
        let patient = json!({"resourceType": "Patient", "name": [{"family": "Door"}],
            "identifier": [{"system": SYSTEM, "value": "p"}]});
        let mut create = at(post(patient), 5);
        create["request"]["ifNoneExist"] = json!(format!("identifier={SYSTEM}|p"));
        let observation = json!({"resourceType": "Observation", "status": "final", "code": {"text": "y"},
            "subject": {"reference": urn(5)}});
        vec![create, post(observation)]
    }),
];

/// One case of the table.
pub(super) enum Case {
    /// By itself.
    Single(&'static str, Make, Kind),
    /// Beside something that is never refused.
    Beside(&'static str, Make, Kind),
    Bundle(&'static str, MakeAll),
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Single(name, _, kind) => write!(f, "{name} ({kind:?})"),
            Self::Beside(name, _, kind) => write!(f, "{name} ({kind:?}, in a bundle)"),
            Self::Bundle(name, _) => f.write_str(name),
        }
    }
}

pub(super) fn all() -> Vec<Case> {
    let mut all = Vec::new();
    for kind in [Kind::Observation, Kind::Organization] {
        all.extend(OPERATIONS.iter().map(|(name, make)| Case::Single(name, *make, kind)));
        all.extend(OPERATIONS.iter().map(|(name, make)| Case::Beside(name, *make, kind)));
    }
    all.extend(BUNDLES.iter().map(|(name, make)| Case::Bundle(name, *make)));
    all
}

impl Case {
    pub(super) const fn is_single(&self) -> bool {
        matches!(self, Self::Single(..))
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Single(_, _, kind) | Self::Beside(_, _, kind) => kind.as_str(),
            Self::Bundle(..) => "Bundle",
        }
    }

    pub(super) fn entries(&self, names: &Names) -> Vec<Value> {
        match self {
            Self::Single(_, make, kind) => vec![make(names, *kind)],
            Self::Beside(_, make, kind) => {
                vec![make(names, *kind), post(Kind::Organization.resource(names, "beside"))]
            }
            Self::Bundle(_, make) => make(names),
        }
    }

    /// A transaction that is like no other one.
    pub(super) fn bundle(&self, names: &Names, number: usize) -> Value {
        let mut bundle = transaction(self.entries(names));
        bundle["id"] = json!(format!("case-{number}"));
        bundle
    }
}

fn transaction(entries: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

fn post(resource: Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"resource": resource, "request": {"method": "POST", "url": kind}})
}

fn none_exist(names: &Names, kind: Kind, identifier: &str) -> Value {
    let criteria = kind.criteria(names, identifier);
    with(post(kind.resource(names, identifier)), "ifNoneExist", &criteria)
}

fn put_where(names: &Names, kind: Kind, identifier: &str) -> Value {
    let url = found(names, kind, identifier);
    json!({"resource": kind.resource(names, identifier), "request": {"method": "PUT", "url": url}})
}

/// Something that refers to an organization by its identifier.
fn referring(names: &Names, kind: Kind, identifier: &str) -> Value {
    let reference = json!({"reference": format!("Organization?identifier={SYSTEM}|{identifier}")});
    let mut entry = post(kind.resource(names, "referring"));
    match kind {
        Kind::Observation => entry["resource"]["performer"] = json!([{"display": "x"}, reference]),
        Kind::Organization => entry["resource"]["partOf"] = reference,
    }
    entry
}

fn put_kept(names: &Names, kind: Kind) -> Value {
    let url = names.get(kind.kept());
    let mut resource = kind.resource(names, "kept");
    resource["id"] = json!(url.split_once('/').unwrap().1);
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

fn patch(url: &str, operations: &Value) -> Value {
    let data = BASE64.encode(operations.to_string().as_bytes());
    let binary =
        json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data});
    json!({"resource": binary, "request": {"method": "PATCH", "url": url}})
}

/// The patch in a Binary.
pub(super) fn patch_of(binary: &Value) -> String {
    String::from_utf8(BASE64.decode(binary["data"].as_str().unwrap().as_bytes()).unwrap()).unwrap()
}

fn add() -> Value {
    json!([{"op": "add", "path": "/language", "value": "de"}])
}

fn delete(url: &str) -> Value {
    json!({"request": {"method": "DELETE", "url": url}})
}

fn found(names: &Names, kind: Kind, identifier: &str) -> String {
    format!("{}?{}", kind.as_str(), kind.criteria(names, identifier))
}

/// An id that nothing has, of the same patient where it is a patient's.
fn missing(names: &Names, kind: Kind) -> String {
    let id = names.get(kind.kept()).split_once('/').unwrap().1;
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

fn with(mut entry: Value, name: &str, value: &str) -> Value {
    entry["request"][name] = json!(value);
    entry
}

fn at(mut entry: Value, number: usize) -> Value {
    entry["fullUrl"] = json!(urn(number));
    entry
}

fn urn(number: usize) -> String {
    format!("urn:uuid:00000000-0000-4000-8000-{number:012}")
}
