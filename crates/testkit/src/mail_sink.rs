//! An SMTP server that keeps what it gets (RFC 5321), with STARTTLS, TLS and AUTH PLAIN, under an authority of its own.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

/// How a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailDoor {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS is offered, and needed before anything else.
    StartTls,
    /// No TLS at all.
    Plain,
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The user that the client proved to be.
    pub user: Option<String>,
    /// The addresses of `RCPT TO`.
    pub recipients: Vec<String>,
    /// Headers and body, with line ends as they came.
    pub text: String,
}

/// A mail server of tests, on a free port of `localhost`.
#[derive(Debug)]
pub struct MailSink {
    /// Where it listens.
    pub address: SocketAddr,
    /// The authority (PEM) that its certificate for `localhost` is from.
    pub authority: String,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    kept: Mutex<Vec<Mail>>,
    refusing: AtomicU16,
}

impl MailSink {
    /// Starts it.
    pub async fn start(door: MailDoor) -> Self {
        let (acceptor, authority) = certificate();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A client that goes away in the middle of a sentence ends its own visit only.
                tokio::spawn(visit(socket, door, acceptor.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, authority, state, listening }
    }

    /// What it got.
    #[must_use]
    pub fn kept(&self) -> Vec<Mail> {
        self.state.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers every message with this code from now on; 0 takes them again.
    pub fn refuse(&self, code: u16) {
        self.state.refusing.store(code, Ordering::SeqCst);
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn certificate() -> (TlsAcceptor, String) {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority_pem)
}

async fn visit(
    socket: TcpStream,
    door: MailDoor,
    tls: TlsAcceptor,
    state: Arc<State>,
) -> std::io::Result<()> {
    if door == MailDoor::Tls {
        let mut talk = Talk::over(tls.accept(socket).await?, state);
        talk.say("220 sink").await?;
        return talk.go_on(false).await.map(drop);
    }
    let mut talk = Talk::over(socket, Arc::clone(&state));
    talk.say("220 sink").await?;
    if talk.go_on(door == MailDoor::StartTls).await? {
        let socket = talk.stream.into_inner();
        Talk::over(tls.accept(socket).await?, state).go_on(false).await?;
    }
    Ok(())
}

struct Talk<S: AsyncRead + AsyncWrite + Unpin> {
    stream: BufStream<S>,
    state: Arc<State>,
    user: Option<String>,
    recipients: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn over(stream: S, state: Arc<State>) -> Self {
        Self { stream: BufStream::new(stream), state, user: None, recipients: Vec::new() }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// True where the client wants TLS now.
    async fn go_on(&mut self, tls_first: bool) -> std::io::Result<bool> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Ok(false);
            }
            let command = line.trim_end();
            let verb = command.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            match verb.as_str() {
                "EHLO" if tls_first => self.say("250-sink\r\n250 STARTTLS").await?,
                "EHLO" => self.say("250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME").await?,
                "STARTTLS" if tls_first => {
                    self.say("220 go").await?;
                    return Ok(true);
                }
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(false);
                }
                _ if tls_first => self.say("530 TLS first").await?,
                "AUTH" => {
                    self.user = command.split(' ').nth(2).map(str::to_owned);
                    self.say("235 ok").await?;
                }
                "RCPT" => {
                    self.recipients.push(between(command));
                    self.say("250 ok").await?;
                }
                "DATA" => self.take().await?,
                _ => self.say("250 ok").await?,
            }
        }
    }

    async fn take(&mut self) -> std::io::Result<()> {
        self.say("354 go").await?;
        let (mut text, mut line) = (String::new(), String::new());
        while self.stream.read_line(&mut line).await? > 0 && line != ".\r\n" {
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            line.clear();
        }
        let recipients = std::mem::take(&mut self.recipients);
        match self.state.refusing.load(Ordering::SeqCst) {
            0 => {
                let mail = Mail { user: self.user.clone(), recipients, text };
                self.state.kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                self.say("250 kept").await
            }
            code => self.say(&format!("{code} no")).await,
        }
    }
}

fn between(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
