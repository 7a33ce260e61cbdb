//! Two patients with records of every kind in every vault, what was left of transactions, and a ledger with entries of
//! every kind.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::databases::{PREFIX, vault_name};
use tacenda_contracts::keystore::GrantKind;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{ApiRealm, Clock, Compartment, PublicId, Purpose, Role, SystemClock};
use tacenda_synthetic::Canary;
use tokio::sync::Mutex;

use super::{
    TURNS,
    left::Lose,
    look::{Look, Tokens, Watched},
    sql::SAID,
    table::Saved,
};
use crate::{
    common::TestSystem,
    tampering::{LEDGER, admin, verified_after},
};

pub(super) const RECORDS: &str = "tacenda_records";

/// A record that is edited, and where it is seen.
pub(super) struct Subject {
    pub(super) compartment: Compartment,
    pub(super) kind: &'static str,
    /// Who looks at it.
    pub(super) role: Role,
    /// Its path; it has two versions.
    pub(super) path: String,
    /// A record that was deleted, where somebody may do that.
    pub(super) deleted: Option<String>,
    /// Where it is searched for, and where the other patient's is.
    pub(super) searches: [String; 2],
}

pub(super) struct Scene {
    pub(super) test: TestSystem,
    pub(super) patient: String,
    other: String,
    /// In whose name something is created.
    pub(super) third: String,
    devices: HashMap<String, String>,
    pub(super) subjects: Vec<Subject>,
    /// Records of the other patient, one in each vault: first of a transaction that was left open, then of one that was
    /// committed.
    pub(super) left: Vec<String>,
    /// An event about the patient: a write.
    pub(super) event: String,
    /// Its place in the ledger.
    pub(super) position: u64,
    /// When all of this was made.
    pub(super) until: String,
    pub(super) tokens: Tokens,
    pub(super) bases: Mutex<HashMap<Watched, Look>>,
    pub(super) saved: Mutex<HashMap<String, Arc<Saved>>>,
}

/// The name of a vault's database.
pub(super) fn vault(compartment: Compartment) -> String {
    format!("{PREFIX}{}", vault_name(compartment))
}

fn of_type<'a>(ids: &'a [String], kind: &str) -> &'a str {
    ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap()
}

impl Scene {
    pub(super) async fn make() -> Self {
        let mut scene = Self::people().await;
        for compartment in Compartment::ALL {
            let subject = scene.subject(compartment).await;
            scene.subjects.push(subject);
        }
        scene.never_arrived().await;
        scene.accepted().await;
        scene.left = scene.left_behind().await;
        scene.settled().await;
        scene.recorded().await;
        scene.holds().await;
        scene
    }

    pub(super) async fn people() -> Self {
        let mut test = TestSystem::start().await;
        let quiet = "alter system set autovacuum = off; select pg_reload_conf()";
        for sql in quiet.split("; ") {
            admin(&test, "postgres").await.batch_execute(sql).await.unwrap();
        }
        let (mut patients, mut devices) = (Vec::new(), HashMap::new());
        for number in 1..=3 {
            let ids = test.enrol(Canary::new(number).bundle()).await;
            let patient = of_type(&ids, "Patient").to_owned();
            test.care(&patient).await;
            test.grant(&patient, GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
            devices.insert(patient.clone(), of_type(&ids, "Device").to_owned());
            patients.push(patient);
        }
        let [patient, other, third] = <[String; 3]>::try_from(patients).unwrap();
        let caller = tacenda::demo::seed::importer(&test.system, &test.accounts).await.unwrap();
        let number = patient.strip_prefix("Patient/").unwrap();
        let account = test.system.records.account_of(&caller, number).await.unwrap();
        test.accounts.make_patient(&test.system.accounts, &SystemRandom, account).await.unwrap();
        Self {
            test,
            patient,
            other,
            third,
            devices,
            subjects: Vec::new(),
            left: Vec::new(),
            event: String::new(),
            position: 0,
            until: String::new(),
            tokens: Tokens::default(),
            bases: Mutex::default(),
            saved: Mutex::default(),
        }
    }

    /// Another patient, of those resources, instead of the first one.
    pub(super) fn set_patient(&mut self, ids: &[String]) {
        self.patient = of_type(ids, "Patient").to_owned();
        self.devices.insert(self.patient.clone(), of_type(ids, "Device").to_owned());
    }

    /// The databases whose tables are edited here.
    pub(super) fn databases(&self) -> Vec<String> {
        let vaults = Compartment::ALL.map(vault);
        [LEDGER.to_owned(), RECORDS.to_owned()].into_iter().chain(vaults).collect()
    }

    /// Of how many edits of that database one is made.
    pub(super) fn turns(&self, database: &str) -> usize {
        let clinical = vault(Compartment::Clinical);
        let known = [LEDGER, RECORDS, clinical.as_str()];
        TURNS[known.iter().position(|known| *known == database).unwrap_or(known.len())]
    }

    /// All holds, and nothing is under way.
    pub(super) async fn holds(&self) {
        let found = verified_after(&self.test, Duration::from_millis(50)).await.unwrap();
        assert!(found.holds(), "{:#?}", found.lines());
    }

    /// The name of a record in its vault, in hexadecimal.
    pub(super) fn record(&self, path: &str) -> String {
        let id = path.rsplit('/').next().unwrap().parse().unwrap();
        let (PublicId::One(number) | PublicId::OfPatient { record: number, .. }) = id;
        let record = self.test.keys.record_codec(ApiRealm::Care).decode(number).unwrap();
        data_encoding::HEXLOWER.encode(&record.to_bytes())
    }

    /// A resource of that compartment.
    pub(super) fn resource(&self, compartment: Compartment, patient: &str) -> Value {
        let whose = json!({"reference": patient});
        match compartment {
            Compartment::Contact => json!({"patient": whose, "name": [{"family": "Kin"}]}),
            Compartment::Identity => json!({"patient": whose, "status": "active", "scope": {"text": "s"},
                "category": [{"text": "c"}], "policy": [{"uri": "urn:test:policy"}]}),
            Compartment::Clinical => json!({"subject": whose, "code": {"text": "Fever"}}),
            Compartment::Stream => json!({"subject": whose, "status": "final", "code": {"text": "x"},
                "device": {"reference": self.devices[patient]}}),
            Compartment::Field => json!({"for": whose, "status": "requested", "intent": "order"}),
            Compartment::Directory => json!({"name": [{"family": "Healer"}]}),
        }
    }

    /// Creates a resource, as the application; its path.
    pub(super) async fn create(&self, compartment: Compartment, patient: &str) -> String {
        let mut resource = self.resource(compartment, patient);
        let kind = kind(compartment);
        resource["resourceType"] = json!(kind);
        let path = format!("/fhir/{kind}");
        let (status, made) = self.test.send(Role::Application, Method::POST, &path, &resource).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        format!("{path}/{}", made["id"].as_str().unwrap())
    }

    /// The same for the patient of whom transactions are left.
    pub(super) async fn create_other(&self, compartment: Compartment) -> String {
        self.create(compartment, &self.other).await
    }

    async fn subject(&self, compartment: Compartment) -> Subject {
        let (path, kind) = (self.create(compartment, &self.patient).await, kind(compartment));
        let deleted = match compartment {
            Compartment::Contact | Compartment::Identity | Compartment::Clinical => {
                let gone = self.create(compartment, &self.patient).await;
                let request = self.test.request_as(Role::Clinician, Method::DELETE, &gone).await;
                assert!(request.send().await.unwrap().status().is_success());
                Some(gone)
            }
            _ => None,
        };
        self.create_other(compartment).await;
        Saved::of(self, &vault(compartment)).await.keep_as_older().await;
        let (status, mut current) = self.test.get(Role::Application, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {current}");
        current["language"] = json!("de");
        let (status, body) = self.test.send(Role::Application, Method::PUT, &path, &current).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        let searches = [&self.patient, &self.other].map(|patient| match compartment {
            Compartment::Directory => format!("/fhir/{kind}?name=Healer"),
            _ => format!("/fhir/{kind}?patient={}", patient.strip_prefix("Patient/").unwrap()),
        });
        // A clinician sees no history of a stream.
        let role = if compartment == Compartment::Stream { Role::Patient } else { Role::Clinician };
        Subject { compartment, kind, role, path, deleted, searches }
    }

    /// A write that was announced, and never arrived.
    async fn never_arrived(&self) {
        let lose = Lose::new(&vault(Compartment::Clinical), "records", "return null");
        let mut resource = self.resource(Compartment::Clinical, &self.third);
        resource["resourceType"] = json!(kind(Compartment::Clinical));
        let sent = self.test.send(Role::Application, Method::POST, "/fhir/Condition", &resource);
        assert_eq!(lose.around(self, sent).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }

    /// A transaction that was accepted under a key.
    async fn accepted(&self) {
        Saved::of(self, RECORDS).await.keep_as_older().await;
        assert_eq!(self.send_once(&json!("Once")).await, StatusCode::OK);
    }

    /// Sends the transaction under its key, with something wrong in it: what is said says whether the key is known.
    pub(super) async fn repeat(&self) -> StatusCode {
        self.send_once(&json!(5)).await
    }

    async fn send_once(&self, family: &Value) -> StatusCode {
        let resource = json!({"resourceType": "Practitioner", "name": [{"family": family}]});
        let entry = json!({"request": {"method": "POST", "url": "Practitioner"}, "resource": resource});
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
        let token = self.tokens.of(&self.test, Role::Application).await;
        let request = self.test.request(Method::POST, "/fhir").bearer_auth(token);
        let request =
            request.header("idempotency-key", "once").header("content-type", "application/fhir+json");
        request.body(bundle.to_string()).send().await.unwrap().status()
    }

    /// All is decided that can be, and said; how the ledger was before that is kept.
    async fn settled(&self) {
        let read = || self.test.get(Role::Clinician, &self.subjects[2].path);
        // A part of the tree is stored when 256 entries are there.
        join_all((0..160).map(|_| read())).await;
        self.test.system.ledger.checkpoint().await.unwrap();
        let ledger = Saved::of(self, LEDGER).await;
        ledger.keep_as_older().await;
        // The ledger says by an entry of its own what arrived, where nobody else's says it sooner.
        let said =
            format!("select position::text from ({SAID}) as said (position) where position is not null");
        while ledger.rows(&said).await.is_empty() {
            self.create(Compartment::Field, &self.third).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        for _ in 0..3 {
            let size = self.test.system.ledger.checkpoint().await.unwrap().size;
            self.test.system.records.settle(size, SystemClock.now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
    }

    /// Which event is looked at, and until when there were events.
    async fn recorded(&mut self) {
        let patient = self.patient.strip_prefix("Patient/").unwrap();
        let path = format!("/fhir/AuditEvent?patient={patient}&subtype=update&_count=200");
        let (status, found) = self.test.get(Role::SecurityOfficer, &path).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let events = found["entry"].as_array().unwrap();
        // The oldest that is of the vault whose record is looked at.
        let target = self.subjects[2].path.strip_prefix("/fhir/").unwrap();
        let event =
            events.iter().map(|one| &one["resource"]).rfind(|event| event.to_string().contains(target));
        let event = event.unwrap();
        self.event = event["id"].as_str().unwrap().to_owned();
        self.position = crate::audit_events::position(event);
        // Whole seconds are compared, and this look is an event of the patient, too.
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.until = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The type that stands for a compartment.
pub(super) fn kind(compartment: Compartment) -> &'static str {
    match compartment {
        Compartment::Contact => "RelatedPerson",
        Compartment::Identity => "Consent",
        Compartment::Clinical => "Condition",
        Compartment::Stream => "Observation",
        Compartment::Field => "Task",
        Compartment::Directory => "Practitioner",
    }
}
