//! What a URL says: a path or query that is none of ours is answered with a page, as everything else.

use axum::extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// The query.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = AxumQuery::from_request_parts(parts, state).await;
        read.map(|AxumQuery(read)| Self(read)).map_err(|_| Refusal::Malformed)
    }
}

/// The named parts of the path. What does not fit is no page.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = AxumPath::from_request_parts(parts, state).await;
        read.map(|AxumPath(read)| Self(read)).map_err(|_| Refusal::NotFound)
    }
}
