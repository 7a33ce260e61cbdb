//! What is not done, and the page that says so: what happened, and what to do.
//!
//! A handler returns a [`Refusal`]; the layer of all pages turns it into a page, since it knows the language.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tacenda_contracts::accounts::{
    federation::FederationError,
    own_account::OwnAccountError,
    sign_in::{Duty, SignInError},
};
use tacenda_kernel::Language;

use crate::{
    edge::{
        answer::{see_other, show_with},
        next::Next,
    },
    pages::{duty::where_to_pay, error::ErrorPage},
};

/// Why a page does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such page, or not for this caller.
    NotFound,
    /// The page is there and not for this role.
    Forbidden,
    /// The form is not of a page of this server.
    ForeignForm,
    /// The form's page was opened in another session, or long ago.
    StaleForm,
    /// What was sent is no form of ours.
    Malformed,
    /// More was sent than a form of ours can have.
    TooLarge,
    /// The page is asked for with GET only, or by a form only.
    NotAllowed,
    /// Too many attempts.
    Slow {
        /// How long to wait.
        seconds: u32,
    },
    /// An identity provider did not sign anybody in.
    Provider(FederationError),
    /// A disk is full.
    Full,
    /// A service does not answer.
    Unavailable,
    /// There is no session: sign in, then go on.
    SignInFirst(Next),
    /// Nothing wrong: another page is the right one.
    Elsewhere(Next),
    /// The session owes something: do it, then go on.
    DutyFirst(Duty, Next),
    /// A factor must be proven anew, then go on.
    ProofFirst(Next),
}

impl Refusal {
    /// The status that says the same.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignForm | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Provider(FederationError::StartAgain | FederationError::NotValid) => {
                StatusCode::BAD_REQUEST
            }
            Self::Provider(FederationError::ProviderUnavailable) | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Provider(_) => StatusCode::FORBIDDEN,
            Self::SignInFirst(_) | Self::Elsewhere(_) | Self::DutyFirst(..) | Self::ProofFirst(_) => {
                StatusCode::SEE_OTHER
            }
        }
    }

    /// The page, or the way to where one can go on.
    pub(crate) fn page(&self, language: Language) -> Response {
        match self {
            // The cookie stays: where a form was sent twice, it may be of the session that the first sending raised.
            Self::SignInFirst(next) => see_other(&next.after("/sign-in")),
            Self::Elsewhere(next) => see_other(next.as_str()),
            Self::DutyFirst(duty, next) => see_other(&next.after(where_to_pay(*duty))),
            Self::ProofFirst(next) => see_other(&next.after("/sign-in/factor")),
            other => {
                let mut response = show_with(other.status(), &ErrorPage::new(other, language));
                if let Some(seconds) = other.wait() {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
        }
    }

    const fn wait(&self) -> Option<u32> {
        match self {
            Self::Slow { seconds } => Some(*seconds),
            Self::Unavailable | Self::Provider(FederationError::ProviderUnavailable) => Some(5),
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// For a page that needs a recent proof: the way there leads back here.
pub(crate) fn come_back(here: &'static str) -> impl Fn(OwnAccountError) -> Refusal {
    move |error| match error {
        OwnAccountError::ProofNeeded => Refusal::ProofFirst(Next::parse(here)),
        other => other.into(),
    }
}

/// Everything that a page does not say beside one of its own fields.
impl From<OwnAccountError> for Refusal {
    fn from(error: OwnAccountError) -> Self {
        match error {
            OwnAccountError::Ended => Self::SignInFirst(Next::default()),
            // That page leads on to the duty.
            OwnAccountError::DutyFirst => Self::Elsewhere(Next::parse("/account")),
            OwnAccountError::ProofNeeded => Self::ProofFirst(Next::parse("/account")),
            OwnAccountError::Slow { seconds } => Self::Slow { seconds },
            OwnAccountError::NotFound => Self::NotFound,
            OwnAccountError::Full => Self::Full,
            OwnAccountError::Unavailable => Self::Unavailable,
            OwnAccountError::Wrong
            | OwnAccountError::Password(_)
            | OwnAccountError::LastFactor
            | OwnAccountError::TooMany
            | OwnAccountError::KeptElsewhere
            | OwnAccountError::Malformed(_) => Self::Malformed,
        }
    }
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Slow { seconds } => Self::Slow { seconds },
            SignInError::Ended => Self::SignInFirst(Next::default()),
            SignInError::SecondFactorNeeded => Self::ProofFirst(Next::default()),
            SignInError::Wrong | SignInError::Malformed(_) => Self::Malformed,
            SignInError::Full => Self::Full,
            SignInError::Unavailable => Self::Unavailable,
        }
    }
}
