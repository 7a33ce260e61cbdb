//! Traces as a collector that others made understands them.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::traces::{canary, use_it};
use crate::crash::demo::Demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_others_made_understands_the_spans() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = rotel(folder.path()) else {
        eprintln!("left out: there is no rotel-agent, and pip installs none");
        return;
    };
    let rotel = Rotel::start(&program, folder.path()).await;
    let mut demo = Demo::start(folder.path(), &["--otlp-endpoint", &rotel.url]).await;
    let trace = use_it(&demo).await.to_string();
    demo.stop().await;
    let begun = Instant::now();
    loop {
        let said = fs::read_to_string(&rotel.said).unwrap();
        let ours: Vec<&str> = said.split("Span #").filter(|span| span.contains(&trace)).collect();
        let found = |name| ours.iter().any(|span| span.contains(&format!(": {name}\n")));
        if ["GET /fhir/{type}/{id}", "permit", "open", "record"].into_iter().all(found) {
            let needles = canary().needles();
            assert!(!needles.iter().any(|needle| said.contains(needle)), "{said}");
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{said}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// On the path, or from the package index into a folder.
fn rotel(folder: &Path) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&paths).map(|path| path.join("rotel-agent"));
    installed.into_iter().find(|program| program.is_file()).or_else(|| {
        let target = folder.join("rotel");
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "rotel==0.0.1a15"]);
        let done = pip.arg("--target").arg(&target).stdin(Stdio::null()).output();
        done.is_ok_and(|done| done.status.success()).then(|| target.join("rotel/rotel-agent"))
    })
}

/// A running collector, which says what it receives.
struct Rotel {
    url: String,
    said: PathBuf,
    process: Child,
}

impl Rotel {
    async fn start(program: &Path, folder: &Path) -> Self {
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (http, grpc) = (port(), port());
        let said = folder.join("rotel.said");
        let mut command = Command::new(program);
        command.args(["start", "--exporter", "blackhole"]);
        command.args(["--debug-log", "traces", "--debug-log-verbosity", "detailed"]);
        command.args(["--otlp-http-endpoint", &http.to_string(), "--otlp-grpc-endpoint", &grpc.to_string()]);
        command.stdin(Stdio::null()).stdout(fs::File::create(&said).unwrap()).stderr(Stdio::null());
        let started = Self { url: format!("http://{http}"), said, process: command.spawn().unwrap() };
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(http).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "rotel does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
