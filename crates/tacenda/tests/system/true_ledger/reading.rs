//! What is asked without changing anything: of the record of each type, of its patient, and of everything.

use serde_json::json;

use super::{Asked, Shows};
use crate::audit_events::{number, of_type};

const READ: (&str, &str) = ("GET", "/fhir/{type}/{id}");
const HISTORY: (&str, &str) = ("GET", "/fhir/{type}/{id}/_history");
const VERSION: (&str, &str) = ("GET", "/fhir/{type}/{id}/_history/{version}");
const HISTORY_OF_TYPE: (&str, &str) = ("GET", "/fhir/{type}/_history");
const SEARCH: (&str, &str) = ("GET", "/fhir/{type}");
const BY_FORM: (&str, &str) = ("POST", "/fhir/{type}/_search");
const EVERYTHING: (&str, &str) = ("GET", "/fhir/Patient/{id}/$everything");
const DIFF: (&str, &str) = ("GET", "/fhir/{type}/{id}/$diff");
const BUNDLE: (&str, &str) = ("POST", "/fhir");
const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const FHIR: &str = "application/fhir+json";

/// Of which everything is asked; of the others what is asked of them does not differ.
const WHOLE: [&str; 3] = ["Observation", "Patient", "Practitioner"];

/// All of it, or less of what is the same for every type. `event` is an entry of a log that the caller may look at.
pub(crate) fn reading(ids: &[String], event: Option<&str>, all_of_it: bool) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut kinds: Vec<&str> = ids.iter().filter_map(|id| id.split('/').next()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in &kinds {
        let whole = all_of_it && WHOLE.contains(kind);
        // The first, and one of several versions.
        let here: Vec<&String> = ids.iter().filter(|id| id.split('/').next() == Some(kind)).collect();
        for id in here.iter().take(1).chain(here.iter().skip(1).next_back()) {
            of_record(id, &mut all, whole);
        }
        of_kind(kind, ids, &mut all, whole);
    }
    of_patient(ids, &mut all);
    of_directory(&mut all);
    of_the_ledger(ids, event, &mut all);
    batches(ids, &mut all);
    all
}

fn body(route: (&'static str, &'static str), path: String) -> Asked {
    Asked::new(route, format!("/fhir/{path}"), Shows::Body)
}

fn of_record(id: &str, all: &mut Vec<Asked>, whole: bool) {
    let (kind, bare) = id.split_once('/').unwrap();
    let other = if kind == "Condition" { "Observation" } else { "Condition" };
    for id in [id.to_owned(), format!("{other}/{bare}")] {
        let (versions, pairs) = if whole { (3, 4) } else { (1, 1) };
        all.push(body(READ, id.clone()));
        all.push(body(HISTORY, format!("{id}/_history")));
        all.extend((1..=versions).map(|version| body(VERSION, format!("{id}/_history/{version}"))));
        for versions in [[1, 2], [1, 1], [1, 3], [9, 1]].into_iter().take(pairs) {
            let path = format!("/fhir/{id}/$diff?from={}&to={}", versions[0], versions[1]);
            all.push(Asked::new(DIFF, path, Shows::Versions(versions)));
        }
    }
    all.push(body(READ, id.to_owned()).under("if-none-match", "W/\"1\""));
    all.push(body(READ, format!("{id}?_elements=text")));
    if !whole {
        return;
    }
    for query in ["_summary=true", "_summary=text", "_summary=data", "_elements=id"] {
        all.push(body(READ, format!("{id}?{query}")));
    }
    all.push(body(HISTORY, format!("{id}/_history?_count=1")));
    all.push(body(VERSION, format!("{id}/_history/1?_summary=text")));
    let later = "Fri, 01 Jan 2100 00:00:00 GMT";
    for (name, value) in
        [("if-none-match", "W/\"1\""), ("if-none-match", "W/\"7\""), ("if-modified-since", later)]
    {
        all.push(body(READ, id.to_owned()).under(name, value));
        all.push(body(READ, format!("{id}?_elements=text")).under(name, value));
    }
}

fn of_kind(kind: &str, ids: &[String], all: &mut Vec<Asked>, whole: bool) {
    let (patient, one) = (number(ids), of_type(ids, kind));
    all.push(body(SEARCH, format!("{kind}?_id={}", one.split_once('/').unwrap().1)));
    all.push(body(HISTORY_OF_TYPE, format!("{kind}/_history")));
    all.push(body(HISTORY_OF_TYPE, format!("{kind}/_history?patient={patient}")));
    all.push(body(HISTORY_OF_TYPE, format!("{kind}/_history?patient={patient}&_count=1")));
    all.push(body(HISTORY_OF_TYPE, format!("{kind}/_history?patient={patient}&_since=2100-01-01T00:00:00Z")));
    if kind == "Patient" {
        return;
    }
    let queries = [
        "",
        "&_include=*",
        "&_revinclude=Provenance:target",
        "&_sort=-_lastUpdated&_total=accurate&_elements=id",
        "&_count=1",
        "&_count=0",
        "&_sort=-_lastUpdated&_total=accurate",
        "&_summary=count",
        "&_summary=text",
        "&_include=*&_elements=id",
        "&_revinclude=Observation:encounter",
        "&_elements=id",
        "&_lastUpdated=ge2100-01-01",
        "&identifier=urn:truth|twice",
        "&_has:Observation:encounter:status=final",
        "&nonsense=1",
    ];
    for query in queries.into_iter().take(if whole { usize::MAX } else { 4 }) {
        all.push(body(SEARCH, format!("{kind}?patient={patient}{query}")));
    }
    all.push(body(BY_FORM, format!("{kind}/_search")).sending(FORM, format!("patient={patient}&_include=*")));
    all.push(body(BY_FORM, format!("{kind}/_search?patient={patient}")).sending(FORM, "_elements=code"));
}

fn of_patient(ids: &[String], all: &mut Vec<Asked>) {
    let patient = number(ids);
    let everything = format!("Patient/{patient}/$everything");
    for query in [
        "",
        "?_count=3",
        "?_count=1",
        "?_type=Observation,Patient",
        "?_type=Practitioner",
        "?_since=2020-01-01T00:00:00Z",
        "?_since=2100-01-01T00:00:00Z",
        "?_type=Nonsense",
    ] {
        all.push(body(EVERYTHING, format!("{everything}{query}")));
    }
    all.push(body(("POST", EVERYTHING.1), everything));
    for query in [
        "_id={}",
        "_id={}&gender=other",
        "_id={}&gender=unknown",
        "_id={}&gender=unknown&name=Zyq",
        "_id={}&_revinclude=*",
        "_id={}&_revinclude=Observation:subject",
        "_id={}&_revinclude=Provenance:target",
        "_id={}&_elements=name",
        "_id={}&_elements=id",
        "_id={}&_summary=true",
        "_id={}&_sort=name",
        "_id={}&_total=accurate",
        "_count=1",
        "_sort=birthdate",
        "birthdate=1871-01-01",
        "gender=other",
        "name=Zyq",
        "",
    ] {
        all.push(body(SEARCH, format!("Patient?{}", query.replace("{}", patient))));
    }
    for chain in [
        "Observation?patient={}&encounter.status=finished",
        "Observation?patient={}&encounter.status=planned",
        "Observation?patient={}&performer:Practitioner.active=true",
        "Observation?patient._id={}",
        "Observation?subject:Patient.gender=other",
        "Condition?patient._id={}&patient.gender=other",
        "Condition?patient._id={}&patient.gender=unknown",
    ] {
        all.push(Asked { shows: Shows::BodyAndNames, ..body(SEARCH, chain.replace("{}", patient)) });
    }
    all.push(
        body(BY_FORM, "Patient/_search".to_owned()).sending(FORM, format!("_id={patient}&_revinclude=*")),
    );
}

fn of_directory(all: &mut Vec<Asked>) {
    for query in [
        "Practitioner",
        "Practitioner?_count=1",
        "Practitioner?_summary=count",
        "Organization?_sort=name",
        "PractitionerRole?_include=*",
        "Organization?_revinclude=Location:organization",
    ] {
        all.push(body(SEARCH, query.to_owned()));
    }
    let chain = body(SEARCH, "PractitionerRole?organization.name=a".to_owned());
    all.push(Asked { shows: Shows::BodyAndNames, ..chain });
}

/// What is made of entries: AuditEvents, and the Provenances of versions.
fn of_the_ledger(ids: &[String], event: Option<&str>, all: &mut Vec<Asked>) {
    let (patient, observation) = (number(ids), of_type(ids, "Observation"));
    let bare = observation.split_once('/').unwrap().1;
    for query in [
        format!("Provenance?patient={patient}"),
        format!("Provenance?patient={patient}&_count=1"),
        format!("Provenance?target={observation}"),
        format!("Provenance?patient={patient}&_elements=id"),
        format!("AuditEvent?patient={patient}&_count=5"),
        "AuditEvent?_count=5".to_owned(),
        "AuditEvent?action=R&_count=2".to_owned(),
    ] {
        all.push(body(SEARCH, query));
    }
    for id in [format!("{bare}-v1"), format!("{bare}-v9"), format!("{patient}-p1"), format!("{patient}-p9")] {
        all.push(body(READ, format!("Provenance/{id}")));
        all.extend([1, 2].map(|version| body(VERSION, format!("Provenance/{id}/_history/{version}"))));
    }
    let event = event.unwrap_or("none");
    all.push(body(READ, format!("AuditEvent/{event}")));
    all.push(body(VERSION, format!("AuditEvent/{event}/_history/1")));
    all.push(body(("GET", "/fhir/AuditEvent/{id}/$proof"), format!("AuditEvent/{event}/$proof")));
}

fn batches(ids: &[String], all: &mut Vec<Asked>) {
    let (patient, observation) = (number(ids), of_type(ids, "Observation"));
    let get = |url: String| json!({"request": {"method": "GET", "url": url}});
    let known = |url: &str| json!({"request": {"method": "GET", "url": url, "ifNoneMatch": "W/\"1\""}});
    let entries = json!([
        get(observation.to_owned()),
        get(format!("{observation}/_history/1")),
        get(format!("{observation}/_history/9")),
        known(observation),
        known(&format!("Patient/{patient}")),
        get(format!("Condition?patient={patient}")),
        get(format!("Observation?patient={patient}&_include=*&_count=2")),
        get("Practitioner?_count=1".to_owned()),
        get("Patient/nothing".to_owned()),
    ]);
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        all.push(Asked::new(BUNDLE, "/fhir", Shows::Body).sending(FHIR, &bundle));
    }
}
