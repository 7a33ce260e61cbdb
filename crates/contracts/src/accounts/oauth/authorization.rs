//! The authorization request (RFC 6749 §4.1.1): what it needs, what the person is asked, and why it is refused.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tacenda_kernel::{Interactions, Role, ScopeContext, Secret};

/// Where the browser is to be sent: an absolute URL that may carry an authorization code. Answer 303 with it.
pub type Location = Secret<String>;

/// What an authorization request needs next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    /// Somebody must sign in, or the same person again: then come back with this query.
    SignIn {
        /// Whether a session is there and must be proven anew (`prompt=login`, `max_age`).
        again: bool,
        /// The query to come back with.
        then: String,
    },
    /// The session's duties come first: then come back with this query.
    Duties {
        /// The query to come back with.
        then: String,
    },
    /// The person is asked: show the page.
    Ask(Box<Question>),
    /// The person was asked before: send the browser on.
    Redirect(#[serde(with = "tacenda_kernel::kept")] Location),
}

/// What the page asks the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// What the application is called.
    pub application: String,
    /// The host that the browser goes to with the answer; none where that is a program on the person's own computer.
    pub host: Option<String>,
    /// Whether the application can prove that it is the one it says. One that cannot deserves a warning.
    pub proves_itself: bool,
    /// The roles that fit, at least one. With one there is nothing to choose.
    pub roles: Vec<Role>,
    /// What the application asks for.
    pub scopes: Vec<Meaning>,
    /// Whether a patient must be named with the answer: for the role of a patient themselves ([`super::launch::LaunchPatients::own`]),
    /// for other roles one whom the person chooses ([`super::launch::LaunchPatients::find`]).
    pub needs_patient: bool,
}

/// What a scope means, for the page to say in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Meaning {
    /// `openid`: to know that it is this person.
    Identity,
    /// `profile`: their name.
    Name,
    /// `fhirUser`: which resource describes them.
    OwnResource,
    /// `launch/patient`: to be told which patient it is about.
    Patient,
    /// `online_access`: to go on until the person signs out.
    WhileSignedIn,
    /// `offline_access`: to go on, also while the person is away.
    WhileAway,
    /// `role:…`: everything the person may do in this role.
    Everything(Role),
    /// Interactions with records.
    Records {
        /// Whose.
        context: ScopeContext,
        /// Of which FHIR type; none for every type.
        kind: Option<String>,
        /// What may be done with them.
        interactions: Interactions,
    },
}

/// What the person answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Decision {
    /// The application may.
    Allow {
        /// In which of the offered roles.
        role: Role,
        /// The id of the patient, where one must be named: a FHIR id as callers of this role see it.
        patient: Option<String>,
    },
    /// It may not.
    Deny,
}

/// An authorization request is not answered with a code.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizeError {
    /// Say it on a page, and send the browser nowhere: where it would go is not known to be the application.
    #[error(transparent)]
    Page(#[from] AuthorizeFault),
    /// Send the browser there: the application's own address, with an error code of RFC 6749 §4.1.2.1.
    #[error("the authorization request was refused")]
    Redirect(#[source] Refused),
    /// The session is over: begin again.
    #[error("the session is over; sign in again")]
    Ended,
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("applications cannot be authorised now; try again in a minute")]
    Unavailable,
}

/// Where the browser goes with an error.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize)]
#[error("{code}")]
pub struct Refused {
    /// The error code.
    pub code: Cow<'static, str>,
    /// The application's address with the error.
    #[serde(with = "tacenda_kernel::kept")]
    pub location: Location,
}

impl PartialEq for Refused {
    fn eq(&self, other: &Self) -> bool {
        // EXPOSE: two addresses are compared.
        self.code == other.code && self.location.expose() == other.location.expose()
    }
}

impl Eq for Refused {}

/// Why a request cannot be answered at the application's address.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizeFault {
    /// `client_id` is missing, unknown, or of an application that was disabled or uses no pages.
    #[error("no such application is registered here: ask whoever runs it")]
    UnknownApplication,
    /// `redirect_uri` is missing, or not exactly one that is registered.
    #[error("the application wants its answer at an address that is not registered: ask whoever runs it")]
    UnknownAddress,
    /// The query cannot be read, is too long, or says something twice.
    #[error("the application sent a request that cannot be read: ask whoever runs it")]
    Malformed,
    /// The role or patient of the answer was not among those offered.
    #[error("that answer was not among those offered: go back and choose again")]
    NotOffered,
}

impl AuthorizeFault {
    /// The reason code in the ledger.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownApplication => "unknown-application",
            Self::UnknownAddress => "unknown-address",
            Self::Malformed => "malformed-request",
            Self::NotOffered => "not-offered",
        }
    }
}
