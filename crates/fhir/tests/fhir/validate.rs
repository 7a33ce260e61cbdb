//! Bad input: refused, named by its path, and never quoted.

#![expect(clippy::expect_used, reason = "the helpers of tests may fail as tests do")]

use proptest::prelude::*;
use serde_json::json;
use tacenda_fhir::{Issue, IssueCode, Limits, outcome_bytes, read_resource};

fn issues(text: &str) -> Vec<Issue> {
    read_resource(text.as_bytes(), &Limits::default()).expect_err("it was accepted")
}

fn first(text: &str) -> (IssueCode, String) {
    let issue = issues(text).remove(0);
    (issue.code, issue.expression.unwrap_or_default())
}

#[test]
fn good_input_keeps_its_numbers_and_order() {
    let text = r#"{"valueQuantity":{"value":1.50,"unit":"kg"},"resourceType":"Observation","status":"final","code":{"text":"é\u0009"}}"#;
    let value = read_resource(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(value.to_string(), text.replace(r"\u0009", r"\t"));
    let text = r#"{"resourceType":"Patient","extension":[{"url":"x","valueBase64Binary":"AAAA"}]}"#;
    assert!(read_resource(text.as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn every_kind_of_fault_is_named_by_its_path() {
    use IssueCode::{Invalid, NotSupported, Required, Structure, Value};
    for (text, code, path) in [
        ("", Structure, ""),
        ("[]", Structure, ""),
        ("{", Structure, ""),
        ("{}", Required, "resourceType"),
        (r#"{"resourceType":7}"#, NotSupported, "resourceType"),
        (r#"{"resourceType":"Library","status":"draft"}"#, NotSupported, "resourceType"),
        (r#"{"resourceType":"Patient","foo":1}"#, Structure, "Patient.foo"),
        (r#"{"resourceType":"Patient","name":{"family":"X"}}"#, Structure, "Patient.name"),
        (r#"{"resourceType":"Patient","name":[{"family":7}]}"#, Structure, "Patient.name[0].family"),
        (r#"{"resourceType":"Patient","birthDate":"12 May"}"#, Value, "Patient.birthDate"),
        (r#"{"resourceType":"Patient","active":"true"}"#, Structure, "Patient.active"),
        (r#"{"resourceType":"Patient","active":true,"active":true}"#, Structure, "Patient.active"),
        (r#"{"resourceType":"Patient","name":[{"text":"a","text":"b"}]}"#, Structure, "Patient.name[0].text"),
        (r#"{"resourceType":"Patient","name":[]}"#, Structure, "Patient.name"),
        (r#"{"resourceType":"Patient","name":[null]}"#, Structure, "Patient.name[0]"),
        (r#"{"resourceType":"Patient","multipleBirthInteger":1.5}"#, Value, "Patient.multipleBirthInteger"),
        (r#"{"resourceType":"Condition"}"#, Required, "Condition.subject"),
        (
            r#"{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Patient"}]}]}"#,
            Invalid,
            "Patient.contained[0].contained[0]",
        ),
        (
            r#"{"resourceType":"Patient","contained":[{"resourceType":"Rossi"}]}"#,
            Value,
            "Patient.contained[0]",
        ),
        (r#"{"resourceType":"Patient","fhir_comments":["x"]}"#, Structure, "Patient"),
    ] {
        assert_eq!(first(text), (code, path.to_owned()), "{text}");
    }
}

#[test]
fn limits_are_kept() {
    let limits = Limits::default();
    let long = format!(r#"{{"resourceType":"Patient","language":"{}"}}"#, "x".repeat(limits.resource_bytes));
    assert_eq!(issues(&long)[0].code, IssueCode::TooLong);
    let deep = |levels: usize| {
        let (open, close) = (r#"{"url":"x","extension":["#.repeat(levels), "]}".repeat(levels));
        format!(r#"{{"resourceType":"Patient","extension":[{open}{{"url":"x","valueCode":"y"}}{close}]}}"#)
    };
    // Two levels an extension, three around them: 63 levels, then 65.
    read_resource(deep(30).as_bytes(), &limits).unwrap();
    let issue = &issues(&deep(31))[0];
    assert!(issue.code == IssueCode::TooCostly && issue.reason.contains("nested too deep"));
    assert!(issues(&"[".repeat(1_000_000))[0].reason.contains("nested too deep"));

    let many_keys: String = (0..300).map(|n| format!(r#","k{}":1"#, "a".repeat(n))).collect();
    assert_eq!(first(&format!(r#"{{"resourceType":"Patient"{many_keys}}}"#)).0, IssueCode::TooCostly);
    let many_values = "1,".repeat(900_000);
    assert_eq!(
        first(&format!(r#"{{"resourceType":"Patient","name":[{many_values}1]}}"#)).0,
        IssueCode::TooCostly
    );
    let many_faults = "1,".repeat(1000);
    let faults = issues(&format!(r#"{{"resourceType":"Patient","name":[{many_faults}1]}}"#));
    assert_eq!(faults.len(), limits.issues);
}

/// A resource in which the canary stands at every kind of place: as a value of each type, as a key, and as a type.
#[test]
fn no_issue_quotes_what_was_sent() {
    let canary = "Canary-7 is not a valid SSN";
    let mut texts: Vec<String> = [
        json!({"resourceType": "Patient", "birthDate": canary, "gender": format!(" {canary}  "), "id": canary}),
        json!({"resourceType": "Patient", canary: 1}),
        json!({"resourceType": "Patient", "Canary": 1, "canary7": 2, "name": [{"Canary": 1}]}),
        json!({"resourceType": canary}),
        json!({"resourceType": "Patient", "contained": [{"resourceType": canary}]}),
        json!({"resourceType": "Patient", "photo": [{"data": canary, "url": canary, "creation": canary}]}),
        json!({"resourceType": "Patient", "name": canary, "telecom": [canary], "active": canary}),
        json!({"resourceType": "Observation", "status": canary, "effectiveInstant": canary, "valueTime": canary}),
        json!({"resourceType": "Observation", "valueInteger": canary, "valueQuantity": {"value": canary}}),
        json!({"resourceType": "Observation", "meta": {"profile": [canary], "lastUpdated": canary}}),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    texts.push(format!(r#"{{"resourceType":"Patient","name":"{canary}" oops}}"#));
    texts.push(format!(r#"{{"resourceType":"Patient","{canary}":1,"{canary}":1}}"#));
    texts.push(canary.to_owned());
    texts.push(r#"{"resourceType":"Patient","multipleBirthInteger":70707.07}"#.to_owned());
    for text in texts {
        let said = String::from_utf8(outcome_bytes(&issues(&text))).unwrap();
        assert!(!said.to_lowercase().contains("canary") && !said.contains("70707"), "{said}");
        assert!(!said.contains("SSN"), "{said}");
    }
}

#[test]
fn a_misspelt_element_is_named_and_a_doubtful_key_is_not() {
    let said = |key: &str| first(&json!({"resourceType": "Patient", key: "x"}).to_string()).1;
    assert_eq!(said("birthdate"), "Patient.birthdate");
    assert_eq!(said("_birthdate"), "Patient._birthdate");
    for key in ["Rossi", "rossi70", "mario rossi", "a.b", "123-45-6789", "é", "", &"x".repeat(65)] {
        assert_eq!(said(key), "Patient");
        let below = json!({"resourceType": "Patient", key: {"a b": [{"c d": 1}]}}).to_string();
        assert_eq!(first(&below).1, "Patient");
    }
}

/// Running out of stack would end the process, so the deepest documents are read on a thread with little of it.
#[test]
fn the_deepest_documents_fit_a_small_stack() {
    let extensions = |levels: usize| {
        let (open, close) = (r#"{"url":"x","extension":["#.repeat(levels), "]}".repeat(levels));
        format!(r#""extension":[{open}{{"url":"x","valueCode":"y"}}{close}]"#)
    };
    let texts = [
        format!(r#"{{"resourceType":"Patient",{}}}"#, extensions(30)),
        format!(
            r##"{{"resourceType":"Patient","contained":[{{"resourceType":"Patient","id":"c",{}}}],
                "link":[{{"other":{{"reference":"#c"}},"type":"seealso"}}]}}"##,
            extensions(29)
        ),
        format!(r#"{{"resourceType":"Patient",{}}}"#, extensions(6)),
    ];
    let read = move || texts.iter().all(|text| read_resource(text.as_bytes(), &Limits::default()).is_ok());
    assert!(std::thread::Builder::new().stack_size(512 << 10).spawn(read).unwrap().join().unwrap());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"[\[\]{}":,\\ a1\-.eunltrs]{0,60}"#, bytes: Vec<u8>) {
        let limits = Limits::default();
        for input in [text.as_bytes(), &bytes] {
            prop_assert!(read_resource(input, &limits).is_err());
            prop_assert!(tacenda_fhir::bundle::parse(input, &limits).is_err());
        }
    }

    #[test]
    fn no_value_of_any_element_is_quoted(value in "[A-Z]{6,20}", element in "[a-z]{3,12}", number in 1_000_000_u32..) {
        let elements = ["birthDate", "gender", "name", "active", "contact", "photo", "link", "deceasedDateTime"];
        for element in elements.into_iter().chain([element.as_str()]) {
            for sent in [json!(value), json!(number), json!([value]), json!({"family": value, "x": number})] {
                let text = json!({"resourceType": "Patient", element: sent}).to_string();
                if let Err(issues) = read_resource(text.as_bytes(), &Limits::default()) {
                    let said = String::from_utf8(outcome_bytes(&issues)).unwrap();
                    prop_assert!(!said.contains(&value) && !said.contains(&number.to_string()));
                }
            }
        }
    }
}

/// What a second reader of the rules asked for: each as R4 has it.
#[test]
fn what_r4_allows_is_taken_and_what_it_does_not_is_refused() {
    let inside = json!({"resourceType": "Patient", "contained": [{"resourceType": "Bundle", "id": "b", "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "meta": {"lastUpdated": "2020-01-01T00:00:00Z"}}}]}],
        "extension": [{"url": "x", "valueReference": {"reference": "#b"}}]});
    let code = json!({"text": "x"});
    let allergy = |codings| {
        json!({"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"},
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
            "verificationStatus": {"coding": codings}})
    };
    let verified = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
    let confirmed = json!({"system": verified, "code": "confirmed"});
    let good = [
        inside,
        allergy(json!([confirmed, {"system": "urn:local", "code": "entered-in-error"}])),
        json!({"resourceType": "Patient", "birthDate": "1970", "_birthDate": {"id": "a"}}),
        json!({"resourceType": "Patient", "name": [{"given": ["A", null], "_given": [null, {"extension": [{"url": "x", "valueCode": "y"}]}]}]}),
        json!({"resourceType": "Patient", "contained": [{"resourceType": "Observation", "id": "o", "status": "final", "code": code, "focus": [{"reference": "#"}]}]}),
    ];
    for resource in good {
        assert_eq!(
            read_resource(resource.to_string().as_bytes(), &Limits::default()).err(),
            None,
            "{resource}"
        );
    }
    let observation = |more: serde_json::Value| {
        let mut resource = json!({"resourceType": "Observation", "status": "final", "code": code});
        resource.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        resource
    };
    for (resource, path) in [
        (json!({"resourceType": "Patient", "meta": {"project": "x"}}), "Patient.meta.project"),
        (json!({"resourceType": "Observation", "_status": {"id": "a"}, "code": code}), "Observation._status"),
        (observation(json!({"code": {"id": "a"}})), "Observation.code"),
        (allergy(json!([{"code": "confirmed"}])), "AllergyIntolerance.verificationStatus"),
        (allergy(json!([confirmed, {"system": verified, "code": "entered-in-error"}])), "AllergyIntolerance"),
        (
            json!({"resourceType": "Patient", "contained": [{"resourceType": "Basic", "id": "b", "code": code}],
                "generalPractitioner": [{"reference": "#"}]}),
            "Patient.contained[0]",
        ),
    ] {
        assert_eq!(first(&resource.to_string()).1, path, "{resource}");
    }
}

/// Many of what is compared with each other: what is read in milliseconds is refused or taken in about as many.
#[test]
fn what_is_compared_with_each_other_is_not_compared_in_pairs() {
    let many = |make: &dyn Fn(usize) -> serde_json::Value| (0..30_000).map(make).collect::<Vec<_>>();
    let codings = |letter: &str| many(&|number| json!({"code": format!("{letter}{number}")}));
    let contained = many(&|number| json!({"resourceType": "Patient", "id": number.to_string()}));
    let references = many(&|number| json!({"reference": format!("#{}", number + 15_000)}));
    for resource in [
        json!({"resourceType": "Observation", "status": "final", "valueBoolean": true, "code": {"coding": codings("a")},
            "component": [{"code": {"coding": codings("b")}}]}),
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "contained": contained, "focus": references}),
    ] {
        let text = resource.to_string();
        let (sent, received) = std::sync::mpsc::channel();
        std::thread::spawn(move || sent.send(read_resource(text.as_bytes(), &Limits::default()).is_ok()));
        assert!(received.recv_timeout(std::time::Duration::from_secs(60)).is_ok(), "it takes minutes");
    }
}
