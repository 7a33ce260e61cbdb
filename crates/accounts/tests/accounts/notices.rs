//! Mail: queued with the change it tells of, sent to a real SMTP server, tried again, given up.

use jiff::SignedDuration;
use tacenda_accounts::{Author, MailServer, Post, Security};
use tacenda_kernel::{Role, Secret};
use tacenda_testkit::{MailDoor, MailSink};

use super::world::{World, secret};

const FROM: &str = "Records <no-reply@records.example>";
const ORIGIN: &str = "https://records.example";

fn server(sink: &MailSink, security: Security) -> MailServer {
    MailServer {
        host: "localhost".to_owned(),
        port: sink.address.port(),
        security,
        credentials: None,
        authorities: Some(sink.authority.clone().into_bytes()),
    }
}

pub(crate) fn post(sink: &MailSink, security: Security) -> Post {
    Post::by_server(server(sink, security), FROM, ORIGIN).unwrap()
}

/// Queues a notice to a person, by a change of their password.
async fn change_password(world: &World, email: &str) {
    let person = world.person(email, &[Role::Clinician]).await;
    for password in ["correct horse battery", "another horse battery"] {
        let (author, password) = (Author::Operator, secret(password));
        world.accounts.set_password(&author, person, &password, world.trace).await.unwrap();
    }
}

#[tokio::test]
async fn a_notice_reaches_its_owner_once_over_tls_and_over_starttls() {
    for (door, security) in [(MailDoor::Tls, Security::Tls), (MailDoor::StartTls, Security::StartTls)] {
        let (world, sink) = (World::open().await, MailSink::start(door).await);
        change_password(&world, "anna.rossi@example.org").await;
        let post = post(&sink, security);
        assert_eq!(world.accounts.send_notices(&post).await, 1, "{door:?}");
        assert_eq!(world.accounts.send_notices(&post).await, 0, "{door:?}");
        let mail = sink.kept().pop().unwrap();
        assert_eq!(mail.recipients, ["anna.rossi@example.org"]);
        for part in
            ["Subject: Your password was changed\r\n", "From: Records <no-reply@records.example>\r\n", ORIGIN]
        {
            assert!(mail.text.contains(part), "{part} in {}", mail.text);
        }
        assert!(!mail.text.contains("Name of"), "no name is in mail: {}", mail.text);
        assert_eq!(sink.kept().len(), 1);
        assert_eq!(world.count("notices").await, 0, "what was sent is not kept");
    }
}

#[tokio::test]
async fn a_server_that_is_not_the_one_configured_gets_nothing() {
    let world = World::open().await;
    change_password(&world, "anna@example.org").await;
    let stranger = MailSink::start(MailDoor::Tls).await;
    let sink = MailSink::start(MailDoor::Tls).await;
    let imitated = MailServer {
        authorities: Some(sink.authority.clone().into_bytes()),
        ..server(&stranger, Security::Tls)
    };
    let other_name = MailServer { host: "127.0.0.1".to_owned(), ..server(&sink, Security::Tls) };
    let plain = MailSink::start(MailDoor::Plain).await;
    let stripped = server(&plain, Security::StartTls);
    for server in [imitated, other_name, stripped] {
        let post = Post::by_server(server, FROM, ORIGIN).unwrap();
        assert_eq!(world.accounts.send_notices(&post).await, 0);
        world.clock.advance(SignedDuration::from_hours(2));
    }
    assert!(stranger.kept().is_empty() && sink.kept().is_empty() && plain.kept().is_empty());
    assert_eq!(world.accounts.send_notices(&post(&sink, Security::Tls)).await, 1, "it waited");
}

#[tokio::test]
async fn the_user_s_password_goes_over_tls_only_to_the_server() {
    let (world, sink) = (World::open().await, MailSink::start(MailDoor::Tls).await);
    change_password(&world, "anna@example.org").await;
    let credentials = Some(("tacenda".to_owned(), Secret::new("hunter2".to_owned())));
    let server = MailServer { credentials, ..server(&sink, Security::Tls) };
    let post = Post::by_server(server, FROM, ORIGIN).unwrap();
    assert_eq!(world.accounts.send_notices(&post).await, 1);
    // RFC 4616: an empty authorization identity, the user and the password, each ended by a zero byte.
    let expected = data_encoding::BASE64.encode(b"\0tacenda\0hunter2");
    assert_eq!(sink.kept().pop().unwrap().user, Some(expected));
}

#[tokio::test]
async fn what_is_refused_is_tried_again_after_pauses_that_grow_and_given_up_after_a_day() {
    let (world, sink) = (World::open().await, MailSink::start(MailDoor::Plain).await);
    change_password(&world, "anna@example.org").await;
    change_password(&world, "bruno@example.org").await;
    let post = post(&sink, Security::None);
    sink.refuse(451);
    assert_eq!(world.accounts.send_notices(&post).await, 0);
    sink.refuse(0);
    assert_eq!(world.accounts.send_notices(&post).await, 0, "both were tried; neither is due");
    world.clock.advance(SignedDuration::from_secs(61));
    sink.refuse(550);
    assert_eq!(world.accounts.send_notices(&post).await, 0);
    world.clock.advance(SignedDuration::from_secs(61));
    sink.refuse(0);
    assert_eq!(world.accounts.send_notices(&post).await, 0, "the second pause is longer");
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(world.accounts.send_notices(&post).await, 2);

    change_password(&world, "carla@example.org").await;
    drop(sink);
    assert_eq!(world.accounts.send_notices(&post).await, 0, "nobody answers");
    assert_eq!(world.count("notices").await, 1);
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.accounts.send_notices(&post).await, 0);
    assert_eq!(world.count("notices").await, 0, "given up");
}

#[tokio::test]
async fn two_instances_send_a_notice_once() {
    let (world, sink) = (World::open().await, MailSink::start(MailDoor::Plain).await);
    for number in 0..6 {
        change_password(&world, &format!("person{number}@example.org")).await;
    }
    let other = world.another_instance().await;
    let (one, two) = (post(&sink, Security::None), post(&sink, Security::None));
    let (here, there) = tokio::join!(world.accounts.send_notices(&one), other.send_notices(&two));
    assert_eq!(here + there, 6);
    let mut recipients: Vec<_> = sink.kept().into_iter().flat_map(|mail| mail.recipients).collect();
    recipients.sort_unstable();
    recipients.dedup();
    assert_eq!(recipients.len(), 6);
}

#[tokio::test]
async fn a_change_that_is_not_made_tells_nobody() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    world.ledger.stop(true);
    let password = secret("correct horse battery");
    world.accounts.set_password(&Author::Operator, person, &password, world.trace).await.unwrap_err();
    assert_eq!(world.count("notices").await, 0);
}

#[tokio::test]
async fn without_a_server_mail_is_kept_in_files_of_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (world, folder) = (World::open().await, tempfile::tempdir().unwrap());
    let mail = folder.path().join("mail");
    let post = Post::into_folder(&mail, "https://localhost:8443").unwrap();
    for number in 0..3 {
        change_password(&world, &format!("person{number}@example.org")).await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(world.accounts.send_notices(&post).await, 3);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&mail), 0o700);
    let mut files: Vec<_> = std::fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 3);
    for (number, file) in files.iter().enumerate() {
        assert_eq!(mode(file), 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("To: person{number}@example.org\r\n")), "{text}");
        assert!(text.contains("From: Tacenda <no-reply@localhost>\r\n"), "{text}");
    }
}

#[tokio::test]
async fn the_queue_tells_a_thief_nothing() {
    let world = World::open().await;
    change_password(&world, "canary.rossi@example.org").await;
    let rows = world.every_row().await;
    assert_eq!(world.count("notices").await, 1);
    for canary in ["canary", "rossi", "password was"] {
        let in_hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!rows.contains(canary) && !rows.contains(&in_hex), "{canary}");
    }
}
