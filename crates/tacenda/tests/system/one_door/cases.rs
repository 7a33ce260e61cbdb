//! What is asked for: each thing by itself, beside something that is never refused, and some that take several.

use serde_json::{Value, json};

use super::entries::{
    Kind, Names, SYSTEM, add, at, delete, found, missing, none_exist, patch, post, put_kept, put_where,
    referring, transaction, urn, with,
};

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
