//! A query string read as a question. A parameter that is not supported is an error, or is named in the answer.

use jiff::Timestamp;
use tacenda_fhir::{Issue, IssueCode, ResourceType, SearchError, SortKey};
use tacenda_records::{NotTaken, SearchQuestion};

use super::invalid;
use crate::{
    edge::{headers::Handling, problem::Problem},
    fhir::view::{View, once},
};

pub(crate) const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
const TOTALS: [&str; 3] = ["none", "estimate", "accurate"];

/// What a query string says.
pub(crate) struct Asked {
    pub(crate) question: SearchQuestion,
    pub(super) view: View,
    /// `_total`, as it was asked.
    pub(super) total: Option<&'static str>,
    /// What was left out, where the client wants that.
    pub(super) ignored: Vec<Issue>,
}

/// Reads a query string.
pub(crate) fn read(
    kind: ResourceType,
    query: &str,
    now: Timestamp,
    handling: Handling,
) -> Result<Asked, Problem> {
    let question = SearchQuestion::all(kind, USUAL_PAGE);
    let mut asked = Asked { question, view: View::default(), total: None, ignored: Vec::new() };
    let mut seen = Once::default();
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        SearchQuestion::within_limits(index).map_err(|issue| Problem::invalid(vec![issue]))?;
        match asked.take(&mut seen, &name, &value, now) {
            Err(Refused::Unsupported(error)) if handling == Handling::Lenient => {
                let reason = format!("{error}, and was left out (number {} of those sent)", index + 1);
                asked.ignored.push(Issue::new(IssueCode::NotSupported, reason));
            }
            Err(Refused::Unsupported(error)) => return Err(Problem::invalid(vec![error.issue(kind)])),
            Err(Refused::Problem(problem)) => return Err(problem),
            Ok(()) => {}
        }
    }
    asked.question.count = seen.count.unwrap_or(USUAL_PAGE);
    asked.question.order = seen.order.unwrap_or_default();
    asked.question.excerpt = asked.view.excerpt(kind)?.following(kind, &asked.question.follow);
    asked.question.total = matches!(asked.total, Some("estimate" | "accurate"));
    if asked.view.counts() || asked.question.count == 0 {
        (asked.question.count, asked.question.total) = (0, true);
    }
    if asked.view.is_text() && !asked.question.follow.is_empty() {
        let reason = "_summary=text has nothing beside the matches (FHIR R4 §3.1.1.5.8): leave out _include and _revinclude";
        return Err(Problem::invalid(vec![Issue::new(IssueCode::NotSupported, reason)]));
    }
    Ok(asked)
}

/// What may be said once.
#[derive(Default)]
struct Once {
    count: Option<u32>,
    order: Option<Vec<SortKey>>,
}

enum Refused {
    /// FHIR lets the client have it left out.
    Unsupported(SearchError),
    Problem(Problem),
}

impl From<NotTaken> for Refused {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Unsupported(error) => Self::Unsupported(error),
            NotTaken::Refused(issue) => Self::Problem(Problem::invalid(vec![issue])),
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Asked {
    fn take(&mut self, seen: &mut Once, name: &str, value: &str, now: Timestamp) -> Result<(), Refused> {
        let kind = self.question.kind;
        match name {
            "_count" => once("_count", &mut seen.count, if value == "0" { 0 } else { count(value)? })?,
            "_sort" => {
                let order = SortKey::parse(kind, value).map_err(Refused::Unsupported)?;
                once("_sort", &mut seen.order, order)?;
            }
            "_total" => {
                let known = TOTALS.into_iter().find(|known| *known == value);
                let known = known.ok_or_else(|| invalid("_total is none, estimate or accurate"))?;
                once("_total", &mut self.total, known)?;
            }
            name if self.view.take(name, value)? => {}
            name if self.question.follow.take(kind, name, value).map_err(of_links)? => {}
            name => self.question.take(name, value, now)?,
        }
        Ok(())
    }
}

pub(crate) fn count(value: &str) -> Result<u32, Problem> {
    let count: Option<u32> = value.parse().ok().filter(|count| *count > 0);
    count.map(|count| count.min(LARGEST_PAGE)).ok_or_else(|| invalid("_count is a number from 1"))
}

fn of_links(error: SearchError) -> Problem {
    Problem::invalid(vec![error.issue_of_link()])
}
