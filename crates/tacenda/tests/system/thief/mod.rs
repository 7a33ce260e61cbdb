//! A thief of everything at rest: the data folder with its write-ahead log, dumps of every database, metrics, traces and
//! logs at trace level. A canary patient's values are in none of it, in no usual encoding.

mod collector;
mod rotel;
mod scanner;
mod search_tokens;
mod traces;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::databases::{PREFIX, specs};
use tacenda_postgres::Cluster;
use tacenda_synthetic::Canary;

use self::{collector::Collector, scanner::Scanner};
use crate::crash::demo::Demo;

const CONTROL: &str = "Controlwordthatisthere";
const ROLES: [&str; 7] =
    ["clinician", "technician", "monitor", "researcher", "security-officer", "administrator", "patient"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_canary_is_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let options = ["--log", "trace", "--otlp-endpoint", &collector.url];
    let mut demo = Demo::start(folder.path(), &options).await;
    let canary = Canary::new(99);
    let directory = Canary::of_directory(99);
    exercise(&demo, &canary, &directory).await;
    let metrics =
        demo.client.get(format!("{}/metrics", demo.base)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tacenda_http_request_seconds"), "{metrics}");

    let mut needles = canary.needles();
    needles.extend(directory.needles());
    assert!(needles.len() > 250, "{}", needles.len());
    needles.push(CONTROL.to_owned());
    let scanner = Scanner::new(&needles);
    put_control(folder.path()).await;
    let mut loot = files(folder.path());
    loot.extend(specs().iter().map(|spec| dump(folder.path(), &format!("{PREFIX}{}", spec.name))));
    loot.push(("metrics".to_owned(), metrics.into_bytes()));
    demo.stop().await;
    loot.extend(collector.batches().into_iter().map(|batch| ("traces".to_owned(), batch.to_vec())));
    let spans = collector.spans();
    for name in ["GET /fhir/{type}", "_OTHER /fhir/{type}", "POST /fhir", "permit", "open", "write", "record"]
    {
        assert!(spans.iter().any(|span| span.name == name), "no span {name} among {}", spans.len());
    }
    let log = fs::read_to_string(demo.log()).unwrap();
    assert!(log.contains("DEBUG") && log.contains("answered"), "the log is at a level that says something");

    let mut controls = Vec::new();
    for (place, bytes) in loot {
        for found in scanner.find(&bytes) {
            assert!(found.starts_with(CONTROL), "{found} is in {place}");
            controls.push(place.clone());
        }
    }
    for expected in ["dump of tacenda_vault_contact", "dump of tacenda_vault_directory", "/pg_wal/", "/base/"]
    {
        assert!(
            controls.iter().any(|place| place.contains(expected)),
            "no control in {expected}: {controls:?}"
        );
    }
}

/// A word in the clear where the canary's would be, to see that it is found; then everything goes to disk.
async fn put_control(folder: &Path) {
    let cluster = Cluster::attach(folder.join("postgres")).await.unwrap();
    for vault in ["contact", "directory"] {
        let admin = cluster.admin_endpoint(&format!("{PREFIX}vault_{vault}")).connect().await.unwrap();
        let control = format!("create table control as select '{CONTROL}'::text as control");
        admin.batch_execute(&control).await.unwrap();
        admin.batch_execute("checkpoint").await.unwrap();
    }
}

/// Uses the canary's values wherever a client can put them, as everybody, rightly and wrongly.
async fn exercise(demo: &Demo, canary: &Canary, directory: &Canary) {
    let application = demo.token().await;
    let needles = canary.needles();
    let ask = async |token: &str, method: Method, path: &str, headers: &[(&str, &str)], body: &str| {
        let mut request = demo.client.request(method, format!("{}{path}", demo.base)).bearer_auth(token);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/fhir+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let key = [("idempotency-key", needles[0].as_str())];
    let (status, made) = ask(&application, Method::POST, "/fhir", &key, &canary.bundle().to_string()).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let patient = rightly(&ask, &application, &serde_json::from_str(&made).unwrap()).await;
    let (status, made) = ask(&application, Method::POST, "/fhir", &[], &directory.bundle().to_string()).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    rightly(&ask, &application, &serde_json::from_str(&made).unwrap()).await;

    let family = family(canary);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for role in ROLES {
        let token = token(demo, role).await;
        if role == "clinician" {
            let (status, found) =
                ask(&token, Method::GET, &format!("/fhir/Patient?name={family}"), &[], "").await;
            assert!(status == StatusCode::OK && found.contains(&family), "{status} {found}");
            let body = format!("name={family}");
            let (status, found) = ask(&token, Method::POST, "/fhir/Patient/_search", &form, &body).await;
            assert!(status == StatusCode::OK && found.contains(&family), "{status} {found}");
        }
        wrongly(&ask, &token, &patient, &needles, canary).await;
    }
    wrongly(&ask, &application, &patient, &needles, canary).await;
    wrongly(&ask, &needles[1], &patient, &needles, canary).await;
    sign_in_wrongly(demo, &needles).await;
}

/// Asks for tokens with needles for names and secrets.
async fn sign_in_wrongly(demo: &Demo, needles: &[String]) {
    let post = || {
        let request = demo.client.post(format!("{}/oauth/token", demo.base));
        request.header("content-type", "application/x-www-form-urlencoded")
    };
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", needles[2], needles[3]);
    let in_form = post().body(form).send().await.unwrap();
    assert_eq!(in_form.status(), StatusCode::UNAUTHORIZED);
    let basic = post().basic_auth(&needles[4], Some(&needles[5])).body("grant_type=client_credentials");
    assert_eq!(basic.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// Reads, searches and changes everything that was made; whose it is.
async fn rightly<A>(ask: &A, token: &str, made: &Value) -> String
where
    A: AsyncFn(&str, Method, &str, &[(&str, &str)], &str) -> (StatusCode, String),
{
    let locations =
        made["entry"].as_array().unwrap().iter().map(|entry| entry["response"]["location"].as_str().unwrap());
    let ids: Vec<&str> = locations.map(|location| location.split("/_history").next().unwrap()).collect();
    let patient = ids.iter().find(|id| id.starts_with("Patient/")).copied();
    for id in &ids {
        let (status, body) = ask(token, Method::GET, &format!("/fhir/{id}"), &[], "").await;
        assert_eq!(status, StatusCode::OK, "{id}: {body}");
        let (status, updated) = ask(token, Method::PUT, &format!("/fhir/{id}"), &[], &body).await;
        assert_eq!(status, StatusCode::OK, "{id}: {updated}");
        let kind = id.split('/').next().unwrap();
        let resource: Value = serde_json::from_str(&body).unwrap();
        if kind != "Patient" {
            let value = resource["identifier"][0]["value"].as_str().unwrap();
            let whose = patient.map_or_else(String::new, |patient| format!("patient={patient}&"));
            let search = format!("/fhir/{kind}?{whose}identifier={value}");
            let (status, found) = ask(token, Method::GET, &search, &[], "").await;
            assert!(status == StatusCode::OK && found.contains(value), "{search}: {status} {found}");
        }
    }
    patient.unwrap_or_default().to_owned()
}

/// Requests that fail, with a needle in every place.
async fn wrongly<A>(ask: &A, token: &str, patient: &str, needles: &[String], canary: &Canary)
where
    A: AsyncFn(&str, Method, &str, &[(&str, &str)], &str) -> (StatusCode, String),
{
    let needle = &needles[needles.len() / 2];
    let entry = canary.bundle()["entry"][1]["resource"].clone();
    let mut unknown = entry.clone();
    unknown[needle] = json!(needle);
    let mut mistyped = entry;
    mistyped["birthDate"] = json!({ needle.as_str(): needle });
    let broken = &canary.bundle().to_string()[..2000];
    let paths = [
        format!("/fhir/{needle}"),
        format!("/fhir/Condition/{needle}"),
        format!("/fhir/Condition/{needle}/_history/{needle}"),
        format!("/fhir/Condition?{needle}={needle}"),
        format!("/fhir/Condition?patient={needle}&identifier={needle}"),
        format!("/fhir/Patient?identifier={needle}&_count={needle}"),
        format!("/{needle}/{needle}?{needle}"),
        format!("/fhir/{patient}"),
        format!("/fhir/Observation?patient={patient}"),
    ];
    for path in &paths {
        let headers = [
            ("x-purpose-of-use", needle.as_str()),
            ("traceparent", needle),
            ("user-agent", needle),
            ("cookie", needle),
        ];
        ask(token, Method::GET, path, &headers, "").await;
        ask(token, Method::GET, path, &[], "").await;
        ask(token, Method::from_bytes(needle.as_bytes()).unwrap(), path, &[], "").await;
    }
    for body in [broken, &unknown.to_string(), &mistyped.to_string(), needle] {
        for path in ["/fhir", "/fhir/RelatedPerson", "/fhir/Patient"] {
            let headers =
                [("if-match", needle.as_str()), ("idempotency-key", needle), ("if-none-exist", needle)];
            ask(token, Method::POST, path, &headers, body).await;
            let (status, answer) = ask(token, Method::POST, path, &[], body).await;
            assert!(
                status.is_client_error() && !answer.contains(needle.as_str()),
                "{path}: {status} {answer}"
            );
        }
        ask(token, Method::PUT, &format!("/fhir/Condition/{needle}"), &[], body).await;
        ask(token, Method::POST, "/fhir/Condition", &[("content-type", needle)], body).await;
    }
}

async fn token(demo: &Demo, role: &str) -> String {
    let (made, token) = demo.tool(&["demo", "token", role]).await;
    assert!(made, "{role}: {token}");
    token
}

fn family(canary: &Canary) -> String {
    let entries = canary.bundle()["entry"].as_array().unwrap();
    let patient = entries.iter().find(|entry| entry["resource"]["resourceType"] == "Patient").unwrap();
    patient["resource"]["name"][0]["family"].as_str().unwrap().to_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(files(&path));
        } else if kind.is_file()
            // The server removes files of its own while we look.
            && let Ok(bytes) = fs::read(&path)
        {
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}

fn dump(folder: &Path, database: &str) -> (String, Vec<u8>) {
    let socket = fs::read_to_string(folder.join("postgres/socket-folder")).unwrap();
    let mut command = Command::new(pg_dump());
    let output = command.args(["-h", socket.trim(), "-U", "tacenda_admin", database]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (format!("dump of {database}"), output.stdout)
}

/// Beside the server: on the path or in the newest packaged installation.
fn pg_dump() -> PathBuf {
    let mut packaged: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|one| one.path()).collect();
    packaged.sort();
    let found = packaged.into_iter().rev().map(|one| one.join("bin/pg_dump")).find(|one| one.exists());
    found.unwrap_or_else(|| PathBuf::from("pg_dump"))
}
