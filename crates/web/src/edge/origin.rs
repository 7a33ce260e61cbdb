//! Whether a request that changes something comes from a page of this server.

use http::{HeaderMap, header};

/// SECURITY: every browser of today says where a form comes from: `Origin`, and `Sec-Fetch-Site`. What contradicts, or says
/// neither, is refused. Programs that are no browsers use the API.
pub(crate) fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text(header::ORIGIN.as_str()), text("sec-fetch-site")) {
        (Some(from), site) => from == origin && matches!(site, None | Some("same-origin")),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://tacenda.test";

    fn asked(pairs: &[(&'static str, &str)]) -> bool {
        let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        is_ours(&pairs.collect(), ORIGIN)
    }

    #[test]
    fn forms_of_this_origin_are_taken_and_no_others() {
        assert!(asked(&[("origin", ORIGIN)]));
        assert!(asked(&[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]));
        assert!(asked(&[("sec-fetch-site", "same-origin")]));
        for other in ["https://evil.example", "null", "http://tacenda.test", "https://tacenda.test:444"] {
            assert!(!asked(&[("origin", other)]), "{other}");
            assert!(!asked(&[("origin", other), ("sec-fetch-site", "same-origin")]), "{other}");
        }
        for site in ["cross-site", "same-site", "none"] {
            assert!(!asked(&[("sec-fetch-site", site)]), "{site}");
            assert!(!asked(&[("origin", ORIGIN), ("sec-fetch-site", site)]), "{site}");
        }
        assert!(!asked(&[]));
    }
}
