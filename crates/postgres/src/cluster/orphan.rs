//! A server that outlived whoever minded it.
//!
//! Its parent's death tells it to shut down (see `server.rs`), which takes a moment; a new start waits for that.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};

use super::error::ClusterError;

const NUDGE_AFTER: Duration = Duration::from_secs(2);
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until no server runs in `data`. The caller holds the folder's lock, so a server there has no minder.
pub(super) fn await_end(data: &Path) -> Result<(), ClusterError> {
    let begun = Instant::now();
    let mut nudged = false;
    while let Some(pid) = server_in(data) {
        if !nudged && begun.elapsed() > NUDGE_AFTER {
            tracing::warn!(
                pid = pid.as_raw_nonzero().get(),
                "stopping a PostgreSQL server that nobody minds"
            );
            // It may have ended since: then there is nothing to signal.
            let _ended = rustix::process::kill_process(pid, Signal::INT);
            nudged = true;
        }
        if begun.elapsed() > GIVE_UP_AFTER {
            let pid = pid.as_raw_nonzero().get();
            return Err(ClusterError::Orphan { pid, folder: data.to_path_buf() });
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// The server of `postmaster.pid`, if that number is a server here and not by chance another process. A file that a
/// killed server left behind is no hindrance: PostgreSQL replaces it.
fn server_in(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().parse().ok().and_then(Pid::from_raw)?;
    let works_in = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).ok()?;
    (works_in == data).then_some(pid)
}
