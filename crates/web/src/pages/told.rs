//! A page that tells something and leads on.

use askama::Template;

use crate::view::page::Page;

/// What is told, and where to go.
#[derive(Template)]
#[template(path = "told.html")]
pub(crate) struct Told {
    pub(crate) page: Page,
    pub(crate) title: &'static str,
    pub(crate) texts: Vec<&'static str>,
    pub(crate) href: &'static str,
    pub(crate) link: &'static str,
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = Told {
        title: page.w.sign_in.sent_title,
        texts: vec![page.w.sign_in.sent, page.w.sign_in.sent_do],
        href: "/sign-in",
        link: page.w.sign_in.to_sign_in,
        page,
    };
    template.render().unwrap()
}
