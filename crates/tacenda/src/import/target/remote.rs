//! A server, over HTTP.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use reqwest::{Certificate, Client, Response, StatusCode, Url, header::CONTENT_TYPE, redirect::Policy};
use serde::Deserialize;
use tacenda_kernel::Secret;

use super::{PostError, Posted};
use crate::import::{failure::Problem, references::relative_name};

const CONNECTING: Duration = Duration::from_secs(10);
const ANSWERING: Duration = Duration::from_secs(300);

pub(super) struct Remote {
    client: Client,
    base: Url,
    token: Secret<String>,
}

impl Remote {
    pub(super) fn new(url: &str, token: &str, authority: Option<&Path>) -> Result<Self> {
        let base = base(url)?;
        // SECURITY: a redirect could carry the token and the records to another server.
        let mut client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .no_proxy();
        if let Some(path) = authority {
            let pem = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let certificates = Certificate::from_pem_bundle(&pem).ok().filter(|found| !found.is_empty());
            let certificates =
                certificates.with_context(|| format!("no certificate in {}", path.display()))?;
            client = client.tls_certs_only(certificates);
        }
        let client = client.build().context("cannot make an HTTP client")?;
        Ok(Self { client, base, token: Secret::new(token.trim().to_owned()) })
    }

    pub(super) fn base(&self) -> String {
        self.base.to_string()
    }

    pub(super) async fn post(&self, bundle: &Bytes, key: &str) -> Result<Posted, PostError> {
        let request = self
            .client
            .post(self.base.clone())
            // EXPOSE: it is sent to the server it is for; `base` has made sure that nobody listens.
            .bearer_auth(self.token.expose())
            .header(CONTENT_TYPE, "application/fhir+json")
            .header("idempotency-key", key)
            .body(bundle.clone());
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(Posted::Done(locations(response).await?));
        }
        let issues = issues(response).await;
        match status {
            StatusCode::UNAUTHORIZED => Err(PostError::Token),
            // The server says 409 with the code `conflict` of a repeated key only: a stale version is 412.
            StatusCode::CONFLICT if issues.iter().any(|issue| issue.code == "conflict") => {
                Ok(Posted::Repeated)
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::INSUFFICIENT_STORAGE => {
                Err(PostError::Unavailable(format!("the server answers {status}")))
            }
            _ if issues.is_empty() => {
                let reason = format!(
                    "the server answers {status} without an OperationOutcome; is this its FHIR base?"
                );
                Err(PostError::Refused(vec![Problem::new(reason)]))
            }
            _ => Err(PostError::Refused(issues.into_iter().map(OutcomeIssue::problem).collect())),
        }
    }
}

/// The FHIR base under a URL.
///
/// SECURITY: a token goes over TLS, or not beyond this host.
fn base(url: &str) -> Result<Url> {
    let root = url.trim_end_matches('/');
    let root = root.strip_suffix("/fhir").unwrap_or(root);
    let base =
        Url::parse(&format!("{root}/fhir")).context("the server's URL is malformed: write https://host")?;
    let on_this_host = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match base.scheme() {
        "https" => Ok(base),
        "http" if on_this_host => Ok(base),
        _ => bail!("a token is sent over https only (or over http to this host itself)"),
    }
}

#[derive(Deserialize)]
struct Answers {
    #[serde(default)]
    entry: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    response: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    location: Option<String>,
}

async fn locations(response: Response) -> Result<Vec<Option<String>>, PostError> {
    let answers: Answers = response.json().await.map_err(unreachable)?;
    let location = |answered: Answered| answered.response?.location;
    Ok(answers.entry.into_iter().map(|answered| relative_name(&location(answered)?)).collect())
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    issue: Vec<OutcomeIssue>,
}

#[derive(Deserialize)]
struct OutcomeIssue {
    code: String,
    diagnostics: Option<String>,
    #[serde(default)]
    expression: Vec<String>,
}

impl OutcomeIssue {
    fn problem(self) -> Problem {
        let reason = self.diagnostics.unwrap_or(self.code);
        Problem { expression: self.expression.into_iter().next(), reason }
    }
}

async fn issues(response: Response) -> Vec<OutcomeIssue> {
    response.json::<Outcome>().await.map(|outcome| outcome.issue).unwrap_or_default()
}

fn unreachable(error: reqwest::Error) -> PostError {
    let mut text = String::from("the server does not answer");
    let mut cause = std::error::Error::source(&error);
    while let Some(one) = cause {
        text.push_str(&format!(": {one}"));
        cause = one.source();
    }
    if error.is_connect() && text.contains("certificate") {
        return PostError::Unreachable(format!("{text}; name its certificate authority with --ca"));
    }
    PostError::Unavailable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_goes_in_the_clear_beyond_this_host() {
        for (url, expected) in [
            ("https://records.example", "https://records.example/fhir"),
            ("https://records.example/fhir/", "https://records.example/fhir"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/fhir"),
            ("http://localhost:8080/fhir", "http://localhost:8080/fhir"),
        ] {
            assert_eq!(base(url).unwrap().as_str(), expected);
        }
        for url in
            ["http://records.example", "http://127.0.0.1.example", "ftp://localhost", "records.example", ""]
        {
            assert!(base(url).is_err(), "{url}");
        }
    }
}
