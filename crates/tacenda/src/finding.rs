//! Something that is not safe, or does not work, by its name.

use std::fmt;

/// Something that is not safe, or does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name, for scripts.
    pub name: &'static str,
    /// What it is and what to do.
    pub text: String,
}

impl Finding {
    /// A finding of that name.
    #[must_use]
    pub fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}
