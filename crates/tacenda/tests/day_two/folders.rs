//! One data folder and two servers; a folder and a typing error; a folder without its key.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::process::{Server, demo, folder, ports, texts, tool};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_demo_on_a_folder_is_refused_and_changes_nothing() {
    let (temporary, data) = folder();
    let (data, log) = (data.to_str().unwrap(), temporary.path().join("first.log"));
    let (first, second) = (ports(), ports());
    let (first_texts, second_texts) = (texts(first), texts(second));
    let server = Server::start(&log, first, &demo(data, &first_texts)).await;
    let before = fs::read_to_string(format!("{data}/demo.json")).unwrap();
    assert_eq!(fs::metadata(data).unwrap().permissions().mode() & 0o066, 0, "nobody else lists or reads it");

    let other = Server::spawn(&temporary.path().join("second.log"), second, &demo(data, &second_texts));
    let (succeeded, said) = other.ended().await;
    assert!(!succeeded && said.contains("is in use") && said.contains("Nothing was changed"), "{said}");
    assert_eq!(fs::read_to_string(format!("{data}/demo.json")).unwrap(), before);
    let (code, token) = tool(&["demo", "token", "clinician", "--data", data]).await;
    assert_eq!(code, 0, "{token}");
    let answer = reqwest::Client::new()
        .get(format!("http://127.0.0.1:{}/fhir/Patient", first.1))
        .bearer_auth(token.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "a token of the first one is good with the first one");

    // A hang-up stops nobody.
    server.signal("-HUP").await;
    server.until_it_says("read the configuration again").await;
    assert_eq!(server.get("/health/ready").await, (200, "ready\n".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_root_key_is_named_and_never_made_anew() {
    let (temporary, data) = folder();
    let data = data.to_str().unwrap();
    let (ports, log) = (ports(), temporary.path().join("log"));
    let texts = texts(ports);
    Server::start(&log, ports, &demo(data, &texts)).await.stop().await;
    let (key, away) = (format!("{data}/root.key"), format!("{data}/away"));
    fs::rename(&key, &away).unwrap();
    let (succeeded, said) = Server::spawn(&log, ports, &demo(data, &texts)).ended().await;
    assert!(
        !succeeded && said.contains("the root key is missing") && said.contains("Put its copy back"),
        "{said}"
    );
    let (code, said) = tool(&["init", "--data", data]).await;
    assert!(code == 1 && said.contains("the root key is missing"), "{said}");
    let (code, said) = tool(&["ledger", "verify", "--data", data]).await;
    assert!(code == 2 && said.contains("root key"), "{said}");
    assert!(!fs::exists(&key).unwrap(), "no key was made");
    fs::rename(&away, &key).unwrap();
    Server::start(&log, ports, &demo(data, &texts)).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_makes_nothing_in_a_folder_that_is_none() {
    let (temporary, data) = folder();
    let data = data.to_str().unwrap();
    for command in
        [vec!["ledger", "verify"], vec!["ledger", "key"], vec!["demo", "token", "clinician"], vec!["reindex"]]
    {
        let (code, said) = tool(&[&command[..], &["--data", data]].concat()).await;
        assert!(code != 0 && said.contains("there is no data folder"), "{command:?}: {said}");
    }
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    let (code, said) = tool(&["init", "--data", data]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::metadata(data).unwrap().permissions().mode() & 0o777, 0o700);
    let (code, said) = tool(&["ledger", "verify", "--data", data]).await;
    assert!(code == 2 && said.contains("has no private PostgreSQL, and none was made"), "{said}");
    assert!(
        !fs::exists(format!("{data}/postgres")).unwrap() && !fs::exists(format!("{data}/witness")).unwrap()
    );
}
