//! Processor time and memory of processes, from `/proc`.

use std::{
    fs,
    ops::{Add, Sub},
    process,
};

use anyhow::{Context, Result};

/// Linux tells processor time in hundredths of a second (`USER_HZ`), whatever the kernel's own tick is.
const MILLISECONDS_A_TICK: f64 = 10.0;

/// Milliseconds of processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    /// This process.
    pub(crate) client: f64,
    /// Tacenda.
    pub(crate) server: f64,
    /// PostgreSQL with all its backends.
    pub(crate) postgres: f64,
}

impl Spent {
    /// Server and PostgreSQL together.
    pub(crate) fn served(&self) -> f64 {
        self.server + self.postgres
    }
}

impl Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            client: self.client + other.client,
            server: self.server + other.server,
            postgres: self.postgres + other.postgres,
        }
    }
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            client: self.client - earlier.client,
            server: self.server - earlier.server,
            postgres: self.postgres - earlier.postgres,
        }
    }
}

/// The processes whose time counts for one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    server: Option<u32>,
    postmaster: u32,
}

impl Watch {
    /// The floor: PostgreSQL as a child of this process.
    pub(crate) fn floor() -> Result<Self> {
        Ok(Self { server: None, postmaster: postgres_of(process::id())? })
    }

    /// A server, with PostgreSQL as its child.
    pub(crate) fn server(pid: u32) -> Result<Self> {
        Ok(Self { server: Some(pid), postmaster: postgres_of(pid)? })
    }

    /// What was spent up to now.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let about = |pid| Stat::of(pid).with_context(|| format!("process {pid} is gone"));
        // A backend that ended was waited for by the postmaster, so no time is lost or counted twice.
        let postmaster = about(self.postmaster)?;
        let backends = all().filter(|stat| stat.parent == self.postmaster).map(|stat| stat.own);
        let server = self.server.map(about).transpose()?.map_or(0, |stat| stat.own);
        Ok(Spent {
            client: milliseconds(about(process::id())?.own),
            server: milliseconds(server),
            postgres: milliseconds(postmaster.own + postmaster.waited_for + backends.sum::<u64>()),
        })
    }
}

/// Resident memory of a process in MiB.
pub(crate) fn resident(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the server is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Ok(kilobytes.context("the server's memory is not told")? / 1024.0)
}

struct Stat {
    pid: u32,
    name: String,
    parent: u32,
    own: u64,
    waited_for: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// proc_pid_stat(5). The name is in parentheses and may hold anything, so the last one ends it.
    fn parse(pid: u32, text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            pid,
            name: name.to_owned(),
            parent: u32::try_from(number(1)?).ok()?,
            own: number(11)? + number(12)?,
            waited_for: number(13)? + number(14)?,
        })
    }
}

fn all() -> impl Iterator<Item = Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Stat::of(entry.file_name().to_str()?.parse().ok()?))
}

fn postgres_of(parent: u32) -> Result<u32> {
    let found = all().find(|stat| stat.parent == parent && stat.name == "postgres");
    found.map(|stat| stat.pid).with_context(|| format!("process {parent} has no PostgreSQL"))
}

#[expect(clippy::cast_precision_loss, reason = "a run has some ten thousand ticks")]
fn milliseconds(ticks: u64) -> f64 {
    ticks as f64 * MILLISECONDS_A_TICK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_moves_no_field() {
        let text = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 100 0 0";
        let stat = Stat::parse(42, text).expect("is well formed");
        assert_eq!((stat.name.as_str(), stat.parent, stat.own, stat.waited_for), ("a) b", 7, 33, 77));
    }

    #[test]
    fn this_process_is_there_and_uses_memory() {
        let own = Stat::of(process::id()).expect("is running");
        assert!(all().any(|stat| stat.pid == own.pid && stat.parent == own.parent));
        assert!(resident(process::id()).expect("is running") > 0.5);
    }
}
