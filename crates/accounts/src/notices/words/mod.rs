//! What notices say, by language. Every kind has words in every language: the compiler holds that.

mod english;
mod italian;

use jiff::Timestamp;
use tacenda_kernel::Language;

use super::NoticeKind;

/// What one kind of notice says.
pub(super) struct Words {
    /// The subject line.
    pub(super) subject: &'static str,
    /// What happened. `{application}` stands for the application's name, `{when}` for the time.
    pub(super) fact: &'static str,
    /// What to do. `{account}` stands for the address of the account's page.
    pub(super) advice: &'static str,
}

/// What all notices in a language say.
pub(super) struct Frame {
    pub(super) greeting: &'static str,
    /// The end: `{origin}` stands for the address of this installation.
    pub(super) closing: &'static str,
}

/// The words of a kind.
pub(super) const fn words(kind: NoticeKind, language: Language) -> Words {
    match language {
        Language::English => english::words(kind),
        Language::Italian => italian::words(kind),
    }
}

/// The frame around them.
pub(super) const fn frame(language: Language) -> Frame {
    match language {
        Language::English => english::FRAME,
        Language::Italian => italian::FRAME,
    }
}

/// A time as people of the language write it, in UTC: where they are is not known.
pub(super) fn time(at: Timestamp, language: Language) -> String {
    let form = match language {
        Language::English => "%Y-%m-%d at %H:%M UTC",
        Language::Italian => "%d/%m/%Y alle %H:%M UTC",
    };
    at.strftime(form).to_string()
}
