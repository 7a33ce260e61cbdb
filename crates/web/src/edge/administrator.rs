//! Somebody who manages accounts: the extractor without which no page about others opens.

use axum::extract::FromRequestParts;
use http::request::Parts;
use tacenda_contracts::accounts::{BearerToken, people::PeopleError, sign_in::SessionTokenError};
use tacenda_kernel::{Role, TraceId};

use super::{
    member::{Member, SignedIn},
    next::Next,
};
use crate::{refusal::Refusal, web::Web};

/// A signed-in administrator with a token of their own, which the services verify themselves.
pub(crate) struct Administrator {
    pub(crate) member: Member,
    pub(crate) token: BearerToken,
}

impl Administrator {
    pub(crate) const fn trace(&self) -> TraceId {
        self.member.visit.trace
    }
}

impl FromRequestParts<Web> for Administrator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let SignedIn(member) = SignedIn::from_request_parts(parts, web).await?;
        let token = web.sign_in.token(&member.token, Role::Administrator, member.visit.trace).await?;
        Ok(Self { member, token: token.access_token })
    }
}

impl From<SessionTokenError> for Refusal {
    fn from(error: SessionTokenError) -> Self {
        match error {
            SessionTokenError::Ended => Self::SignInFirst(Next::default()),
            SessionTokenError::RoleNotHeld => Self::Forbidden,
            SessionTokenError::DutyFirst => Self::Elsewhere(Next::parse("/account")),
            SessionTokenError::Full => Self::Full,
            SessionTokenError::Unavailable => Self::Unavailable,
        }
    }
}

/// Everything that a page does not say beside one of its own fields.
impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Refused => Self::Forbidden,
            PeopleError::NotFound => Self::NotFound,
            PeopleError::Taken | PeopleError::Invalid(_) => Self::Malformed,
            PeopleError::Full => Self::Full,
            PeopleError::Unavailable => Self::Unavailable,
        }
    }
}
