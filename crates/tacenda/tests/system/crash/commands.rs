//! `kill -9` of an import and of a reindexing, beside the server: run again, each comes to the end it would have had.

use std::{fs, path::Path};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use serde_json::Value;
use tacenda::databases::{PREFIX, vault_name};
use tacenda_kernel::Compartment;
use tacenda_postgres::Cluster;
use tacenda_synthetic::{DirectoryRefs, Population};
use tokio_postgres::Client;

use super::{demo::Demo, nothing_is_left_behind, random_moment};

const PATIENTS: u32 = 16;
const KILLS: usize = 4;

/// Every table of tokens lost, in the column as well.
const LOST: &str = "delete from tokens; update records set tokens = '{}'";
const TOKENS: &str = "select (select count(*) from tokens), \
     (select count(distinct (token, record)) from records, unnest(tokens) as token)";

/// The vaults' databases, as somebody with every right.
struct Vaults {
    /// Keeps its socket for as long as it is looked at.
    _cluster: Cluster,
    clients: Vec<Client>,
}

impl Vaults {
    async fn of(folder: &Path) -> Self {
        let cluster = Cluster::attach(folder.join("postgres")).await.unwrap();
        let mut clients = Vec::new();
        for compartment in Compartment::ALL {
            let endpoint = cluster.admin_endpoint(&format!("{PREFIX}{}", vault_name(compartment)));
            clients.push(endpoint.connect().await.unwrap());
        }
        Self { _cluster: cluster, clients }
    }

    async fn records(&self) -> i64 {
        let mut sum = 0;
        for client in &self.clients {
            sum += client.query_one("select count(*) from records", &[]).await.unwrap().get::<_, i64>(0);
        }
        sum
    }

    /// In the table and in the records.
    async fn tokens(&self) -> Vec<(i64, i64)> {
        let mut counts = Vec::new();
        for client in &self.clients {
            let row = client.query_one(TOKENS, &[]).await.unwrap();
            counts.push((row.get(0), row.get(1)));
        }
        counts
    }
}

/// Bundles of as many patients; what each is identified by, and how many records they are.
fn write_bundles(folder: &Path) -> (Vec<String>, i64) {
    let (population, day) = (Population::new(21), jiff::civil::date(2026, 3, 1));
    let (mut identifiers, mut records) = (Vec::new(), 0);
    for index in 0..PATIENTS {
        let bundle = population.patient(index, day, &DirectoryRefs::default());
        let entries = bundle["entry"].as_array().unwrap();
        let patient = entries.iter().find(|entry| entry["resource"]["resourceType"] == "Patient").unwrap();
        let identifier = &patient["resource"]["identifier"][0];
        let text = |name: &str| identifier[name].as_str().unwrap().to_owned();
        identifiers.push(format!("{}|{}", text("system"), text("value")));
        // A Patient is a record of two vaults.
        records += i64::try_from(entries.len()).unwrap() + 1;
        fs::write(folder.join(format!("{index:03}.json")), bundle.to_string()).unwrap();
    }
    (identifiers, records)
}

/// Kills a command at random moments of its life, sooner wherever it had ended.
async fn killed(demo: &Demo, arguments: &[&str]) {
    let (mut killed, mut most) = (0, 4_000);
    while killed < KILLS {
        let mut child = demo.spawn_tool(arguments);
        random_moment(most).await;
        if child.try_wait().unwrap().is_some() {
            most = (most / 2).max(1);
        } else {
            child.kill().await.unwrap();
            killed += 1;
        }
    }
}

async fn each_is_there_once(demo: &Demo, identifiers: &[String]) {
    let (made, clinician) = demo.tool(&["demo", "token", "clinician"]).await;
    assert!(made, "{clinician}");
    for identifier in identifiers {
        let identifier = utf8_percent_encode(identifier, NON_ALPHANUMERIC);
        let url = format!("{}/fhir/Patient?identifier={identifier}", demo.base);
        let answer = demo.client.get(url).bearer_auth(&clinician).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let found: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(found["entry"].as_array().map_or(0, Vec::len), 1, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_killed_at_random_moments_are_gone_on_with() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut demo = Demo::start(folder.path(), &["--log", "warn"]).await;
    let (identifiers, records) = write_bundles(files.path());
    let vaults = Vaults::of(folder.path()).await;
    let before = vaults.records().await;

    let import = ["import", files.path().to_str().unwrap()];
    killed(&demo, &import).await;
    let (done, said) = demo.tool(&import).await;
    assert!(done, "{said}");
    assert_eq!(vaults.records().await - before, records, "everything is there once");
    each_is_there_once(&demo, &identifiers).await;
    let (done, said) = demo.tool(&import).await;
    assert!(done && vaults.records().await - before == records, "{said}");

    let tokens = vaults.tokens().await;
    for vault in &vaults.clients {
        vault.batch_execute(LOST).await.unwrap();
    }
    killed(&demo, &["reindex"]).await;
    let (done, said) = demo.tool(&["reindex"]).await;
    assert!(done, "{said}");
    assert_eq!(vaults.tokens().await, tokens);
    each_is_there_once(&demo, &identifiers).await;

    drop(vaults);
    // While it runs, so that it settles what the kills left.
    let (holds, said) = demo.tool(&["ledger", "verify"]).await;
    assert!(holds, "{said}");
    demo.stop().await;
    nothing_is_left_behind(folder.path()).await;
}
