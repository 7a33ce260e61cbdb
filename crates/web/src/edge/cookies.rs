//! The three cookies: the session, the known browser, and the key of forms that need no session.
//!
//! SECURITY: `__Host-` binds a cookie to this origin and to TLS; no neighbouring host can set or read it. Where the server
//! has a plain origin (loopback, for development) browsers take no such cookie, and the names go without the prefix.

use http::{HeaderMap, HeaderValue, header};
use tacenda_contracts::accounts::sign_in::NewSession;
use tacenda_kernel::Secret;

use crate::web::Web;

/// 400 days: the longest that browsers keep any.
const KNOWN_BROWSER_SECONDS: u32 = 400 * 86_400;
/// Longer than any value made here.
const LONGEST: usize = 512;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session's token; gone when the browser closes.
    Session,
    /// That somebody signed in here before.
    Device,
    /// The key of forms that need no session.
    Form,
}

impl Cookie {
    const fn stem(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Device => "device",
            Self::Form => "form",
        }
    }

    fn name(self, secure: bool) -> String {
        format!("{}{}", if secure { "__Host-" } else { "" }, self.stem())
    }

    /// What the browser sent; none where it sent two of the name.
    pub(crate) fn read(self, web: &Web, headers: &HeaderMap) -> Option<Secret<String>> {
        let name = self.name(web.secure());
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
        let value = found.next().filter(|value| !value.is_empty() && value.len() <= LONGEST)?;
        found.next().is_none().then(|| Secret::new(value.to_owned()))
    }

    /// A header that sets it.
    pub(crate) fn set(self, web: &Web, value: &Secret<String>) -> Option<HeaderValue> {
        let age = match self {
            Self::Device => format!("; Max-Age={KNOWN_BROWSER_SECONDS}"),
            Self::Session | Self::Form => String::new(),
        };
        // EXPOSE: the cookie is what the value is for.
        self.line(web, value.expose(), &age)
    }

    /// A header that takes it away.
    pub(crate) fn clear(self, web: &Web) -> Option<HeaderValue> {
        self.line(web, "", "; Max-Age=0")
    }

    /// `SameSite=Lax`: a link in a mail, or an application that sends somebody here, finds them signed in; a form or a
    /// script of another site does not.
    fn line(self, web: &Web, value: &str, age: &str) -> Option<HeaderValue> {
        let (name, secure) = (self.name(web.secure()), if web.secure() { "; Secure" } else { "" });
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        let mut line = HeaderValue::from_str(&line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }
}

/// Both cookies of a session that began or whose standing rose.
pub(crate) fn begun(web: &Web, session: &NewSession) -> Vec<HeaderValue> {
    let both = [Cookie::Session.set(web, &session.token), Cookie::Device.set(web, &session.device)];
    both.into_iter().flatten().collect()
}
