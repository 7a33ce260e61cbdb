//! What is wrong with a request, as FHIR says it.

use std::borrow::Cow;

use serde_json::{Value, json};

/// The codes of <http://hl7.org/fhir/issue-type> that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueCode {
    /// The content is not well formed, or not the shape FHIR defines.
    Structure,
    /// The content does not obey a rule.
    Invalid,
    /// An element's value is not of its type.
    Value,
    /// An element is missing.
    Required,
    /// The content is too long.
    TooLong,
    /// The content or operation is too costly to process.
    TooCostly,
    /// The interaction, operation or content is not supported.
    NotSupported,
    /// What is referred to is not there.
    NotFound,
    /// What is referred to was deleted.
    Deleted,
    /// The content conflicts with the stored version.
    Conflict,
    /// A business rule is not met.
    BusinessRule,
    /// Something went wrong inside.
    Exception,
    /// The caller must sign in.
    Login,
    /// The caller may not do this.
    Forbidden,
    /// The caller asks too often.
    Throttled,
    /// There is no room to store anything.
    NoStore,
    /// It may work later.
    Transient,
    /// Nothing is wrong.
    Informational,
}

impl IssueCode {
    /// Every code that is used here.
    pub const ALL: [Self; 18] = [
        Self::Structure,
        Self::Invalid,
        Self::Value,
        Self::Required,
        Self::TooLong,
        Self::TooCostly,
        Self::NotSupported,
        Self::NotFound,
        Self::Deleted,
        Self::Conflict,
        Self::BusinessRule,
        Self::Exception,
        Self::Login,
        Self::Forbidden,
        Self::Throttled,
        Self::NoStore,
        Self::Transient,
        Self::Informational,
    ];

    /// The code as FHIR writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Invalid => "invalid",
            Self::Value => "value",
            Self::Required => "required",
            Self::TooLong => "too-long",
            Self::TooCostly => "too-costly",
            Self::NotSupported => "not-supported",
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::Conflict => "conflict",
            Self::BusinessRule => "business-rule",
            Self::Exception => "exception",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::Throttled => "throttled",
            Self::NoStore => "no-store",
            Self::Transient => "transient",
            Self::Informational => "informational",
        }
    }
}

/// One thing that is wrong, and where.
///
/// SECURITY: neither the reason nor the expression ever holds a value of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What kind of thing.
    pub code: IssueCode,
    /// The element, as a FHIRPath expression such as `Patient.name[0].given[1]`.
    pub expression: Option<String>,
    /// What is wrong, in words.
    pub reason: Cow<'static, str>,
}

impl Issue {
    /// An issue about the whole request.
    #[must_use]
    pub fn new(code: IssueCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, expression: None, reason: reason.into() }
    }

    /// The same issue at an element.
    #[must_use]
    pub fn at(self, expression: impl Into<String>) -> Self {
        Self { expression: Some(expression.into()), ..self }
    }

    /// The same issue, its root replaced by `prefix`: `Patient.name` becomes `Bundle.entry[3].resource.name`.
    #[must_use]
    pub fn within(self, prefix: &str) -> Self {
        let expression = match self.expression.as_deref().and_then(|path| path.split_once('.')) {
            Some((_, rest)) => format!("{prefix}.{rest}"),
            None => prefix.to_owned(),
        };
        Self { expression: Some(expression), ..self }
    }
}

/// The OperationOutcome that says this. No issues make an outcome that says all is well.
#[must_use]
pub fn outcome(issues: &[Issue]) -> Value {
    let list: Vec<Value> = issues.iter().map(one).collect();
    if list.is_empty() {
        let well = json!([{"severity": "information", "code": "informational"}]);
        return json!({"resourceType": "OperationOutcome", "issue": well});
    }
    json!({"resourceType": "OperationOutcome", "issue": list})
}

/// [`outcome`] as JSON text.
#[must_use]
pub fn outcome_bytes(issues: &[Issue]) -> Vec<u8> {
    outcome(issues).to_string().into_bytes()
}

/// An OperationOutcome about what was done all the same, as JSON text.
#[must_use]
pub fn warning_bytes(issues: &[Issue]) -> Vec<u8> {
    let list: Vec<Value> = issues.iter().map(|issue| with(issue, "warning")).collect();
    json!({"resourceType": "OperationOutcome", "issue": list}).to_string().into_bytes()
}

fn one(issue: &Issue) -> Value {
    with(issue, if issue.code == IssueCode::Informational { "information" } else { "error" })
}

fn with(issue: &Issue, severity: &str) -> Value {
    let mut value = json!({
        "severity": severity,
        "code": issue.code.as_str(),
        "diagnostics": issue.reason,
    });
    if let Some(expression) = &issue.expression {
        value["expression"] = json!([expression]);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_valid_fhir() {
        let issues = [
            Issue::new(IssueCode::Required, "required element missing").at("Observation.code"),
            Issue::new(IssueCode::Conflict, "the version is stale"),
        ];
        for issues in [&issues[..], &[]] {
            let outcome = serde_json::from_slice(&outcome_bytes(issues)).unwrap();
            assert!(crate::faults(&outcome, &crate::Limits::default()).is_empty());
        }
    }

    #[test]
    fn paths_move_under_a_bundle_entry() {
        let issue = Issue::new(IssueCode::Value, "x").at("Patient.name[0].given[1]");
        let moved = issue.within("Bundle.entry[3].resource");
        assert_eq!(moved.expression.as_deref(), Some("Bundle.entry[3].resource.name[0].given[1]"));
        let whole = Issue::new(IssueCode::Structure, "x").within("Bundle.entry[0].resource");
        assert_eq!(whole.expression.as_deref(), Some("Bundle.entry[0].resource"));
    }
}
