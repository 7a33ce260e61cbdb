//! The data folder, made once, and the rules of who may connect, written at every start.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    ADMIN, ClusterOptions,
    account::Account,
    binaries::Binaries,
    error::{At, ClusterError},
    folder::Folder,
};

/// SECURITY: the superuser has no password that could be stolen: only the owner of the data and the one who minds it
/// enter as superuser, by the kernel's word on who holds the other end of the socket. Services prove a password each.
const HBA: &str = "\
# TYPE  DATABASE  USER           METHOD
local   all       tacenda_admin  peer map=tacenda
local   all       all            scram-sha-256
";

/// The version that made the data, if there is data.
pub(super) fn version(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Makes the data folder if there is none.
pub(super) fn initialise(
    folder: &Folder,
    binaries: &Binaries,
    account: &Account,
    options: &ClusterOptions,
) -> Result<(), ClusterError> {
    let data = folder.data();
    if data.try_exists().at("look at", &data)? {
        return Ok(());
    }
    let new = folder.file("data.new");
    if new.try_exists().at("look at", &new)? {
        fs::remove_dir_all(&new).at("remove", &new)?;
    }
    DirBuilder::new().mode(0o700).create(&new).at("make", &new)?;
    account.own(&new)?;
    match &options.template {
        None => initdb(&new, binaries, account, options.durable)?,
        Some(template) => template.copy_to(&new, binaries, account)?,
    }
    // CRASH: before this rename the next start begins anew; after it the data is whole.
    tacenda_kernel::crash::at("cluster-made");
    fs::rename(&new, &data).at("make", data)
}

pub(super) fn initdb(
    data: &Path,
    binaries: &Binaries,
    account: &Account,
    sync: bool,
) -> Result<(), ClusterError> {
    let mut command = Command::new(&binaries.initdb);
    command.arg("--pgdata").arg(data).args(["--username", ADMIN, "--data-checksums", "--encoding", "UTF8"]);
    command.args(["--locale", "C", "--auth-local", "peer", "--auth-host", "reject", "--no-instructions"]);
    if !sync {
        command.arg("--no-sync");
    }
    let output = account.run(&mut command).stdin(Stdio::null()).output().at("run", &binaries.initdb)?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let error = text.lines().find(|line| line.contains("error:")).or_else(|| text.lines().next());
    Err(ClusterError::Initdb(error.unwrap_or("it says nothing").to_owned()))
}

/// Writes who may connect.
pub(super) fn write_rules(folder: &Folder, account: &Account) -> Result<(), ClusterError> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', ""));
    let ident: String = account
        .administrators()
        .into_iter()
        .map(|name| format!("tacenda {} {ADMIN}\n", quoted(name)))
        .collect();
    folder.write("pg_hba.conf", 0o644, HBA)?;
    folder.write("pg_ident.conf", 0o644, &ident)
}
