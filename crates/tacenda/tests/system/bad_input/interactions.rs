//! Patches, conditions and preferences that are wrong.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Given, VALUE, Wrong, observation};

/// Patches that are none, that lead nowhere, and whose result is none.
pub(super) fn patches(given: &Given) -> Vec<Wrong> {
    let path = format!("/{}", given.observation);
    let send = |what, operations: String| {
        Wrong::new(what, Method::PATCH, path.clone(), operations)
            .header("content-type", "application/json-patch+json")
    };
    let one = |what, operation: Value| send(what, json!([operation]).to_string());
    let value = |path: &str, value: Value| json!({"op": "add", "path": path, "value": value});
    let many = json!(vec![json!({"op": "remove", "path": "/note"}); 10_000]).to_string();
    let (rule, media) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let parameters = json!({"resourceType": "Parameters"}).to_string();
    let moved = given.observation.replace("Observation", "Condition");
    vec![
        send("a patch that is no JSON", VALUE.to_owned()),
        send("a patch that is no list", json!({"op": VALUE}).to_string()),
        send("10,000 operations", many),
        send(
            "a patch of 2 MB",
            json!([value("/note", json!(VALUE.repeat((2 << 20) / VALUE.len() + 1)))]).to_string(),
        )
        .status(StatusCode::PAYLOAD_TOO_LARGE),
        send("a Parameters", parameters).header("content-type", "application/fhir+json").status(media),
        send("an XML Patch", VALUE.to_owned())
            .header("content-type", "application/xml-patch+xml")
            .status(media),
        send("a patch that does not say what it is", "[]".to_owned())
            .header("content-type", "")
            .status(media),
        one("an operation of its own", json!({"op": VALUE, "path": "/status"})),
        one("an operation without a value", json!({"op": "add", "path": "/status"})),
        one("a pointer that is none", value(VALUE, json!(VALUE))),
        one("a pointer that leads nowhere", json!({"op": "remove", "path": format!("/{VALUE}")}))
            .status(rule),
        one("a pointer behind the end", json!({"op": "replace", "path": "/note/9", "value": VALUE}))
            .status(rule),
        one("a test that fails", json!({"op": "test", "path": "/status", "value": VALUE})).status(rule),
        one("another id", value("/id", json!(VALUE))).status(rule).at("Observation.id"),
        one("another type", value("/resourceType", json!("Condition")))
            .status(rule)
            .at("Observation.resourceType"),
        one("another version", value("/meta/versionId", json!("9"))).status(rule).at("Observation.meta"),
        one("nothing is left", value("", json!([VALUE]))).status(rule),
        one("an unknown element", value(&format!("/{VALUE}"), json!(VALUE))).at("Observation"),
        one("a status that is none", value("/status", json!(7))).at("Observation.status"),
        one("a required element away", json!({"op": "remove", "path": "/code"})).at("Observation.code"),
        one("a move to another compartment", value("/device", json!({"display": VALUE}))).status(rule),
        one("a move to another patient", value("/subject/reference", json!(given.other))).status(rule),
        one("a stale version", value("/status", json!("final")))
            .header("if-match", "W/\"9\"")
            .status(StatusCode::PRECONDITION_FAILED),
        one("no version", value("/status", json!("final"))).header("if-match", VALUE),
        Wrong::new("a patch under another type", Method::PATCH, format!("/{moved}"), "[]")
            .header("content-type", "application/json-patch+json")
            .status(StatusCode::NOT_FOUND),
        Wrong::new("a patch of nothing", Method::PATCH, format!("/Observation/{VALUE}"), "[]")
            .header("content-type", "application/json-patch+json")
            .status(StatusCode::NOT_FOUND),
    ]
}

/// Conditions that are not understood, or would not be looked at.
pub(super) fn conditions(given: &Given) -> Vec<Wrong> {
    let patient = given.patient.strip_prefix("Patient/").unwrap();
    let body = observation(&given.patient);
    let create = |what, criteria: String| Wrong::post(what, &body).header("if-none-exist", criteria);
    let put = |what, criteria: String| {
        Wrong::new(what, Method::PUT, format!("/Observation{criteria}"), body.to_string())
    };
    let date = "Sun, 01 Mar 2026 10:00:00 GMT";
    let read = |what| Wrong::get(what, format!("/{}", given.observation));
    vec![
        create("a condition about nobody", format!("identifier={VALUE}")),
        create("a condition without a parameter", String::new()),
        create("a condition on nothing", "?".to_owned()),
        create("a condition that is not understood", format!("patient={patient}&{VALUE}={VALUE}")),
        create("a condition on how results are shown", format!("patient={patient}&_count=2")),
        create("a condition with a date that is none", format!("patient={patient}&date={VALUE}")),
        Wrong::post("a condition that is not for a creation", &body).header("if-none-match", "*"),
        put("an update of whatever there is", String::new()),
        put("an update by what is not understood", format!("?patient={patient}&{VALUE}=1")),
        put("an update under a condition that is for reading", format!("?patient={patient}&code={VALUE}"))
            .header("if-none-match", "*"),
        put("an update under a date", format!("?patient={patient}&code={VALUE}"))
            .header("if-unmodified-since", date),
        Wrong::new("a deletion of whatever there is", Method::DELETE, "/Observation", ""),
        Wrong::new("a deletion under a date", Method::DELETE, format!("/{}", given.observation), "")
            .header("if-unmodified-since", date),
        read("a tag that is none").header("if-none-match", VALUE),
        read("a date that is none").header("if-modified-since", VALUE),
        read("a condition that is for writing").header("if-match", "W/\"1\""),
        Wrong::post("a preference that is none", &body).header("prefer", format!("return={VALUE}")),
    ]
}

/// The same in bundles, named with its entry.
pub(super) fn entries(given: &Given) -> Vec<Wrong> {
    let bundle = |what, wrong: Value| {
        let good = json!({"resource": observation(&given.patient), "request": {"method": "POST", "url": "Observation"}});
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [good, wrong]});
        Wrong::new(what, Method::POST, "", bundle.to_string())
    };
    let patient = given.patient.strip_prefix("Patient/").unwrap();
    let patch = |resource: Value| json!({"resource": resource, "request": {"method": "PATCH", "url": given.observation}});
    let binary = |data: &str| json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data});
    let get = |name: &str, value: &str| json!({"request": {"method": "GET", "url": given.observation, name: value}});
    vec![
        bundle("a patch that is no Binary", patch(json!({"resourceType": "Parameters"})))
            .at("Bundle.entry[1].resource"),
        bundle("a Binary of another kind", patch(json!({"resourceType": "Binary", "contentType": VALUE})))
            .at("Bundle.entry[1].resource.contentType"),
        bundle("a Binary that is not base64", patch(binary(&format!("{VALUE}!"))))
            .at("Bundle.entry[1].resource.data"),
        bundle("a Binary that is no patch", patch(binary("e30="))).at("Bundle.entry[1].resource.data"),
        bundle("a tag that is none", get("ifNoneMatch", VALUE)).at("Bundle.entry[1].request.ifNoneMatch"),
        bundle("an instant that is none", get("ifModifiedSince", VALUE))
            .at("Bundle.entry[1].request.ifModifiedSince"),
        bundle("a condition that is not for reading", get("ifNoneExist", VALUE))
            .at("Bundle.entry[1].request.ifNoneExist"),
        bundle(
            "a condition that is not understood",
            json!({"request": {"method": "DELETE", "url": format!("Observation?patient={patient}&{VALUE}=1")}}),
        )
        .at("Bundle.entry[1].request.url"),
    ]
}

/// Histories, versions to go back to and versions to compare that are none.
pub(super) fn versions(given: &Given) -> Vec<Wrong> {
    let path = format!("/{}", given.observation);
    let patient = given.patient.strip_prefix("Patient/").unwrap();
    let history = |what, query: String| Wrong::get(what, format!("{path}/_history?{query}"));
    let of_type = |what, query: String| Wrong::get(what, format!("/Observation/_history?{query}"));
    let diff = |what, query: String| Wrong::get(what, format!("{path}/$diff?{query}"));
    let restore = |what, parameters: Value| {
        let body = json!({"resourceType": "Parameters", "parameter": parameters}).to_string();
        Wrong::new(what, Method::POST, format!("{path}/$restore"), body)
    };
    let version = |value: Value| json!([{"name": "version", "valuePositiveInt": value}]);
    let missing = StatusCode::NOT_FOUND;
    vec![
        history("a count that is none", format!("_count={VALUE}")),
        history("a count of none", "_count=0".to_owned()),
        history("an instant that is none", format!("_since={VALUE}")),
        history("a date without a time", "_since=2026-03-01".to_owned()),
        history("a time in the past", "_at=2026-03-01T10:00:00Z".to_owned()),
        history("an unknown parameter of a history", format!("{VALUE}={VALUE}")),
        history("a parameter twice", "_count=1&_count=2".to_owned()),
        history("a patient of an instance", format!("patient={patient}")),
        history("a cursor that is none", format!("_cursor={VALUE}")),
        history("a cursor beside something", format!("_cursor={VALUE}&_count=1")),
        of_type("a history of nobody's", String::new()),
        of_type("a history of a word's", format!("patient={VALUE}")).status(missing),
        of_type("a history by what is found", format!("patient={patient}&code={VALUE}")),
        Wrong::get(
            "a history of the directory's patient",
            format!("/Organization/_history?patient={patient}"),
        ),
        Wrong::get("a history of a type that is not kept", format!("/{VALUE}/_history")).status(missing),
        diff("versions that are not said", String::new()),
        diff("one version", "from=1".to_owned()),
        diff("a version that is a word", format!("from=1&to={VALUE}")),
        diff("version 0", "from=0&to=1".to_owned()),
        diff("a version that is not there", "from=1&to=99".to_owned()).status(missing),
        diff("a version twice", "from=1&from=1&to=1".to_owned()),
        diff("an unknown parameter of a difference", format!("from=1&to=1&{VALUE}=1")),
        restore("no version to go back to", json!([])).at("Parameters.parameter"),
        restore("two versions", json!([{"name": "version"}, {"name": "version"}])).at("Parameters.parameter"),
        restore("another parameter", json!([{"name": VALUE, "valueString": "1"}]))
            .at("Parameters.parameter[0].name"),
        restore("a version of another kind", json!([{"name": "version", "valueDecimal": 1}]))
            .at("Parameters.parameter[0].value"),
        restore("a version that is a word in Parameters", json!([{"name": "version", "valueString": VALUE}]))
            .at("Parameters.parameter[0].value"),
        restore("version 0 in Parameters", version(json!(0))).at("Parameters.parameter[0].value"),
        restore("a negative version", version(json!(-1))).at("Parameters.parameter[0].value"),
        restore("a version that is not there to go back to", version(json!(99))).status(missing),
        restore("no version to be at", version(json!(1))).header("if-match", VALUE),
        restore("another version to be at", version(json!(1)))
            .header("if-match", "W/\"9\"")
            .status(StatusCode::PRECONDITION_FAILED),
        Wrong::new(
            "no Parameters",
            Method::POST,
            format!("{path}/$restore"),
            json!({"resourceType": VALUE}).to_string(),
        )
        .at("resourceType"),
        Wrong::new("Parameters that are no JSON", Method::POST, format!("{path}/$restore"), VALUE),
        restore("Parameters as XML", version(json!(1)))
            .header("content-type", "application/fhir+xml")
            .status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ]
}
