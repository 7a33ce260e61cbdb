//! Who runs PostgreSQL: ourselves, or an unprivileged account when we are root.

use std::{fs, os::unix::fs::MetadataExt, os::unix::process::CommandExt, path::Path, process::Command};

use super::error::{At, ClusterError};

/// A user of this machine.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    gid: u32,
    /// Who we are ourselves.
    caller: String,
    drops_privileges: bool,
}

impl Account {
    /// Whoever owns the data, once there is data. Otherwise the caller or, for root, `postgres`.
    ///
    /// SECURITY: no shared account such as `nobody` stands in, since its other processes could read the data.
    pub(super) fn choose(data: &Path) -> Result<Self, ClusterError> {
        let uid = rustix::process::geteuid().as_raw();
        let (caller, _, gid) = passwd(&uid.to_string()).ok_or(ClusterError::NoAccount)?;
        if uid != 0 {
            return Ok(Self { name: caller.clone(), uid, gid, caller, drops_privileges: false });
        }
        let wanted = match data.try_exists().at("look at", data)? {
            true => fs::metadata(data).at("look at", data)?.uid().to_string(),
            false => "postgres".to_owned(),
        };
        let (name, uid, gid) = passwd(&wanted).filter(|found| found.1 != 0).ok_or(ClusterError::NoAccount)?;
        Ok(Self { name, uid, gid, caller, drops_privileges: true })
    }

    /// The names that may be the cluster's superuser: its owner and the one who minds it.
    pub(super) fn administrators(&self) -> Vec<&str> {
        if self.drops_privileges { vec![&self.caller, &self.name] } else { vec![&self.name] }
    }

    /// Whether the account differs from the caller, so that files must be given to it.
    pub(super) fn drops_privileges(&self) -> bool {
        self.drops_privileges
    }

    /// Has the command run as this account, in an empty environment and a group of its own: Ctrl-C in a terminal
    /// reaches whoever minds the cluster, not the cluster.
    pub(super) fn run<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if self.drops_privileges {
            // The standard library drops the supplementary groups along with the user.
            command.uid(self.uid).gid(self.gid);
        }
        command.env_clear().envs([("LC_ALL", "C"), ("TZ", "UTC"), ("PATH", "/usr/bin:/bin")]);
        command.current_dir("/").process_group(0)
    }

    /// Gives a file or folder to the account.
    pub(super) fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if !self.drops_privileges {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid)).at("change the owner of", path)
    }

    /// Refuses a folder that the account cannot get to, by the first ancestor that lets it not through.
    pub(super) fn must_reach(&self, folder: &Path) -> Result<(), ClusterError> {
        if !self.drops_privileges {
            return Ok(());
        }
        for ancestor in folder.ancestors().skip(1) {
            let about = fs::metadata(ancestor).at("look at", ancestor)?;
            let execute = match (about.uid() == self.uid, about.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            if about.mode() & execute == 0 {
                return Err(ClusterError::Unreachable { folder: ancestor.into(), user: self.name.clone() });
            }
        }
        Ok(())
    }
}

/// Name, user and group of the user with this name or number.
fn passwd(wanted: &str) -> Option<(String, u32, u32)> {
    let read = |text: &str| {
        text.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, uid, gid, ..] = fields[..] else { return None };
            let found = (name.to_owned(), uid.parse().ok()?, gid.parse().ok()?);
            (name == wanted || uid == wanted).then_some(found)
        })
    };
    let local = fs::read_to_string("/etc/passwd").ok().and_then(|text| read(&text));
    local.or_else(|| {
        // Accounts of a directory service are in no file.
        let output = Command::new("getent").args(["passwd", wanted]).output().ok()?;
        read(&String::from_utf8(output.stdout).ok()?)
    })
}
