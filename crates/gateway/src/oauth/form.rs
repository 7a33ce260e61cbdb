//! The form that a client sends (RFC 6749 §3.2).

use std::collections::HashMap;

use axum::body::Body;
use tacenda_kernel::Secret;

use super::refusal::Refusal;
use crate::edge::body;

const LONGEST: usize = 16 << 10;

/// The fields of a form, each once.
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    /// Reads a form of at most 16 KB.
    pub(crate) async fn read(body: Body) -> Result<Self, Refusal> {
        let bytes = body::read(body, LONGEST).await.map_err(|_| Refusal::Malformed)?;
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            // RFC 6749 §3.2: parameters must not be repeated.
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::Malformed);
            }
        }
        // RFC 6749 §3.2: one without a value counts as left out.
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }

    /// A field that may be left out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// A field that must be there, and is secret.
    pub(crate) fn secret(&mut self, name: &str) -> Result<Secret<String>, Refusal> {
        self.take(name).map(Secret::new).ok_or(Refusal::Malformed)
    }
}
