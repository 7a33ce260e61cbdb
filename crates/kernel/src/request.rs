//! The request in which something is done.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::TraceId;

/// What ledger entries say of a request: which one it was, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestContext {
    /// Which request.
    pub trace: TraceId,
    /// The address it came from, as far as the edge believes it; none for what no request caused.
    pub address: Option<IpAddr>,
}

impl From<TraceId> for RequestContext {
    fn from(trace: TraceId) -> Self {
        Self { trace, address: None }
    }
}
