//! `Bundle.entry.request`: what to do to what, and under which condition.

use tacenda_kernel::Version;

use super::{Method, RequestUrl, parts::Parts};
use crate::{Issue, IssueCode, Known, parse_criteria, parse_etag};

/// What an entry asks for.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: RequestUrl,
    pub(super) if_match: Option<Version>,
    pub(super) if_none_exist: Option<String>,
    pub(super) known: Option<Known>,
}

/// Reads a request from its JSON text.
pub(super) fn read_request(text: &[u8], path: &str) -> Result<Request, Issue> {
    let parts = Parts::of(text, path, &REQUEST)?;
    let required = |name: &str| {
        let missing =
            || Issue::new(IssueCode::Required, "required element missing").at(format!("{path}.{name}"));
        parts.string(name, path)?.ok_or_else(missing)
    };
    let method = method(&required("method")?).ok_or_else(|| {
        let issue = Issue::new(IssueCode::NotSupported, "not a method that is supported here");
        issue.at(format!("{path}.method"))
    })?;
    let url = RequestUrl::parse(&required("url")?)
        .map_err(|(code, reason)| Issue::new(code, reason).at(format!("{path}.url")))?;
    only_for(&parts, path, &["ifNoneExist"], method == Method::Post)?;
    only_for(&parts, path, &["ifMatch"], matches!(method, Method::Put | Method::Patch | Method::Delete))?;
    let of_instance = method == Method::Get && matches!(url, RequestUrl::Instance(..));
    only_for(&parts, path, &["ifNoneMatch", "ifModifiedSince"], of_instance)?;
    let if_match = read_as(&parts, path, "ifMatch", parse_etag)?;
    let tags = read_as(&parts, path, "ifNoneMatch", Known::tags)?;
    let since = read_as(&parts, path, "ifModifiedSince", Known::instant)?;
    let criteria = |text: &str| parse_criteria(text, url.resource_type()?).map(str::to_owned);
    let if_none_exist = read_as(&parts, path, "ifNoneExist", criteria)?;
    // Tags say more than a date (RFC 9110 §13.1.3).
    Ok(Request { method, url, if_match, if_none_exist, known: tags.or(since) })
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return None,
    })
}

/// A condition that would not be looked at is refused: whoever sends it relies on it.
fn only_for(parts: &Parts<'_>, path: &str, names: &[&str], fits: bool) -> Result<(), Issue> {
    match names.iter().find(|name| parts.get(name).is_some()) {
        Some(name) if !fits => {
            let issue = Issue::new(IssueCode::NotSupported, "this condition is not for this request");
            Err(issue.at(format!("{path}.{name}")))
        }
        _ => Ok(()),
    }
}

fn read_as<T>(
    parts: &Parts<'_>,
    path: &str,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Issue> {
    let Some(text) = parts.string(name, path)? else { return Ok(None) };
    let wrong = || Issue::new(IssueCode::Value, WRONG).at(format!("{path}.{name}"));
    read(&text).map(Some).ok_or_else(wrong)
}

const WRONG: &str =
    "not an entity tag of this server, W/\"<version>\", not an instant, or not the query of a search";

const REQUEST: [&str; 9] = [
    "extension",
    "id",
    "ifMatch",
    "ifModifiedSince",
    "ifNoneExist",
    "ifNoneMatch",
    "method",
    "modifierExtension",
    "url",
];
