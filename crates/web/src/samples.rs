//! Every template, rendered with a sample in both languages, and looked at for what every page must have.

use tacenda_kernel::Language;

use crate::{
    pages::{
        account::{self, email, factors, history, overview, passkey, password, recovery, sessions, totp},
        applications, error, factor, forgotten, link, oauth, people, sign_in, sign_out, told,
    },
    view::page::{Area, Named, Page},
};

type Sample = (&'static str, Area, fn(Page) -> String);

const ALL: [Sample; 27] = [
    ("sign_in", Area::None, sign_in::sample),
    ("factor", Area::None, factor::sample),
    ("forgotten", Area::None, forgotten::sample),
    ("told", Area::None, told::sample),
    ("link_password", Area::None, link::sample_password),
    ("link_address", Area::None, link::sample_address),
    ("error", Area::None, error::sample),
    ("account/overview", Area::Overview, overview::sample),
    ("account/password", Area::Security, password::sample),
    ("account/email", Area::Overview, email::sample),
    ("account/factors", Area::Security, factors::sample),
    ("account/enrol", Area::None, factors::sample_enrol),
    ("account/totp", Area::Security, totp::sample),
    ("account/passkey", Area::Security, passkey::sample),
    ("account/recovery", Area::Security, recovery::sample),
    ("account/sessions", Area::Sessions, sessions::sample),
    ("account/history", Area::History, history::sample),
    ("account/applications", Area::LetIn, account::applications::sample),
    ("people/list", Area::People, people::list::sample),
    ("people/invite", Area::People, people::invite::sample),
    ("people/person", Area::People, people::person::sample),
    ("applications/list", Area::Applications, applications::list::sample),
    ("applications/register", Area::Applications, applications::register::sample),
    ("applications/secret", Area::Applications, applications::register::sample_secret),
    ("oauth/consent", Area::None, oauth::consent::sample),
    ("oauth/leaving", Area::None, oauth::leaving::sample),
    ("sign_out", Area::None, sign_out::sample),
];

fn pages() -> impl Iterator<Item = (String, String)> {
    Language::ALL.into_iter().flat_map(|language| {
        ALL.into_iter().map(move |(name, area, sample)| {
            let mut page = Page::new(language, "the-token".to_owned(), area, None);
            let named = Named { name: "Elena Marchetti".to_owned(), free: true, administers: true };
            page.named = (area != Area::None).then_some(named);
            (format!("{name}.{language}"), sample(page))
        })
    })
}

/// The values of an attribute, in the order of the page.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let before = format!(" {attribute}=\"");
    text.split(before.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The elements of a name with all that is in them.
fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next()).collect()
}

#[test]
fn every_template_has_a_sample() {
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    let frames = ["layout", "plain", "account", "forms", "passkey_get", "ways"];
    let mut found = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let stem = path.with_extension("");
            let known = ALL.iter().any(|(name, ..)| stem.ends_with(format!("templates/{name}")));
            let frame = frames.iter().any(|name| stem.ends_with(format!("templates/{name}")));
            assert!(known || frame, "{}", path.display());
            found += 1;
        }
    }
    assert_eq!(found, ALL.len() + frames.len());
}

#[test]
fn every_page_has_a_language_a_title_and_one_heading() {
    for (name, text) in pages() {
        assert_eq!(text.matches("<h1").count(), 1, "{name}");
        assert!(text.contains("<html lang=\"en\">") || text.contains("<html lang=\"it\">"), "{name}");
        let title = elements(&text, "title")[0].trim_start_matches('>').trim();
        assert!(title.len() > "– Tacenda".len() + 3 && title.ends_with("– Tacenda"), "{name}: {title}");
        assert!(!text.contains("{"), "{name} has a hole that was not filled");
    }
}

#[test]
fn every_form_carries_its_token_and_goes_to_this_server() {
    for (name, text) in pages() {
        for form in elements(&text, "form") {
            assert!(form.contains("method=\"post\""), "{name}");
            assert!(form.contains("name=\"form_token\" value=\"the-token\""), "{name}: {form}");
        }
        for url in ["action", "href", "src"].iter().flat_map(|attribute| values(&text, attribute)) {
            assert!(
                (url.starts_with('/') && !url.starts_with("//")) || url.starts_with('#'),
                "{name}: {url}"
            );
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_reference_a_target() {
    for (name, text) in pages() {
        let ids = values(&text, "id");
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(ids.len(), once.len(), "{name} has an id twice: {ids:?}");
        let described = values(&text, "aria-describedby").into_iter().chain(values(&text, "aria-labelledby"));
        for id in described.flat_map(str::split_whitespace).chain(values(&text, "for")) {
            assert!(ids.contains(&id), "{name}: {id}");
        }
        for link in values(&text, "href").into_iter().filter_map(|url| url.strip_prefix('#')) {
            assert!(ids.contains(&link), "{name}: #{link}");
        }
        for input in elements(&text.replace("<input", "</input><input"), "input") {
            let input = input.split('>').next().unwrap();
            let hidden = input.contains("type=\"hidden\"") || input.contains("aria-hidden");
            let boxed = input.contains("radio") || input.contains("checkbox");
            let id = values(input, "id").first().copied().unwrap_or_default();
            assert!(hidden || boxed || text.contains(&format!("<label for=\"{id}\"")), "{name}: {input}");
            assert!(hidden || boxed || input.contains(" autocomplete=\""), "{name}: {input}");
        }
    }
}

#[test]
fn nothing_stands_in_a_page_that_the_policy_forbids_and_what_people_typed_is_text() {
    for (name, text) in pages() {
        for inline in [" style=", "<style", " onclick", " onsubmit", "javascript:", "http://", "https://"] {
            assert!(!text.contains(inline), "{name}: {inline}");
        }
        for script in elements(&text, "script") {
            assert!(script.contains("src=\"/assets/") && script.ends_with('>'), "{name}: {script}");
        }
        assert!(!text.contains("<b>") && !text.contains("<1>"), "{name}");
    }
}

/// Writes the samples to the target folder, to be looked at in a browser.
#[test]
fn samples_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
    for (name, text) in pages() {
        let path = folder.join(format!("{name}.html"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
