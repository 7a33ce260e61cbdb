//! How a parameter's values are compared.

/// FHIR's SearchParamType, and ids apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The record's own id, or the patient's: found by id, never by what is in the record.
    Id,
    /// A code, an identifier or a yes or no: `code`, `system|code`, `|code` or `system|`.
    Token,
    /// Text that begins so, whatever the case and accents.
    Text,
    /// A date, a time or a period.
    Date,
    /// A reference to another record, or to something elsewhere.
    Reference,
    /// A number with a unit.
    Quantity,
    /// A URI, exactly.
    Uri,
}
