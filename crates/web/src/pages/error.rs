//! A page that says why something is not done, and what to do.

use askama::Template;
use tacenda_contracts::accounts::federation::FederationError;
use tacenda_kernel::Language;

use crate::{
    refusal::Refusal,
    view::page::{Area, Page},
};

/// The page of a refusal.
#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    page: Page,
    status: u16,
    title: &'static str,
    advice: String,
}

impl ErrorPage {
    pub(crate) fn new(refusal: &Refusal, language: Language) -> Self {
        let page = Page::new(language, String::new(), Area::None, None);
        let w = &page.w.refused;
        let (title, advice) = match refusal {
            Refusal::NotFound => (w.not_found, w.not_found_do),
            Refusal::Forbidden => (w.forbidden, w.forbidden_do),
            Refusal::ForeignForm => (w.foreign_form, w.foreign_form_do),
            Refusal::StaleForm => (w.stale_form, w.stale_form_do),
            Refusal::Malformed => (w.malformed, w.malformed_do),
            Refusal::TooLarge => (w.too_large, w.too_large_do),
            Refusal::NotAllowed => (w.not_allowed, w.not_allowed_do),
            Refusal::Slow { .. } => (w.slow, w.slow_do),
            Refusal::Provider(FederationError::StartAgain) => (w.provider_again, w.provider_again_do),
            Refusal::Provider(FederationError::Declined) => (w.provider_declined, w.provider_declined_do),
            Refusal::Provider(FederationError::NotValid) => (w.provider_not_valid, w.provider_not_valid_do),
            Refusal::Provider(FederationError::NotAdmitted) => (w.not_admitted, w.not_admitted_do),
            Refusal::Provider(FederationError::ProviderUnavailable) => (w.provider_down, w.provider_down_do),
            Refusal::Full => (w.full, w.full_do),
            // The others lead on to another page; should one come here, nothing was done either.
            _ => (w.unavailable, w.unavailable_do),
        };
        let seconds = match refusal {
            Refusal::Slow { seconds } => seconds.to_string(),
            _ => String::new(),
        };
        let advice = advice.replace("{seconds}", &seconds);
        Self { page, status: refusal.status().as_u16(), title, advice }
    }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    ErrorPage::new(&Refusal::Unavailable, page.language).render().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do_in_both_languages() {
        let all = [
            Refusal::NotFound,
            Refusal::Forbidden,
            Refusal::ForeignForm,
            Refusal::StaleForm,
            Refusal::Malformed,
            Refusal::TooLarge,
            Refusal::NotAllowed,
            Refusal::Slow { seconds: 17 },
            Refusal::Provider(FederationError::StartAgain),
            Refusal::Provider(FederationError::Declined),
            Refusal::Provider(FederationError::NotValid),
            Refusal::Provider(FederationError::NotAdmitted),
            Refusal::Provider(FederationError::ProviderUnavailable),
            Refusal::Full,
            Refusal::Unavailable,
        ];
        let mut seen = std::collections::HashSet::new();
        for refusal in &all {
            for language in Language::ALL {
                let text = ErrorPage::new(refusal, language).render().unwrap();
                assert!(text.contains(&format!("<html lang=\"{language}\">")));
                assert!(text.contains(refusal.status().as_str()) && !text.contains('{'), "{refusal:?}");
                assert_eq!(text.contains("17"), matches!(refusal, Refusal::Slow { .. }));
                assert!(seen.insert(text), "two refusals look the same");
            }
        }
    }
}
