//! What an operator reads in the log: which of the databases it is that does not do what it should.

use std::time::Duration;

use crate::site::{PREFIX, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_s_line_says_which_vault_it_is_and_why() {
    let site = Site::make().await;
    let server = site.serve().await;
    // It is looked at every ten seconds. A right that is missing, or a lock, makes it strange, and nothing is done then.
    let name = format!("{PREFIX}vault_clinical");
    let admin = site.admin("records").await;
    for gone in [
        format!("alter database {name} allow_connections false"),
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"),
    ] {
        admin.batch_execute(&gone).await.unwrap();
    }
    let line = |said: &str| {
        let mut lines =
            said.lines().filter(|line| line.contains("a vault's database did not answer as it should"));
        lines.next().map(str::to_owned)
    };
    for _ in 0..120 {
        if line(&server.said()).is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let line = line(&server.said()).unwrap_or_else(|| panic!("no line: {}", server.said()));
    assert!(line.contains("vault_clinical") && line.contains("the database is unavailable"), "{line}");
    server.stop().await;
}
