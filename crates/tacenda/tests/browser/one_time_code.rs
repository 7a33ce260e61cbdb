//! What an authenticator app computes (RFC 6238), written here from the standard: six digits, 30 seconds, SHA-1.

use aws_lc_rs::hmac;
use tacenda_kernel::{Clock, SystemClock};

/// The code of a secret in base32, some steps of 30 seconds from now.
pub(crate) fn code(secret: &str, steps: i64) -> String {
    let secret: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
    let key = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = SystemClock.now().as_second() / 30 + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = usize::from(tag.as_ref()[19] & 15);
    let four: [u8; 4] = tag.as_ref()[offset..offset + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

#[test]
fn the_vector_of_the_standard() {
    // RFC 4226 appendix D: the secret "12345678901234567890" at counter 0 gives 755224.
    let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
    let now = SystemClock.now().as_second() / 30;
    assert_eq!(code(&secret, -now), "755224");
}
