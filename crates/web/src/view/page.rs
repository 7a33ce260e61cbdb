//! The frame around every page: language, navigation, who is signed in.

use tacenda_contracts::accounts::sign_in::Session;
use tacenda_kernel::{Language, Role};

use crate::{
    assets::ASSETS,
    words::{Words, words},
};

/// Which part of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// None: before signing in, and while something is owed.
    None,
    /// My account: overview.
    Overview,
    /// My account: sign-in methods.
    Security,
    /// My account: sessions.
    Sessions,
    /// My account: sign-in history.
    History,
    /// My account: applications that were let in.
    LetIn,
    /// People, for administrators.
    People,
    /// Applications, for administrators.
    Applications,
}

impl Area {
    fn is_account(self) -> bool {
        matches!(self, Self::Overview | Self::Security | Self::Sessions | Self::History | Self::LetIn)
    }
}

/// Who is signed in, as the frame shows them.
pub(crate) struct Named {
    pub(crate) name: String,
    /// Whether there is a way to other pages: not while something is owed.
    pub(crate) free: bool,
    pub(crate) administers: bool,
}

/// What every template has.
pub(crate) struct Page {
    pub(crate) w: &'static Words,
    pub(crate) language: Language,
    /// The token of the page's forms.
    pub(crate) form: String,
    pub(crate) area: Area,
    pub(crate) named: Option<Named>,
}

impl Page {
    pub(crate) fn new(language: Language, form: String, area: Area, session: Option<&Session>) -> Self {
        let named = session.map(|session| Named {
            // EXPOSE: a person is shown their own name.
            name: session.display_name.expose().clone(),
            free: session.duties.is_empty(),
            administers: session.roles.contains(&Role::Administrator),
        });
        Self { w: words(language), language, form, area, named }
    }

    pub(crate) fn style(&self) -> String {
        ASSETS.style.url()
    }

    pub(crate) fn logo(&self) -> String {
        ASSETS.logo.url()
    }

    pub(crate) fn passkey_script(&self) -> String {
        ASSETS.passkey.url()
    }

    /// Whether the page is one of one's own account.
    pub(crate) fn account_is_current(&self) -> bool {
        self.area.is_account()
    }

    /// Whether the page belongs to this part of the navigation.
    pub(crate) fn is(&self, area: &str) -> bool {
        matches!(
            (area, self.area),
            ("overview", Area::Overview)
                | ("security", Area::Security)
                | ("sessions", Area::Sessions)
                | ("history", Area::History)
                | ("let-in", Area::LetIn)
                | ("people", Area::People)
                | ("applications", Area::Applications)
        )
    }
}
