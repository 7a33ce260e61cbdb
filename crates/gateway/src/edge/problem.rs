//! Every error, as an OperationOutcome: what to do, at which element, without any value.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tacenda_fhir::{Issue, IssueCode, outcome_bytes};
use tacenda_records::RecordsError;

use super::headers::FHIR_JSON;

/// A refusal as the world sees it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) issues: Vec<Issue>,
    /// What a token would have to be like (RFC 6750 §3, RFC 9470 §3).
    pub(crate) challenge: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: IssueCode, reason: &'static str) -> Self {
        Self { status, issues: vec![Issue::new(code, reason)], challenge: None }
    }

    pub(crate) fn invalid(issues: Vec<Issue>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, issues, challenge: None }
    }

    pub(crate) fn unauthenticated() -> Self {
        let reason =
            "a valid access token is needed: send Authorization: Bearer <token>; tokens last 5 minutes";
        let challenge = Some("Bearer");
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, IssueCode::Login, reason) }
    }

    pub(crate) fn unavailable() -> Self {
        let reason = "records are not available now, and nothing was disclosed; try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, IssueCode::Transient, reason)
    }

    pub(crate) fn busy() -> Self {
        let reason =
            "too much is under way, and this was not begun or not shown; try again after a few seconds";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, IssueCode::Throttled, reason)
    }

    pub(crate) fn host() -> Self {
        let reason =
            "a request names its host once: send one Host header, and in HTTP/2 the same as :authority";
        Self::new(StatusCode::BAD_REQUEST, IssueCode::Structure, reason)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, IssueCode::NotFound, "there is nothing there for this caller")
    }

    /// The OperationOutcome's JSON text.
    pub(crate) fn outcome(&self) -> Vec<u8> {
        outcome_bytes(&self.issues)
    }
}

impl From<RecordsError> for Problem {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Unauthenticated => Self::unauthenticated(),
            RecordsError::Forbidden => {
                let reason = "this role may not do that here, or not for this purpose of use";
                Self::new(StatusCode::FORBIDDEN, IssueCode::Forbidden, reason)
            }
            RecordsError::OutOfScope => Self {
                challenge: Some("Bearer error=\"insufficient_scope\""),
                ..Self::new(
                    StatusCode::FORBIDDEN,
                    IssueCode::Forbidden,
                    "the application was not given access to that: ask for a scope of this type and interaction",
                )
            },
            RecordsError::ProofNeeded => Self {
                challenge: Some("Bearer error=\"insufficient_user_authentication\", max_age=\"900\""),
                ..Self::new(
                    StatusCode::UNAUTHORIZED,
                    IssueCode::Login,
                    "this needs a proof of the last 15 minutes of who you are: sign in again and use a new token",
                )
            },
            RecordsError::NotFound => Self::not_found(),
            RecordsError::Gone(_) => {
                Self::new(StatusCode::GONE, IssueCode::Deleted, "the resource was deleted")
            }
            RecordsError::Conflict => {
                let reason =
                    "the resource has another version now: read it again and send its ETag as If-Match";
                Self::new(StatusCode::PRECONDITION_FAILED, IssueCode::Conflict, reason)
            }
            RecordsError::Invalid(issues) => Self { status: status_of(&issues), ..Self::invalid(issues) },
            RecordsError::ReadOnly => {
                let reason = "the server itself writes this: it can be read and searched, and nothing else";
                Self::new(StatusCode::METHOD_NOT_ALLOWED, IssueCode::NotSupported, reason)
            }
            RecordsError::Damaged => {
                let reason = "a stored record was damaged and is not shown; tell the security officer";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, IssueCode::Exception, reason)
            }
            RecordsError::Full => {
                let reason = "a disk of the server is full; nothing was written and nothing disclosed: tell the operator to give the databases space, then try again";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, IssueCode::NoStore, reason)
            }
            RecordsError::OtherRights => {
                let reason = "what the caller may see is not what it was on the pages before: begin anew, without _cursor";
                Self::new(StatusCode::GONE, IssueCode::BusinessRule, reason)
            }
            RecordsError::Unavailable => Self::unavailable(),
            RecordsError::Repeated => {
                let reason = "a transaction with this Idempotency-Key was done before";
                Self::new(StatusCode::CONFLICT, IssueCode::Conflict, reason)
            }
        }
    }
}

/// Well-formed FHIR that breaks a rule is 422; the rest is 400 (FHIR R4 §3.1.0.8.1).
fn status_of(issues: &[Issue]) -> StatusCode {
    let rule = |issue: &Issue| matches!(issue.code, IssueCode::BusinessRule | IssueCode::NotFound);
    if issues.iter().all(rule) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.outcome()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
