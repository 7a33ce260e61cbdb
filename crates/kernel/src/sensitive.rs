//! Wrappers whose contents cannot be logged, printed or serialised by accident.

use std::{fmt, ops::Deref};

use zeroize::{Zeroize, Zeroizing};

/// Something whose disclosure breaks security: a key, a password, a token. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Wraps the value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value. Each call needs an `// EXPOSE:` comment with its reason.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A patient's datum. It can be carried and handed on, but not logged, printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps the value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Each call needs an `// EXPOSE:` comment with its reason.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, taken out. Each call needs an `// EXPOSE:` comment with its reason.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T: Deref> Phi<T> {
    /// Borrows what the value points to, still wrapped.
    pub fn as_deref(&self) -> Phi<&T::Target> {
        Phi(self.0.deref())
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "Secret");
        assert_eq!(format!("{:?}", Phi::new("Rossi")), "Phi");
    }
}
