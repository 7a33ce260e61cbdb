//! What pages say, in every language: side by side, so that neither can be left out.

mod account;
mod consent;
mod frame;
mod people;
mod refused;
mod sign_in;

use http::{HeaderMap, header};
use tacenda_kernel::Language;

pub(crate) use account::AccountWords;
pub(crate) use consent::ConsentWords;
pub(crate) use frame::FrameWords;
pub(crate) use people::PeopleWords;
pub(crate) use refused::RefusedWords;
pub(crate) use sign_in::SignInWords;

/// A struct of texts with one value for each language: a text that lacks a translation does not compile.
macro_rules! texts {
    ($name:ident { $($key:ident: $english:literal, $italian:literal;)+ }) => {
        /// Texts of one part of the pages; what stands in braces is replaced.
        pub(crate) struct $name {
            $(pub(crate) $key: &'static str,)+
        }

        impl $name {
            pub(crate) const ENGLISH: Self = Self { $($key: $english,)+ };
            pub(crate) const ITALIAN: Self = Self { $($key: $italian,)+ };
            #[cfg(test)]
            pub(crate) const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $english, $italian),)+];
        }
    };
}
use texts;

/// Every text of one language.
pub(crate) struct Words {
    /// Around every page, and in many of them.
    pub(crate) frame: FrameWords,
    /// Where something is not done.
    pub(crate) refused: RefusedWords,
    /// Signing in, links by mail.
    pub(crate) sign_in: SignInWords,
    /// One's own account.
    pub(crate) account: AccountWords,
    /// People and applications.
    pub(crate) people: PeopleWords,
    /// What applications ask for.
    pub(crate) consent: ConsentWords,
}

static ENGLISH: Words = Words {
    frame: FrameWords::ENGLISH,
    refused: RefusedWords::ENGLISH,
    sign_in: SignInWords::ENGLISH,
    account: AccountWords::ENGLISH,
    people: PeopleWords::ENGLISH,
    consent: ConsentWords::ENGLISH,
};

static ITALIAN: Words = Words {
    frame: FrameWords::ITALIAN,
    refused: RefusedWords::ITALIAN,
    sign_in: SignInWords::ITALIAN,
    account: AccountWords::ITALIAN,
    people: PeopleWords::ITALIAN,
    consent: ConsentWords::ITALIAN,
};

/// The texts of a language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Italian => &ITALIAN,
    }
}

/// The language that a browser asks for (RFC 9110 §12.5.4), or English.
pub(crate) fn accepted_language(headers: &HeaderMap) -> Language {
    let header =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (0.0, Language::default());
    for range in header.split(',').take(20) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight: f32 =
            weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
        let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        if let Ok(language) = primary.parse::<Language>()
            && weight > best.0
            && weight <= 1.0
        {
            best = (weight, language);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that are the same in both languages.
    const SAME: [&str; 12] = [
        "Password",
        "E-mail",
        "Tacenda",
        "Passkey",
        "Account",
        "Client ID",
        "Italiano",
        "English",
        "No",
        "IP",
        "—",
        "Administrator",
    ];

    fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        [
            FrameWords::ALL,
            RefusedWords::ALL,
            SignInWords::ALL,
            AccountWords::ALL,
            PeopleWords::ALL,
            ConsentWords::ALL,
        ]
        .into_iter()
        .flatten()
    }

    fn holes(text: &str) -> Vec<&str> {
        let mut holes: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        holes.sort_unstable();
        holes
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_holes() {
        assert!(all().count() > 100);
        for (key, english, italian) in all() {
            assert!(!english.trim().is_empty() && !italian.trim().is_empty(), "{key}");
            assert_eq!(holes(english), holes(italian), "{key}");
            assert!(english != italian || SAME.contains(english), "{key} is not translated: {english}");
            for text in [english, italian] {
                assert_eq!(text.trim(), *text, "{key}");
                assert!(
                    !text.contains("  ") && !text.contains('\'') && !text.contains("..."),
                    "{key}: {text}"
                );
            }
        }
    }

    #[test]
    fn the_language_is_what_the_browser_likes_best() {
        let asked = |text: &str| {
            let headers = [(header::ACCEPT_LANGUAGE, text.parse().unwrap())];
            accepted_language(&headers.into_iter().collect())
        };
        assert_eq!(asked("it-IT,it;q=0.9,en;q=0.8"), Language::Italian);
        assert_eq!(asked("en-GB,en;q=0.9,it;q=0.8"), Language::English);
        assert_eq!(asked("fr,it;q=0.4,en;q=0.3"), Language::Italian);
        assert_eq!(asked("it;q=0"), Language::English);
        assert_eq!(asked("de"), Language::English);
        assert_eq!(asked("IT;q=nonsense, *;q=2"), Language::English);
        assert_eq!(accepted_language(&HeaderMap::new()), Language::English);
    }
}
