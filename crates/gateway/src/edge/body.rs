//! What was sent, up to a limit.

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tacenda_fhir::IssueCode;

use super::problem::Problem;

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let reason = "what was sent is too large: 2 MB for a resource, 32 MB for a bundle";
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, IssueCode::TooLong, reason))
        }
        Err(_) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, IssueCode::Structure, "the body did not arrive whole"))
        }
    }
}
