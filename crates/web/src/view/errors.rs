//! What is wrong with the fields of a form, beside each field and together at the top.

/// The texts by the field's id, in the order of the page.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<(&'static str, String)>);

impl Errors {
    /// One error.
    pub(crate) fn one(field: &'static str, text: impl Into<String>) -> Self {
        Self(vec![(field, text.into())])
    }

    /// Notes an error where something is so.
    pub(crate) fn add_if(&mut self, wrong: bool, field: &'static str, text: &str) {
        if wrong {
            self.0.push((field, text.to_owned()));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// The text beside a field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }
}
