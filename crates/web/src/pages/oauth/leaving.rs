//! Back to an application.
//!
//! SECURITY: the answer to a form is this page and no redirect, since browsers hold `form-action` against redirects, too,
//! and the policy names nobody but this server.

use askama::Template;
use axum::response::Response;
use tacenda_contracts::accounts::oauth::Location;

use crate::{edge::answer::show, refusal::Refusal, view::page::Page};

#[derive(Template)]
#[template(path = "oauth/leaving.html")]
struct Leaving {
    page: Page,
    location: String,
}

/// A page that leads on at once.
pub(crate) fn leave(page: Page, location: &Location) -> Result<Response, Refusal> {
    // EXPOSE: the browser is the one to carry it to the application.
    let location = location.expose().clone();
    // The address was registered; one that a browser would take for a script of this page is none all the same.
    let scheme = location.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if ["javascript", "data", "vbscript", "blob", "file"].contains(&scheme.as_str()) {
        return Err(Refusal::Malformed);
    }
    Ok(show(&Leaving { page, location }))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    Leaving { page, location: "/back?code=a&state=b".to_owned() }.render().unwrap()
}
