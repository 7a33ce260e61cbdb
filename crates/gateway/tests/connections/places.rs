//! Places: a newcomer is served while others are silent, and large heads do not add up.

use std::time::Duration;

use tacenda_gateway::ConnectionLimits;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use super::server::{Server, closed_after, limits, text_until};

/// Longer than a test takes.
fn patient() -> ConnectionLimits {
    let long = Duration::from_secs(60);
    ConnectionLimits { first_head: long, idle: long, ..limits() }
}

async fn from(server: &Server, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

async fn is_served(stream: &mut TcpStream) -> bool {
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    asked.is_ok() && text_until(stream, "hello").await.ends_with("hello")
}

#[tokio::test]
async fn silent_connections_make_way_for_a_newcomer() {
    let server = Server::plain(ConnectionLimits { most: 40, most_of_a_network: 10, ..patient() }).await;
    let mut silent = Vec::new();
    for network in 0..60 {
        silent.push(from(&server, &format!("127.1.{network}.1")).await);
        silent.push(from(&server, &format!("127.1.{network}.2")).await);
    }
    let mut newcomer = from(&server, "127.2.0.1").await;
    assert!(is_served(&mut newcomer).await);
    assert!(is_served(&mut newcomer).await, "and is not turned out at once");
    let first = silent.remove(0);
    assert!(closed_after(first).await < Duration::from_secs(5), "who waited longest left");
    assert!(is_served(silent.last_mut().unwrap()).await, "who came last did not");
}

#[tokio::test]
async fn one_network_takes_its_share_and_no_more() {
    let server = Server::plain(ConnectionLimits { most: 1_000, most_of_a_network: 10, ..patient() }).await;
    let mut elsewhere = from(&server, "127.2.0.1").await;
    assert!(is_served(&mut elsewhere).await);
    let mut silent = Vec::new();
    for last in 0..30 {
        silent.push(from(&server, &format!("127.1.1.{}", last + 1)).await);
    }
    let mut closed = 0;
    for stream in silent.drain(..20) {
        closed += usize::from(closed_after(stream).await < Duration::from_secs(5));
    }
    assert_eq!(closed, 20);
    for stream in &mut silent {
        assert!(is_served(stream).await);
    }
    assert!(is_served(&mut elsewhere).await);
}

#[tokio::test]
async fn large_heads_do_not_add_up() {
    let server = Server::plain(ConnectionLimits { most_unread: 100 << 10, ..patient() }).await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(50 << 10));
    let mut large = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        let _ = stream.write_all(head.as_bytes()).await;
        // The last comes when the others were read.
        tokio::time::sleep(Duration::from_millis(100)).await;
        large.push(stream);
    }
    assert!(closed_after(large.pop().unwrap()).await < Duration::from_secs(5), "it was one too many");
    let mut usual = server.connect().await;
    assert!(is_served(&mut usual).await, "a usual head finds room");
    let mut first = large.remove(0);
    first.write_all(b"\r\n\r\n").await.unwrap();
    assert!(text_until(&mut first, "hello").await.ends_with("hello"), "and so does what was let in");
}
