//! What was not imported, and why.

use std::fmt;

use tacenda_fhir::Issue;

/// How many problems of one bundle are told.
const TOLD: usize = 5;

/// One thing that is wrong.
///
/// SECURITY: neither part ever holds a value of the resource; both come from a file's name or an OperationOutcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The element, as a FHIRPath expression.
    pub expression: Option<String>,
    /// What is wrong, in words.
    pub reason: String,
}

impl Problem {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { expression: None, reason: reason.into() }
    }

    pub(super) fn at(self, expression: impl Into<String>) -> Self {
        Self { expression: Some(expression.into()), ..self }
    }
}

impl From<Issue> for Problem {
    fn from(issue: Issue) -> Self {
        Self { expression: issue.expression, reason: issue.reason.into_owned() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(expression) = &self.expression {
            write!(f, "{expression}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// A file, or a part of one, that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The file, and its line where it is NDJSON.
    pub name: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Failure {
    pub(super) fn new(name: impl Into<String>, problem: Problem) -> Self {
        Self { name: name.into(), problems: vec![problem] }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for problem in self.problems.iter().take(TOLD) {
            write!(f, "\n    {problem}")?;
        }
        match self.problems.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "\n    and {more} more"),
        }
    }
}
