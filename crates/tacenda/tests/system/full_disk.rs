//! A disk that is really full: requests are refused with 507 and words for the operator, nothing is half-written, and all
//! goes on once there is space.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::PathBuf,
    process::Command,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tempfile::TempDir;

use crate::{
    common::{ORIGIN, TestSystem},
    pages::Pages,
    tampering::{LEDGER, admin, verified},
};

const CLINICAL: &str = "tacenda_vault_clinical";
const ACCOUNTS: &str = "tacenda_accounts";

/// A disk of one megabyte, as a file system in memory, with a tablespace.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// None where this machine does not let its user mount.
    async fn mount(test: &TestSystem, database: &str, name: &str) -> Option<Self> {
        let folder = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(folder.path()).output();
        if !mount.is_ok_and(|mount| mount.status.success()) {
            return None;
        }
        let disk = Self { folder };
        let admin = admin(test, database).await;
        let data: String = admin.query_one("show data_directory", &[]).await.unwrap().get(0);
        let owner = fs::metadata(data).unwrap();
        fs::create_dir(disk.space()).unwrap();
        chown(disk.space(), Some(owner.uid()), Some(owner.gid())).unwrap();
        let space = disk.space();
        admin
            .batch_execute(&format!("create tablespace {name} location '{}'", space.display()))
            .await
            .unwrap();
        Some(disk)
    }

    fn space(&self) -> PathBuf {
        self.folder.path().join("space")
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_space(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // PostgreSQL may still have files open in it.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

fn observation(patient: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final", "code": {"text": "weight"},
        "subject": {"reference": patient}, "note": [{"text": noise()}]})
}

/// What does not compress.
fn noise() -> String {
    let mut bytes = [0; 3_000];
    tacenda_kernel::Random::fill(&tacenda_crypto::SystemRandom, &mut bytes);
    data_encoding::BASE64.encode(&bytes)
}

fn patient() -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:0", "request": {"method": "POST", "url": "Patient"},
            "resource": {"resourceType": "Patient", "name": [{"family": "Fulldisk"}]}},
        {"fullUrl": "urn:uuid:1", "request": {"method": "POST", "url": "Observation"},
            "resource": observation("urn:uuid:0")}]})
}

fn is_for_the_operator(status: StatusCode, outcome: &Value) {
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{outcome}");
    let issue = &outcome["issue"][0];
    assert_eq!((&outcome["resourceType"], &issue["code"]), (&json!("OperationOutcome"), &json!("no-store")));
    assert!(issue["diagnostics"].as_str().unwrap().contains("tell the operator"), "{outcome}");
}

async fn count(test: &TestSystem, patient: &str) -> usize {
    let query = format!("/fhir/Observation?patient={patient}&_count=200");
    let (status, page) = test.get(Role::Application, &query).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["entry"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vaults_disk_is_full() {
    let test = TestSystem::start().await;
    let Some(disk) = Disk::mount(&test, CLINICAL, "small").await else {
        println!("left out: this machine does not let this user mount a file system");
        return test.stop().await;
    };
    let clinical = admin(&test, CLINICAL).await;
    clinical
        .batch_execute("alter table records set tablespace small; alter table staged set tablespace small")
        .await
        .unwrap();
    let id = test.enrol(&patient()).await[0].clone();
    disk.fill();
    let mut written = 1;
    let refused = loop {
        let answer = test.send(Role::Application, Method::POST, "/fhir/Observation", &observation(&id)).await;
        if answer.0 != StatusCode::CREATED {
            break answer;
        }
        written += 1;
        assert!(written < 200, "the disk is never full");
    };
    is_for_the_operator(refused.0, &refused.1);
    // What touches several vaults is done nowhere, and whoever it was about does not exist.
    let (status, outcome) = test.send(Role::Application, Method::POST, "/fhir", &patient()).await;
    is_for_the_operator(status, &outcome);
    let (_, found) = test.get(Role::Clinician, "/fhir/Patient?name=fulldisk").await;
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(count(&test, &id).await, written, "reads go on, and nothing is half there");

    disk.make_space();
    let (status, said) = test.send(Role::Application, Method::POST, "/fhir", &patient()).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, said) =
        test.send(Role::Application, Method::POST, "/fhir/Observation", &observation(&id)).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    assert_eq!(count(&test, &id).await, written + 1);
    test.system.records.recover().await.unwrap();
    let staged: i64 = clinical.query_one("select count(*) from staged", &[]).await.unwrap().get(0);
    assert_eq!(staged, 0, "nothing waits");
    let verified = verified(&test).await;
    assert!(verified.holds(), "{:?}", verified.lines());
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_disk_is_full() {
    let test = TestSystem::start().await;
    let Some(disk) = Disk::mount(&test, LEDGER, "small").await else {
        println!("left out: this machine does not let this user mount a file system");
        return test.stop().await;
    };
    let ledger = admin(&test, LEDGER).await;
    ledger.batch_execute("alter table entries set tablespace small").await.unwrap();
    let ids = test.enrol(&patient()).await;
    let (patient, path) = (ids[0].clone(), format!("/fhir/{}", ids[1]));
    // A token is recorded as well: this one is there before.
    let token = test.token(Role::Application).await;
    disk.fill();
    let read = async || {
        let request = test.request(Method::GET, &path).bearer_auth(&token);
        crate::common::answer(request.send().await.unwrap()).await
    };
    let mut reads = 0;
    let refused = loop {
        let answer = read().await;
        if answer.0 != StatusCode::OK {
            break answer;
        }
        reads += 1;
        assert!(reads < 5_000, "the disk is never full");
    };
    is_for_the_operator(refused.0, &refused.1);
    assert!(!refused.1.to_string().contains("weight"), "nothing is disclosed that is not recorded");
    let request = test.request(Method::POST, "/fhir/Observation").bearer_auth(&token);
    let request =
        request.header("content-type", "application/fhir+json").body(observation(&patient).to_string());
    let (status, outcome) = crate::common::answer(request.send().await.unwrap()).await;
    is_for_the_operator(status, &outcome);

    disk.make_space();
    assert_eq!(read().await.0, StatusCode::OK);
    assert_eq!(count(&test, &patient).await, 1, "what was refused was not written");
    let verified = verified(&test).await;
    assert!(verified.holds(), "{:?}", verified.lines());
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_disk_is_full() {
    let test = TestSystem::start().await;
    let Some(disk) = Disk::mount(&test, ACCOUNTS, "small").await else {
        println!("left out: this machine does not let this user mount a file system");
        return test.stop().await;
    };
    let accounts = admin(&test, ACCOUNTS).await;
    for table in ["accounts", "sign_in_failures"] {
        accounts.batch_execute(&format!("alter table {table} set tablespace small")).await.unwrap();
    }
    disk.fill();
    // Somebody looks at the table as it was: what is changed leaves no room, until no page has any for this account.
    let looking = admin(&test, ACCOUNTS).await;
    looking
        .batch_execute("begin isolation level repeatable read; select count(*) from accounts")
        .await
        .unwrap();
    let application = test.accounts.of(Role::Application).unwrap();
    let unused = "update accounts set last_used_at = null where account = $1";
    let mut changes = 0;
    while accounts.execute(unused, &[&application.0]).await.is_ok() {
        changes += 1;
        assert!(changes < 5_000, "the disk is never full");
    }
    let ask = async || {
        let (client, secret) =
            test.accounts.clients.iter().find(|(name, _)| name.contains("application")).unwrap();
        let request = test.request(Method::POST, "/oauth/token").basic_auth(client, Some(secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        crate::common::answer(request.body("grant_type=client_credentials").send().await.unwrap()).await
    };
    let (status, refused) = ask().await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{refused}");
    assert!(refused["error_description"].as_str().unwrap().contains("tell the operator"), "{refused}");

    // The page says so, too: trying again does not help.
    let pages = Pages::of(&test);
    let (token, cookies) = pages.form("/sign-in", "").await;
    let sign_in = async || {
        let headers = [("origin", ORIGIN), ("cookie", cookies.as_str())];
        let body = format!("form_token={token}&email=a%40b.example&password=x");
        pages.send(Method::POST, "/sign-in", &headers, &body).await.status()
    };
    assert_eq!(sign_in().await, StatusCode::INSUFFICIENT_STORAGE);

    disk.make_space();
    assert_eq!(ask().await.0, StatusCode::OK);
    assert_eq!(sign_in().await, StatusCode::UNPROCESSABLE_ENTITY, "nobody has that address");
    looking.batch_execute("rollback").await.unwrap();
    test.stop().await;
}
