//! A certificate renewed, a password changed: under load, and with what is bad as well.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::site::{PREFIX, Site};

/// Clients that connect anew for each request until they are told to stop, and what they counted.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Load {
    fn on(port: u16) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            answered: Arc::default(),
            failed: Arc::default(),
            tasks: JoinSet::new(),
        };
        for _ in 0..4 {
            let (stop, answered, failed) =
                (Arc::clone(&load.stop), Arc::clone(&load.answered), Arc::clone(&load.failed));
            load.tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let client =
                        reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
                    let answer = client.get(format!("https://localhost:{port}/fhir/metadata")).send().await;
                    let good = answer.is_ok_and(|answer| answer.status() == 200);
                    if good { &answered } else { &failed }.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        load
    }

    async fn end(mut self) -> (usize, usize) {
        self.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
        (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

/// What the certificate that is served has in it.
async fn served(port: u16) -> Vec<u8> {
    let client = reqwest::Client::builder().danger_accept_invalid_certs(true).tls_info(true).build().unwrap();
    let answer = client.get(format!("https://localhost:{port}/health/live")).send().await.unwrap();
    answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_under_load_and_no_request_fails() {
    let site = Site::make().await;
    let server = site.serve().await;
    let load = Load::on(site.ports.0);
    let mut seen = BTreeSet::from([served(site.ports.0).await]);
    for round in 0..5 {
        site.renew_certificate(&format!("next-{round}.example"));
        server.signal("-HUP").await;
        let begun = Instant::now();
        while !seen.insert(served(site.ports.0).await) {
            assert!(begun.elapsed() < Duration::from_secs(30), "no other is served: {}", server.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let good = served(site.ports.0).await;
    site.write("server.key", "no key\n");
    server.signal("-HUP").await;
    server.until_it_says("no private key in").await;
    assert_eq!(served(site.ports.0).await, good, "the one before is served on");
    let (answered, failed) = load.end().await;
    assert!(answered > 10 && failed == 0, "{answered} answered, {failed} failed");
    assert!(server.said().contains("changed=\"the certificate\""), "{}", server.said());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_needs_no_restart_and_a_wrong_one_is_called_so() {
    let site = Site::make().await;
    let server = site.serve().await;
    server.until("/health/ready", 200, "ready").await;
    let (role, file) = (format!("{PREFIX}vault_clinical"), format!("{PREFIX}vault_clinical.password"));
    let admin = site.cluster.connect_as_admin().await.unwrap();
    let kick = format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'");

    // First the database: connections that there are go on, and those that break are refused by name.
    admin.batch_execute(&format!("alter role {role} password 'changed-once'")).await.unwrap();
    server.until("/health/ready", 200, "ready").await;
    admin.batch_execute(&kick).await.unwrap();
    server.until("/health/ready", 503, "the database of vault_clinical does not answer").await;
    server.until_it_says("SQLSTATE 28P01: wrong password").await;
    assert!(server.said().contains(&format!("database=\"{role}\"")), "{}", server.said());
    assert!(!server.said().contains("changed-once"));
    // Then the file: nothing else has to be done.
    site.write(&file, "changed-once\n");
    server.until("/health/ready", 200, "ready").await;

    // First the file, then the database.
    site.write(&file, "changed-twice\n");
    admin.batch_execute(&format!("alter role {role} password 'changed-twice'; {kick}")).await.unwrap();
    server.until("/health/ready", 200, "ready").await;

    // From the file into the URL: that the configuration has to be read again for.
    let text = std::fs::read_to_string(site.config()).unwrap();
    let line = format!("runtime_password_file = \"{}\"\n", site.path(&file).display());
    let moved = text.replace(&line, "").replace(
        &format!("runtime = \"postgresql://{role}@"),
        &format!("runtime = \"postgresql://{role}:WORD@"),
    );
    for (word, line) in [
        ("wrong", "SQLSTATE 28P01: wrong password"),
        ("changed-twice", "the password of the database of vault_clinical"),
    ] {
        site.write("tacenda.toml", &moved.replace("WORD", word));
        server.signal("-HUP").await;
        server.until_it_says(line).await;
        admin.batch_execute(&kick).await.unwrap();
        server.until("/health/ready", 200, "ready").await;
    }
    assert!(!server.said().contains("changed-twice"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_taken_while_it_runs_what_is_bad_is_kept_and_what_needs_a_start_is_named() {
    let site = Site::make().await;
    let server = site.serve().await;
    let text = std::fs::read_to_string(site.config()).unwrap();
    let (before, databases) = text.split_once("[databases").unwrap();
    let with = |top: &str, tables: &str| format!("{before}{top}\n{tables}\n[databases{databases}");
    let mail = |smtp: &str| format!("[mail]\nsmtp = \"{smtp}\"\nfrom = \"Records <records@example.org>\"\n");
    let accounts = "[accounts]\ndormant_after_days = 30\n";
    let proxies = "trusted_proxies = [\"127.0.0.1/32\"]";

    site.write("tacenda.toml", &with(proxies, &format!("{accounts}{}", mail("smtp+plain://127.0.0.1:9"))));
    server.signal("-HUP").await;
    server.until_it_says("changed=\"[accounts], trusted_proxies, [mail]\"").await;

    // One part is bad, another one needs a start, and a third is taken beside them.
    site.write("tacenda.toml", &with("", &format!("{accounts}{}", mail("smtp+plain://mail.example.org"))));
    server.signal("-HUP").await;
    server.until_it_says("[mail] (smtp+plain:// is for a server on this host").await;
    assert!(server.said().contains("changed=\"trusted_proxies\""), "{}", server.said());
    let moved = with("", "").replace("origin = \"https://localhost", "origin = \"https://elsewhere");
    for round in 1..=2 {
        site.write("tacenda.toml", &moved);
        server.signal("-HUP").await;
        // It is said as long as it is so.
        let begun = Instant::now();
        while server.said().matches("origin (start anew for it)").count() < round {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", server.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // A file that is none changes nothing at all.
    site.write("tacenda.toml", "dormant = true\n");
    server.signal("-HUP").await;
    server.until_it_says("kept_as_before=\"the configuration (").await;
    server.until("/health/live", 200, "").await;
    server.stop().await;
}
