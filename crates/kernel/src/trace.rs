//! The name of one request across services (W3C Trace Context).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Random;

/// 128 bits that name one request in traces and ledger entries (the standard's trace-id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TraceId(pub [u8; 16]);

impl TraceId {
    /// A new one.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// Where in which trace a caller is: the `traceparent` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The caller's span in it (the standard's parent-id).
    pub span: [u8; 8],
}

impl TraceParent {
    /// Reads the header. `None` where the standard says to take no notice of it: malformed, or an id of zeros.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let version: [u8; 1] = hex(parts.next()?)?;
        let trace: [u8; 16] = hex(parts.next()?)?;
        let span: [u8; 8] = hex(parts.next()?)?;
        let _flags: [u8; 1] = hex(parts.next()?)?;
        // Version 00 has four parts, a later one may have more, and ff is none.
        let known = version != [0xff] && (version != [0] || parts.next().is_none());
        (known && trace != [0; 16] && span != [0; 8]).then_some(Self { trace: TraceId(trace), span })
    }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let exact = text.len() == 2 * N;
    (exact && data_encoding::HEXLOWER.decode_mut(text.as_bytes(), &mut bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn the_standards_example_is_read() {
        let parent = TraceParent::parse(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert_eq!(parent.trace.to_string(), TRACE);
        assert_eq!(parent.span, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        assert!(TraceParent::parse(&format!("cc-{TRACE}-{SPAN}-01-later")).is_some());
    }

    #[test]
    fn what_the_standard_calls_invalid_is_ignored() {
        let zeros = "0".repeat(32);
        for header in [
            String::new(),
            format!("00-{TRACE}"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}0-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-é"),
        ] {
            assert_eq!(TraceParent::parse(&header), None, "{header}");
        }
    }
}
