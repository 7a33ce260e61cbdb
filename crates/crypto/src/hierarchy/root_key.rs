//! The key above all others. It wraps the master secret and nothing else.

use data_encoding::BASE32_NOPAD;
use tacenda_kernel::{Random, Secret};
use zeroize::Zeroizing;

use super::{
    MasterKey, UnwrapError,
    wrapping_key::{unwrap, wrap},
};
use crate::{
    Domain,
    key_bytes::{KeyBytes, derive_key, make_key, opaque},
};

/// Makes the file recognisable, also to scanners that look for secrets in the wrong place.
const FILE_PREFIX: &str = "tacenda-root-key-1-";

/// HKDF's salt for what follows from the root.
const SALT: &[u8] = b"tacenda root key";

/// There is one master secret.
const MASTER_CONTEXT: &[u8] = b"1";

/// The key above all others. It is in no database; whoever has it and the databases has everything.
#[derive(Clone)]
pub struct RootKey(KeyBytes);

opaque!(RootKey);

/// The text is no root key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the content of a root key file")]
pub struct InvalidRootKeyText;

/// Making it, and keeping it in a file.
impl RootKey {
    /// A new random root key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// The root key with these bytes, as a key store outside gives them.
    #[must_use]
    pub fn from_bytes(bytes: &Secret<[u8; 32]>) -> Self {
        // EXPOSE: the bytes go into another wrapper that wipes.
        Self(Zeroizing::new(*bytes.expose()))
    }

    /// The content of the file it is kept in: one line.
    #[must_use]
    pub fn to_file_text(&self) -> Secret<String> {
        let digits = Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()));
        let mut text = String::with_capacity(FILE_PREFIX.len() + digits.len() + 1);
        for part in [FILE_PREFIX, &digits, "\n"] {
            text.push_str(part);
        }
        Secret::new(text)
    }

    /// Reads the content of a root key file.
    ///
    /// # Errors
    /// [`InvalidRootKeyText`] if it is anything else.
    pub fn from_file_text(text: &str) -> Result<Self, InvalidRootKeyText> {
        let digits = text.trim().strip_prefix(FILE_PREFIX).ok_or(InvalidRootKeyText)?;
        let bytes = BASE32_NOPAD.decode(digits.as_bytes()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| InvalidRootKeyText)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| InvalidRootKeyText)?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

/// What it is for.
impl RootKey {
    /// Wraps the master secret.
    #[must_use]
    pub fn wrap_master_key(&self, master: &MasterKey, random: &dyn Random) -> Vec<u8> {
        wrap(&self.0, Domain::MasterKey, master.key(), MASTER_CONTEXT, random)
    }

    /// Unwraps the master secret.
    ///
    /// # Errors
    /// [`UnwrapError`] for another root key, or an altered text.
    pub fn unwrap_master_key(&self, wrapped: &[u8]) -> Result<MasterKey, UnwrapError> {
        unwrap(&self.0, Domain::MasterKey, MASTER_CONTEXT, wrapped).map(MasterKey::from_key)
    }

    /// By what a database recognises its root key; it tells nothing else about it.
    #[must_use]
    pub fn check_value(&self) -> [u8; 16] {
        let derived = derive_key(self.0.as_slice(), SALT, Domain::RootCheck, b"");
        let mut value = [0; 16];
        value.copy_from_slice(&derived[..16]);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_root_key_survives_its_file() {
        let root = RootKey::make(&SystemRandom);
        let text = root.to_file_text();
        assert_eq!(RootKey::from_file_text(text.expose()).unwrap().check_value(), root.check_value());
        assert_ne!(RootKey::make(&SystemRandom).check_value(), root.check_value());
        assert_eq!(format!("{root:?} {text:?}"), "RootKey Secret");
    }

    #[test]
    fn the_master_secret_opens_under_its_root_key_only() {
        let (root, other) = (RootKey::make(&SystemRandom), RootKey::make(&SystemRandom));
        let master = MasterKey::make(&SystemRandom);
        let mut wrapped = root.wrap_master_key(&master, &SystemRandom);
        let again = root.unwrap_master_key(&wrapped).unwrap();
        assert_eq!(again.permit_key().mac(b"x"), master.permit_key().mac(b"x"));
        assert_eq!(other.unwrap_master_key(&wrapped).err(), Some(UnwrapError));
        let again = other.wrap_master_key(&master, &SystemRandom);
        let again = other.unwrap_master_key(&again).unwrap();
        assert_eq!(
            again.permit_key().mac(b"x"),
            master.permit_key().mac(b"x"),
            "nothing else was sealed anew"
        );
        wrapped[40] ^= 1;
        assert_eq!(root.unwrap_master_key(&wrapped).err(), Some(UnwrapError));
    }

    #[test]
    fn other_texts_are_refused() {
        let text = RootKey::make(&SystemRandom).to_file_text();
        let text = text.expose().trim();
        let longer = format!("{text}A");
        for wrong in ["", "hunter2", &text[..text.len() - 1], &longer, &text[FILE_PREFIX.len()..]] {
            assert!(RootKey::from_file_text(wrong).is_err());
        }
    }
}
