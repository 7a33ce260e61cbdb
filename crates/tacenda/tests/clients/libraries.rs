//! Each library does what a program does with it: create, read, update, search, page, transact, look back, delete.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{bed::Bed, packages};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Runs a program against a system of its own. It ends well, or its words say what did not.
async fn run(mut command: Command) {
    let bed = Bed::start().await;
    command.env("FHIR", format!("{}/fhir", bed.origin)).env("TOKEN", bed.token().await);
    let done = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}\n{}", words(&done.stdout), words(&done.stderr));
    bed.stop().await;
}

async fn run_python(script: &str) {
    let Some(packages) = packages::python().await else { return };
    let mut command = Command::new("python3");
    command.arg(scripts().join(script)).env("PYTHONPATH", packages);
    run(command).await;
}

async fn run_node(script: &str) {
    let Some(packages) = packages::node().await else { return };
    // Node looks for packages beside the script.
    let copied = packages.join(script);
    std::fs::copy(scripts().join(script), &copied).unwrap();
    let mut command = Command::new("node");
    // Node 20 has WebSocket behind this, and `@medplum/core` does not load without.
    command.arg("--experimental-websocket").arg(copied);
    run(command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhirpy_works() {
    run_python("fhirpy_client.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhir_kit_client_works() {
    run_node("fhir_kit_client.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn medplum_works() {
    run_node("medplum_client.mjs").await;
}
