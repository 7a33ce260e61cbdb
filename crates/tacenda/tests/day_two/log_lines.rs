//! What an operator reads in the log: which of the databases it is that does not do what it should.

use std::time::Duration;

use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_s_line_says_which_vault_it_is_and_why() {
    let site = Site::make().await;
    let server = site.serve().await;
    let clinical = site.admin("vault_clinical").await;
    // It is looked at every ten seconds. A right that is missing is a stranger, and nothing is done then.
    clinical.batch_execute("begin; lock table staged in access exclusive mode").await.unwrap();
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
