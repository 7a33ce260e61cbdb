//! Where spans go: an OpenTelemetry collector, by OTLP over HTTP with protobuf.

use std::{net::IpAddr, str::FromStr};

use reqwest::Url;

/// A collector's base URL; spans go to `/v1/traces` below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(Url);

/// Why an address is no collector's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// It is no URL of the form that is needed.
    #[error(
        "otlp-endpoint: give the collector's base URL, such as http://127.0.0.1:4318 or https://collector.example.org, \
         without user, query or fragment"
    )]
    NotAnAddress,
    /// It would send spans over a network in the clear.
    #[error(
        "plain-otlp-beyond-loopback: spans go over plain HTTP to this host only; use https:// or a loopback address"
    )]
    PlainBeyondLoopback,
}

impl FromStr for Collector {
    type Err = CollectorError;

    fn from_str(text: &str) -> Result<Self, CollectorError> {
        let mut url: Url = text.parse().map_err(|_| CollectorError::NotAnAddress)?;
        let bare = url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| bare && url.query().is_none() && url.fragment().is_none());
        let host = host.ok_or(CollectorError::NotAnAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(CollectorError::PlainBeyondLoopback),
            _ => return Err(CollectorError::NotAnAddress),
        }
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Collector {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_in_the_clear_to_this_host_only() {
        for near in
            ["http://127.0.0.1:4318", "http://localhost:4318/", "http://[::1]:4318", "http://127.9.9.9"]
        {
            let collector: Collector = near.parse().unwrap();
            assert_eq!(collector.0.path(), "/v1/traces", "{near}");
        }
        for far in [
            "http://10.0.0.1:4318",
            "http://collector.example",
            "http://localhost.example",
            "http://[fe80::1]",
        ] {
            assert_eq!(far.parse::<Collector>(), Err(CollectorError::PlainBeyondLoopback), "{far}");
        }
        let below: Collector = "https://collector.example/otlp/".parse().unwrap();
        assert_eq!(below.0.path(), "/otlp/v1/traces");
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        for text in [
            "",
            "collector:4318",
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "https://a:b@c",
            "https://c?d=e",
        ] {
            assert_eq!(text.parse::<Collector>(), Err(CollectorError::NotAnAddress), "{text}");
        }
    }
}
