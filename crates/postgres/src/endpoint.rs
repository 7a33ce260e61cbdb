//! Where a database is and as whom to connect to it.

use std::{
    fmt,
    future::Future,
    net::IpAddr,
    path::{Path, PathBuf},
    pin::Pin,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use tokio_postgres::{
    Client, Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    DatabaseError,
    mishap::Mishap,
    password::{Password, PasswordSource},
    tls::{self, TlsFiles},
};

/// How long making a connection may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The future that carries a connection's traffic; it ends when the connection does.
pub(crate) type Traffic = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why a database URL is refused. No variant repeats the URL: it holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It does not have the form of a PostgreSQL URL.
    #[error("not a PostgreSQL URL; use postgresql://user:password@host:port/database?sslmode=verify-full")]
    Malformed,
    /// It names no user or no database, which would otherwise be guessed from the environment.
    #[error("the database URL names no {0}")]
    Missing(&'static str),
    /// It would send rows and passwords in the clear to another machine.
    #[error(
        "plain TCP to {host}, which is beyond this machine: add sslmode=verify-full to the database URL, \
         and sslrootcert=<file> if its certificate authority is your own"
    )]
    PlainBeyondLoopback {
        /// The host's name or address.
        host: String,
    },
    /// A file that should hold certificates or a key does not.
    #[error("{path}: cannot be read, or holds no usable PEM")]
    Pem {
        /// The file.
        path: String,
    },
    /// A client certificate needs both.
    #[error("the database URL needs sslcert and sslkey together")]
    HalfClientCertificate,
    /// The password would be in two places.
    #[error(
        "the database URL has a password in it, and a password file is named as well: leave one of them out"
    )]
    TwoPasswords,
    /// The TLS library refused its own defaults.
    #[error("TLS 1.3 is not available")]
    Tls,
}

/// A database, a role in it, and how to get there.
#[derive(Clone)]
pub struct Endpoint {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// Shared with every connection that is made later.
    password: Password,
    mishap: Arc<Mishap>,
}

/// SECURITY: the driver's own `Debug` is not used, so that no password can slip in.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("database", &self.database()).field("role", &self.role()).finish()
    }
}

impl Endpoint {
    /// Reads a URL (`postgresql://…`) as libpq writes it, with `sslmode`, `sslrootcert` (a file, or `system`),
    /// `sslcert` and `sslkey`. Every `sslmode` that asks for TLS is taken as `verify-full`, and TLS means TLS 1.3.
    ///
    /// # Errors
    /// See [`EndpointError`].
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let (url, files, strict) = take_tls_options(url)?;
        let mut config = Config::from_str(&url).map_err(|_| EndpointError::Malformed)?;
        if strict {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_user().is_none() {
            return Err(EndpointError::Missing("user"));
        }
        if config.get_dbname().is_none() {
            return Err(EndpointError::Missing("database"));
        }
        if config.get_ssl_mode() == SslMode::Require {
            let tls = Some(tls::connector(&files)?);
            return Ok(Self::over(config, tls));
        }
        if let Some(host) = beyond_this_machine(&config) {
            return Err(EndpointError::PlainBeyondLoopback { host });
        }
        config.ssl_mode(SslMode::Disable);
        Ok(Self::over(config, None))
    }

    /// A role of a database behind a socket of this machine.
    pub(crate) fn on_socket(directory: &Path, database: &str, role: &str, password: Option<&str>) -> Self {
        let mut config = Config::new();
        config.host_path(directory).dbname(database).user(role).ssl_mode(SslMode::Disable);
        if let Some(password) = password {
            config.password(password);
        }
        Self::over(config, None)
    }

    fn over(mut config: Config, tls: Option<MakeRustlsConnect>) -> Self {
        // A machine that vanishes without a word must not keep requests waiting.
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(CONNECT_TIMEOUT);
        let password = Password::new(config.get_password());
        Self { config, tls, password, mishap: Arc::default() }
    }

    /// The same endpoint, whose password is the first line of that file at the time of each connection.
    ///
    /// # Errors
    /// [`EndpointError::TwoPasswords`] where the URL has one as well.
    pub fn with_password_file(self, path: PathBuf) -> Result<Self, EndpointError> {
        if self.config.get_password().is_some() {
            return Err(EndpointError::TwoPasswords);
        }
        self.password.replace(PasswordSource::File(path));
        Ok(self)
    }

    /// Has every later connection of this endpoint, and of all that were made of it, use the other's password.
    pub fn take_password_of(&self, other: &Self) {
        self.password.replace(other.password.source());
    }

    /// Whether the other leads to the same place by the same password.
    #[must_use]
    pub fn has_password_of(&self, other: &Self) -> bool {
        self.password.source() == other.password.source()
    }

    /// Whether the other leads to the same database in the same role, by whatever password.
    #[must_use]
    pub fn leads_where(&self, other: &Self) -> bool {
        let place = |endpoint: &Self| {
            let config = &endpoint.config;
            let hosts =
                (config.get_hosts().to_vec(), config.get_hostaddrs().to_vec(), config.get_ports().to_vec());
            (hosts, endpoint.database().to_owned(), endpoint.role().to_owned())
        };
        place(self) == place(other)
    }

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The role's name.
    #[must_use]
    pub fn role(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// One connection, outside any pool, for tools and tests. Its traffic runs on the current tokio runtime.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] where nobody answers; [`DatabaseError::Other`] where the role may not enter.
    pub async fn connect(&self) -> Result<Client, DatabaseError> {
        let (client, traffic) = self.open().await.map_err(|error| DatabaseError::from(&error))?;
        tokio::spawn(traffic);
        Ok(client)
    }

    /// The same endpoint with settings for each session, as `name=value`.
    pub(crate) fn with_settings(&self, application: &str, settings: &[(&str, String)]) -> Self {
        let mut config = self.config.clone();
        let own = config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        let added: Vec<String> = settings.iter().map(|(name, value)| format!("-c {name}={value}")).collect();
        config.options(format!("{own}{}", added.join(" "))).application_name(application);
        Self {
            config,
            tls: self.tls.clone(),
            password: self.password.clone(),
            mishap: Arc::clone(&self.mishap),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// As [`Self::open`], and says in the log why there is no connection, and when there is one again.
    pub(crate) async fn open_or_say(&self) -> Result<(Client, Traffic), tokio_postgres::Error> {
        let opened = self.open().await;
        self.mishap.note(self, opened.as_ref().err());
        opened
    }

    pub(crate) async fn open(&self) -> Result<(Client, Traffic), tokio_postgres::Error> {
        let mut config = self.config.clone();
        if let Some(password) = self.password.now() {
            // EXPOSE: the driver proves it to the server.
            config.password(password.expose());
        }
        match &self.tls {
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                Ok((client, Box::pin(traffic(connection))))
            }
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                Ok((client, Box::pin(traffic(connection))))
            }
        }
    }
}

/// SECURITY: why a connection ended is not logged in the server's words.
async fn traffic(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if connection.await.is_err() {
        tracing::debug!("a database connection ended");
    }
}

/// Takes what the driver does not know out of the URL: files, and the modes that verify.
fn take_tls_options(url: &str) -> Result<(String, TlsFiles, bool), EndpointError> {
    if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
        return Err(EndpointError::Malformed);
    }
    let (mut files, mut strict) = (TlsFiles::default(), false);
    let Some((base, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), files, strict));
    };
    let mut kept = Vec::new();
    for option in query.split('&') {
        match option.split_once('=') {
            Some(("sslrootcert", path)) => files.roots = Some(path.to_owned()),
            Some(("sslcert", path)) => files.certificate = Some(path.to_owned()),
            Some(("sslkey", path)) => files.key = Some(path.to_owned()),
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => strict = true,
            _ => kept.push(option),
        }
    }
    let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    Ok((url, files, strict))
}

/// The first host that plain TCP must not reach.
fn beyond_this_machine(config: &Config) -> Option<String> {
    let by_address = config.get_hostaddrs().iter().find(|address| !address.is_loopback());
    let by_name = config.get_hosts().iter().find_map(|host| match host {
        Host::Unix(_) => None,
        Host::Tcp(name) if name == "localhost" => None,
        Host::Tcp(name) => match name.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => None,
            Ok(_) | Err(_) => Some(name.clone()),
        },
    });
    by_address.map(ToString::to_string).or(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> EndpointError {
        Endpoint::parse(url).expect_err("must be refused")
    }

    #[test]
    fn plain_tcp_stays_on_this_machine() {
        for url in ["postgresql://u:p@10.0.0.7/d", "postgresql://u:p@db.example/d?sslmode=prefer"] {
            assert!(matches!(refusal(url), EndpointError::PlainBeyondLoopback { .. }), "{url}");
        }
        let hidden = refusal("postgresql://u:p@localhost/d?hostaddr=10.0.0.7");
        assert_eq!(hidden, EndpointError::PlainBeyondLoopback { host: "10.0.0.7".to_owned() });
        for url in
            ["postgresql://u:p@127.0.0.1/d", "postgresql://u:p@[::1]/d", "postgresql://u@%2Frun%2Fpg/d"]
        {
            assert!(Endpoint::parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn one_plain_host_among_several_is_enough_to_refuse() {
        let error = refusal("postgresql://u:p@localhost,10.1.1.1/d");
        assert_eq!(error, EndpointError::PlainBeyondLoopback { host: "10.1.1.1".to_owned() });
    }

    #[test]
    fn asking_for_tls_needs_authorities_that_can_be_read() {
        let error = refusal("postgresql://u:p@db.example/d?sslmode=verify-full&sslrootcert=/nonexistent.pem");
        assert_eq!(error, EndpointError::Pem { path: "/nonexistent.pem".to_owned() });
    }

    #[test]
    fn nothing_is_guessed_from_the_environment() {
        assert_eq!(refusal("postgresql://localhost/d"), EndpointError::Missing("user"));
        assert_eq!(refusal("postgresql://u@localhost"), EndpointError::Missing("database"));
        assert_eq!(refusal("host=localhost user=u dbname=d"), EndpointError::Malformed);
    }

    #[test]
    fn a_password_is_in_no_debug_text() {
        let endpoint = Endpoint::parse("postgresql://u:hunter2@localhost/d").expect("is well formed");
        assert!(!format!("{endpoint:?}").contains("hunter2"));
    }
}
