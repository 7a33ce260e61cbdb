//! What is said of one endpoint. Path parameters are in its path already.

use serde_json::Value;
use tacenda_fhir::ResourceType;

/// What is said of one endpoint.
pub(crate) struct Operation {
    /// Its name in programs that are made from the document; no two have the same.
    pub(crate) id: &'static str,
    /// Under which heading it is shown, where it is not written for each type: those are under their type's.
    pub(crate) group: Group,
    /// In a few words.
    pub(crate) summary: &'static str,
    /// In Markdown. A line such as `GET /fhir/Patient?name=mar` in it is an example that runs as it is.
    pub(crate) text: &'static str,
    /// Who may ask.
    pub(crate) access: Access,
    /// Whether it is written once for each resource type.
    pub(crate) by_type: bool,
    /// Whether it has the search parameters of its type.
    pub(crate) searches: bool,
    /// Headers and parameters of the query, of `headers.rs`.
    pub(crate) parameters: &'static [&'static Parameter],
    /// What is sent.
    pub(crate) body: Option<Body>,
    /// What comes back where all is well.
    pub(crate) answers: &'static [Answer],
    /// The statuses that come with an OperationOutcome.
    pub(crate) problems: &'static [u16],
}

impl Operation {
    /// With nothing in it; each operation says what it has.
    pub(crate) const NONE: Self = Self {
        id: "",
        group: Group::Server,
        summary: "",
        text: "",
        access: Access::Anybody,
        by_type: false,
        searches: false,
        parameters: &[],
        body: None,
        answers: &[],
        problems: &[],
    };
}

/// A heading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Records,
    Tokens,
    Server,
}

impl Group {
    pub(crate) const ALL: [Self; 3] = [Self::Records, Self::Tokens, Self::Server];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Records => "Records",
            Self::Tokens => "Tokens",
            Self::Server => "Server",
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Records => "Read and write FHIR R4 resources.",
            Self::Tokens => "OAuth 2.0 and OpenID Connect. People are asked at `/oauth/authorize`.",
            Self::Server => "The server itself, and this documentation.",
        }
    }
}

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody.
    Anybody,
    /// Whoever has an access token.
    Token,
    /// A registered client, which proves itself by its secret or in the form.
    Client,
}

/// A header or a parameter of the query.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// `header` or `query`.
    pub(crate) place: &'static str,
    pub(crate) text: &'static str,
    pub(crate) schema: fn() -> Value,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(crate) struct Body {
    pub(crate) media: &'static [&'static str],
    /// Of `schemas.rs`.
    pub(crate) schema: &'static str,
    /// Whether there must be one.
    pub(crate) required: bool,
    /// Each runs as it is: its name and value. What is written for each type is asked for each.
    pub(crate) examples: fn(Option<ResourceType>) -> Vec<(&'static str, Value)>,
}

/// What comes back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: &'static str,
    /// Its media type and its schema, of `schemas.rs`; none where it is empty.
    pub(crate) content: Option<(&'static str, &'static str)>,
    /// Of `headers.rs`.
    pub(crate) headers: &'static [&'static str],
}
