//! The private cluster: its life, its deaths, and who else may touch it.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use tacenda_postgres::{Cluster, ClusterError, ClusterOptions};

use crate::support::{eventually, folder, kill, postmaster, processes_in};

/// Syncing only matters when the machine dies, which no test can do to it.
fn options(folder: &Path) -> ClusterOptions {
    ClusterOptions::new(folder).without_fsync_for_tests()
}

const CHILD_FOLDER: &str = "TACENDA_TEST_CHILD_FOLDER";

#[tokio::test]
async fn starts_again_at_once_with_its_data_and_leaves_no_process() {
    let (_temporary, folder) = folder();
    let options = options(&folder);
    let cluster = Cluster::start(options.clone()).await.expect("starts");
    let admin = cluster.connect_as_admin().await.expect("answers");
    admin.batch_execute("create table kept (n int); insert into kept values (7)").await.expect("is obeyed");
    cluster.stop().await;
    assert_eq!(processes_in(&folder.join("data")), Vec::<i32>::new());

    for _ in 0..3 {
        Cluster::start(options.clone()).await.expect("starts again").stop().await;
    }
    let again = Cluster::start(options).await.expect("starts again");
    let admin = again.connect_as_admin().await.expect("answers");
    let kept: i32 = admin.query_one("select n from kept", &[]).await.expect("is there").get(0);
    assert_eq!(kept, 7);
    drop(again);
    assert_eq!(processes_in(&folder.join("data")), Vec::<i32>::new());
}

#[tokio::test]
async fn is_private_durable_and_silent() {
    let cluster = Cluster::start_temporary().await.expect("starts");
    let admin = cluster.connect_as_admin().await.expect("answers");
    for (setting, value) in [
        ("listen_addresses", ""),
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("server_encoding", "UTF8"),
        ("full_page_writes", "on"),
        ("log_min_error_statement", "panic"),
        ("log_parameter_max_length_on_error", "0"),
    ] {
        let row = admin.query_one(&format!("show {setting}"), &[]).await.expect("is a setting");
        assert_eq!(row.get::<_, &str>(0), value, "{setting}");
    }
    let data = cluster.folder().join("data");
    let server = fs::metadata(format!("/proc/{}", postmaster(&data))).expect("the server runs");
    assert_ne!(server.uid(), 0, "the server runs as root");
    for private in ["data", "socket"] {
        let about = fs::metadata(cluster.folder().join(private)).expect("is there");
        assert_eq!(about.permissions().mode() & 0o777, 0o700, "{private}");
    }
    let secret = "swordfish-in-the-log";
    let quoted = admin.query_one(&format!("select '{secret}'::int"), &[]).await;
    assert!(quoted.is_err());
    let log = fs::read_to_string(cluster.folder().join("postgres.log")).expect("is there");
    assert!(!log.contains(secret), "{log}");
    let folder = cluster.folder().to_path_buf();
    drop(cluster);
    assert!(!folder.exists(), "a temporary cluster leaves its folder");
}

#[tokio::test]
async fn a_folder_in_use_is_refused_but_a_tool_may_attach() {
    let cluster = Cluster::start_temporary_without_fsync().await.expect("starts");
    let second = Cluster::start(options(cluster.folder())).await.expect_err("is in use");
    assert!(matches!(second, ClusterError::InUse(_)), "{second}");
    assert!(second.to_string().contains("is in use"), "{second}");

    let tool = Cluster::attach(cluster.folder()).await.expect("attaches");
    tool.connect_as_admin().await.expect("answers");
    tool.stop().await;
    drop(tool);
    cluster.connect_as_admin().await.expect("outlives the tool");
}

#[tokio::test]
async fn a_tool_starts_a_cluster_that_does_not_run() {
    let (_temporary, folder) = folder();
    Cluster::start(options(&folder)).await.expect("is made").stop().await;
    let tool = Cluster::attach(&folder).await.expect("starts it");
    tool.connect_as_admin().await.expect("answers");
    tool.stop().await;
    assert_eq!(processes_in(&folder.join("data")), Vec::<i32>::new());
}

#[tokio::test]
async fn a_killed_server_returns_with_what_it_had_committed() {
    let (_temporary, folder) = folder();
    let cluster = Cluster::start(options(&folder)).await.expect("starts");
    let data = folder.join("data");
    let admin = cluster.connect_as_admin().await.expect("answers");
    admin.batch_execute("create table kept (n int); insert into kept values (7)").await.expect("is obeyed");
    let killed = postmaster(&data);
    kill(killed);
    eventually("the server returns", async || match cluster.connect_as_admin().await {
        Ok(admin) => admin.query_one("select n from kept", &[]).await.is_ok(),
        Err(_) => false,
    })
    .await;
    assert_ne!(postmaster(&data), killed);
    cluster.stop().await;
    assert_eq!(processes_in(&data), Vec::<i32>::new());
}

/// Not a test: what `a_killed_minder_takes_its_server_along` runs and kills.
#[tokio::test]
#[ignore = "runs as another test's child"]
async fn minds_a_cluster_until_killed() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else { return };
    let _cluster = Cluster::start(options(Path::new(&folder))).await.expect("starts");
    println!("child: ready");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn a_killed_minder_takes_its_server_along() {
    let (_temporary, folder) = folder();
    let mut minder = Command::new(std::env::current_exe().expect("is a program"))
        .args(["--ignored", "--exact", "--nocapture", "cluster::minds_a_cluster_until_killed"])
        .env(CHILD_FOLDER, &folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let output = BufReader::new(minder.stdout.take().expect("is piped"));
    assert!(output.lines().any(|line| line.is_ok_and(|line| line.contains("child: ready"))), "never ready");
    let data = folder.join("data");
    assert!(!processes_in(&data).is_empty());

    minder.kill().expect("is ours to kill");
    minder.wait().expect("ends");
    // At once, while the old server still shuts down.
    let cluster = Cluster::start(options(&folder)).await.expect("starts after the kill");
    cluster.stop().await;
    assert_eq!(processes_in(&data), Vec::<i32>::new());
}

#[tokio::test]
async fn a_stale_pid_file_is_no_hindrance() {
    let (_temporary, folder) = folder();
    let options = options(&folder);
    let cluster = Cluster::start(options.clone()).await.expect("starts");
    let pid_file = folder.join("data/postmaster.pid");
    let text = fs::read_to_string(&pid_file).expect("the server runs");
    cluster.stop().await;
    // The number now belongs to a process that is alive and no server.
    let stale = text.replacen(&text.lines().next().expect("has one").to_owned(), "1", 1);
    fs::write(&pid_file, stale).expect("can be written");
    let again = Cluster::start(options).await.expect("starts");
    again.connect_as_admin().await.expect("answers");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_one_elsewhere() {
    let (_temporary, folder) = folder();
    let deep = folder.join("d".repeat(100));
    fs::create_dir(&folder).expect("can be made");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).expect("is ours");
    let cluster = Cluster::start(options(&deep)).await.expect("starts");
    cluster.connect_as_admin().await.expect("answers");
    let socket = fs::read_to_string(deep.join("socket-folder")).expect("says where");
    assert_eq!(fs::metadata(&socket).expect("is there").permissions().mode() & 0o777, 0o700);
    cluster.stop().await;
    fs::remove_dir_all(socket).expect("is empty by now");
}

#[tokio::test]
async fn a_folder_that_lets_nobody_through_is_named() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (temporary, folder) = folder();
    fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o700)).expect("is ours");
    let error = Cluster::start(options(&folder)).await.expect_err("cannot be reached");
    assert!(
        matches!(&error, ClusterError::Unreachable { folder, .. } if folder == temporary.path()),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let (_temporary, folder) = folder();
    let options = options(&folder);
    let cluster = Cluster::start(options.clone()).await.expect("starts");
    cluster.stop().await;
    fs::remove_file(folder.join("data/global/pg_control")).expect("was there");
    let error = Cluster::start(options).await.expect_err("cannot start");
    assert!(matches!(error, ClusterError::DoesNotStart { .. }), "{error}");
}
