//! Where mail goes, as configured.

use std::{fs, net::IpAddr, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tacenda_accounts::{MailServer, Post, Security};
use tacenda_kernel::Secret;
use url::Url;

use crate::folder::{DataFolder, refuse_shared};

/// The part `[mail]` of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtps://` for TLS (port 465), `smtp://` for STARTTLS (port 587), `smtp+plain://` for neither (port 25), on this
    /// host only; then `user@` where the server wants one (an `@` in it is written `%40`), host and port.
    pub smtp: String,
    /// The sender: an address, or `Name <address>`.
    pub from: String,
    /// The file with the user's password, mode 0600.
    pub password_file: Option<PathBuf>,
    /// The certificate authorities that the server is believed by (PEM); those of this machine where it is not said.
    pub authorities: Option<PathBuf>,
}

impl MailSettings {
    /// Whether mail would cross a network in the clear.
    #[must_use]
    pub fn is_plain_beyond_loopback(&self) -> bool {
        let Ok(url) = Url::parse(&self.smtp) else { return false };
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        url.scheme() == "smtp+plain" && !loopback
    }

    /// The way there.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn post(&self, origin: &str) -> Result<Post> {
        if self.is_plain_beyond_loopback() {
            bail!("smtp+plain:// is for a server on this host; use smtps:// or smtp://");
        }
        Post::by_server(self.server()?, &self.from, origin).context("in [mail]")
    }

    fn server(&self) -> Result<MailServer> {
        let url = Url::parse(&self.smtp).ok().context("smtp is no URL")?;
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp+plain" => (Security::None, 25),
            _ => bail!("smtp begins with smtps://, smtp:// or smtp+plain://"),
        };
        let more = !matches!(url.path(), "" | "/") || url.query().is_some();
        if more || url.fragment().is_some() {
            bail!("smtp ends after the host and its port");
        }
        let authorities = self.authorities.as_ref().map(|path| {
            fs::read(path)
                .with_context(|| format!("cannot read the certificate authorities {}", path.display()))
        });
        Ok(MailServer {
            host: url.host_str().context("smtp names no host")?.to_owned(),
            port: url.port().unwrap_or(usual_port),
            security,
            credentials: self.credentials(&url)?,
            authorities: authorities.transpose()?,
        })
    }

    fn credentials(&self, url: &Url) -> Result<Option<(String, Secret<String>)>> {
        if url.password().is_some() {
            bail!(
                "smtp has a password in it; put it into a file of mode 0600 and name that as password_file"
            );
        }
        let user = percent_decoded(url.username())?;
        let Some(path) = &self.password_file else {
            if user.is_empty() {
                return Ok(None);
            }
            bail!("smtp names a user; name a password_file, too");
        };
        if user.is_empty() {
            bail!("password_file is given, and smtp names no user");
        }
        refuse_shared(path)?;
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = Secret::new(text);
        // EXPOSE: an editor's line end is no part of it.
        let password = Secret::new(text.expose().trim_end_matches(['\r', '\n']).to_owned());
        Ok(Some((user, password)))
    }
}

/// The way mail goes: as configured, or into the data folder.
///
/// # Errors
/// Where the configuration does not fit.
pub fn post(settings: Option<&MailSettings>, folder: &DataFolder, origin: &str) -> Result<Post> {
    match settings {
        Some(settings) => settings.post(origin),
        None => Post::into_folder(&folder.mail(), origin).context("the origin has no host"),
    }
}

fn percent_decoded(text: &str) -> Result<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    Ok(decoded.context("the user in smtp is not UTF-8")?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(smtp: &str) -> MailSettings {
        let (smtp, from) = (smtp.to_owned(), "Records <no-reply@example.org>".to_owned());
        MailSettings { smtp, from, password_file: None, authorities: None }
    }

    #[test]
    fn only_a_server_on_this_host_gets_mail_in_the_clear() {
        for host in ["localhost", "127.0.0.1:2525", "127.8.8.8", "[::1]:25"] {
            settings(&format!("smtp+plain://{host}")).post("https://x.example").unwrap();
        }
        for host in ["mail.example.org", "10.0.0.1", "localhost.example.org", "[2001:db8::1]", "0.0.0.0"] {
            let settings = settings(&format!("smtp+plain://{host}"));
            assert!(settings.is_plain_beyond_loopback(), "{host}");
            settings.post("https://x.example").unwrap_err();
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |settings: MailSettings| format!("{:#}", settings.post("https://x.example").unwrap_err());
        for (smtp, named) in [
            ("mail.example.org", "no URL"),
            ("https://mail.example.org", "smtp begins with"),
            ("smtps://mail.example.org/path", "ends after"),
            ("smtps://mail.example.org?tls=none", "ends after"),
            ("smtps://user:hunter2@mail.example.org", "password_file"),
            ("smtps://user@mail.example.org", "password_file"),
        ] {
            let text = error(settings(smtp));
            assert!(text.contains(named) && !text.contains("hunter2"), "{smtp}: {text}");
        }
        let from = "Records <no-reply@example.org>, Other <eve@example.org>".to_owned();
        assert!(error(MailSettings { from, ..settings("smtps://mail.example.org") }).contains("sender"));
        let authorities = Some(PathBuf::from("/nowhere/ca.pem"));
        let missing = MailSettings { authorities, ..settings("smtps://mail.example.org") };
        assert!(error(missing).contains("/nowhere/ca.pem"));
        settings("smtps://mail.example.org").post("https://x.example").unwrap();
        settings("smtp://mail.example.org:2587").post("https://x.example").unwrap();
    }

    #[test]
    fn a_user_s_password_is_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        crate::folder::write_private(&path, &Secret::new("hunter2\n".to_owned())).unwrap();
        let password_file = Some(path);
        let with =
            MailSettings { password_file, ..settings("smtps://no-reply%40example.org@mail.example.org") };
        let server = with.server().unwrap();
        let (user, password) = server.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose().as_str()), ("no-reply@example.org", "hunter2"));
        assert_eq!((server.host.as_str(), server.port), ("mail.example.org", 465));
    }
}
