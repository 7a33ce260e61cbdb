//! The server, in a process of its own.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const STARTS_WITHIN: Duration = Duration::from_secs(120);
const STOPS_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// Tokens last five minutes.
const TOKEN_USED_FOR: Duration = Duration::from_secs(200);

/// How to start a server, and where its data is.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) patients: u32,
    pub(crate) log: Option<PathBuf>,
}

/// A server that runs. Dropping it stops it.
pub(crate) struct Server {
    launch: Launch,
    process: Child,
    pub(crate) pid: u32,
    pub(crate) address: SocketAddr,
    token: Option<(Instant, String)>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(launch: Launch) -> Result<Self> {
        let (https, http) = (free_port()?, free_port()?);
        let mut process = launch.command(https, http)?.spawn().context("the server does not start")?;
        let pid = process.id().context("the server ended at once")?;
        let output = process.stdout.take().context("the server says nothing")?;
        let ready = timeout(STARTS_WITHIN, ready(output)).await;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, http));
        let server = Self { launch, process, pid, address, token: None };
        match ready {
            Ok(Ok(())) => Ok(server),
            Ok(Err(error)) => Err(error),
            Err(_) => bail!("the server is not ready in time"),
        }
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.launch.data
    }

    /// A clinician's token that lasts at least another minute.
    pub(crate) async fn token(&mut self) -> Result<String> {
        if let Some((since, token)) = &self.token
            && since.elapsed() < TOKEN_USED_FOR
        {
            return Ok(token.clone());
        }
        let token = self.token_of("clinician").await?;
        self.token = Some((Instant::now(), token.clone()));
        Ok(token)
    }

    /// A new token of a role.
    pub(crate) async fn token_of(&self, role: &str) -> Result<String> {
        self.tool(&["demo", "token", role, "--data"]).await
    }

    /// Another command of the program, the last argument of which is the data folder; what it said.
    pub(crate) async fn tool(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.launch.binary);
        command.args(["--log", "off"]).args(arguments).arg(&self.launch.data);
        let output = command.kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let wrong = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} failed: {said} {}", arguments.join(" "), wrong.trim());
        Ok(said)
    }
}

impl Drop for Server {
    /// Stops the server and waits until it has ended, so that its folder can go.
    fn drop(&mut self) {
        let Some(pid) = self.process.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) else { return };
        // It may have ended meanwhile; it is not reaped yet, so the number is still its own.
        let _ended = kill_process(pid, Signal::TERM);
        let begun = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if begun.elapsed() > STOPS_WITHIN {
                let _ended = self.process.start_kill();
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Launch {
    /// The kernel stops the server should this process be killed; the server's PostgreSQL goes with it.
    fn command(&self, https: u16, http: u16) -> Result<Command> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "TERM", "--"])
            .arg(&self.binary)
            .args(["--log", "warn", "demo", "--data"]);
        command.arg(&self.data);
        for (option, number) in
            [("--port", https.into()), ("--http-port", http.into()), ("--patients", self.patients)]
        {
            command.arg(option).arg(number.to_string());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log(self.log.as_deref())?);
        command.kill_on_drop(true);
        Ok(command)
    }
}

fn log(path: Option<&Path>) -> Result<Stdio> {
    let Some(path) = path else { return Ok(Stdio::null()) };
    let file = File::options().create(true).append(true).open(path);
    Ok(file.with_context(|| format!("cannot write {}", path.display()))?.into())
}

/// Waits for the ready line, and reads on so that the server is never kept waiting.
async fn ready(output: tokio::process::ChildStdout) -> Result<()> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("tacenda: ready") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(());
        }
    }
    bail!("the server ended before it was ready; --log <file> keeps what it said")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
