//! What a form sent: from a page of this server, of a size that forms have, with the token of its page.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use http::{Extensions, HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use subtle::ConstantTimeEq;
use tacenda_kernel::Secret;

use super::{member::find, next::Next, origin::is_ours, visitor::FormKey};
use crate::{refusal::Refusal, web::Web};

/// No form of ours is larger; a passkey's answer is the largest.
const LONGEST: usize = 64 << 10;
/// The field of every form that carries its token.
const TOKEN: &str = "form_token";

/// Whose token a form carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The session's: everything that is done by somebody signed in.
    Session,
    /// The one that a cookie of this browser repeats: where nobody is signed in yet.
    Cookie,
    /// The session's or the cookie's: a passkey is asked for on pages of both kinds.
    Either,
}

/// The fields of a form.
pub(crate) trait Fields: DeserializeOwned {
    /// Whose token it carries.
    const GUARD: Guard = Guard::Session;
}

/// What was sent.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: Fields> FromRequest<Web> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        if !is_ours(&parts.headers, &web.origin) {
            return Err(Refusal::ForeignForm);
        }
        let sent = read(&parts.headers, body).await?;
        let token = form_urlencoded::parse(&sent).find(|(name, _)| name == TOKEN);
        let token = Secret::new(token.map(|(_, value)| value.into_owned()).unwrap_or_default());
        let cookie = || parts.extensions.get::<FormKey>().is_some_and(|key| same(&key.0, &token));
        let valid = match T::GUARD {
            Guard::Cookie => cookie(),
            Guard::Session => {
                let right = session_token(web, &parts.headers, &parts.extensions).await?;
                same(&right.ok_or(Refusal::SignInFirst(Next::default()))?, &token)
            }
            Guard::Either => {
                let right = session_token(web, &parts.headers, &parts.extensions).await?;
                right.is_some_and(|right| same(&right, &token)) || cookie()
            }
        };
        if !valid {
            return Err(Refusal::StaleForm);
        }
        serde_html_form::from_bytes(&sent).map(Self).map_err(|_| Refusal::Malformed)
    }
}

async fn session_token(
    web: &Web,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Secret<String>>, Refusal> {
    let member = find(web, headers, extensions, Next::default()).await?;
    Ok(member.map(|member| member.session.csrf))
}

/// Whether these are the same token of forms.
pub(crate) fn same(right: &Secret<String>, sent: &Secret<String>) -> bool {
    // EXPOSE: compared in constant time, and not empty.
    let (right, sent) = (right.expose().as_bytes(), sent.expose().as_bytes());
    !right.is_empty() && bool::from(right.ct_eq(sent))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::Malformed);
    }
    match Limited::new(body, LONGEST).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::Malformed),
    }
}

/// For a field that nobody else should see.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// For a field of which a form has several: no form of ours has more.
pub(crate) fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    const MOST: usize = 16;
    let values = Vec::<String>::deserialize(deserializer)?;
    if values.len() > MOST { Err(D::Error::custom("too many")) } else { Ok(values) }
}

/// A form of nothing but its token: a button.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

impl Fields for Nothing {}
