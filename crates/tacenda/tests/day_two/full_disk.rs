//! The disk of a whole installation is full, and then it is not.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    process::Command,
};

use tempfile::TempDir;

use crate::process::{Server, demo, ports, texts, tool};

struct Disk(TempDir);

impl Disk {
    /// None where this machine does not let its user mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new().permissions(Permissions::from_mode(0o711)).tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=420m,mode=711", "none"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|mount| mount.status.success()).then(|| Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_no_false_alarm_and_all_goes_on_once_there_is_space() {
    let Some(disk) = Disk::mount() else {
        println!("left out: this machine does not let this user mount a file system");
        return;
    };
    let data = disk.0.path().join("data");
    let data = data.to_str().unwrap();
    let (ports, logs) = (ports(), tempfile::tempdir().unwrap());
    let texts = texts(ports);
    let server = Server::start(&logs.path().join("log"), ports, &demo(data, &texts)).await;
    let filler = disk.0.path().join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[0; 65_536]).is_ok() {}
    // Whether the write-ahead log still had room decides between the two; it is never a finding.
    for _ in 0..10 {
        let (status, _) = server.get("/fhir/Patient").await;
        assert!([401, 503, 507].contains(&status), "{status}: {}", server.said());
    }
    let (code, said) = tool(&["ledger", "verify", "--data", data]).await;
    assert_ne!(code, 1, "a full disk is no tampering: {said}");
    fs::remove_file(&filler).unwrap();
    server.until("/health/ready", 200, "ready").await;
    let (code, said) = tool(&["ledger", "verify", "--data", data]).await;
    assert_eq!(code, 0, "{said}");
    server.stop().await;
}
