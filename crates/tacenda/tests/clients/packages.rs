//! Real packages, installed by pip and npm into folders of the build.

use std::{path::PathBuf, process::Stdio};

use tokio::{process::Command, sync::OnceCell};

const PYTHON: [&str; 2] = ["fhirpy==2.3.1", "schemathesis==4.32.5"];
const OAUTH: [&str; 3] = ["authlib==1.9.9", "requests==2.34.2", "fhirclient==4.4.0"];
const NODE: [&str; 2] = ["fhir-kit-client@2.0.3", "@medplum/core@5.2.13"];

const PIP: [&str; 6] = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"];

/// Where pip put the Python packages; none where it cannot.
pub(crate) async fn python() -> Option<&'static PathBuf> {
    static FOLDER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    FOLDER.get_or_init(|| install("clients-python", "python3", &PIP, &PYTHON)).await.as_ref()
}

/// The same of those that sign in.
pub(crate) async fn oauth() -> Option<&'static PathBuf> {
    static FOLDER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    FOLDER.get_or_init(|| install("clients-oauth", "python3", &PIP, &OAUTH)).await.as_ref()
}

/// Where npm put the packages for Node; none where it cannot.
pub(crate) async fn node() -> Option<&'static PathBuf> {
    static FOLDER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let npm = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
    FOLDER.get_or_init(|| install("clients-node", "npm", &npm, &NODE)).await.as_ref()
}

async fn install(name: &str, program: &str, arguments: &[&str], packages: &[&str]) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What is installed says so itself, so that a new version is installed anew.
    let (done, wanted) = (folder.join("installed"), packages.join("\n"));
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Some(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(&folder).args(packages).stdin(Stdio::null());
    match command.output().await {
        Ok(output) if output.status.success() => {
            std::fs::write(done, wanted).unwrap();
            Some(folder)
        }
        _ => {
            eprintln!("LEFT OUT: {program} cannot install {packages:?} here");
            None
        }
    }
}
