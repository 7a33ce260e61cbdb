//! Real packages, installed by pip into a folder of the build.

use std::{path::PathBuf, process::Stdio};

use tokio::{process::Command, sync::OnceCell};

const PACKAGES: [&str; 3] = ["authlib==1.9.9", "requests==2.34.2", "fhirclient==4.4.0"];

static INSTALLED: OnceCell<Option<PathBuf>> = OnceCell::const_new();

/// Where they are; none where pip cannot install them.
pub(crate) async fn installed() -> Option<&'static PathBuf> {
    INSTALLED.get_or_init(install).await.as_ref()
}

async fn install() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oauth-applications");
    let done = folder.join("installed");
    if done.exists() {
        return Some(folder);
    }
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(&folder)
        .args(PACKAGES)
        .stdin(Stdio::null())
        .output()
        .await;
    match pip {
        Ok(output) if output.status.success() => {
            std::fs::write(done, "").unwrap();
            Some(folder)
        }
        _ => {
            eprintln!("left out: pip cannot install {PACKAGES:?} here");
            None
        }
    }
}
