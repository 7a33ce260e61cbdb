//! The real binary as a child process, to be killed.

use std::{
    fs::OpenOptions,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::Value;
use tokio::process::{Child, Command};

/// The one that cargo built beside this test, or another one: an optimised one, where waits are measured.
fn binary() -> String {
    std::env::var("TACENDA_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_tacenda").to_owned())
}

/// A running `tacenda demo`.
pub(crate) struct Demo {
    pub(crate) base: String,
    pub(crate) client: Client,
    folder: PathBuf,
    ports: (u16, u16),
    arguments: Vec<String>,
    child: Child,
}

impl Demo {
    /// Starts it on a folder, which may have data, and waits until it serves.
    pub(crate) async fn start(folder: &Path, arguments: &[&str]) -> Self {
        let ports = (free_port(), free_port());
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let child = spawn(folder, ports, &arguments);
        let base = format!("http://127.0.0.1:{}", ports.1);
        let client = Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
        let demo = Self { base, client, folder: folder.to_owned(), ports, arguments, child };
        demo.until_it_answers().await;
        demo
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop, as an operator would, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        assert!(self.child.wait().await.unwrap().success());
    }

    /// `kill -9` of PostgreSQL's first process.
    pub(crate) async fn kill_postgres(&self) {
        let file = self.folder.join("postgres/data/postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap();
        let killed = Command::new("kill").args(["-9", text.lines().next().unwrap().trim()]).status().await;
        assert!(killed.unwrap().success());
    }

    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(&self.folder, self.ports, &self.arguments);
        // Connections to the process before are of no use.
        self.client = Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
        self.until_it_answers().await;
    }

    /// Another command of the binary on the same folder: whether it succeeded, and what it printed.
    pub(crate) async fn tool(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap().trim().to_owned())
    }

    /// The same, left to run; what it prints goes nowhere.
    pub(crate) fn spawn_tool(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(["--log", "off"]).args(arguments).arg("--data").arg(&self.folder).stdin(Stdio::null());
        command
    }

    /// A token of the demo's application, from the token endpoint.
    pub(crate) async fn token(&self) -> String {
        let demo: Value =
            serde_json::from_slice(&std::fs::read(self.folder.join("demo.json")).unwrap()).unwrap();
        let secret = demo["clients"]["demo-application"].as_str().unwrap();
        let request = self.client.post(format!("{}/oauth/token", self.base));
        let request = request.basic_auth("demo-application", Some(secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body("grant_type=client_credentials").send().await.unwrap();
        let text = answer.text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {text}")).to_owned()
    }

    /// The number of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Where it speaks TLS, and where it does not.
    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        [self.ports.0, self.ports.1].map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// What the process said since its folder was made.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("process.log")
    }

    async fn until_it_answers(&self) {
        let begun = Instant::now();
        let live = format!("{}/health/live", self.base);
        while self.client.get(&live).send().await.is_err() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            let last: String = log.lines().rev().take(5).collect::<Vec<_>>().join("\n");
            assert!(begun.elapsed() < Duration::from_secs(90), "it does not start: {last}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn spawn(folder: &Path, ports: (u16, u16), arguments: &[String]) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("process.log")).unwrap();
    Command::new(binary())
        .args(arguments)
        .args([
            "demo",
            "--patients",
            "1",
            "--port",
            &ports.0.to_string(),
            "--http-port",
            &ports.1.to_string(),
        ])
        .arg("--data")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
