//! The ledger says what was shown, and all of it: for every interaction, what a body discloses and what the entries of its
//! request say are the same records, versions and elements, both ways.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::entry::{Entry, Event, Outcome};
use tacenda_kernel::{Action, PublicId, RecordId, Role};

use crate::{
    audit::Audit,
    audit_events::{Scene, number, of_type},
};

/// A record with its version: by its name in the vault, or as one of the Patient's halves.
type Shown = BTreeSet<(String, String)>;

/// What every resource has, whatever is disclosed of it.
const NOT_DISCLOSED: [&str; 3] = ["resourceType", "id", "meta"];

/// All that a body holds of records, and the names of its elements.
struct Body<'a> {
    scene: &'a Scene,
    role: Role,
    shown: Shown,
    elements: BTreeSet<String>,
}

impl Body<'_> {
    fn take(&mut self, value: &Value) {
        match value["resourceType"].as_str() {
            Some("Bundle") => {
                for entry in value["entry"].as_array().into_iter().flatten() {
                    match entry.get("resource") {
                        Some(resource) => self.take(resource),
                        None => self.deleted(entry),
                    }
                }
            }
            None | Some("OperationOutcome" | "CapabilityStatement" | "Parameters") => {}
            Some(kind) => {
                let version = value["meta"]["versionId"].as_str().unwrap().to_owned();
                self.shown.insert((self.named(kind, value["id"].as_str().unwrap()), version));
                let names =
                    value.as_object().unwrap().keys().map(|name| name.trim_start_matches('_').to_owned());
                self.elements.extend(names.filter(|name| !NOT_DISCLOSED.contains(&name.as_str())));
            }
        }
    }

    /// A version of a history that says "deleted".
    fn deleted(&mut self, entry: &Value) {
        let url = entry["request"]["url"].as_str().unwrap();
        let (kind, id) = url.split_once('/').unwrap();
        let version =
            entry["response"]["etag"].as_str().unwrap().trim_start_matches("W/\"").trim_end_matches('"');
        self.shown.insert((self.named(kind, id), version.to_owned()));
    }

    fn named(&self, kind: &str, id: &str) -> String {
        if kind == "Patient" {
            return "Patient".to_owned();
        }
        let id: PublicId = id.parse().unwrap();
        let number = match id {
            PublicId::OfPatient { record, .. } | PublicId::One(record) => record,
        };
        name(self.scene.test.keys.record_codec(self.role.realm()).decode(number).unwrap())
    }
}

fn name(record: RecordId) -> String {
    record.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the entries of a request say was disclosed.
fn told(entries: &[&Entry]) -> (Shown, BTreeSet<String>) {
    let (mut shown, mut elements) = (Shown::new(), BTreeSet::new());
    for entry in entries {
        let reads = matches!(entry.event, Event::Access(Action::Read | Action::Search | Action::History));
        if entry.outcome != Outcome::Allowed || !reads || entry.records.is_empty() {
            continue;
        }
        for (place, touched) in entry.records.iter().enumerate() {
            let patient = entry.kind_of(place) == Some("Patient");
            let named = if patient { "Patient".to_owned() } else { name(touched.record) };
            shown.insert((named, touched.version.to_string()));
        }
        elements.extend(entry.elements.iter().map(|name| name.trim_start_matches('_').to_owned()));
    }
    (shown, elements)
}

/// What is asked, of the record of a type, of its patient, and of everything.
fn requests(ids: &[String]) -> Vec<String> {
    let patient = number(ids);
    let mut paths = Vec::new();
    let mut kinds: Vec<&str> = ids.iter().filter_map(|id| id.split('/').next()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in &kinds {
        let id = of_type(ids, kind);
        let bare = id.split_once('/').unwrap().1;
        let other = if *kind == "Condition" { "Observation" } else { "Condition" };
        paths.extend([
            id.to_owned(),
            format!("{id}?_summary=true"),
            format!("{id}?_elements=text"),
            format!("{id}/_history"),
            format!("{id}/_history/1"),
            format!("{other}/{bare}"),
            format!("{other}/{bare}/_history"),
            format!("{other}/{bare}/_history/1"),
        ]);
        if *kind != "Patient" {
            paths.extend([
                format!("{kind}?patient={patient}"),
                format!("{kind}?patient={patient}&_count=1"),
                format!("{kind}?patient={patient}&_sort=-_lastUpdated&_total=accurate"),
                format!("{kind}?patient={patient}&_summary=count"),
                format!("{kind}?patient={patient}&_include=*"),
                format!("{kind}?patient={patient}&_elements=id"),
                format!("{kind}/_history?patient={patient}"),
                format!("{kind}/_history?patient={patient}&_count=1"),
            ]);
        }
    }
    paths.extend([
        format!("Patient/{patient}/$everything"),
        format!("Patient/{patient}/$everything?_count=3"),
        format!("Patient?_id={patient}"),
        format!("Patient?_id={patient}&gender=unknown"),
        format!("Patient?_id={patient}&gender=unknown&name=Zyq"),
        format!("Patient?_id={patient}&_revinclude=*"),
        format!("Patient?_id={patient}&_revinclude=Observation:subject"),
        format!("Patient?_id={patient}&_sort=name"),
        "Practitioner".to_owned(),
        "Practitioner?_count=1".to_owned(),
        "Organization?_sort=name".to_owned(),
    ]);
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_entries_say_the_same() {
    let scene = Scene::make().await;
    let (_, status, mut observation) =
        scene.get(Role::Clinician, &format!("/fhir/{}", of_type(&scene.ids, "Observation"))).await;
    assert_eq!(status, StatusCode::OK);
    observation["note"] = json!([{"text": "again"}]);
    let path = format!("/fhir/{}", of_type(&scene.ids, "Observation"));
    let (status, body) = scene.test.send(Role::Clinician, Method::PUT, &path, &observation).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (mut compared, mut shown) = (0, 0);
    let mut wrong = Vec::new();
    for role in [Role::Clinician, Role::Patient, Role::Technician, Role::Monitor, Role::SecurityOfficer] {
        let ids = in_realm(&scene, role, &scene.ids);
        let mut answers = Vec::new();
        for path in requests(&ids) {
            answers.push((path.clone(), scene.get(role, &format!("/fhir/{path}")).await));
        }
        let audit = Audit::read(&scene.test).await;
        for (path, (trace, status, value)) in answers {
            let mut body = Body { scene: &scene, role, shown: Shown::new(), elements: BTreeSet::new() };
            body.take(&value);
            let (told, elements) = told(&audit.of(trace));
            compared += 1;
            shown += body.shown.len();
            if told != body.shown || elements != body.elements {
                wrong.push(format!(
                    "{role} {path} {status}: shown and not told {:?}, told and not shown {:?}, elements {:?} / {:?}",
                    body.shown.difference(&told).collect::<Vec<_>>(),
                    told.difference(&body.shown).collect::<Vec<_>>(),
                    body.elements.difference(&elements).collect::<Vec<_>>(),
                    elements.difference(&body.elements).collect::<Vec<_>>(),
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 400 && shown > 200, "{compared} {shown}");
    scene.test.stop().await;
}

/// The same ids as a role knows them.
fn in_realm(scene: &Scene, role: Role, ids: &[String]) -> Vec<String> {
    use tacenda_kernel::{ApiRealm, Pseudonym, realms};
    let (from, to) = (ApiRealm::Care, role.realm());
    let keys = &scene.test.keys;
    let patient = |number: [u8; 16]| {
        let root = keys.realm_key::<realms::Care>().root(Pseudonym::from_bytes(number));
        match to {
            ApiRealm::Care => number,
            ApiRealm::House => keys.realm_key::<realms::House>().pseudonym(root).to_bytes(),
            ApiRealm::Data => keys.realm_key::<realms::Data>().pseudonym(root).to_bytes(),
        }
    };
    let record = |number: [u8; 16]| {
        let record = keys.record_codec(from).decode(number).unwrap();
        keys.record_codec(to).encode(record)
    };
    ids.iter()
        .map(|id| {
            let (kind, id) = id.split_once('/').unwrap();
            let id = match id.parse().unwrap() {
                PublicId::OfPatient { patient: whose, record: which } => {
                    PublicId::OfPatient { patient: patient(whose), record: record(which) }
                }
                PublicId::One(number) if kind == "Patient" => PublicId::One(patient(number)),
                PublicId::One(number) => PublicId::One(record(number)),
            };
            format!("{kind}/{id}")
        })
        .collect()
}
