//! The name of one request across services (W3C Trace Context trace-id).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Random;

/// 128 bits that name one request in logs, traces and ledger entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TraceId(pub [u8; 16]);

impl TraceId {
    /// A new one.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The trace-id of a `traceparent` header, if it is well formed and not all zero.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let id = header.split('-').nth(1).filter(|id| id.len() == 32)?;
        let bytes = data_encoding::HEXLOWER.decode(id.as_bytes()).ok()?;
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        (bytes != [0; 16]).then_some(Self(bytes))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}
