//! The 32 bytes inside every handle, and how more of them are made or derived.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::Domain;

/// A symmetric key. Wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; 32]>;

/// A new random key.
pub(crate) fn make_key(random: &dyn Random) -> KeyBytes {
    let mut key = KeyBytes::default();
    random.fill(key.as_mut_slice());
    key
}

/// HKDF-SHA256 (RFC 5869) to 32 bytes. `info` is the domain's label, and after a zero byte the qualifier if there is one.
pub(crate) fn derive_key(key: &[u8], salt: &[u8], domain: Domain, qualifier: &[u8]) -> KeyBytes {
    let label = domain.label().as_bytes();
    if qualifier.is_empty() { hkdf(key, salt, &[label]) } else { hkdf(key, salt, &[label, &[0], qualifier]) }
}

/// HKDF-Expand-SHA256 (RFC 5869 section 2.3) of a uniform key to 32 bytes. `info` is the domain's label, a zero byte and the
/// qualifier.
pub(crate) fn expand_key(key: &[u8; 32], domain: Domain, qualifier: &[u8]) -> KeyBytes {
    expand(&Prk::new_less_safe(HKDF_SHA256, key), &[domain.label().as_bytes(), &[0], qualifier])
}

/// The value of a computation that cannot fail for inputs of these lengths.
///
/// SECURITY: should it fail all the same, the library or the memory is broken, and any answer might disclose.
pub(crate) fn certain<T, E>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|_| std::process::abort())
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn hkdf(key: &[u8], salt: &[u8], info: &[&[u8]]) -> KeyBytes {
    expand(&Salt::new(HKDF_SHA256, salt).extract(key), info)
}

fn expand(pseudorandom: &Prk, info: &[&[u8]]) -> KeyBytes {
    let mut out = KeyBytes::default();
    certain(certain(pseudorandom.expand(info, Length)).fill(out.as_mut_slice()));
    out
}

/// A handle's `Debug` says what it is and nothing else.
macro_rules! opaque {
    ($($handle:ident),+) => {$(
        impl std::fmt::Debug for $handle {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($handle))
            }
        }
    )+};
}
pub(crate) use opaque;

/// A key that the keystore gives a service, over a wire that nobody else reads, and that no text is ever made of.
macro_rules! crosses_wires {
    ($handle:ident) => {
        impl tacenda_kernel::kept::Kept for $handle {
            type Wire<'a> = &'a [u8; 32];
            type Read<'de> = [u8; 32];

            fn wire(&self) -> &[u8; 32] {
                // EXPOSE: it is written to a wire, in binary.
                &self.0
            }

            fn of(read: [u8; 32]) -> Self {
                Self($crate::key_bytes::KeyBytes::new(read))
            }
        }
    };
}
pub(crate) use crosses_wires;

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 5869 A.1; of its 42 bytes the first 32 are the same for a shorter length.
    #[test]
    fn hkdf_gives_the_answer_of_rfc_5869() {
        let info = HEXLOWER.decode(b"f0f1f2f3f4f5f6f7f8f9").unwrap();
        let salt = HEXLOWER.decode(b"000102030405060708090a0b0c").unwrap();
        let out = hkdf(&[0x0b; 22], &salt, &[&info]);
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(HEXLOWER.encode(out.as_slice()), expected);
        assert_eq!(hkdf(&[0x0b; 22], &salt, &[&info[..3], &info[3..]]), out);
    }

    /// RFC 5869 A.1 gives the pseudorandom key in between; what is expanded from it must be the same.
    #[test]
    fn expanding_is_the_second_half_of_hkdf() {
        let prk =
            HEXLOWER.decode(b"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5").unwrap();
        let info = HEXLOWER.decode(b"f0f1f2f3f4f5f6f7f8f9").unwrap();
        let out = expand(&Prk::new_less_safe(HKDF_SHA256, &prk), &[&info]);
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(HEXLOWER.encode(out.as_slice()), expected);
    }

    #[test]
    fn a_key_depends_on_key_salt_domain_and_qualifier() {
        let keys = [
            derive_key(&[1; 32], b"salt", Domain::Row, b""),
            derive_key(&[2; 32], b"salt", Domain::Row, b""),
            derive_key(&[1; 32], b"other", Domain::Row, b""),
            derive_key(&[1; 32], b"salt", Domain::Entry, b""),
            derive_key(&[1; 32], b"salt", Domain::Row, b"x"),
            expand_key(&[1; 32], Domain::Row, b"salt"),
            expand_key(&[2; 32], Domain::Row, b"salt"),
            expand_key(&[1; 32], Domain::Row, b"other"),
            expand_key(&[1; 32], Domain::Entry, b"salt"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(keys[index + 1..].iter().all(|other| other != key));
        }
    }
}
