//! Somebody with a browser, signed in or not.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, FromRequestParts};
use data_encoding::BASE64URL_NOPAD;
use http::{Extensions, HeaderMap, header, request::Parts};
use ipnet::IpNet;
use tacenda_contracts::accounts::sign_in::Visit;
use tacenda_kernel::{Language, Random, Secret, TraceId};

use super::cookies::Cookie;
use crate::{
    view::page::{Area, Page},
    web::Web,
    words::accepted_language,
};

const LONGEST_AGENT: usize = 200;

/// The key of forms that need no session; the layer of all pages puts it there and sets its cookie.
#[derive(Clone)]
pub(crate) struct FormKey(pub(crate) Secret<String>);

impl FormKey {
    /// 256 bits, base64url.
    pub(crate) fn make(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(Secret::new(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// Whether the text is one that [`FormKey::make`] could have made.
    pub(crate) fn is_one(text: &str) -> bool {
        BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)
    }
}

/// A browser and what it says of itself.
pub(crate) struct Visitor {
    /// From where.
    pub(crate) visit: Visit,
    /// In which language it asks for pages.
    pub(crate) language: Language,
    form: Secret<String>,
}

impl Visitor {
    /// The frame of a page that anybody may see.
    pub(crate) fn page(&self) -> Page {
        // EXPOSE: a form carries the key that its cookie repeats.
        Page::new(self.language, self.form.expose().clone(), Area::None, None)
    }

    /// What this browser holds, signed in or not, and no other: 256 bits, base64url.
    pub(crate) const fn browser(&self) -> &Secret<String> {
        &self.form
    }

    /// The same in another language.
    pub(crate) fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let form = parts.extensions.get::<FormKey>().map(|key| key.0.clone());
        Ok(Self {
            visit: visit(web, &parts.headers, &parts.extensions),
            language: accepted_language(&parts.headers),
            form: form.unwrap_or_else(|| Secret::new(String::new())),
        })
    }
}

/// From where a request comes.
pub(crate) fn visit(web: &Web, headers: &HeaderMap, extensions: &Extensions) -> Visit {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent = text(header::USER_AGENT).chars().filter(|c| !c.is_control()).take(LONGEST_AGENT);
    // Whoever observes requests may have named this one already.
    let trace = extensions.get::<TraceId>().copied();
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let network = peer.map(|peer| caller(peer, headers, &web.trusted_proxies));
    Visit {
        network,
        agent: agent.collect(),
        device: Cookie::Device.read(web, headers),
        trace: trace.unwrap_or_else(|| TraceId::make(web.random.as_ref())),
    }
}

/// From where a request comes that this peer brought.
///
/// SECURITY: a proxy is believed where it is on this host or named by the operator, and of what it hands on only what such
/// a proxy wrote itself: of the addresses, read from the end, the first that is no proxy's.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || trusted.iter().any(|network| network.contains(&address))
    };
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut handed_on = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let mut caller = peer;
    while is_proxy(caller)
        && let Some(Ok(before)) = handed_on.next().map(|text| text.trim().parse())
    {
        caller = before;
    }
    caller
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_that_are_trusted_say_from_where_a_request_comes() {
        let trusted: Vec<IpNet> = ["10.1.0.0/16", "2001:db8::/64"].map(|text| text.parse().unwrap()).into();
        let of = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            caller(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(of("198.51.100.1", &["203.0.113.9"]), "198.51.100.1", "a stranger says anything");
        for proxy in ["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"] {
            assert_eq!(of(proxy, &["192.0.2.66, 203.0.113.9"]), "203.0.113.9", "{proxy}");
            assert_eq!(of(proxy, &["192.0.2.66", "203.0.113.9"]), "203.0.113.9", "{proxy}");
            assert_eq!(of(proxy, &["192.0.2.66, 203.0.113.9, 10.1.2.4"]), "203.0.113.9", "two proxies");
            assert_eq!(of(proxy, &[]), proxy);
            assert_eq!(of(proxy, &["203.0.113.9, unknown"]), proxy);
        }
        assert_eq!(of("10.2.0.1", &["203.0.113.9"]), "10.2.0.1");
    }
}
