//! `$everything`: `GET` or `POST /fhir/Patient/{id}/$everything`.
//!
//! With `_count` it is a page, and a cursor to go on from. Without it is one Bundle, written while the vaults are read: as
//! fast as the client takes it, and held in memory by the page. Once the answer has begun, an error can have no status any
//! more: the connection is broken off, so that nobody takes the part for the whole.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use futures::{StreamExt, stream};
use http::StatusCode;
use jiff::Timestamp;
use tacenda_fhir::{
    Criterion, Issue, IssueCode, ResourceType,
    bundle::{SearchEntry, SearchMode, Searchset},
};
use tacenda_records::{Caller, Cursor, EverythingPage, EverythingQuestion, Mark, RecordsError, Room, SoFar};

use super::{
    answer,
    search::{bundle, invalid, links, no_cursor, question},
};
use crate::edge::{body, identify::Identified, problem::Problem, state::Edge, url::Path};

/// Records read at a time for an answer that is not in pages.
const AT_A_TIME: u32 = 200;
/// Of a cursor's own query: what the pages before opened.
const OPENED: &str = "_opened";
/// Longer than any empty `Parameters`.
const LONGEST_BODY: usize = 1 << 10;

/// `$everything` by URL.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    everything(edge, caller, &id, &query.unwrap_or_default()).await
}

/// `$everything` without a body, or with a `Parameters` that holds none.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Problem> {
    let sent = body::read(body, LONGEST_BODY).await?;
    let empty = serde_json::from_slice::<serde_json::Value>(&sent)
        .is_ok_and(|sent| sent["resourceType"] == "Parameters" && sent.get("parameter").is_none());
    if !sent.is_empty() && !empty {
        return Err(invalid("send no body; _type, _since and _count are for the URL"));
    }
    everything(edge, caller, &id, &query.unwrap_or_default()).await
}

async fn everything(edge: Edge, caller: Caller, id: &str, query: &str) -> Result<Response, Problem> {
    let context = format!("Patient/{id}/$everything");
    let (query, after) = links::resume(&edge, &caller, &context, query)?;
    let (query, so_far) = if after.is_some() { opened(&query)? } else { (query, SoFar::default()) };
    let after = after.map(|mark| mark.id);
    let (question, paged) = read(id, &query, after, edge.0.clock.now())?;
    let url = format!("{}/{context}", edge.base());
    let walk = Walk { edge, caller, question, so_far, own: own_link(&url, &query) };
    if paged { walk.page(&context, &url, query).await } else { walk.whole().await }
}

/// The query of a cursor without what the pages before opened, and that.
fn opened(query: &str) -> Result<(String, SoFar), Problem> {
    let (mut opened, mut asked) = (None, form_urlencoded::Serializer::new(String::new()));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == OPENED {
            opened = Some(SoFar::of_text(&value));
        } else {
            asked.append_pair(&name, &value);
        }
    }
    Ok((asked.finish(), opened.ok_or_else(no_cursor)?))
}

/// Reads the parameters; whether the answer is in pages.
fn read(
    id: &str,
    query: &str,
    after: Option<String>,
    now: Timestamp,
) -> Result<(EverythingQuestion, bool), Problem> {
    let mut question =
        EverythingQuestion { id: id.to_owned(), kinds: Vec::new(), since: None, count: AT_A_TIME, after };
    let mut paged = false;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "_type" => {
                for name in value.split(',') {
                    question
                        .kinds
                        .push(name.parse().map_err(|_| invalid("_type names a type that is not kept here"))?);
                }
            }
            "_since" => question.since = Some(since(&value, now)?),
            "_count" => (question.count, paged) = (question::count(&value)?, true),
            "_format" => {}
            "start" | "end" => {
                return Err(not_supported("start and end are not supported; use _since, or search by date"));
            }
            _ => {
                return Err(not_supported(
                    "$everything has _type, _since and _count, and no other parameter",
                ));
            }
        }
    }
    Ok((question, paged))
}

fn since(value: &str, now: Timestamp) -> Result<Criterion, Problem> {
    let digits = value.starts_with(|first: char| first.is_ascii_digit());
    let criterion = Criterion::parse(ResourceType::Patient, "_lastUpdated", &format!("ge{value}"), now).ok();
    let single = criterion.filter(|criterion| digits && criterion.values.len() == 1);
    single.ok_or_else(|| invalid("_since is not a time: write YYYY-MM-DDThh:mm:ssZ"))
}

struct Walk {
    edge: Edge,
    caller: Caller,
    question: EverythingQuestion,
    so_far: SoFar,
    own: String,
}

impl Walk {
    /// Each page has room of its own: a client may take long to take one.
    async fn next(&mut self) -> Result<EverythingPage, RecordsError> {
        self.caller.room = Room::default();
        let part = self.caller.for_a_part();
        self.edge.0.records.everything(&part, &self.question, &mut self.so_far).await
    }

    /// The first page decides the status: until then the whole answer may become another.
    async fn first(&mut self) -> Result<EverythingPage, RecordsError> {
        self.edge.0.records.everything(&self.caller, &self.question, &mut self.so_far).await
    }

    async fn page(mut self, context: &str, url: &str, query: String) -> Result<Response, Problem> {
        let page = self.first().await?;
        let query =
            form_urlencoded::Serializer::new(query).append_pair(OPENED, &self.so_far.to_text()).finish();
        let next = page.next.clone().map(|id| Cursor { query, after: Mark::unranked(id) });
        let next = next.map(|cursor| self.edge.0.records.seal_cursor(&self.caller, context, &cursor));
        let next = next.map(|cursor| links::next(url, &cursor));
        let mut links = vec![("self", self.own.as_str())];
        links.extend(next.as_deref().map(|next| ("next", next)));
        let mut set = Searchset::begin(None, &links);
        self.write(&page, &mut set);
        Ok(answer::fhir(StatusCode::OK, set.end()))
    }

    /// The status is decided by the first page.
    async fn whole(mut self) -> Result<Response, Problem> {
        let mut set = Searchset::begin(None, &[("self", self.own.as_str())]);
        let first = self.first().await?;
        self.write(&first, &mut set);
        self.caller.room = Room::default();
        self.question.after = first.next;
        let begun = set.take();
        let rest = stream::try_unfold(Some((self, set)), |left| async move {
            let Some((mut walk, mut set)) = left else { return Ok(None) };
            if walk.question.after.is_none() {
                return Ok(Some((set.end(), None)));
            }
            let page = walk.next().await.inspect_err(|error| {
                tracing::warn!(error = %error, "an answer of $everything was broken off");
            })?;
            walk.write(&page, &mut set);
            walk.caller.room = Room::default();
            walk.question.after = page.next;
            Ok::<_, RecordsError>(Some((set.take(), Some((walk, set)))))
        });
        let body = stream::once(async move { Ok(begun) }).chain(rest);
        Ok(answer::streamed(Body::from_stream(body)))
    }

    fn write(&self, page: &EverythingPage, into: &mut Searchset) {
        for (resources, mode) in [(&page.own, SearchMode::Match), (&page.directory, SearchMode::Include)] {
            for one in resources {
                let full_url = bundle::full_url(&self.edge, one);
                into.add(&[SearchEntry { full_url: &full_url, resource: bundle::text(one), mode }]);
            }
        }
    }
}

/// What was understood: none of it is a patient's datum.
fn own_link(url: &str, query: &str) -> String {
    let mut own = form_urlencoded::Serializer::new(String::new());
    own.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "_format"));
    let own = own.finish();
    if own.is_empty() { url.to_owned() } else { format!("{url}?{own}") }
}

fn not_supported(reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}
