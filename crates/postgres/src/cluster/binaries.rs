//! Where PostgreSQL is installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::error::ClusterError;

const OLDEST: u32 = 15;
const PACKAGED: &str = "/usr/lib/postgresql";

/// An installation.
#[derive(Debug)]
pub(super) struct Binaries {
    /// The server.
    pub(super) postgres: PathBuf,
    /// What makes a data folder.
    pub(super) initdb: PathBuf,
}

impl Binaries {
    /// The installation on `PATH`, or the newest packaged one. A data folder that exists needs the `version` that made
    /// it.
    pub(super) fn find(version: Option<u32>) -> Result<Self, ClusterError> {
        let on_path = on_path("postgres").and_then(|postgres| postgres.parent().map(Path::to_path_buf));
        on_path.into_iter().chain(packaged(version)).find_map(|bin| Self::fitting(&bin, version)).ok_or_else(
            || ClusterError::NotInstalled {
                wanted: version.map_or_else(|| format!("{OLDEST} or later"), |version| version.to_string()),
            },
        )
    }

    fn fitting(bin: &Path, version: Option<u32>) -> Option<Self> {
        let found = Self { postgres: bin.join("postgres"), initdb: bin.join("initdb") };
        let major = major(&found.postgres)?;
        let fits = version.map_or(major >= OLDEST, |version| version == major);
        (fits && found.initdb.exists()).then_some(found)
    }
}

/// The program's real path, if it is on `PATH`.
pub(super) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find_map(|folder| folder.join(program).canonicalize().ok())
}

/// The packaged installations, newest first.
fn packaged(version: Option<u32>) -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir(PACKAGED) else { return Vec::new() };
    let mut found: Vec<u32> = folders
        .filter_map(|folder| folder.ok()?.file_name().to_str()?.parse().ok())
        .filter(|major| version.is_none_or(|version| version == *major))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|major| Path::new(PACKAGED).join(major.to_string()).join("bin")).collect()
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` is 15.
fn major(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_not_installed_is_named_with_what_to_install() {
        let text = Binaries::find(Some(9)).expect_err("is not installed").to_string();
        assert!(text.starts_with("no PostgreSQL 9 found"), "{text}");
        assert!(text.contains("apt-get install postgresql"), "{text}");
    }
}
