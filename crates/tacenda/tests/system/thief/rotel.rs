//! Traces through a collector that others made: what it understood, it passes on.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{collector::Collector, traces::use_it};
use crate::crash::demo::Demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_others_made_understands_the_spans() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = rotel(folder.path()) else {
        eprintln!("left out: there is no rotel-agent, and pip installs none");
        return;
    };
    let behind = Collector::start().await;
    let rotel = Rotel::start(&program, &behind.url).await;
    let mut demo = Demo::start(folder.path(), &["--otlp-endpoint", &rotel.url]).await;
    let read = use_it(&demo).await;
    demo.stop().await;
    let begun = Instant::now();
    loop {
        let spans = behind.spans();
        let found = |name: &str| spans.iter().any(|span| span.name == name && span.trace_id == read.0);
        if ["GET /fhir/{type}/{id}", "permit", "open", "record"].into_iter().all(found) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{spans:#?}");
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

/// A running collector.
struct Rotel {
    url: String,
    process: Child,
}

impl Rotel {
    async fn start(program: &Path, behind: &str) -> Self {
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (http, grpc) = (port(), port());
        let mut command = Command::new(program);
        command.args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"]);
        command.args(["--otlp-exporter-compression", "none", "--otlp-exporter-endpoint", behind]);
        command.args(["--otlp-http-endpoint", &http.to_string(), "--otlp-grpc-endpoint", &grpc.to_string()]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let started = Self { url: format!("http://{http}"), process: process.unwrap() };
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
