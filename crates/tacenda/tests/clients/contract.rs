//! What the document promises is tried by `schemathesis`: no answer is a failure of the server, has a status, a header or
//! content that is not documented, or takes what the document says is wrong.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{bed::Bed, packages};

/// The same requests every time.
const SEED: &str = "20260301";
/// All but three of what there is for each type: types differ in their parameters only.
const MOST_TYPES: &str = r"^/fhir/(?!Patient$|Observation$|Organization$)[A-Z]\w+$";

/// Where the hooks and the configuration are.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

async fn run(bed: &Bed, packages: &Path, patient: &str, options: &[&str]) {
    let path = std::env::join_paths([packages, &scripts()]).unwrap();
    let mut command = Command::new("python3");
    // One worker: the requests would come in another order each time, and Hypothesis minds threads.
    command
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(scripts().join("schemathesis.toml"))
        .args(["run", "--seed", SEED, "--workers", "1", "--no-color"])
        .args(["--header", &format!("Authorization: Bearer {}", bed.token().await)])
        .args(options)
        .arg(format!("{}/docs/openapi.json", bed.origin))
        .env("PYTHONPATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .env("PATIENT", patient)
        // It keeps what it found before in the folder it is started in.
        .current_dir(packages)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let done = command.output().await.unwrap();
    let report = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{options:?}\n{report}\n{errors}");
    // What was left out would prove nothing.
    assert!(report.contains(" passed"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_that_the_document_does_not_say() {
    let Some(packages) = packages::python().await else { return };
    let bed = Bed::start().await;
    let found = bed.get("/fhir/Patient").await;
    let patient = found["entry"][0]["resource"]["id"].as_str().unwrap();
    // Tokens last five minutes: each run has its own.
    run(&bed, packages, patient, &["--max-examples", "10", "--exclude-path-regex", MOST_TYPES]).await;
    run(&bed, packages, patient, &["--max-examples", "2", "--phases", "fuzzing"]).await;
    bed.stop().await;
}
