//! Asks a provider over HTTP: without redirects, for a short time, for a small answer.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use tacenda_kernel::Secret;

const CONNECTING: Duration = Duration::from_secs(3);
const ANSWERING: Duration = Duration::from_secs(8);
/// More than a key set of many keys with their certificates.
const LONGEST: usize = 256 << 10;

/// The provider does not answer as it should. The cause is in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoAnswer;

/// Asks.
pub(super) struct Fetch(Client);

impl Fetch {
    /// SECURITY: a redirect could lead a secret or a question for keys to another server, and a proxy read them.
    pub(super) fn new() -> Result<Self, NoAnswer> {
        let client =
            Client::builder().redirect(Policy::none()).connect_timeout(CONNECTING).timeout(ANSWERING);
        client.no_proxy().build().map(Self).map_err(no_answer)
    }

    /// A document.
    pub(super) async fn get(&self, url: &str) -> Result<String, NoAnswer> {
        let response = self.0.get(url).header(header::ACCEPT, "application/json").send().await;
        let (status, text) = read(response.map_err(no_answer)?).await?;
        if status == StatusCode::OK {
            return Ok(text);
        }
        tracing::warn!(%status, "an identity provider did not give a document");
        Err(NoAnswer)
    }

    /// The answer to a form, whatever its status. `basic` proves who asks.
    pub(super) async fn post(
        &self,
        url: &str,
        form: &Secret<String>,
        basic: Option<&Secret<String>>,
    ) -> Result<(StatusCode, String), NoAnswer> {
        let request = self.0.post(url).header(header::ACCEPT, "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        // EXPOSE: both go to the provider, whose address was checked when it was configured.
        let request = match basic {
            Some(basic) => request.header(header::AUTHORIZATION, basic.expose()),
            None => request,
        };
        read(request.body(form.expose().clone()).send().await.map_err(no_answer)?).await
    }
}

async fn read(mut response: Response) -> Result<(StatusCode, String), NoAnswer> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            tracing::warn!("an identity provider answers more than 256 KiB");
            return Err(NoAnswer);
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| NoAnswer)?;
    Ok((response.status(), text))
}

/// The URL goes without its query; an error of the library names no header and no body.
fn no_answer(error: reqwest::Error) -> NoAnswer {
    let error = error.without_url();
    tracing::warn!(error = &error as &dyn std::error::Error, "an identity provider does not answer");
    NoAnswer
}
