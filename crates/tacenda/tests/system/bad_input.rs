//! What cannot be done is refused at its element, without a value, and nothing is written.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
    transaction::counts,
};
use tacenda_contracts::entry::{Event, Outcome};

/// Stands wherever a value is: no answer may contain it, in any case.
const VALUE: &str = "Zyxomorph7";

/// One request that is wrong in one way.
struct Wrong {
    what: &'static str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    status: StatusCode,
    /// The element the outcome names, where there is one.
    at: Option<&'static str>,
}

impl Wrong {
    fn new(what: &'static str, method: Method, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", "application/fhir+json".to_owned())];
        let (path, body, status) = (format!("/fhir{}", path.into()), body.into(), StatusCode::BAD_REQUEST);
        Self { what, method, path, headers, body, status, at: None }
    }

    fn post(what: &'static str, value: &Value) -> Self {
        let path = format!("/{}", value["resourceType"].as_str().unwrap());
        Self::new(what, Method::POST, path, value.to_string())
    }

    fn get(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::GET, path, "")
    }

    fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn body(self, value: &Value) -> Self {
        Self { body: value.to_string().into_bytes(), ..self }
    }

    fn at(self, element: &'static str) -> Self {
        Self { at: Some(element), ..self }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }
}

/// Records that exist, and a patient the caller may not see.
struct Given {
    patient: String,
    observation: String,
    task: String,
    other: String,
    others_condition: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_at_its_element_without_a_value_and_nothing_is_written() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(1).bundle()).await;
    let others = test.enrol(Canary::new(2).bundle()).await;
    let of_type = |ids: &[String], kind: &str| {
        ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap().clone()
    };
    let given = Given {
        patient: of_type(&ids, "Patient"),
        observation: of_type(&ids, "Observation"),
        task: of_type(&ids, "Task"),
        other: of_type(&others, "Patient"),
        others_condition: of_type(&others, "Condition"),
    };
    test.care(&given.patient).await;
    test.care(&given.other).await;
    let before = counts(&test).await;
    let token = test.token(Role::Clinician).await;
    let mut traces = Vec::new();
    let cases = [
        malformed(&given),
        invalid(&given),
        references(&given),
        headers(&given),
        searches(&given),
        bundles(&given),
    ];
    for wrong in cases.into_iter().flatten() {
        let mut request =
            test.request(wrong.method.clone(), &wrong.path).bearer_auth(&token).body(wrong.body);
        for (name, value) in &wrong.headers {
            request = request.header(*name, value);
        }
        let (trace, request) = traced(request);
        let (status, outcome) = answer(request.send().await.unwrap()).await;
        let what = format!("{}: {outcome}", wrong.what);
        assert_eq!(status, wrong.status, "{what}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{what}");
        let issues = outcome["issue"].as_array().unwrap();
        assert!(
            issues.iter().all(|issue| issue["severity"] == "error" && issue["diagnostics"].is_string()),
            "{what}"
        );
        if let Some(element) = wrong.at {
            assert!(issues.iter().any(|issue| issue["expression"][0] == element), "{what}: not at {element}");
        }
        assert!(
            !outcome.to_string().to_lowercase().contains(&VALUE.to_lowercase()),
            "{what}: a value is in the answer"
        );
        assert_eq!(counts(&test).await, before, "{what}: something was written");
        traces.push((trace, wrong.what));
    }
    let audit = Audit::read(&test).await;
    for (trace, what) in traces {
        for entry in audit.of(trace) {
            let wrote = matches!(&entry.event, Event::Access(action) if action.as_str() != "read" && action.as_str() != "search");
            assert!(entry.outcome != Outcome::Allowed || !wrote, "{what}: {entry:?}");
        }
    }
    test.stop().await;
}

fn observation(patient: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final", "code": {"text": VALUE}, "subject": {"reference": patient}})
}

fn with(patient: &str, element: &str, value: Value) -> Value {
    let mut observation = observation(patient);
    observation[element] = value;
    observation
}

/// Not JSON, or not of a size and depth that is read.
fn malformed(given: &Given) -> Vec<Wrong> {
    let patient = &given.patient;
    let text = observation(patient).to_string();
    let post = |what, body: String| Wrong::new(what, Method::POST, "/Observation", body);
    let nested = (0..80).fold(
        json!({"url": "x", "valueString": VALUE}),
        |inner, _| json!({"url": "x", "extension": [inner]}),
    );
    let large = with(patient, "note", json!([{"text": VALUE.repeat((2 << 20) / VALUE.len() + 1)}]));
    let small = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[]}";
    let bundle = format!("{small}{}", " ".repeat(32 << 20));
    vec![
        post("cut off", text[..text.len() - 2].to_owned()),
        post("a comma too many", text.replace("\"final\"", "\"final\",")),
        post("nothing", String::new()),
        post("a word", VALUE.to_owned()),
        post("a list", format!("[{text}]")),
        Wrong::new("not UTF-8", Method::POST, "/Observation", [text.as_bytes(), b"\xff\xfe"].concat()),
        post("the same key twice", text.replacen('{', &format!("{{\"status\":\"{VALUE}\","), 1)),
        post("nested too deep", with(patient, "extension", json!([nested])).to_string()),
        post("nested far too deep", format!("{}{}", "[".repeat(200_000), "]".repeat(200_000))),
        post("a resource of 2 MB", large.to_string()).status(StatusCode::PAYLOAD_TOO_LARGE),
        Wrong::new("a bundle of 32 MB", Method::POST, "", bundle).status(StatusCode::PAYLOAD_TOO_LARGE),
    ]
}

/// JSON, but not FHIR.
fn invalid(given: &Given) -> Vec<Wrong> {
    let patient = &given.patient;
    let status = with(patient, "status", json!(7));
    let mut missing = observation(patient);
    missing.as_object_mut().unwrap().shift_remove("code");
    let quantity = json!({"value": VALUE});
    let unknown_type = json!({"resourceType": VALUE, "id": VALUE}).to_string();
    let binary = json!({"resourceType": "Binary", "contentType": VALUE});
    vec![
        Wrong::post("a number for a code", &status).at("Observation.status"),
        Wrong::post("an object for a list", &with(patient, "note", json!({"text": VALUE})))
            .at("Observation.note"),
        Wrong::post("a list for an object", &with(patient, "code", json!([{"text": VALUE}])))
            .at("Observation.code"),
        Wrong::post("a word for a number", &with(patient, "valueQuantity", quantity))
            .at("Observation.valueQuantity.value"),
        Wrong::post("no date", &with(patient, "effectiveDateTime", json!(VALUE)))
            .at("Observation.effectiveDateTime"),
        Wrong::post("not a code", &with(patient, "status", json!(format!(" {VALUE}  "))))
            .at("Observation.status"),
        Wrong::post("null", &with(patient, "effectiveDateTime", Value::Null))
            .at("Observation.effectiveDateTime"),
        Wrong::post("an empty list", &with(patient, "note", json!([]))).at("Observation.note"),
        Wrong::post("an unknown element", &with(patient, "colour", json!(VALUE))).at("Observation.colour"),
        Wrong::post("an unknown element that is a value", &with(patient, VALUE, json!(VALUE)))
            .at("Observation"),
        Wrong::post("an unknown element inside", &with(patient, "code", json!({"txet": VALUE})))
            .at("Observation.code.txet"),
        Wrong::post("a required element missing", &missing).at("Observation.code"),
        Wrong::new("an unknown type", Method::POST, "/Observation", unknown_type.clone()).at("resourceType"),
        Wrong::new("an unknown type in the URL", Method::POST, format!("/{VALUE}"), unknown_type)
            .status(StatusCode::NOT_FOUND),
        Wrong::new("no type", Method::POST, "/Observation", "{}"),
        Wrong::post("a type that is not kept", &binary).status(StatusCode::NOT_FOUND),
        Wrong::new("another type than the URL", Method::POST, "/Condition", observation(patient).to_string())
            .at("resourceType"),
    ]
}

/// References that lead nowhere, or to somebody else.
fn references(given: &Given) -> Vec<Wrong> {
    let (patient, unprocessable) = (&given.patient, StatusCode::UNPROCESSABLE_ENTITY);
    let prefix = patient.strip_prefix("Patient/").unwrap();
    let encounter =
        |reference: String| with(patient, "encounter", json!({"reference": reference, "display": VALUE}));
    let mut nobodys = observation(patient);
    nobodys.as_object_mut().unwrap().shift_remove("subject");
    let subject =
        |reference: &str| with(patient, "subject", json!({"reference": reference, "display": VALUE}));
    let nothing = format!("Encounter/{prefix}-{}", "0".repeat(26));
    vec![
        Wrong::post("no patient", &nobodys).at("Observation"),
        Wrong::post("a patient by name only", &with(patient, "subject", json!({"display": VALUE})))
            .at("Observation"),
        Wrong::post("a subject that is no reference", &subject(VALUE)).status(unprocessable),
        Wrong::post("no such record", &encounter(nothing))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("no id of this server", &encounter(format!("Encounter/{VALUE}")))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("not a reference", &encounter(VALUE.to_owned())).at("Observation.encounter.reference"),
        Wrong::post("a conditional reference", &encounter(format!("Encounter?identifier={VALUE}")))
            .at("Observation.encounter.reference"),
        Wrong::post("a urn outside of a bundle", &encounter(format!("urn:uuid:{}", uuid())))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("another patient", &with(patient, "focus", json!([{"reference": given.other}])))
            .status(unprocessable)
            .at("Observation.focus[0].reference"),
        Wrong::post(
            "another patient's record",
            &with(patient, "focus", json!([{"reference": given.others_condition}])),
        )
        .status(unprocessable)
        .at("Observation.focus[0].reference"),
        Wrong::post(
            "a practitioner who is not there",
            &with(patient, "performer", json!([{"reference": format!("Practitioner/{}", "0".repeat(26))}])),
        )
        .status(unprocessable)
        .at("Observation.performer[0].reference"),
    ]
}

fn uuid() -> &'static str {
    "0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69"
}

/// Headers that mean nothing, or that forbid it.
fn headers(given: &Given) -> Vec<Wrong> {
    let (patient, path) = (&given.patient, format!("/{}", given.observation));
    let body = observation(patient);
    let mut changed = body.clone();
    changed["id"] = json!(given.observation.strip_prefix("Observation/").unwrap());
    let retyped = json!({"resourceType": "Condition", "id": changed["id"], "subject": body["subject"]});
    let mut renamed = body.clone();
    renamed["id"] = json!(VALUE);
    let put = |what, value: &Value| Wrong::new(what, Method::PUT, path.clone(), value.to_string());
    let media = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let empty = json!({"resourceType": "Bundle", "type": "transaction", "entry": []}).to_string();
    let bundle = |what| Wrong::new(what, Method::POST, "", empty.clone());
    vec![
        Wrong::post("XML", &body).header("content-type", "application/fhir+xml").status(media),
        Wrong::post("a form", &body).header("content-type", "application/x-www-form-urlencoded").status(media),
        Wrong::post("a type of its own", &body).header("content-type", format!("text/{VALUE}")).status(media),
        put("XML in an update", &changed).header("content-type", "text/xml").status(media),
        bundle("XML in a bundle").header("content-type", "text/xml").status(media),
        put("a stale version", &changed).header("if-match", "W/\"9\"").status(StatusCode::PRECONDITION_FAILED),
        put("no version", &changed).header("if-match", VALUE),
        put("no version 0", &changed).header("if-match", "W/\"0\""),
        put("another id", &renamed).at("Observation.id"),
        put("no id", &body).at("Observation.id"),
        Wrong::new("a stale version in a deletion", Method::DELETE, path.clone(), "").header("if-match", "W/\"9\"").status(StatusCode::PRECONDITION_FAILED),
        Wrong::post("a purpose", &body).header("x-purpose-of-use", VALUE),
        Wrong::get("a purpose in a search", format!("/Observation?patient={}", patient.strip_prefix("Patient/").unwrap())).header("x-purpose-of-use", ""),
        bundle("an endless idempotency key").header("idempotency-key", VALUE.repeat(30)),
        bundle("an empty idempotency key").header("idempotency-key", ""),
        Wrong::post("a conditional create", &body).header("if-none-exist", format!("identifier={VALUE}")).status(StatusCode::PRECONDITION_FAILED),
        Wrong::new("a method that is not there", Method::PATCH, path.clone(), "[]").status(StatusCode::METHOD_NOT_ALLOWED),
        Wrong::new("a move to another type", Method::PUT, path.replace("Observation", "Condition"), retyped.to_string()).status(StatusCode::NOT_FOUND),
        bundle("a move to another type in a transaction").body(&json!({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": retyped, "request": {"method": "PUT", "url": path.replace("/Observation", "Condition")}}]})).status(StatusCode::NOT_FOUND),
        Wrong::new("a move to another compartment", Method::PUT, path.clone(), {
            let mut moved = changed.clone();
            moved["device"] = json!({"display": VALUE});
            moved.to_string()
        }).status(StatusCode::UNPROCESSABLE_ENTITY),
        Wrong::new("a move to another patient", Method::PUT, path.clone(), {
            let mut moved = changed.clone();
            moved["subject"] = json!({"reference": given.other});
            moved.to_string()
        }).status(StatusCode::UNPROCESSABLE_ENTITY),
    ]
}

/// Searches that are not done, rather than done differently.
fn searches(given: &Given) -> Vec<Wrong> {
    let patient = given.patient.strip_prefix("Patient/").unwrap();
    let search = |what, query: String| Wrong::get(what, format!("/Observation?{query}"));
    let other = given.other.strip_prefix("Patient/").unwrap();
    vec![
        search("an unknown parameter", format!("patient={patient}&{VALUE}={VALUE}")),
        search("a parameter of another type", format!("patient={patient}&name={VALUE}")),
        search("a modifier", format!("patient={patient}&identifier:not={VALUE}")),
        search("a count that is a word", format!("patient={patient}&_count={VALUE}")),
        search("a count of none", format!("patient={patient}&_count=0")),
        search("a negative count", format!("patient={patient}&_count=-1")),
        search("no patient", String::new()),
        search("an identifier without a patient", format!("identifier={VALUE}")),
        search("two patients", format!("patient={patient}&patient={other}")),
        search("an empty value", format!("patient={patient}&identifier=")),
        search("a system alone", format!("patient={patient}&identifier=urn:x|")),
        search("too long", format!("patient={patient}&identifier={}", VALUE.repeat(60))),
        search("too many alternatives", format!("patient={patient}&identifier={}", [VALUE; 21].join(","))),
        search("too many parameters", vec![format!("patient={patient}"); 31].join("&")),
        Wrong::new(
            "a form that is not UTF-8",
            Method::POST,
            "/Observation/_search",
            b"patient=\xff".to_vec(),
        ),
    ]
}

/// Bundles: what is wrong is named with its entry.
fn bundles(given: &Given) -> Vec<Wrong> {
    let bundle = |what, kind: &str, entries: Value| {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        Wrong::new(what, Method::POST, "", bundle.to_string())
    };
    let entry = |resource: Value, method: &str, url: &str| json!({"resource": resource, "request": {"method": method, "url": url}});
    let good = || entry(observation(&given.patient), "POST", "Observation");
    let one = |what, wrong: Value| bundle(what, "transaction", json!([good(), wrong]));
    let conditional = |element: &str| {
        let mut entry = good();
        entry["request"][element] = json!(VALUE);
        entry
    };
    let (url, mut task) =
        (given.task.clone(), json!({"resourceType": "Task", "status": "requested", "intent": "order"}));
    task["for"] = json!({"reference": given.patient});
    task["id"] = json!(VALUE);
    let same = |mut entry: Value| {
        entry["fullUrl"] = json!(format!("urn:uuid:{}", uuid()));
        entry
    };
    vec![
        bundle("a kind that is not processed", "collection", json!([good()])).at("Bundle.type"),
        Wrong::new("not a bundle", Method::POST, "", observation(&given.patient).to_string()),
        bundle("entries that are no list", "transaction", good()).at("Bundle.entry"),
        one("an unknown element", entry(with(&given.patient, "colour", json!(VALUE)), "POST", "Observation"))
            .at("Bundle.entry[1].resource.colour"),
        one("no request", json!({"resource": observation(&given.patient)})).at("Bundle.entry[1].request"),
        one("a method of its own", entry(observation(&given.patient), VALUE, "Observation"))
            .at("Bundle.entry[1].request.method"),
        one("another type than the URL", entry(observation(&given.patient), "POST", "Condition"))
            .at("Bundle.entry[1].request.url"),
        one(
            "an absolute URL",
            entry(observation(&given.patient), "POST", &format!("https://{VALUE}/Observation")),
        )
        .at("Bundle.entry[1].request.url"),
        one("a conditional create", conditional("ifNoneExist")).at("Bundle.entry[1].request.ifNoneExist"),
        one("another id than the URL", entry(task, "PUT", &url)).at("Bundle.entry[1].request.url"),
        one("another patient", entry(observation(&given.other), "POST", "Observation"))
            .status(StatusCode::UNPROCESSABLE_ENTITY),
        bundle("two entries of one name", "transaction", json!([same(good()), same(good())]))
            .at("Bundle.entry[1].fullUrl"),
        one(
            "no entry of that name",
            entry(
                with(&given.patient, "encounter", json!({"reference": format!("urn:uuid:{}", uuid())})),
                "POST",
                "Observation",
            ),
        )
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .at("Bundle.entry[1].resource.encounter.reference"),
    ]
}
