//! Headers, searches and bundles that are wrong around a resource that is right.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Given, VALUE, Wrong, observation, uuid, with};

/// Headers that mean nothing, or that forbid it.
pub(super) fn headers(given: &Given) -> Vec<Wrong> {
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
        Wrong::new("a method that is not there", Method::DELETE, "/metadata", "").status(StatusCode::METHOD_NOT_ALLOWED),
        Wrong::new("a deletion under another type", Method::DELETE, path.replace("Observation", "Condition"), "")
            .status(StatusCode::NOT_FOUND),
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
pub(super) fn searches(given: &Given) -> Vec<Wrong> {
    let patient = given.patient.strip_prefix("Patient/").unwrap();
    let search = |what, query: String| Wrong::get(what, format!("/Observation?{query}"));
    let other = given.other.strip_prefix("Patient/").unwrap();
    vec![
        search("an unknown parameter", format!("patient={patient}&{VALUE}={VALUE}")),
        search("a parameter of another type", format!("patient={patient}&name={VALUE}")),
        search("a modifier", format!("patient={patient}&identifier:exact={VALUE}")),
        search("a date that is none", format!("patient={patient}&date={VALUE}")),
        search("a quantity that is none", format!("patient={patient}&value-quantity={VALUE}")),
        search("a reference to no type", format!("patient={patient}&encounter={VALUE}/1")),
        search("neither yes nor no", format!("patient={patient}&code:missing={VALUE}")),
        Wrong::get("nothing that narrows", "/Patient?gender=female"),
        search("a count that is a word", format!("patient={patient}&_count={VALUE}")),
        search("an order by nothing", format!("patient={patient}&_sort={VALUE}")),
        search("an order by no date", format!("patient={patient}&_sort=code")),
        search("an order by one thing twice", format!("patient={patient}&_sort=date,-date")),
        search("two orders", format!("patient={patient}&_sort=date&_sort=_lastUpdated")),
        search("two counts", format!("patient={patient}&_count=2&_count=3")),
        search("a total of its own", format!("patient={patient}&_total={VALUE}")),
        search("a summary of its own", format!("patient={patient}&_summary={VALUE}")),
        search("an element that is none", format!("patient={patient}&_elements=code,{VALUE}")),
        search("an element inside of one", format!("patient={patient}&_elements=code.text")),
        search("elements of a summary", format!("patient={patient}&_elements=code&_summary=text")),
        search("elements without end", format!("patient={patient}&_elements={}", "code,".repeat(500))),
        search("another format", format!("patient={patient}&_format={VALUE}")),
        search("neither pretty nor not", format!("patient={patient}&_pretty={VALUE}")),
        search("what FHIR has and this server has not", format!("patient={patient}&_filter={VALUE}")),
        search("a date that is none, leniently", format!("patient={patient}&date={VALUE}"))
            .header("prefer", "handling=lenient"),
        Wrong::get("a count of one", format!("/{}?_summary=count", given.observation)),
        Wrong::get("an element that is none, in a read", format!("/{}?_elements={VALUE}", given.observation)),
        Wrong::get("a parameter that a read has not", format!("/{}?{VALUE}={VALUE}", given.observation)),
        search("a negative count", format!("patient={patient}&_count=-1")),
        search("no patient", String::new()),
        search("an identifier without a patient", format!("identifier={VALUE}")),
        search("two patients", format!("patient={patient}&patient={other}")),
        search("an empty value", format!("patient={patient}&identifier=")),
        Wrong::get("a system alone", "/Patient?identifier=urn:x|"),
        search("too long", format!("patient={patient}&identifier={}", VALUE.repeat(60))),
        search("too many alternatives", format!("patient={patient}&identifier={}", [VALUE; 21].join(","))),
        search("too many parameters", vec![format!("patient={patient}"); 31].join("&")),
        search("an include of no type", format!("patient={patient}&_include={VALUE}:encounter")),
        search("an include by no parameter", format!("patient={patient}&_include=Observation:{VALUE}")),
        search("an include by no reference", format!("patient={patient}&_include=Observation:code")),
        search("an include of another type", format!("patient={patient}&_include=Condition:encounter")),
        search(
            "an include to a type it never leads to",
            format!("patient={patient}&_include=Observation:encounter:Patient"),
        ),
        search(
            "an include in four parts",
            format!("patient={patient}&_include=Observation:encounter:Encounter:{VALUE}"),
        ),
        search("an include of includes", format!("patient={patient}&_include:iterate=Observation:{VALUE}")),
        search(
            "31 includes",
            format!("patient={patient}&{}", vec!["_include=Observation:encounter"; 31].join("&")),
        ),
        search("what refers by no reference", format!("patient={patient}&_revinclude=Provenance:{VALUE}")),
        search("all that refers", format!("patient={patient}&_revinclude=*")),
        search("what refers to another type", format!("patient={patient}&_revinclude=Observation:encounter")),
        Wrong::get("what refers to anybody", "/Practitioner?_revinclude=Observation:performer"),
        Wrong::get("whose practitioner it is", "/Practitioner?_revinclude=Patient:general-practitioner"),
        search(
            "what refers from nowhere that is kept",
            format!("patient={patient}&_revinclude=Provenance:entity"),
        ),
        Wrong::get("what an event refers to", "/AuditEvent?_include=*"),
        search("a chain backwards", format!("patient={patient}&_has:Condition:encounter:code={VALUE}")),
        search("a chain of two steps", format!("patient={patient}&encounter.service-provider.name={VALUE}")),
        search("a chain through no reference", format!("patient={patient}&code.text={VALUE}")),
        search("a chain through no parameter", format!("patient={patient}&{VALUE}.text={VALUE}")),
        search("a chain to no parameter", format!("patient={patient}&encounter.{VALUE}={VALUE}")),
        search("a chain to no type", format!("patient={patient}&encounter:{VALUE}.type={VALUE}")),
        search("a chain to another type", format!("patient={patient}&encounter:Patient.name={VALUE}")),
        search("a chain to nobody in particular", format!("patient={patient}&performer.name={VALUE}")),
        search("a chain by a date that is none", format!("patient.birthdate={VALUE}")),
        search("a chain among everybody", "patient.gender=female".to_owned()),
        Wrong::get("everything of no type", format!("/{}/$everything?_type=Patient,{VALUE}", given.patient)),
        Wrong::get("everything since no time", format!("/{}/$everything?_since={VALUE}", given.patient)),
        Wrong::get("everything since two times", format!("/{}/$everything?_since=2020,2021", given.patient)),
        Wrong::get("everything in pages of none", format!("/{}/$everything?_count=0", given.patient)),
        Wrong::get(
            "everything of a time of care",
            format!("/{}/$everything?start=2020-01-01", given.patient),
        ),
        Wrong::get(
            "everything by an unknown parameter",
            format!("/{}/$everything?{VALUE}={VALUE}", given.patient),
        ),
        Wrong::get(
            "everything by a cursor that is none",
            format!("/{}/$everything?_cursor={VALUE}", given.patient),
        ),
        Wrong::new(
            "everything with a body",
            Method::POST,
            format!("/{}/$everything", given.patient),
            json!({"resourceType": "Parameters", "parameter": [{"name": VALUE}]}).to_string(),
        ),
        Wrong::new(
            "a form that is not UTF-8",
            Method::POST,
            "/Observation/_search",
            b"patient=\xff".to_vec(),
        ),
    ]
}

/// Bundles: what is wrong is named with its entry.
pub(super) fn bundles(given: &Given) -> Vec<Wrong> {
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
