//! The ledger says what was shown, and all of it: for every route, in every role, what an answer discloses and what the entries
//! of its request say are the same records, versions and elements, both ways.

mod pages;
mod reading;
mod refused;
mod shown;
mod writing;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tacenda_contracts::{entry::Entry, keystore::GrantKind};
use tacenda_kernel::{Purpose, Role, TraceId};
use tacenda_synthetic::Canary;

use self::shown::difference;
pub(crate) use self::{
    pages::{Member, OTHERS, application},
    reading::reading,
    writing::writing,
};
use crate::{
    audit::{Audit, traced},
    audit_events::{Scene, number, of_type},
    ids::in_realm,
    outsiders::PROTECTED,
};

/// Routes whose answers never hold anything of a record, whoever asks.
pub(crate) const SHOW_NOTHING: [(&str, &str); 1] = [("POST", "/fhir/Patient/{id}/$erase")];

/// A request, and what its answer shows.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) route: (&'static str, &'static str),
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) shows: Shows,
}

/// Where in an answer that is which was disclosed.
#[derive(Clone)]
pub(crate) enum Shows {
    /// Its body has all of it.
    Body,
    /// Besides, records that led there are told of by their names alone.
    BodyAndNames,
    /// It is the difference of two versions of the record in its path.
    Versions([u32; 2]),
    /// Its body has what was sent or read. What else was read is a version of what is written, or led there.
    Written,
}

impl Asked {
    pub(crate) fn new(route: (&'static str, &'static str), path: impl Into<String>, shows: Shows) -> Self {
        Self { route, path: path.into(), headers: Vec::new(), body: String::new(), shows }
    }

    pub(crate) fn sending(mut self, content_type: &str, body: impl ToString) -> Self {
        self.body = body.to_string();
        self.under("content-type", content_type)
    }

    pub(crate) fn under(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) trace: TraceId,
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// A patient of whom everything is there, in every relation to everybody, and the directory.
pub(crate) struct Ground {
    pub(crate) scene: Scene,
    /// `Type/id`, as the realm `care` knows them.
    pub(crate) ids: Vec<String>,
    /// What nobody may see who gets no answer.
    pub(crate) needles: Vec<String>,
}

impl Ground {
    pub(crate) async fn make() -> Self {
        let scene = Scene::make().await;
        let test = &scene.test;
        let patient = of_type(&scene.ids, "Patient").to_owned();
        for (kind, role, purpose) in [
            (GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment),
            (GrantKind::Care, Some(Role::Application), Purpose::Treatment),
            (GrantKind::Assignment, Some(Role::Technician), Purpose::Operations),
            (GrantKind::Assignment, Some(Role::Device), Purpose::Treatment),
            (GrantKind::ResearchConsent, None, Purpose::Research),
        ] {
            test.grant(&patient, kind, role, purpose).await;
        }
        let mut ids = scene.ids.clone();
        ids.extend(test.enrol(Canary::of_directory(3).bundle()).await);
        let more = more(&patient, of_type(&ids, "Practitioner"));
        let more = test.enrol(&more).await;
        let gone = of_type(&more, "Condition");
        let deleted = test.request_as(Role::Clinician, Method::DELETE, &format!("/fhir/{gone}")).await;
        assert_eq!(deleted.send().await.unwrap().status(), StatusCode::NO_CONTENT);
        let changed = more.iter().rfind(|id| id.starts_with("Observation/")).unwrap();
        let path = format!("/fhir/{changed}");
        let (_, mut observation) = test.get(Role::Clinician, &path).await;
        observation["note"] = json!([{"text": "again"}]);
        let (status, body) = test.send(Role::Clinician, Method::PUT, &path, &observation).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        ids.extend(more);
        let needles = Canary::new(1).needles().into_iter().chain(Canary::new(2).needles()).collect();
        Self { scene, ids, needles }
    }

    pub(crate) async fn send(&self, token: &str, asked: &Asked) -> Answer {
        let method: Method = asked.route.0.parse().unwrap();
        let (trace, mut request) = traced(self.scene.test.request(method, &asked.path).bearer_auth(token));
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(asked.body.clone()).send().await.unwrap();
        let etag = answer.headers().get(header::ETAG).map(|etag| etag.to_str().unwrap().to_owned());
        Answer { trace, status: answer.status(), etag, text: answer.text().await.unwrap() }
    }

    /// The ids as somebody of a role knows them.
    pub(crate) fn ids_of(&self, role: Role) -> Vec<String> {
        self.ids.iter().map(|id| in_realm(&self.scene.test.keys, id, role.realm())).collect()
    }

    /// The id of the newest entry of a log, for those who may look at it.
    pub(crate) async fn event(&self, role: Role) -> Option<String> {
        let query = if role == Role::Patient {
            String::new()
        } else {
            format!("?patient={}", number(&self.scene.ids))
        };
        let (_, status, page) = self.scene.get(role, &format!("/fhir/AuditEvent{query}")).await;
        (status == StatusCode::OK).then(|| page["entry"][0]["resource"]["id"].as_str().unwrap().to_owned())
    }

    /// How an answer differs from its entries, if it does.
    pub(crate) fn difference(
        &self,
        role: Role,
        asked: &Asked,
        answer: &Answer,
        entries: &[&Entry],
    ) -> Option<String> {
        difference(&self.scene.test.keys, role, asked, answer, entries)
    }
}

/// What a canary has not: references between records, one identifier twice, a stored Provenance, and one to be deleted.
fn more(patient: &str, practitioner: &str) -> Value {
    let subject = json!({"reference": patient});
    let entry = |url: &str, resource: Value| {
        let kind = resource["resourceType"].clone();
        json!({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": kind}})
    };
    let observation = |identifier: &str| {
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": subject,
            "identifier": [{"system": "urn:truth", "value": identifier}],
            "encounter": {"reference": "urn:uuid:e"}, "performer": [{"reference": practitioner}]})
    };
    let encounter = json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": subject});
    let provenance = json!({"resourceType": "Provenance", "target": [{"reference": "urn:uuid:o"}],
        "recorded": "2026-01-02T03:04:05Z", "agent": [{"who": {"display": "a letter"}}]});
    json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        entry("urn:uuid:e", encounter),
        entry("urn:uuid:c", json!({"resourceType": "Condition", "code": {"text": "x"}, "subject": subject})),
        entry("urn:uuid:p", provenance),
        entry("urn:uuid:o", observation("twice")),
        entry("urn:uuid:o2", observation("twice")),
    ]})
}

#[test]
fn no_route_is_left_out() {
    let ids: Vec<String> = ["Patient/a", "Observation/a-a", "Condition/a-b", "Task/a-c", "Device/a-d"]
        .into_iter()
        .chain(["Organization/a", "Practitioner/b", "Encounter/a-e", "MedicationRequest/a-f"])
        .map(str::to_owned)
        .collect();
    let asked = reading(&ids, Some("1"), true).into_iter().chain(writing(&ids, Role::Clinician));
    let asked: BTreeSet<_> = asked.map(|asked| asked.route).chain(SHOW_NOTHING).collect();
    assert_eq!(asked, PROTECTED.into_iter().collect(), "what a new route shows is to be in the ledger");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_entries_say_the_same() {
    let ground = Ground::make().await;
    let mut all = Vec::new();
    for role in Role::ALL {
        let (ids, token) = (ground.ids_of(role), ground.scene.test.token(role).await);
        let event = ground.event(role).await;
        let all_of_it = role == Role::Clinician || std::env::var_os("TACENDA_TRUTH").is_some();
        for asked in reading(&ids, event.as_deref(), all_of_it).into_iter().chain(writing(&ids, role)) {
            let answer = ground.send(&token, &asked).await;
            assert!(!answer.status.is_server_error(), "{role} {}: {}", asked.path, answer.text);
            all.push((role, asked, answer));
        }
    }
    let audit = Audit::read(&ground.scene.test).await;
    let mut entries: HashMap<TraceId, Vec<&Entry>> = HashMap::new();
    for entry in &audit.entries {
        entries.entry(entry.trace).or_default().push(entry);
    }
    let (mut wrong, mut answered) = (Vec::new(), BTreeMap::new());
    for (role, asked, answer) in &all {
        let none = Vec::new();
        let told = entries.get(&answer.trace).unwrap_or(&none);
        if answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED {
            *answered.entry(asked.route).or_insert(0) += 1;
        }
        wrong.extend(ground.difference(*role, asked, answer, told));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(all.len() > 1_500, "{}", all.len());
    let expected = PROTECTED.into_iter().filter(|route| !SHOW_NOTHING.contains(route));
    let unanswered: Vec<_> = expected.filter(|route| !answered.contains_key(route)).collect();
    assert!(unanswered.is_empty(), "nobody got an answer: {unanswered:?}");
    ground.scene.test.stop().await;
}
