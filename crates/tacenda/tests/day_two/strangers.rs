//! Something that no migration makes: at the start, while it runs, and to the tools.

use tacenda::{databases::Databases, standing::examine};
use tacenda_postgres::Cluster;

use crate::{
    process::{Server, tool},
    site::Site,
};

const TRIGGER: &str = "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
     create trigger keep before insert on TABLE for each row execute function keep()";
const GONE: &str = "drop function keep cascade";

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_is_named_at_the_start_while_it_runs_and_by_the_tools() {
    let site = Site::make().await;
    let config = site.config();
    let server = site.serve().await;
    let (ledger, vault) = (site.admin("ledger").await, site.admin("vault_stream").await);

    // While it runs: the ledger goes on no further, and everybody is told 503.
    ledger.batch_execute(&TRIGGER.replace("TABLE", "entries")).await.unwrap();
    server.until("/health/ready", 503, "the ledger records nothing").await;
    server.until_it_says("trigger keep on table entries is of no migration").await;
    let asked = format!("http://127.0.0.1:{}/fhir/Patient", site.ports.1);
    assert_eq!(
        reqwest::get(&asked).await.unwrap().status(),
        503,
        "nothing is recorded, so nothing is answered"
    );
    let (code, said) = tool(&["doctor", "--config", &config]).await;
    assert!(code == 1 && said.contains("catalogue: in the database of ledger: function keep()"), "{said}");
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 1 && said.contains("catalogue of ledger: function keep()"), "{said}");
    ledger.batch_execute(GONE).await.unwrap();
    server.until("/health/ready", 200, "ready").await;
    assert_eq!(reqwest::get(&asked).await.unwrap().status(), 401);

    // The same in a vault: nobody is let in, not even to where nothing of a vault is needed.
    vault.batch_execute(&TRIGGER.replace("TABLE", "records")).await.unwrap();
    server.until("/health/ready", 503, "the database of vault_stream is not what its migrations make").await;
    server.until_it_says("trigger keep on table records is of no migration").await;
    server.until("/sign-in", 503, "nothing is answered now").await;
    assert_eq!(reqwest::get(&asked).await.unwrap().status(), 503);
    server.stop().await;

    // At the start: refused by name.
    let refused =
        Server::spawn(&site.path("refused.log"), site.ports, &["serve", "all", "--config", &config]);
    let (succeeded, said) = refused.ended().await;
    assert!(!succeeded && said.contains("in the database of vault_stream: function keep()"), "{said}");
    vault.batch_execute(GONE).await.unwrap();
    site.serve().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_modes_settings_and_too_few_connections() {
    let site = Site::make().await;
    let config = site.config();
    let accounts = site.admin("accounts").await;
    accounts
        .batch_execute("drop schema public cascade; create schema public authorization site_accounts_owner")
        .await
        .unwrap();
    let (code, said) = tool(&["doctor", "--config", &config]).await;
    assert!(code == 1 && said.contains("not-migrated: the database of accounts"), "{said}");
    let (code, said) = tool(&["migrate", "--config", &config]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = tool(&["doctor", "--config", &config]).await;
    assert!(code == 0 && said.contains("nothing unsafe found"), "{said}");

    // Passwords in the file itself.
    let (file, said) = (site.path("site_ledger.password"), std::fs::read_to_string(&config).unwrap());
    let said = said.replace(&format!("runtime_password_file = \"{}\"\n", file.display()), "");
    let word = std::fs::read_to_string(&file).unwrap();
    let said =
        said.replace("\"postgresql://site_ledger@", &format!("\"postgresql://site_ledger:{}@", word.trim()));
    site.write("with-password.toml", &said);
    let with_password = site.path("with-password.toml").display().to_string();
    for (path, open, closed, name) in [
        (config.clone(), "666", "644", "configuration: "),
        (with_password.clone(), "644", "600", "configuration: "),
        (site.data(), "755", "700", "data-folder: "),
        (file.display().to_string(), "640", "600", "database-url: "),
    ] {
        let configuration = if path == with_password { &with_password } else { &config };
        mode(open, &path);
        let (code, said) = tool(&["doctor", "--config", configuration]).await;
        assert!(code == 1 && said.contains(name) && said.contains(&format!("chmod {closed}")), "{said}");
        mode(closed, &path);
        let (code, said) = tool(&["doctor", "--config", configuration]).await;
        assert_eq!(code, 0, "{said}");
    }
    let admin = site.cluster.connect_as_admin().await.unwrap();
    for (done, undone, named) in [
        (
            "alter role site_vault_field set synchronous_commit = off",
            "alter role site_vault_field reset all",
            "synchronous-commit: the database of vault_field",
        ),
        ("alter role site_records createdb", "alter role site_records nocreatedb", "superuser-role: "),
    ] {
        admin.batch_execute(done).await.unwrap();
        let (code, said) = tool(&["doctor", "--config", &config]).await;
        assert!(code == 1 && said.contains(named), "{said}");
        admin.batch_execute(undone).await.unwrap();
    }
    let (code, said) = tool(&["doctor", "--config", &config]).await;
    assert_eq!(code, 0, "{said}");
}

#[tokio::test]
async fn a_server_that_forgets_what_it_acknowledged_is_named() {
    let cluster = Cluster::start_temporary_without_fsync().await.unwrap();
    let databases = Databases::in_cluster(&cluster, "weak_").await.unwrap();
    let findings: Vec<String> = examine(&databases).await.unwrap().iter().map(ToString::to_string).collect();
    for service in ["ledger", "accounts", "vault_clinical"] {
        let named = format!("fsync: the server of {service} ");
        assert!(findings.iter().any(|finding| finding.starts_with(&named)), "{findings:#?}");
    }
    assert!(!findings.iter().any(|finding| finding.starts_with("connections")), "{findings:#?}");
    cluster.stop().await;
}

fn mode(mode: &str, path: &str) {
    assert!(std::process::Command::new("chmod").args([mode, path]).status().unwrap().success());
}
