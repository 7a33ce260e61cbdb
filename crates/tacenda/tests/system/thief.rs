//! A thief of everything at rest: the data folder with its write-ahead log, dumps of every database, metrics and logs at
//! trace level. A canary patient's values are in none of it, in no usual encoding.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::databases::{PREFIX, specs};
use tacenda_postgres::Cluster;
use tacenda_synthetic::Canary;

use crate::crash::demo::Demo;

const CONTROL: &str = "Controlwordthatisthere";
const ROLES: [&str; 7] =
    ["clinician", "technician", "monitor", "researcher", "security-officer", "administrator", "patient"];

/// Looks for many words at once, by their first four bytes.
struct Scanner {
    starts: HashMap<[u8; 4], Vec<usize>>,
    /// Whether some word begins with these two bytes.
    pairs: Vec<bool>,
    words: Vec<(Vec<u8>, String)>,
}

impl Scanner {
    fn new(needles: &[String]) -> Self {
        let words: Vec<_> = needles.iter().flat_map(|needle| encodings(needle)).collect();
        let mut scanner = Self { starts: HashMap::new(), pairs: vec![false; 1 << 16], words };
        for (index, (word, _)) in scanner.words.iter().enumerate() {
            let start: [u8; 4] = word[..4].try_into().unwrap();
            scanner.starts.entry(start).or_default().push(index);
            scanner.pairs[usize::from(u16::from_be_bytes([word[0], word[1]]))] = true;
        }
        scanner
    }

    /// What is found, each in words that say how it was written.
    fn find(&self, text: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, pair) in text.windows(2).enumerate() {
            if !self.pairs[usize::from(u16::from_be_bytes([pair[0], pair[1]]))] {
                continue;
            }
            let rest = &text[at..];
            let start = rest.first_chunk::<4>().and_then(|start| self.starts.get(start));
            for index in start.into_iter().flatten() {
                let (word, name) = &self.words[*index];
                if rest.starts_with(word) {
                    found.push(name.as_str());
                }
            }
        }
        found
    }
}

/// A needle as it would look in each usual encoding. Lower case is among the canary's needles already.
fn encodings(needle: &str) -> Vec<(Vec<u8>, String)> {
    let bytes = needle.as_bytes();
    let hex = data_encoding::HEXLOWER.encode(bytes);
    let utf16: Vec<u16> = needle.encode_utf16().collect();
    let mut all = vec![
        (bytes.to_vec(), "plain".to_owned()),
        (hex.to_uppercase().into_bytes(), "hex".to_owned()),
        (hex.into_bytes(), "hex".to_owned()),
        (utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(), "UTF-16LE".to_owned()),
        (utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(), "UTF-16BE".to_owned()),
    ];
    for before in 0..3 {
        // Base64 of the needle after so many other bytes, without the characters that depend on its neighbours.
        let encoded = data_encoding::BASE64.encode(&[&vec![0; before][..], bytes].concat());
        let first = (before * 8).div_ceil(6);
        let last = (before + bytes.len()) * 8 / 6;
        let whole = &encoded.as_bytes()[first..last];
        all.push((whole.to_vec(), "base64".to_owned()));
        let url: Vec<u8> = whole.iter().map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        }).collect();
        all.push((url, "base64url".to_owned()));
    }
    all.into_iter().map(|(word, how)| (word, format!("{needle} ({how})"))).collect()
}

#[test]
fn the_scanner_finds_what_is_there() {
    let scanner = Scanner::new(&[CONTROL.to_owned()]);
    for (word, name) in encodings(CONTROL) {
        let found = scanner.find(&[b"xx\0yy", word.as_slice(), b"zz"].concat());
        assert!(found.contains(&name.as_str()), "{name}: {found:?}");
    }
    for before in 0..5 {
        let text = format!("{}{CONTROL} and more", "x".repeat(before));
        let found = scanner.find(data_encoding::BASE64.encode(text.as_bytes()).as_bytes()).len();
        assert!(found > 0, "base64 after {before} bytes");
    }
    assert!(scanner.find(b"Controlwordthatisnot").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_canary_is_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &["--log", "trace"]).await;
    let canary = Canary::new(99);
    exercise(&demo, &canary).await;
    let metrics = demo.client.get(format!("{}/metrics", demo.base)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tacenda_http_request_seconds"), "{metrics}");

    let cluster = Cluster::attach(folder.path().join("postgres")).await.unwrap();
    let admin = cluster.admin_endpoint(&format!("{PREFIX}vault_contact")).connect().await.unwrap();
    admin.batch_execute(&format!("create table control as select '{CONTROL}'::text as control")).await.unwrap();
    cluster.connect_as_admin().await.unwrap().batch_execute("checkpoint").await.unwrap();
    let mut needles = canary.needles();
    assert!(needles.len() > 100, "{}", needles.len());
    needles.push(CONTROL.to_owned());
    let scanner = Scanner::new(&needles);

    let mut loot: Vec<(String, Vec<u8>)> = vec![("metrics".to_owned(), metrics.into_bytes())];
    for spec in specs() {
        let name = format!("{PREFIX}{}", spec.name);
        loot.push((format!("dump of {name}"), dump(folder.path(), &name)));
    }
    let log = fs::read_to_string(demo.log()).unwrap();
    assert!(log.contains("DEBUG") && log.contains("answered"), "the log is at a level that says something");
    let mut controls = Vec::new();
    let mut files = Vec::new();
    walk(folder.path(), &mut files);
    assert!(files.iter().any(|file| file.components().any(|part| part.as_os_str() == "pg_wal")), "no WAL among {}", files.len());
    let read = files.into_iter().filter_map(|file| Some((file.display().to_string(), fs::read(file).ok()?)));
    for (place, bytes) in loot.into_iter().chain(read) {
        for found in scanner.find(&bytes) {
            assert!(found.starts_with(CONTROL), "{found} is in {place}");
            controls.push(place.clone());
        }
    }
    for expected in ["dump of tacenda_vault_contact", "/pg_wal/", "/base/"] {
        assert!(controls.iter().any(|place| place.contains(expected)), "the control is not in {expected}: {controls:?}");
    }
}

/// Uses the canary's values wherever a client can put them, as everybody, rightly and wrongly.
async fn exercise(demo: &Demo, canary: &Canary) {
    let application = demo.token().await;
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
    let bundle = canary.bundle().to_string();
    let (status, made) = ask(&application, Method::POST, "/fhir", &[("idempotency-key", &canary.needles()[0])], &bundle).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    let patient = rightly(&ask, &application, &made).await;

    let clinician = token(demo, "clinician").await;
    let needles = canary.needles();
    let search = format!("/fhir/Patient?name={}", family(canary));
    let (status, found) = ask(&clinician, Method::GET, &search, &[], "").await;
    assert!(status == StatusCode::OK && found.contains(&family(canary)), "{status} {found}");
    let form = format!("name={}", family(canary));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let (status, found) = ask(&clinician, Method::POST, "/fhir/Patient/_search", &headers, &form).await;
    assert!(status == StatusCode::OK && found.contains(&family(canary)), "{status} {found}");
    for role in ROLES {
        let token = if role == "clinician" { clinician.clone() } else { token(demo, role).await };
        wrongly(&ask, &token, &patient, &needles, canary).await;
    }
    wrongly(&ask, &application, &patient, &needles, canary).await;
    wrongly(&ask, &needles[1], &patient, &needles, canary).await;
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", needles[2], needles[3]);
    let answer = demo.client.post(format!("{}/oauth/token", demo.base)).body(form);
    let answer = answer.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let basic = demo.client.post(format!("{}/oauth/token", demo.base)).basic_auth(&needles[4], Some(&needles[5]));
    basic.body("grant_type=client_credentials").send().await.unwrap();
}

/// Reads, searches, changes and deletes everything that was made.
async fn rightly<A>(ask: &A, token: &str, made: &Value) -> String
where
    A: AsyncFn(&str, Method, &str, &[(&str, &str)], &str) -> (StatusCode, String),
{
    let locations = made["entry"].as_array().unwrap().iter().map(|entry| entry["response"]["location"].as_str().unwrap());
    let ids: Vec<&str> = locations.map(|location| location.split("/_history").next().unwrap()).collect();
    let patient = ids.iter().find(|id| id.starts_with("Patient/")).unwrap();
    for id in &ids {
        let (status, body) = ask(token, Method::GET, &format!("/fhir/{id}"), &[], "").await;
        assert_eq!(status, StatusCode::OK, "{id}: {body}");
        let (status, updated) = ask(token, Method::PUT, &format!("/fhir/{id}"), &[], &body).await;
        assert_eq!(status, StatusCode::OK, "{id}: {updated}");
        let kind = id.split('/').next().unwrap();
        let resource: Value = serde_json::from_str(&body).unwrap();
        if kind != "Patient" {
            let value = resource["identifier"][0]["value"].as_str().unwrap();
            let search = format!("/fhir/{kind}?patient={patient}&identifier={value}");
            let (status, found) = ask(token, Method::GET, &search, &[], "").await;
            assert!(status == StatusCode::OK && found.contains(value), "{search}: {status} {found}");
        }
    }
    (*patient).to_owned()
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
        let headers = [("x-purpose-of-use", needle.as_str()), ("traceparent", needle), ("user-agent", needle), ("cookie", needle)];
        ask(token, Method::GET, path, &headers, "").await;
        ask(token, Method::GET, path, &[], "").await;
    }
    for body in [broken, &unknown.to_string(), &mistyped.to_string(), needle] {
        for path in ["/fhir", "/fhir/RelatedPerson", "/fhir/Patient"] {
            let headers = [("if-match", needle.as_str()), ("idempotency-key", needle), ("if-none-exist", needle)];
            ask(token, Method::POST, path, &headers, body).await;
            let (status, answer) = ask(token, Method::POST, path, &[], body).await;
            assert!(status.is_client_error() && !answer.contains(needle.as_str()), "{path}: {status} {answer}");
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

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn dump(folder: &Path, database: &str) -> Vec<u8> {
    let socket = fs::read_to_string(folder.join("postgres/socket-folder")).unwrap();
    let mut command = Command::new(pg_dump());
    let output = command.args(["-h", socket.trim(), "-U", "tacenda_admin", database]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Beside the server: on the path or in the newest packaged installation.
fn pg_dump() -> PathBuf {
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|one| one.path()).collect();
    packaged.sort();
    let found = packaged.into_iter().rev().map(|one| one.join("bin/pg_dump")).find(|one| one.exists());
    found.unwrap_or_else(|| PathBuf::from("pg_dump"))
}
