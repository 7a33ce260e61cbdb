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
        RecordsError::Unauthenticated.into()
    }

    pub(crate) fn unavailable() -> Self {
        RecordsError::Unavailable.into()
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
        RecordsError::NotFound.into()
    }

    /// The OperationOutcome's JSON text.
    pub(crate) fn outcome(&self) -> Vec<u8> {
        outcome_bytes(&self.issues)
    }
}

impl From<RecordsError> for Problem {
    fn from(error: RecordsError) -> Self {
        let ((status, code), challenge) = (status(&error), challenge(&error));
        let issues = match error {
            RecordsError::Invalid(issues) => issues,
            RecordsError::In { at, error } => {
                Self::from(*error).issues.into_iter().map(|issue| issue.at(at.clone())).collect()
            }
            error => vec![Issue::new(code, error.to_string())],
        };
        Self { status, issues, challenge }
    }
}

fn status(error: &RecordsError) -> (StatusCode, IssueCode) {
    match error {
        RecordsError::Invalid(issues) => (status_of(issues), IssueCode::Invalid),
        RecordsError::In { error, .. } => status(error),
        RecordsError::Unauthenticated | RecordsError::ProofNeeded => {
            (StatusCode::UNAUTHORIZED, IssueCode::Login)
        }
        RecordsError::Forbidden | RecordsError::OutOfScope => (StatusCode::FORBIDDEN, IssueCode::Forbidden),
        RecordsError::NotFound => (StatusCode::NOT_FOUND, IssueCode::NotFound),
        RecordsError::Gone(_) => (StatusCode::GONE, IssueCode::Deleted),
        RecordsError::Conflict => (StatusCode::PRECONDITION_FAILED, IssueCode::Conflict),
        RecordsError::Several => (StatusCode::PRECONDITION_FAILED, IssueCode::Invalid),
        RecordsError::ReadOnly => (StatusCode::METHOD_NOT_ALLOWED, IssueCode::NotSupported),
        RecordsError::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, IssueCode::Exception),
        RecordsError::Full => (StatusCode::INSUFFICIENT_STORAGE, IssueCode::NoStore),
        RecordsError::OtherRights => (StatusCode::GONE, IssueCode::BusinessRule),
        RecordsError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, IssueCode::Transient),
        RecordsError::Repeated => (StatusCode::CONFLICT, IssueCode::Conflict),
    }
}

/// What a token would have to be like.
const fn challenge(error: &RecordsError) -> Option<&'static str> {
    match error {
        RecordsError::Unauthenticated => Some("Bearer"),
        RecordsError::OutOfScope => Some("Bearer error=\"insufficient_scope\""),
        RecordsError::ProofNeeded => {
            Some("Bearer error=\"insufficient_user_authentication\", max_age=\"900\"")
        }
        RecordsError::In { error, .. } => challenge(error),
        _ => None,
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
