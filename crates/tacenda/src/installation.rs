//! What a data folder says about the installation that it is of: in which form it is kept, and where its databases are.
//!
//! A tool that is given nothing but the folder must not take an empty private cluster for the whole installation.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tacenda_kernel::Secret;

use crate::folder::{DataFolder, write_private};

/// The form in which this release keeps things.
const FORMAT: u32 = 1;

/// Where an installation's databases are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the private cluster of the data folder.
    Private,
    /// Where this configuration file says.
    Configured(PathBuf),
}

#[derive(Debug, Serialize, Deserialize)]
struct Installation {
    format: u32,
    databases: Place,
}

/// Where the databases of the folder's installation are, as far as the folder knows.
///
/// # Errors
/// Where another release wrote it in a form that this one does not know.
pub fn place(folder: &DataFolder) -> Result<Option<Place>> {
    let path = folder.installation();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let read: Installation = serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    if read.format != FORMAT {
        bail!(
            "{} is kept in form {}, and this release knows form {FORMAT}: use the release that it was begun with, or a newer one",
            folder.path().display(),
            read.format
        );
    }
    Ok(Some(read.databases))
}

/// Notes where the databases are.
///
/// # Errors
/// Where the folder is not writable.
pub fn note_place(folder: &DataFolder, databases: Place) -> Result<()> {
    if place(folder)?.as_ref() == Some(&databases) {
        return Ok(());
    }
    let text = serde_json::to_string(&Installation { format: FORMAT, databases })?;
    let (path, next) = (folder.installation(), folder.path().join("installation.json.next"));
    let _left_by_a_crash = fs::remove_file(&next);
    write_private(&next, &Secret::new(text))?;
    fs::rename(&next, &path).with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses a folder whose databases are elsewhere, or that has none.
///
/// # Errors
/// Names the configuration that it belongs to, or what to name.
pub fn refuse_elsewhere(folder: &DataFolder) -> Result<()> {
    match place(folder)? {
        Some(Place::Configured(config)) => bail!(
            "the databases of {} are configured in {}: use --config {} instead of --data",
            folder.path().display(),
            config.display(),
            config.display()
        ),
        Some(Place::Private) | None if folder.has_cluster() => Ok(()),
        Some(Place::Private) | None => bail!(
            "{} has no private PostgreSQL, and none was made: where its databases are configured, use --config <file> \
             instead of --data",
            folder.path().display()
        ),
    }
}

/// Refuses to make a private cluster for an installation whose databases are elsewhere.
///
/// # Errors
/// Names the configuration that it belongs to.
pub fn refuse_another_cluster(folder: &DataFolder) -> Result<()> {
    if let Some(Place::Configured(config)) = place(folder)? {
        bail!(
            "the databases of {} were configured in {}, and now none are: put [databases] back. To begin anew, with \
             nothing, use another data folder",
            folder.path().display(),
            config.display()
        );
    }
    Ok(())
}

/// The path of a configuration as it can be used from anywhere.
#[must_use]
pub fn absolute(config: &Path) -> PathBuf {
    config.canonicalize().unwrap_or_else(|_| config.to_owned())
}
