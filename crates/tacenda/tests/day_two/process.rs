//! The real binary as a child process, and what it says.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use tokio::process::{Child, Command};

/// The one that cargo built beside this test, or another one: a faster one that still has the lines at which it dies.
fn binary() -> String {
    std::env::var("TACENDA_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_tacenda").to_owned())
}

/// A server that was started, and the file that has all it says.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    ports: (u16, u16),
}

impl Server {
    /// Starts it without waiting.
    pub(crate) fn spawn(log: &Path, ports: (u16, u16), arguments: &[&str]) -> Self {
        Self::spawn_with(log, ports, arguments, &[])
    }

    /// The same, with variables in its environment.
    pub(crate) fn spawn_with(
        log: &Path,
        ports: (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let file = File::create(log).unwrap();
        let child = Command::new(binary())
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, log: log.to_owned(), ports }
    }

    /// Starts it, and waits until it serves.
    pub(crate) async fn start(log: &Path, ports: (u16, u16), arguments: &[&str]) -> Self {
        let mut server = Self::spawn(log, ports, arguments);
        let begun = Instant::now();
        while !server.said().contains("tacenda: ready") {
            assert!(server.child.try_wait().unwrap().is_none(), "it ended: {}", server.said());
            assert!(begun.elapsed() < Duration::from_secs(120), "it does not start: {}", server.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    /// Waits until it serves, or has ended before; whether it serves.
    pub(crate) async fn serves_or_ends(&mut self) -> bool {
        let begun = Instant::now();
        while !self.said().contains("tacenda: ready") {
            if self.has_ended() {
                return false;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "it does not start: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        true
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, for so long at most.
    pub(crate) async fn ends_within(&mut self, patience: Duration) -> bool {
        tokio::time::timeout(patience, self.child.wait()).await.is_ok()
    }

    /// `kill -9`, unless it has ended, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        let _has_ended = self.child.kill().await;
    }

    /// What it said since its start.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it said something.
    pub(crate) async fn until_it_says(&self, words: &str) {
        let begun = Instant::now();
        while !self.said().contains(words) {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never says {words:?}: {}", self.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    /// As an operator stops it.
    pub(crate) async fn stop(mut self) {
        self.signal("-TERM").await;
        assert!(self.child.wait().await.unwrap().success(), "{}", self.said());
    }

    /// Waits until it ended by itself; whether it succeeded.
    pub(crate) async fn ended(mut self) -> (bool, String) {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        let status = ended.unwrap().unwrap();
        (status.success(), self.said())
    }

    /// What a path of the plain listener answers.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://127.0.0.1:{}{path}", self.ports.1)).await;
        match answer {
            Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
            Err(_) => (0, String::new()),
        }
    }

    /// Waits until a path of the plain listener answers so.
    pub(crate) async fn until(&self, path: &str, status: u16, words: &str) {
        let begun = Instant::now();
        loop {
            let (found, text) = self.get(path).await;
            if found == status && text.contains(words) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{path} is {found} {text:?}: {}", self.said());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A command that ends: its exit code, and all that it said.
pub(crate) async fn tool(arguments: &[&str]) -> (i32, String) {
    let (code, said) = tool_with(arguments, &[]).await;
    (code.unwrap(), said)
}

/// The same, with variables in its environment; one that was killed has no exit code.
pub(crate) async fn tool_with(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(binary());
    command.args(["--log", "warn"]).args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

pub(crate) fn ports() -> (u16, u16) {
    // Both are held until both are known, so that they differ.
    let (one, two) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    (one.local_addr().unwrap().port(), two.local_addr().unwrap().port())
}

/// A folder whose `data` is to be a data folder; whoever runs PostgreSQL can pass through it.
pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().unwrap();
    fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = temporary.path().join("data");
    (temporary, data)
}

/// The arguments of a demo on a folder.
pub(crate) fn demo<'a>(data: &'a str, ports: &'a (String, String)) -> Vec<&'a str> {
    vec!["demo", "--patients", "1", "--port", &ports.0, "--http-port", &ports.1, "--data", data]
}

pub(crate) fn texts(ports: (u16, u16)) -> (String, String) {
    (ports.0.to_string(), ports.1.to_string())
}
