//! Who is answered and takes nothing of it, and heads that are too large.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Duration, Instant, timeout},
};

use super::{
    frames::{PING, PREFACE, get},
    server::{Server, limits, text_until},
};

/// After what time nothing can be sent any more; nothing is read.
async fn broken_after(mut stream: tokio::net::TcpStream, part: &[u8]) -> Duration {
    let begun = Instant::now();
    let breaking = async {
        while stream.write_all(part).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    timeout(Duration::from_secs(20), breaking).await.expect("the server did not end the connection");
    begun.elapsed()
}

#[tokio::test]
async fn whoever_takes_nothing_is_left() {
    let server = Server::plain(limits()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let took = broken_after(stream, b"G").await;
    assert!(took > limits().stalled / 2, "{took:?}");
}

#[tokio::test]
async fn a_shut_window_is_noticed_beside_pings() {
    let server = Server::plain(limits()).await;
    let mut stream = server.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&get("/endless")).await.unwrap();
    // The window of 65,535 bytes is never opened again; what comes is read.
    let (mut reader, mut writer) = stream.into_split();
    let begun = Instant::now();
    let pinging = async {
        while writer.write_all(PING).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    let reading = async {
        let mut buffer = [0; 4 << 10];
        while !matches!(reader.read(&mut buffer).await, Ok(0) | Err(_)) {}
    };
    let ended = timeout(Duration::from_secs(20), futures::future::join(pinging, reading)).await;
    assert!(ended.is_ok(), "the server did not end the connection");
    assert!(begun.elapsed() > limits().stalled / 2);
}

#[tokio::test]
async fn a_head_has_64_kilobytes_at_most() {
    let server = Server::plain(limits()).await;
    for (size, status) in
        [(60 << 10, "HTTP/1.1 200"), (80 << 10, "HTTP/1.1 431"), (400 << 10, "HTTP/1.1 431")]
    {
        let mut stream = server.connect().await;
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(size));
        // A refusal may come before all was sent.
        let _ = stream.write_all(head.as_bytes()).await;
        let answer = text_until(&mut stream, "\r\n\r\n").await;
        assert!(answer.starts_with(status) || (answer.is_empty() && size > 64 << 10), "{size}: {answer}");
    }
}
