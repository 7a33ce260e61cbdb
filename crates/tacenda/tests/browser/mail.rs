//! An SMTP server (RFC 5321) that takes every message and keeps it.

use std::sync::{Arc, Mutex};

use tacenda_accounts::{MailServer, Post, Security};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::browser::until_some;

#[derive(Clone)]
pub(crate) struct Mailbox {
    port: u16,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mailbox = Self { port: socket.local_addr().unwrap().port(), messages: Arc::default() };
        let messages = Arc::clone(&mailbox.messages);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&messages)));
            }
        });
        mailbox
    }

    /// The way there.
    pub(crate) fn post(&self, origin: &str) -> Post {
        let server = MailServer {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security: Security::None,
            credentials: None,
            authorities: None,
        };
        Post::by_server(server, "Tacenda <no-reply@tacenda.test>", origin).unwrap()
    }

    /// The path of the link in the newest message to an address, once it arrived; it is taken out.
    pub(crate) async fn link_to(&self, address: &str) -> String {
        let wanted = format!("to: {address}");
        until_some(&format!("mail with a link to {address}"), async || {
            let mut messages = self.messages.lock().unwrap();
            let fits = |text: &String| text.to_lowercase().contains(&wanted) && text.contains("/link/");
            let at = messages.iter().rposition(fits)?;
            let text = decoded(&messages.remove(at));
            let link = text.split("/link/").nth(1)?;
            let token: String =
                link.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
            Some(format!("/link/{token}"))
        })
        .await
    }
}

/// Quoted-printable (RFC 2045 §6.7), as far as links need it.
fn decoded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=")
}

async fn converse(stream: TcpStream, messages: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let _ = write.write_all(b"220 mailbox ready\r\n").await;
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                let _ = write.write_all(b"354 go on\r\n").await;
                let message = message(&mut lines).await;
                messages.lock().unwrap().push(message);
                b"250 taken\r\n"
            }
            "QUIT" => {
                let _ = write.write_all(b"221 farewell\r\n").await;
                return;
            }
            _ => b"250 well\r\n",
        };
        if write.write_all(answer).await.is_err() {
            return;
        }
    }
}

async fn message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> String {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 || line == ".\r\n" {
            return text;
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
