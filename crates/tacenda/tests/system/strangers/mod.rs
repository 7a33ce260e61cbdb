//! Strangers in numbers: they cost a known clinician little time, the server little memory, and the ledger few entries.
//!
//! `TACENDA_STRANGERS` says how many there are; `make strangers` runs the long version.

mod large;
mod refused;
mod silent;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use crate::common::TestSystem;

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

/// What the memory of this process grows by, at most, while something is done.
struct Memory {
    before: u64,
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Memory {
    fn watch() -> Self {
        let before = resident();
        let (most, over) = (Arc::new(AtomicU64::new(before)), Arc::new(AtomicBool::new(false)));
        let (seen, ended) = (Arc::clone(&most), Arc::clone(&over));
        thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                seen.fetch_max(resident(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        Self { before, most, over }
    }

    /// In MiB.
    fn growth(&self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed).saturating_sub(self.before) / 1024
    }
}

/// The resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
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
        let address = IpAddr::V4(Ipv4Addr::new(127, 200, 0, 1));
        let client = Client::builder().local_address(Some(address)).timeout(Duration::from_secs(20)).build();
        let url = test.url(&format!("/fhir/{patient}"));
        Self { client: client.unwrap(), url, token: test.token(Role::Clinician).await }
    }

    /// Reads so often; how long the 99th of a hundred took.
    async fn reads(&self, times: usize) -> Duration {
        let mut took = Vec::new();
        for _ in 0..times {
            let begun = Instant::now();
            let answer = self.client.get(&self.url).bearer_auth(&self.token).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(!answer.bytes().await.unwrap().is_empty());
            took.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        took.sort_unstable();
        took[(times * 99 / 100).min(times - 1)]
    }
}

/// Three times of quiet; on a machine with few cores the strangers of a test are on the same ones.
fn served(quiet: Duration, beside: Duration) {
    let most = (quiet * 3).max(Duration::from_millis(400));
    assert!(beside <= most, "a read took {beside:?}, of {quiet:?} in quiet");
}
