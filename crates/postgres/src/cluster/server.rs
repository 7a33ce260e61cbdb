//! The server's process: started, started again when it dies, and stopped.
//!
//! ```text
//!  supervisor thread ─▶ setpriv --pdeathsig INT ─▶ sh: is our parent still there? ─▶ postgres
//! ```
//!
//! The kernel sends SIGINT (PostgreSQL's fast shutdown) when the thread that started the server ends, even if the whole
//! process was killed. That is why the server is started from a thread that does nothing but wait for it.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::{account::Account, error::ClusterError};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const IS_STABLE_AFTER: Duration = Duration::from_secs(10);

/// Between the start of this process and the wish to die with its parent, the parent may have died.
const UNLESS_ORPHANED: &str = "test \"$PPID\" = \"$0\" && exec \"$@\"";

/// How to start the server.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) setpriv: PathBuf,
    pub(super) postgres: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) account: Account,
    pub(super) log: PathBuf,
}

impl Launch {
    fn spawn(&self) -> io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)?;
        let mut command = Command::new(&self.setpriv);
        command.args(["--no-new-privs", "--pdeathsig", "INT", "--", "/bin/sh", "-c", UNLESS_ORPHANED]);
        command.arg(process::id().to_string()).arg(&self.postgres).args(&self.arguments);
        self.account.run(&mut command).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()
    }
}

/// A server and the thread that minds it.
#[derive(Debug)]
pub(super) struct Server(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// INVARIANT: set exactly while the process exists or waits to be reaped, so a signal never hits a stranger.
    pid: Option<Pid>,
    stopping: bool,
    ended: bool,
    failures: u32,
}

impl Server {
    pub(super) fn start(launch: Launch) -> Result<Self, ClusterError> {
        let shared = Arc::new(Shared::default());
        let minded = Arc::clone(&shared);
        let thread = thread::Builder::new().name("postgres".to_owned());
        thread.spawn(move || minded.mind(&launch)).map_err(|_| ClusterError::Interrupted)?;
        Ok(Self(shared))
    }

    /// How often the server ended by itself since it was last up for a while.
    pub(super) fn failures(&self) -> u32 {
        self.0.state().failures
    }

    /// Stops the server and waits: fast shutdown, or at once where the data is thrown away.
    pub(super) fn stop(&self, at_once: bool) {
        self.0.state().stopping = true;
        self.0.changed.notify_all();
        let gentle: &[(Signal, u64)] = &[(Signal::INT, 30), (Signal::QUIT, 5), (Signal::KILL, 5)];
        let (_, harsh) = gentle.split_at(1);
        for (signal, seconds) in if at_once { harsh } else { gentle } {
            if self.0.signal_and_wait(*signal, Duration::from_secs(*seconds)) {
                return;
            }
        }
        tracing::error!("PostgreSQL does not stop");
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal_and_wait(&self, signal: Signal, limit: Duration) -> bool {
        let state = self.state();
        if let Some(pid) = state.pid {
            // It may be waiting to be reaped: then it needs no signal.
            let _ended = rustix::process::kill_process(pid, signal);
        }
        let waited = self.changed.wait_timeout_while(state, limit, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    /// The supervisor thread: it lives until the server is stopped.
    fn mind(&self, launch: &Launch) {
        while !self.state().stopping {
            let begun = Instant::now();
            self.run_once(launch);
            let mut state = self.state();
            if state.stopping {
                break;
            }
            state.failures =
                if begun.elapsed() > IS_STABLE_AFTER { 1 } else { state.failures.saturating_add(1) };
            tracing::warn!(failures = state.failures, "PostgreSQL ended by itself; starting it again");
            let pause = FIRST_PAUSE.saturating_mul(1 << state.failures.min(10)).min(LONGEST_PAUSE);
            let _woken = self.changed.wait_timeout_while(state, pause, |state| !state.stopping);
        }
        self.state().ended = true;
        self.changed.notify_all();
    }

    fn run_once(&self, launch: &Launch) {
        let mut state = self.state();
        if state.stopping {
            return;
        }
        let mut child = match launch.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, "PostgreSQL cannot be started");
                return;
            }
        };
        let pid = Pid::from_child(&child);
        state.pid = Some(pid);
        drop(state);
        await_exit(pid);
        // Not reaped yet, so its number is still its own; from here on nobody signals it.
        self.state().pid = None;
        let _status = child.wait();
    }
}

/// Waits for the end without reaping.
fn await_exit(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = rustix::process::waitid(WaitId::Pid(pid), options) {}
}
