//! Somebody with a browser, signed in or not.

use std::{convert::Infallible, net::SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use data_encoding::BASE64URL_NOPAD;
use http::{Extensions, HeaderMap, header, request::Parts};
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
    let lines = headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default());
    let network = peer.map(|peer| web.trusted_proxies.caller(peer, lines));
    Visit {
        network,
        agent: agent.collect(),
        device: Cookie::Device.read(web, headers),
        trace: trace.unwrap_or_else(|| TraceId::make(web.random.as_ref())),
    }
}
