//! Every way to connect and say nothing whole ends at the deadline of the first head; to say nothing more, at that of
//! idleness.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{Instant, interval},
};

use super::{
    frames::{PING, PREFACE, get},
    server::{Server, closed_after, limits, text_until},
};

/// No sooner than the deadline, and not much later.
fn in_time(kind: &str, took: Duration, deadline: Duration) {
    assert!(took > deadline / 2, "{kind}: closed after {took:?}, before its deadline");
    assert!(took < deadline * 5, "{kind}: closed after {took:?} only");
}

/// Sends a part again and again, until it fails.
async fn repeating(mut to: impl AsyncWrite + Unpin, part: &[u8]) {
    let mut every = interval(Duration::from_millis(40));
    loop {
        every.tick().await;
        if to.write_all(part).await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn closed_while_sending(stream: impl AsyncRead + AsyncWrite + Unpin, part: &[u8]) -> Duration {
    let (reader, writer) = tokio::io::split(stream);
    tokio::select! {
        took = closed_after(reader) => took,
        () = repeating(writer, part) => unreachable!(),
    }
}

#[tokio::test]
async fn nothing_and_half_a_head_end_at_the_deadline() {
    let server = Server::plain(limits()).await;
    let beginnings: [(&str, &[u8]); 6] = [
        ("nothing", b""),
        ("a part of the preface", b"PRI * HT"),
        ("the preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("preface and settings", PREFACE),
        ("half a head", b"GET / HTTP/1.1\r\nhost: x\r\n"),
        ("no line", b"GE"),
    ];
    for (kind, beginning) in beginnings {
        let mut stream = server.connect().await;
        stream.write_all(beginning).await.unwrap();
        in_time(kind, closed_after(stream).await, limits().first_head);
    }
}

#[tokio::test]
async fn a_handshake_without_a_request_ends_at_the_deadline() {
    let server = Server::tls(limits()).await;
    in_time("TCP only", closed_after(server.connect().await).await, limits().first_head);
    let mut half = server.connect().await;
    half.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
    in_time("half a handshake", closed_after(half).await, limits().first_head);
    for alpn in [&[][..], &[&b"h2"[..]], &[&b"http/1.1"[..]]] {
        let kind = format!("handshake with {} protocols", alpn.len());
        in_time(&kind, closed_after(server.connect_tls(alpn).await).await, limits().first_head);
    }
    let mut stream = server.connect_tls(&[b"h2"]).await;
    stream.write_all(PREFACE).await.unwrap();
    in_time("TLS and pings", closed_while_sending(stream, PING).await, limits().first_head);
}

#[tokio::test]
async fn what_drips_is_no_life() {
    let server = Server::plain(limits()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    in_time("a letter at a time", closed_while_sending(stream, b"a").await, limits().first_head);
    let mut stream = server.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    in_time("pings", closed_while_sending(stream, PING).await, limits().first_head);
}

#[tokio::test]
async fn whoever_had_an_answer_may_wait_a_little() {
    let server = Server::plain(limits()).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(text_until(&mut stream, "hello").await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(limits().idle / 3).await;
    }
    in_time("keep-alive", closed_after(stream).await, limits().idle);

    let mut stream = server.connect().await;
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&get("/")).await.unwrap();
    text_until(&mut stream, "hello").await;
    let begun = Instant::now();
    closed_while_sending(stream, PING).await;
    in_time("HTTP/2 and pings", begun.elapsed(), limits().idle);
}
