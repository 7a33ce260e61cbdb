//! Mail to people about their own account.
//!
//! A notice is sealed and queued in the transaction of the change that it tells of, so that there is never one without
//! the other; an upkeep task sends what is queued (`send.rs`).
//!
//! SECURITY: a notice says what happened to the account, and nothing that came from a stranger: no name, no browser's
//! text, no patient. Subjects are constants, so nothing can end a header early.

mod compose;
mod post;
mod send;
mod words;

use serde::{Deserialize, Serialize};
use tacenda_kernel::{Clock, Language, Random, Secret};

pub use post::{MailServer, NoPost, Post, Security};
pub(crate) use send::send_due;

use crate::{
    sealing::{Profile, Sealed, Sealer, SealingFailed},
    store::notices::NoticeRow,
};

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum NoticeKind {
    /// An account was made for them. With a link.
    Invitation,
    /// Somebody asked for a new password. With a link.
    ForgottenPassword,
    /// Somebody asked to move the account to another address. To the old one, with a link.
    LeaveAddress,
    /// Somebody asked to move the account to this address. With a link.
    JoinAddress,
    /// The account has another address now. To the old one.
    AddressChanged,
    /// They signed in from a browser that was not used before.
    NewBrowser,
    /// A second factor was added.
    FactorAdded,
    /// A second factor was removed.
    FactorRemoved,
    /// All second factors were removed by an administrator.
    FactorsReset,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// The password was changed.
    PasswordChanged,
    /// An administrator wants another password.
    PasswordDemanded,
    /// An application was let in. With its name.
    ApplicationLetIn,
    /// An application's access was ended, since one of its tokens was used twice. With its name.
    ApplicationCutOff,
    /// The account was suspended, since it was not used for long.
    Dormant,
}

/// A notice to be queued.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// The address.
    pub(crate) to: Secret<String>,
    pub(crate) language: Language,
    pub(crate) kind: NoticeKind,
    /// The token of a link, where the kind has one; the URL is made when it is sent.
    pub(crate) link: Option<Secret<String>>,
    /// The name of an application, where the kind is about one.
    pub(crate) application: Option<String>,
}

impl Notice {
    /// To the owner of the account; none where the account has no address.
    pub(crate) fn to_owner(profile: &Profile, kind: NoticeKind) -> Option<Self> {
        let to = profile.email.clone()?;
        Some(Self { to, language: profile.language, kind, link: None, application: None })
    }

    /// The same with a link.
    pub(crate) fn with_link(self, link: Secret<String>) -> Self {
        Self { link: Some(link), ..self }
    }

    /// The same about an application.
    pub(crate) fn about(self, application: &str) -> Self {
        Self { application: Some(application.to_owned()), ..self }
    }

    /// Seals it for the queue: `store::notices::insert` puts it there, in the transaction of what it tells.
    pub(crate) fn seal(
        &self,
        sealer: &Sealer,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<NoticeRow, SealingFailed> {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        // EXPOSE: address and link are sealed.
        let stored = Stored {
            to: self.to.expose(),
            language: self.language,
            kind: self.kind,
            link: self.link.as_ref().map(|link| link.expose().as_str()),
            application: self.application.as_deref(),
        };
        let plain = Secret::new(postcard::to_stdvec(&stored).map_err(|_| SealingFailed)?);
        let sealed = sealer.seal(&Sealed::Notice(id), plain.expose());
        Ok(NoticeRow { id, sealed, queued_at: clock.now() })
    }

    pub(crate) fn open(row: &NoticeRow, sealer: &Sealer) -> Result<Self, SealingFailed> {
        let plain = sealer.open(&Sealed::Notice(row.id), &row.sealed)?;
        // EXPOSE: each part is wrapped again at once.
        let stored: Stored<'_> = postcard::from_bytes(plain.expose()).map_err(|_| SealingFailed)?;
        let secret = |text: &str| Secret::new(text.to_owned());
        Ok(Self {
            to: secret(stored.to),
            language: stored.language,
            kind: stored.kind,
            link: stored.link.map(secret),
            application: stored.application.map(str::to_owned),
        })
    }
}

/// [`Notice`] as it is sealed. It lives a day at most, so another version of it is another variant of [`NoticeKind`].
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    to: &'a str,
    language: Language,
    kind: NoticeKind,
    link: Option<&'a str>,
    application: Option<&'a str>,
}
