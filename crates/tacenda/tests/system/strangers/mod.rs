//! Strangers in numbers: they cost a known clinician little time, the server little memory, and the ledger few entries.
//!
//! Where memory is measured, the server is a process of its own. `TACENDA_STRANGERS` says how many strangers there are;
//! `make strangers` runs the long version, against an optimised server, and prints what it measures.

mod large;
mod refused;
mod silent;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use crate::{common::TestSystem, crash::demo::Demo};

/// How many strangers come.
fn strangers() -> usize {
    std::env::var("TACENDA_STRANGERS").ok().and_then(|number| number.parse().ok()).unwrap_or(1_200)
}

/// Whether this is the long version.
fn many() -> bool {
    strangers() >= 10_000
}

/// The network with this number, on loopback.
fn network(number: usize) -> IpAddr {
    let [.., high, low] = number.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, 64 + high % 128, low, 1))
}

/// What the memory of a server grows by, at most, while something is done to it.
struct Memory {
    process: u32,
    before: u64,
}

impl Memory {
    /// From what it has now.
    fn of(server: &Demo) -> Self {
        let process = server.process();
        // The kernel forgets what was most.
        fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
        Self { process, before: kilobytes(process, "VmRSS:") }
    }

    /// In MiB, since then.
    fn growth(&self) -> u64 {
        kilobytes(self.process, "VmHWM:").saturating_sub(self.before) / 1024
    }
}

/// What the kernel says of a process's memory, in KiB.
fn kilobytes(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A clinician with a patient of theirs, at an address of their own.
struct Clinician {
    client: Client,
    url: String,
    token: String,
}

impl Clinician {
    async fn with_a_patient(test: &TestSystem) -> Self {
        let patient = test.enrol(Canary::new(1).bundle()).await.remove(0);
        test.care(&patient).await;
        Self::at(test.url(&format!("/fhir/{patient}")), test.token(Role::Clinician).await)
    }

    /// One of a server that runs by itself, and a patient whom they may look up.
    async fn of(demo: &Demo, patient: &str) -> Self {
        let mut clinician = Self::at(format!("{}/fhir/{patient}", demo.base), String::new());
        clinician.renew(demo).await;
        clinician
    }

    /// Gets another token: one lasts for five minutes.
    async fn renew(&mut self, demo: &Demo) {
        let (made, token) = demo.tool(&["demo", "token", "clinician"]).await;
        assert!(made, "{token}");
        self.token = token;
    }

    fn at(url: String, token: String) -> Self {
        let address = IpAddr::V4(Ipv4Addr::new(127, 200, 0, 1));
        let client = Client::builder().local_address(Some(address)).timeout(Duration::from_secs(20)).build();
        Self { client: client.unwrap(), url, token }
    }

    /// Reads so often; how long 99 of a hundred took at most.
    async fn reads(&self, times: usize) -> Duration {
        self.reads_beside(times, std::future::ready(())).await.1
    }

    /// Reads as long as something else lasts, and so often at least.
    async fn reads_beside<T>(&self, least: usize, other: impl Future<Output = T>) -> (T, Duration) {
        let ended = AtomicBool::new(false);
        let other = async {
            let done = other.await;
            ended.store(true, Ordering::Relaxed);
            done
        };
        let reads = async {
            let mut took = Vec::new();
            while took.len() < least || !ended.load(Ordering::Relaxed) {
                took.push(self.read().await);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            took.sort_unstable();
            took[(took.len() * 99 / 100).min(took.len() - 1)]
        };
        futures::join!(other, reads)
    }

    /// How long one read takes. As every browser does, it asks once more where a connection that it kept was closed at that
    /// moment (RFC 9110 section 9.2.2).
    async fn read(&self) -> Duration {
        let begun = Instant::now();
        let ask = || self.client.get(&self.url).bearer_auth(&self.token).send();
        let answer = match ask().await {
            Err(error) if error.is_request() && !error.is_timeout() => ask().await.unwrap(),
            answer => answer.unwrap(),
        };
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.bytes().await.unwrap().is_empty());
        begun.elapsed()
    }
}

/// Registers a patient by the demo's application: the patient, and its token.
async fn patient_of(demo: &Demo) -> (String, String) {
    let token = demo.token().await;
    let request = demo.client.post(format!("{}/fhir", demo.base)).bearer_auth(&token);
    let request = request.header("content-type", "application/fhir+json");
    let answer = request.body(Canary::new(1).bundle().to_string()).send().await.unwrap();
    let done: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let location = done["entry"][0]["response"]["location"].as_str().unwrap();
    (location.split("/_history").next().unwrap().to_owned(), token)
}

/// Three times of quiet; on a machine with few cores the strangers of a test are on the same ones.
fn served(quiet: Duration, beside: Duration) {
    let most = (quiet * 3).max(Duration::from_millis(400));
    assert!(beside <= most, "a read took {beside:?}, of {quiet:?} in quiet");
}
