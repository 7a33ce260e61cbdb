//! What a search asks for, and how its parameters are read.

use jiff::Timestamp;
use tacenda_fhir::{
    Chain, Criterion, Excerpt, Follow, Issue, IssueCode, RESULT_PARAMETERS, ResourceType, SearchError,
    SortKey, format_parameter,
};

use crate::{Mark, RecordsError};

/// More than anybody needs, and few enough to be looked at.
const MOST_PARAMETERS: usize = 30;

/// The order in which AuditEvents come.
const NEWEST_FIRST: &str = "-date";

/// What is searched for.
#[derive(Clone, Debug)]
pub struct SearchQuestion {
    /// The type.
    pub kind: ResourceType,
    /// All of them must match.
    pub criteria: Vec<Criterion>,
    /// All of these must match as well: what they refer to has a property.
    pub chains: Vec<Chain>,
    /// What is to come with the matches.
    pub follow: Follow,
    /// In which order; by id where there is none.
    pub order: Vec<SortKey>,
    /// How many at most; of none only the total is told.
    pub count: u32,
    /// Whether to count all that match.
    pub total: bool,
    /// How much of each.
    pub excerpt: Excerpt,
    /// What was looked at last for the page before.
    pub after: Option<Mark>,
}

impl SearchQuestion {
    /// The first of all of a type.
    #[must_use]
    pub fn all(kind: ResourceType, count: u32) -> Self {
        Self {
            kind,
            criteria: Vec::new(),
            chains: Vec::new(),
            follow: Follow::default(),
            order: Vec::new(),
            count,
            total: false,
            excerpt: Excerpt::Whole,
            after: None,
        }
    }

    /// Whether every candidate must be looked at before the first match is known.
    pub(super) fn ranks(&self) -> bool {
        self.total || !self.order.is_empty()
    }

    /// Whether what is derived from the ledger can be answered with as it comes: whole, not counted, and in its own order,
    /// which AuditEvents have a name for. (Derived Provenances are in the order of each compartment, and before the stored.)
    pub(super) fn is_as_derived(&self) -> bool {
        let newest_first = |key: &SortKey| self.kind.is_logged() && key.name() == NEWEST_FIRST;
        let ordered = self.order.is_empty() || matches!(self.order.as_slice(), [key] if newest_first(key));
        ordered && !self.total && self.excerpt == Excerpt::Whole
    }
}

/// Why a parameter is not taken.
#[derive(Clone, Debug)]
pub enum NotTaken {
    /// The type has no such parameter: FHIR lets the client have it left out (R4 §3.1.1.2).
    Unsupported(SearchError),
    /// It is not as it should be.
    Refused(Issue),
}

impl SearchQuestion {
    /// Reads criteria: a query string that says what is looked for, and nothing of the answer.
    pub(crate) fn of_criteria(kind: ResourceType, text: &str, now: Timestamp) -> Result<Self, RecordsError> {
        let refused = |code, reason: &'static str| RecordsError::Invalid(vec![Issue::new(code, reason)]);
        let mut question = Self::all(kind, 1);
        for (index, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
            if RESULT_PARAMETERS.contains(&name.split(':').next().unwrap_or_default()) {
                let reason = "criteria have no parameters for results, such as _count or _include";
                return Err(refused(IssueCode::Invalid, reason));
            }
            Self::within_limits(index).map_err(|issue| RecordsError::Invalid(vec![issue]))?;
            question.take(&name, &value, now).map_err(|not_taken| match not_taken {
                NotTaken::Unsupported(error) => RecordsError::Invalid(vec![error.issue(kind)]),
                NotTaken::Refused(issue) => RecordsError::Invalid(vec![issue]),
            })?;
        }
        if question.criteria.is_empty() && question.chains.is_empty() {
            let reason = "criteria are needed: name a search parameter at least";
            return Err(refused(IssueCode::Invalid, reason));
        }
        Ok(question)
    }

    /// Refuses the parameter after so many.
    ///
    /// # Errors
    /// An issue that says so.
    pub fn within_limits(parameters: usize) -> Result<(), Issue> {
        if parameters < MOST_PARAMETERS {
            return Ok(());
        }
        Err(Issue::new(IssueCode::Value, "too many search parameters"))
    }

    /// Takes a parameter that says what is looked for.
    ///
    /// # Errors
    /// [`NotTaken`]
    pub fn take(&mut self, name: &str, value: &str, now: Timestamp) -> Result<(), NotTaken> {
        if format_parameter(name, value).map_err(NotTaken::Refused)? {
            return Ok(());
        }
        if let Some(chain) = Chain::parse(self.kind, name, value, now) {
            self.chains.push(chain.map_err(|error| NotTaken::Refused(error.issue_of_link()))?);
            return Ok(());
        }
        match Criterion::parse(self.kind, name, value, now) {
            Ok(criterion) => self.criteria.push(criterion),
            Err(error @ SearchError::Unsupported(_)) => return Err(NotTaken::Unsupported(error)),
            Err(error) => return Err(NotTaken::Refused(error.issue(self.kind))),
        }
        Ok(())
    }
}
