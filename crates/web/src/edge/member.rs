//! Somebody with a session: the extractors without which no page of theirs opens.

use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, Method, Uri, request::Parts};
use tacenda_contracts::accounts::sign_in::{Duty, Session, SessionError, SessionToken, Visit};

use super::{cookies::Cookie, next::Next, visitor::visit};
use crate::{
    refusal::Refusal,
    view::page::{Area, Page},
    web::Web,
};

/// A session in force, whatever it owes: only for the pages on which one pays, and for signing out.
pub(crate) struct Member {
    /// What its cookie holds.
    pub(crate) token: SessionToken,
    /// What is known of it.
    pub(crate) session: Session,
    /// From where it is used.
    pub(crate) visit: Visit,
    /// The page that is asked for, to come back to.
    pub(crate) here: Next,
}

/// A session that owes nothing.
pub(crate) struct SignedIn(pub(crate) Member);

impl Member {
    /// The frame of a page of theirs.
    pub(crate) fn page(&self, area: Area) -> Page {
        // EXPOSE: a form carries the session's token for forms.
        let form = self.session.csrf.expose().clone();
        Page::new(self.session.language, form, area, Some(&self.session))
    }

    /// The first thing owed.
    pub(crate) fn duty(&self) -> Option<Duty> {
        self.session.duties.first().copied()
    }
}

/// The session of a request, if there is one in force.
pub(crate) async fn find(
    web: &Web,
    headers: &HeaderMap,
    extensions: &Extensions,
    here: Next,
) -> Result<Option<Member>, Refusal> {
    let Some(token) = Cookie::Session.read(web, headers) else { return Ok(None) };
    let visit = visit(web, headers, extensions);
    match web.sign_in.session(&token, &visit).await {
        Ok(session) => Ok(Some(Member { token, session, visit, here })),
        Err(SessionError::Ended) => Ok(None),
        Err(SessionError::Full) => Err(Refusal::Full),
        Err(SessionError::Unavailable) => Err(Refusal::Unavailable),
    }
}

/// The page to come back to: the one asked for, or, after a form, the one that the form was on.
fn here(method: &Method, uri: &Uri) -> Next {
    match (method, uri.path_and_query()) {
        (&Method::GET, Some(path)) => Next::parse(path.as_str()),
        _ => Next::default(),
    }
}

impl FromRequestParts<Web> for Member {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let here = here(&parts.method, &parts.uri);
        let found = find(web, &parts.headers, &parts.extensions, here.clone()).await?;
        found.ok_or(Refusal::SignInFirst(here))
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let member = Member::from_request_parts(parts, web).await?;
        match member.duty() {
            None => Ok(Self(member)),
            Some(duty) => Err(Refusal::DutyFirst(duty, member.here)),
        }
    }
}

impl std::ops::Deref for SignedIn {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}
