//! From where a request comes: what one household or one site shares, and the proxies that say it for others.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, PoisonError, RwLock},
};

use ipnet::IpNet;

/// The network of an address: IPv4 /24, IPv6 /56.
///
/// A provider gives a household or a small site a /56 of IPv6, and whoever has one address of it has all of them. Of IPv4
/// they give one address, and whoever rents several gets neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// The first 24 bits of an IPv4 address.
    V4([u8; 3]),
    /// The first 56 bits of an IPv6 address.
    V6([u8; 7]),
    /// No address is known.
    Unknown,
}

impl Network {
    /// The network of an address. IPv4 in IPv6's form is IPv4.
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                Self::V4([a, b, c])
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g])
            }
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(formatter, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c, d, e, f, g]) => {
                let address = Ipv6Addr::from([a, b, c, d, e, f, g, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                write!(formatter, "{address}/56")
            }
            Self::Unknown => formatter.write_str("unknown"),
        }
    }
}

/// The proxies that an operator named: they say from where a request comes. Clones are the same ones: all hear of others.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<RwLock<Vec<IpNet>>>);

impl TrustedProxies {
    /// Those in these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(Arc::new(RwLock::new(networks)))
    }

    /// Believes those in these networks from now on, and no others.
    pub fn replace(&self, networks: Vec<IpNet>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = networks;
    }

    /// Whether the address is one of theirs.
    #[must_use]
    pub fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let named = self.0.read().unwrap_or_else(PoisonError::into_inner);
        named.iter().any(|network| network.contains(&address))
    }

    /// From where a request comes that this peer brought, with these lines of `X-Forwarded-For`.
    ///
    /// SECURITY: of what a proxy hands on, only what such a proxy wrote itself is believed: of the addresses, read from the
    /// end, the first that is no proxy's.
    #[must_use]
    pub fn caller<'a>(&self, peer: IpAddr, lines: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut handed_on = lines.rev().flat_map(|line| line.rsplit(','));
        let mut caller = peer;
        while self.include(caller)
            && let Some(Ok(before)) = handed_on.next().map(|text| text.trim().parse())
        {
            caller = before;
        }
        caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_a_site_shares() {
        let of = |address: &str| Network::of(address.parse().ok()).to_string();
        assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("::ffff:192.0.2.9"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2ff:3::4"), "2001:db8:1:200::/56");
        assert_eq!(of("nothing"), "unknown");
    }

    #[test]
    fn only_proxies_that_are_named_say_from_where_a_request_comes() {
        let networks = ["10.1.0.0/16", "2001:db8::/64", "127.0.0.1/32"];
        let trusted = TrustedProxies::new(networks.map(|text| text.parse().unwrap()).into());
        let of = |peer: &str, lines: &[&str]| {
            trusted.caller(peer.parse().unwrap(), lines.iter().copied()).to_string()
        };
        assert_eq!(of("198.51.100.1", &["203.0.113.9"]), "198.51.100.1", "a stranger says anything");
        for proxy in ["127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"] {
            assert_eq!(of(proxy, &["192.0.2.66, 203.0.113.9"]), "203.0.113.9", "{proxy}");
            assert_eq!(of(proxy, &["192.0.2.66", "203.0.113.9"]), "203.0.113.9", "{proxy}");
            assert_eq!(of(proxy, &["192.0.2.66, 203.0.113.9, 10.1.2.4"]), "203.0.113.9", "two proxies");
            assert_eq!(of(proxy, &[]), proxy);
            assert_eq!(of(proxy, &["203.0.113.9, unknown"]), proxy);
        }
        for stranger in ["10.2.0.1", "127.0.0.2", "::1"] {
            assert_eq!(of(stranger, &["203.0.113.9"]), stranger);
        }
        trusted.clone().replace(vec!["10.2.0.0/16".parse().unwrap()]);
        assert_eq!(of("10.2.0.1", &["203.0.113.9"]), "203.0.113.9", "all clones hear of it");
        assert_eq!(of("10.1.2.3", &["203.0.113.9"]), "10.1.2.3");
        let nobody = TrustedProxies::default();
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(
            nobody.caller(loopback, ["203.0.113.9"].into_iter()),
            loopback,
            "this host is not believed unnamed"
        );
    }
}
