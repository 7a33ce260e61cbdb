//! What was sent, up to a limit.

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tacenda_fhir::IssueCode;

use super::{arriving::Halted, problem::Problem};

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let reason = "what was sent is too large: 2 MB for a resource, 32 MB for a bundle";
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, IssueCode::TooLong, reason))
        }
        Err(error) if halted(error.as_ref()) == Some(Halted::Busy) => Err(Problem::busy()),
        Err(error) if halted(error.as_ref()) == Some(Halted::Slow) => {
            let reason = "the body did not come in time";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, IssueCode::Transient, reason))
        }
        Err(_) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, IssueCode::Structure, "the body did not arrive whole"))
        }
    }
}

/// Why the layer that weighs bodies ended this one, if it did.
fn halted(error: &(dyn std::error::Error + 'static)) -> Option<Halted> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.find_map(|error| error.downcast_ref::<Halted>()).copied()
}
