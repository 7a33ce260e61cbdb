//! Parameters of the URL that would not be looked at.

use reqwest::Method;
use serde_json::json;

use super::{Given, VALUE, Wrong, observation};

/// Every interaction that has no parameters, or has others, with one it does not know.
pub(super) fn unknown(given: &Given) -> Vec<Wrong> {
    let (observation_path, patient) = (&given.observation, &given.patient);
    let (body, patch) = (observation(patient).to_string(), json!([]).to_string());
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": []}).to_string();
    let parameters = json!({"resourceType": "Parameters",
        "parameter": [{"name": "version", "valuePositiveInt": 1}]});
    let unknown = |what, method, path: &str, body: &str| {
        Wrong::new(what, method, format!("{path}?{VALUE}={VALUE}"), body.to_owned())
    };
    let of_one = |rest: &str| format!("/{observation_path}{rest}");
    let number = patient.strip_prefix("Patient/").unwrap();
    vec![
        unknown("metadata", Method::GET, "/metadata", ""),
        unknown("a batch", Method::POST, "", &bundle),
        unknown("a batch at the base with a slash", Method::POST, "/", &bundle),
        unknown("a create", Method::POST, "/Observation", &body),
        Wrong::new(
            "a create with criteria in the URL",
            Method::POST,
            format!("/Observation?patient={number}&code={VALUE}"),
            body.clone(),
        ),
        unknown("a read", Method::GET, &of_one(""), ""),
        unknown("an update", Method::PUT, &of_one(""), &body),
        unknown("a patch", Method::PATCH, &of_one(""), &patch)
            .header("content-type", "application/json-patch+json"),
        unknown("a delete", Method::DELETE, &of_one(""), ""),
        unknown("a version", Method::GET, &of_one("/_history/1"), ""),
        unknown("a history", Method::GET, &of_one("/_history"), ""),
        unknown("a history of a type", Method::GET, "/Observation/_history", ""),
        unknown("$restore", Method::POST, &of_one("/$restore"), &parameters.to_string()),
        unknown("$diff", Method::GET, &of_one("/$diff"), ""),
        unknown("$erase", Method::POST, &format!("/{patient}/$erase"), ""),
        unknown("$everything", Method::GET, &format!("/{patient}/$everything"), ""),
        unknown("$everything by POST", Method::POST, &format!("/{patient}/$everything"), ""),
        unknown("$proof", Method::GET, "/AuditEvent/1/$proof", ""),
        unknown("a search", Method::GET, "/Observation", ""),
        unknown("a search by form", Method::POST, "/Observation/_search", "")
            .header("content-type", "application/x-www-form-urlencoded"),
    ]
}

/// Elements that a transaction does not have (FHIR R4, bdl-1, bdl-2 and bdl-4).
pub(super) fn of_other_bundles(given: &Given) -> Vec<Wrong> {
    let bundle = |what, at, key: &str, value: serde_json::Value, of_entry: bool| {
        let mut entry = json!({"resource": observation(&given.patient),
            "request": {"method": "POST", "url": "Observation"}});
        let mut bundle = json!({"resourceType": "Bundle", "type": "transaction"});
        let place = if of_entry { &mut entry } else { &mut bundle };
        place[key] = value;
        bundle["entry"] = json!([entry]);
        Wrong::new(what, Method::POST, "", bundle.to_string()).at(at)
    };
    vec![
        bundle("a total", "Bundle.total", "total", json!(1), false),
        bundle("a search", "Bundle.entry[0].search", "search", json!({"mode": "match"}), true),
        bundle("a response", "Bundle.entry[0].response", "response", json!({"status": VALUE}), true),
    ]
}
