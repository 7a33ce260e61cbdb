//! How long a connection may say nothing, and how many there may be.

use std::time::Duration;

use tacenda_kernel::TrustedProxies;

/// What one socket bears of strangers. The defaults are for serving; tests shorten them.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections at the same time.
    pub most: usize,
    /// Of these, connections from one network (IPv4 /24, IPv6 /56).
    pub most_of_a_network: usize,
    /// Of all, connections on which no complete head has come yet.
    pub most_unheard: usize,
    /// Of these, connections from one network.
    pub most_unheard_of_a_network: usize,
    /// Bytes of heads that are not complete, on all connections; who sends more of an unusually long one is closed.
    pub most_unread: usize,
    /// From accepting a connection to the first complete head of a request, whatever the protocol.
    pub first_head: Duration,
    /// From the end of an answer to the next complete head of a request.
    pub idle: Duration,
    /// How long a client may take nothing of what is sent to it. As often as it takes something, this begins anew.
    pub stalled: Duration,
    /// How long requests under way may take when the server stops.
    pub farewell: Duration,
    /// Who brings the connections of many and is no network of its own.
    pub proxies: TrustedProxies,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            most: 4_096,
            // An eighth: more than a house behind one address needs, and seven others find room beside it.
            most_of_a_network: 512,
            // What they cost is not theirs to cost: HTTP/2 has some 13 KB for one before its first request.
            most_unheard: 2_048,
            most_unheard_of_a_network: 256,
            most_unread: 24 << 20,
            first_head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            farewell: Duration::from_secs(10),
            proxies: TrustedProxies::default(),
        }
    }
}
