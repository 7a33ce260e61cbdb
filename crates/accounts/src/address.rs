//! E-mail addresses, in the one form in which they are compared.

use tacenda_kernel::Secret;
use url::Host;

/// RFC 5321 §4.5.3.1: a path has 256 octets with its brackets.
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// The text is no e-mail address that is taken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidAddress;

/// The address in lower case, its host as ASCII (IDNA).
///
/// SECURITY: a local part is ASCII only, so that no letter of another script passes for one that looks like it; a host
/// in another script becomes `xn--…`, which looks like nothing else.
pub(crate) fn normal(typed: &Secret<String>) -> Result<Secret<String>, InvalidAddress> {
    // EXPOSE: it is wrapped again at once.
    let typed = typed.expose().trim();
    if typed.len() > LONGEST {
        return Err(InvalidAddress);
    }
    let (local, host) = typed.rsplit_once('@').ok_or(InvalidAddress)?;
    let atoms = local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom));
    if !atoms || local.len() > LONGEST_LOCAL {
        return Err(InvalidAddress);
    }
    let host = match Host::parse(host) {
        Ok(Host::Domain(host)) => host,
        _ => return Err(InvalidAddress),
    };
    let labels = host.split('.').all(|label| !label.is_empty() && label.bytes().all(is_host));
    let address = format!("{}@{host}", local.to_ascii_lowercase());
    if labels && address.len() <= LONGEST { Ok(Secret::new(address)) } else { Err(InvalidAddress) }
}

/// RFC 5322 §3.2.3 `atext`.
const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(typed: &str) -> Result<String, InvalidAddress> {
        normal(&Secret::new(typed.to_owned())).map(|address| address.expose().clone())
    }

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(of("  Anna.Rossi+x@Example.ORG "), Ok("anna.rossi+x@example.org".to_owned()));
        assert_eq!(of("a@localhost"), Ok("a@localhost".to_owned()));
        assert_eq!(of("anna@bücher.example"), Ok("anna@xn--bcher-kva.example".to_owned()));
        assert_eq!(of("o'brien@example.org"), Ok("o'brien@example.org".to_owned()));
    }

    #[test]
    fn look_alikes_and_what_is_no_address_are_refused_or_differ() {
        for wrong in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "an na@example.org",
            "anna..r@example.org",
            ".anna@example.org",
            "anna@[127.0.0.1]",
            "anna@127.0.0.1",
            "anna@a_b",
            "anna@example..org",
            "a@b@example.org",
            "anna@example.org\r\nBcc: x@example.org",
            "\"anna\"@example.org",
            "anna@exa mple.org",
            // Cyrillic а, full-width ａ, zero-width joiner, right-to-left mark.
            "\u{430}nna@example.org",
            "\u{ff41}nna@example.org",
            "an\u{200d}na@example.org",
            "\u{200f}anna@example.org",
            "anna\0@example.org",
        ] {
            assert_eq!(of(wrong), Err(InvalidAddress), "{wrong:?}");
        }
        assert_eq!(of(&format!("{}@example.org", "a".repeat(65))), Err(InvalidAddress));
        assert_eq!(of(&format!("a@{}", "b.".repeat(200))), Err(InvalidAddress));
        // A host with Cyrillic е is another host.
        assert_ne!(of("anna@\u{435}xample.org"), of("anna@example.org"));
        // Full-width letters in a host are the same letters (UTS 46), as in every browser.
        assert_eq!(of("anna@\u{ff45}xample.org"), of("anna@example.org"));
    }
}
