//! Two applications made of other people's libraries.

use std::process::Stdio;

use serde_json::{Value, json};
use tacenda_accounts::Credential;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use super::provider::{CALLBACK, GOODBYE, Provider};
use crate::packages;

/// Runs a script and does for it what a browser does; what it says in the end.
async fn run(provider: &Provider, script: &str, arguments: &[&str]) -> Option<String> {
    let packages = packages::oauth().await?;
    let mut application: Child = Command::new("python3")
        .arg(format!("{}/tests/clients/oauth/{script}", env!("CARGO_MANIFEST_DIR")))
        .args(arguments)
        .env("PYTHONPATH", packages)
        .env("AUTHLIB_INSECURE_TRANSPORT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut answers = application.stdin.take().unwrap();
    let mut lines = BufReader::new(application.stdout.take().unwrap()).lines();
    let mut done = None;
    while let Some(line) = lines.next_line().await.unwrap() {
        let asked: Value = serde_json::from_str(&line).unwrap();
        let url = asked["url"].as_str().unwrap();
        let answer = match asked["action"].as_str().unwrap() {
            "browse" => provider.browse(url).await,
            "follow" => provider.follow(url).await,
            _ => {
                done = Some(url.to_owned());
                continue;
            }
        };
        answers.write_all(format!("{}\n", json!(answer)).as_bytes()).await.unwrap();
    }
    assert!(application.wait().await.unwrap().success(), "{script} failed; its words are above");
    Some(done.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_signs_in_refreshes_is_found_out_and_signs_out() {
    let provider = Provider::start().await;
    let scopes = ["openid", "profile", "offline_access"];
    let secret = provider.register(Credential::Secret, &scopes).await.unwrap();
    let arguments = [provider.bed.origin.as_str(), secret.expose(), CALLBACK, GOODBYE];
    if run(&provider, "authlib_client.py", &arguments).await.is_some() {
        assert!(!provider.is_signed_in().await, "the application signed its person out");
    }
    provider.bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhirclient_launches_and_reads_its_patient_and_nothing_else() {
    let provider = Provider::start().await;
    let scopes = ["launch/patient", "openid", "fhirUser", "patient/*.rs"];
    assert!(provider.register(Credential::None, &scopes).await.is_none());
    let (own, other) = (provider.own_id().await, provider.another_patient().await);
    run(&provider, "smart_client.py", &[&provider.bed.origin, CALLBACK, &own, &other]).await;
    provider.bed.stop().await;
}
