//! Answers that became refusals after vaults had disclosed something for them: the ledger says that nobody got it.

use data_encoding::BASE64;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda_contracts::entry::{Entry, Event};
use tacenda_kernel::{Action, Role};

use super::{Answer, Asked, Ground, Shows};
use crate::{
    audit::Audit,
    audit_events::{number, of_type},
    tampering::admin,
};

const READ: (&str, &str) = ("GET", "/fhir/{type}/{id}");

struct Refused<'a> {
    ground: &'a Ground,
    token: String,
    all: Vec<(Asked, Answer)>,
}

impl Refused<'_> {
    async fn ask(&mut self, path: String, expected: StatusCode) {
        let asked = Asked::new(READ, format!("/fhir/{path}"), Shows::Body);
        let answer = self.ground.send(&self.token, &asked).await;
        assert_eq!(answer.status, expected, "{path}: {}", answer.text);
        self.all.push((asked, answer));
    }

    async fn change(&self, database: &str, sql: &str) {
        let changed = admin(&self.ground.scene.test, database).await.execute(sql, &[]).await.unwrap();
        assert!(changed > 0, "{sql}");
    }
}

/// What a condition found is told by the status, also where nothing is done.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_condition_tells_is_not_taken_back() {
    let ground = Ground::make().await;
    let token = ground.scene.test.token(Role::Clinician).await;
    let patient = number(&ground.ids);
    let (_, id) = of_type(&ground.ids, "Condition").split_once('/').unwrap();
    let patch = BASE64.encode(br#"[{"op": "remove", "path": "/note"}]"#);
    let patch =
        json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch});
    for (criteria, expected) in [
        (format!("patient={patient}&_id={id}"), StatusCode::PRECONDITION_FAILED),
        (format!("patient={patient}"), StatusCode::PRECONDITION_FAILED),
    ] {
        let request =
            json!({"method": "PATCH", "url": format!("Condition?{criteria}"), "ifMatch": "W/\"99\""});
        let bundle = json!({"resourceType": "Bundle", "type": "transaction",
            "entry": [{"resource": patch, "request": request}]});
        let asked =
            Asked::new(("POST", "/fhir"), "/fhir", Shows::Body).sending("application/fhir+json", bundle);
        let answer = ground.send(&token, &asked).await;
        assert_eq!(answer.status, expected, "{criteria}: {}", answer.text);
        let audit = Audit::read(&ground.scene.test).await;
        let entries = audit.of(answer.trace);
        let told =
            |entry: &&&Entry| entry.event == Event::Access(Action::Search) && !entry.records.is_empty();
        assert!(entries.iter().filter(told).count() > 0, "{criteria}: what was found is told");
        let taken_back = entries.iter().any(|entry| entry.reason.as_deref() == Some("withheld"));
        assert!(!taken_back, "{criteria}: the status said it");
    }
    ground.scene.test.stop().await;
}

const DAMAGE: &str = "update records set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_disclosed_for_a_refusal_is_told_to_have_reached_nobody() {
    let ground = Ground::make().await;
    let test = &ground.scene.test;
    let (patient, observation) = (number(&ground.ids), of_type(&ground.ids, "Observation"));
    let token = test.token(Role::Clinician).await;
    let mut refused = Refused { ground: &ground, token, all: Vec::new() };
    refused.ask(format!("{observation}/$diff?from=1&to=9"), StatusCode::NOT_FOUND).await;

    // More refers to the patient than one answer can have.
    for _ in 0..4 {
        let large = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "subject": {"reference": format!("Patient/{patient}")}, "note": [{"text": "a".repeat(1_900_000)}]});
        let (status, body) = test.send(Role::Clinician, Method::POST, "/fhir/Observation", &large).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
    }
    let following = format!("Patient?_id={patient}&_revinclude=Observation:subject");
    refused.ask(following, StatusCode::BAD_REQUEST).await;

    // One half of the patient is of another version than the other, and then none at all.
    let path = format!("/fhir/Patient/{patient}");
    let (_, mut changed) = test.get(Role::Clinician, &path).await;
    changed["active"] = json!(true);
    let (status, body) = test.send(Role::Clinician, Method::PUT, &path, &changed).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let back = "update records set version = old.version, recorded_at = old.recorded_at, sealed = old.sealed, \
        announced = old.announced from versions as old where old.record = records.record and old.version = 1";
    refused.change("tacenda_vault_identity", back).await;
    for path in ["Patient/{}", "Patient?_id={}", "Patient/{}/_history", "Patient/{}/$everything?_count=1"] {
        refused.ask(path.replace("{}", patient), StatusCode::OK).await;
    }
    assert!(refused.all.iter().rev().take(4).all(|(_, answer)| !answer.text.contains("\"versionId\":\"2\"")));
    refused
        .change(
            "tacenda_vault_identity",
            &format!("{DAMAGE} where version = 1 and record in (select record from versions)"),
        )
        .await;
    for path in ["Patient/{}", "Patient?_id={}", "Patient/{}/$everything"] {
        refused.ask(path.replace("{}", patient), StatusCode::INTERNAL_SERVER_ERROR).await;
    }

    // The second vault of two that are asked has what does not open.
    refused.change("tacenda_vault_stream", DAMAGE).await;
    let search = format!("Observation?patient={patient}&_count=200&date=lt2000-01-01");
    refused.ask(search, StatusCode::INTERNAL_SERVER_ERROR).await;

    let audit = Audit::read(test).await;
    let mut withheld = 0;
    for (asked, answer) in &refused.all {
        let entries = audit.of(answer.trace);
        let reached_nobody = entries.iter().filter(|entry| entry.reason.as_deref() == Some("withheld"));
        withheld += usize::from(reached_nobody.count() > 0);
        assert_eq!(ground.difference(Role::Clinician, asked, answer, &entries), None);
    }
    assert!(withheld > 5, "{withheld}");
    ground.scene.test.stop().await;
}
