//! How mail leaves: to an SMTP server over TLS, or into a folder where no server is configured.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use tacenda_kernel::Secret;
use tokio::{fs, io::AsyncWriteExt, time::timeout};

/// For each command of the server; less than the pause before the next try, all together.
const COMMAND: Duration = Duration::from_secs(20);
const MESSAGE: Duration = Duration::from_secs(50);
/// How many messages the folder keeps.
const KEPT: usize = 500;

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after STARTTLS (RFC 3207); a server that does not offer it gets nothing.
    StartTls,
    /// None: for a server on this host.
    None,
}

/// An SMTP server that takes mail for everybody.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: Security,
    /// User and password, where it wants them.
    pub credentials: Option<(String, Secret<String>)>,
    /// The certificate authorities it is believed by (PEM); those of this machine where it is not said.
    pub authorities: Option<Vec<u8>>,
}

/// Mail cannot be sent as configured.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoPost {
    /// `from` is no address, with or without a name.
    #[error("the sender is no e-mail address; write it as Name <user@example.org>")]
    Sender,
    /// The authorities are no certificates.
    #[error("the file of certificate authorities holds no certificate (PEM)")]
    Authorities,
    /// TLS cannot be spoken with this host name.
    #[error("TLS cannot be set up for this mail server")]
    Tls,
}

/// A message did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// The server said no to this message, with this code.
    Message(u16),
    /// Nobody to say yes or no.
    Server,
}

/// Takes messages.
pub struct Post {
    pub(super) from: Mailbox,
    pub(super) origin: String,
    way: Way,
}

enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Server(_) => "Post(server)",
            Way::Folder(_) => "Post(folder)",
        })
    }
}

impl Post {
    /// By a server. Links in mail are below `origin`, the public URL.
    ///
    /// # Errors
    /// [`NoPost`]
    pub fn by_server(server: MailServer, from: &str, origin: &str) -> Result<Self, NoPost> {
        let from: Mailbox = from.parse().map_err(|_| NoPost::Sender)?;
        let tls = match server.security {
            Security::Tls => Tls::Wrapper(parameters(&server)?),
            Security::StartTls => Tls::Required(parameters(&server)?),
            Security::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(COMMAND))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some((user, password)) = server.credentials {
            // EXPOSE: the server asks for it.
            transport = transport.credentials(Credentials::new(user, password.expose().clone()));
        }
        Ok(Self { from, origin: origin.to_owned(), way: Way::Server(transport.build()) })
    }

    /// Into a folder, as `.eml` files that only their owner may read: for the demo, and until a server is configured.
    ///
    /// # Errors
    /// [`NoPost::Sender`] where the origin has no host.
    pub fn into_folder(folder: &Path, origin: &str) -> Result<Self, NoPost> {
        let host = origin.split("://").nth(1).unwrap_or_default();
        let host = host.split([':', '/']).next().unwrap_or_default();
        let from = format!("Tacenda <no-reply@{host}>").parse().map_err(|_| NoPost::Sender)?;
        Ok(Self { from, origin: origin.to_owned(), way: Way::Folder(folder.to_owned()) })
    }

    /// Hands the message over. `name` is that of a file, should it become one.
    pub(super) async fn deliver(&self, message: &Message, name: &str) -> Result<(), Undelivered> {
        match &self.way {
            Way::Server(transport) => send(transport, message).await,
            Way::Folder(folder) => keep(folder, name, &message.formatted()).await.map_err(|error| {
                tracing::warn!(kind = %error.kind(), "the mail folder cannot be written");
                Undelivered::Server
            }),
        }
    }
}

fn parameters(server: &MailServer) -> Result<TlsParameters, NoPost> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authorities {
        let authorities = Certificate::from_pem(pem).map_err(|_| NoPost::Authorities)?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authorities);
    }
    builder.build().map_err(|_| NoPost::Tls)
}

/// SECURITY: what the server says is dropped but for its code: it quotes addresses.
async fn send(transport: &AsyncSmtpTransport<Tokio1Executor>, message: &Message) -> Result<(), Undelivered> {
    match timeout(MESSAGE, transport.send(message.clone())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.status().map_or(Undelivered::Server, |code| {
            Undelivered::Message(code.to_string().parse().unwrap_or_default())
        })),
        Err(_) => Err(Undelivered::Server),
    }
}

/// Whole or not at all: it appears under its name once it is written. The oldest go.
async fn keep(folder: &Path, name: &str, message: &[u8]) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
    let (part, whole) = (folder.join(format!(".{name}")), folder.join(name));
    let _ = fs::remove_file(&part).await;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).await?;
    file.write_all(message).await?;
    file.flush().await?;
    fs::rename(&part, &whole).await?;
    let mut names = Vec::new();
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        names.extend(entry.file_name().into_string().ok().filter(|name| name.ends_with(".eml")));
    }
    names.sort_unstable();
    for oldest in names.iter().take(names.len().saturating_sub(KEPT)) {
        fs::remove_file(folder.join(oldest)).await?;
    }
    Ok(())
}
