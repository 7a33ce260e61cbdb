//! Notices in English.

use super::{Frame, Words};
use crate::notices::NoticeKind;

pub(super) const FRAME: Frame =
    Frame { greeting: "Hello,", closing: "This message was sent by {origin}. Nobody reads answers to it." };

const NOT_YOU: &str =
    "If this was not you, change your password at once and tell your administrator:\n{account}";

pub(super) const fn words(kind: NoticeKind) -> Words {
    let (subject, fact, advice) = match kind {
        NoticeKind::Invitation => (
            "Your account",
            "an account was made for you. Choose a password to begin. This link is good once, for 7 days:",
            "If you did not expect this, do nothing.",
        ),
        NoticeKind::ForgottenPassword => (
            "A new password",
            "somebody asked for a new password for your account. This link is good once, for 30 minutes:",
            "If it was not you, do nothing: your password has not changed.",
        ),
        NoticeKind::LeaveAddress => (
            "Confirm another e-mail address",
            "somebody signed in to your account and asked to move it from this e-mail address to another. It moves \
             once both are confirmed. This link is good once, for 30 minutes:",
            NOT_YOU,
        ),
        NoticeKind::JoinAddress => (
            "Confirm this e-mail address",
            "somebody asked to move an account to this e-mail address. This link is good once, for 30 minutes:",
            "If it was not you, do nothing.",
        ),
        NoticeKind::AddressChanged => (
            "Your e-mail address was changed",
            "your account was moved to another e-mail address on {when}. This is the last message to this one.",
            "If this was not you, tell your administrator at once.",
        ),
        NoticeKind::NewBrowser => (
            "A sign-in from a new browser",
            "your account was signed in to on {when} from a browser that was not used before.",
            NOT_YOU,
        ),
        NoticeKind::FactorAdded => {
            ("A second factor was added", "a second factor was added to your account on {when}.", NOT_YOU)
        }
        NoticeKind::FactorRemoved => (
            "A second factor was removed",
            "a second factor was removed from your account on {when}.",
            NOT_YOU,
        ),
        NoticeKind::FactorsReset => (
            "Your second factors were removed",
            "an administrator removed all second factors of your account on {when}.",
            "Sign in with your password and enrol a new one. If you did not ask for this, tell your administrator at \
             once:\n{account}",
        ),
        NoticeKind::RecoveryCodesMade => (
            "New recovery codes",
            "new recovery codes were made for your account on {when}. The old ones are worth nothing.",
            NOT_YOU,
        ),
        NoticeKind::RecoveryCodeUsed => (
            "A recovery code was used",
            "a recovery code was used to sign in to your account on {when}. It is worth nothing now.",
            NOT_YOU,
        ),
        NoticeKind::PasswordChanged => {
            ("Your password was changed", "the password of your account was changed on {when}.", NOT_YOU)
        }
        NoticeKind::PasswordDemanded => (
            "Please choose another password",
            "an administrator asks you to choose another password. Your sessions have ended.",
            "You will be asked for it when you sign in:\n{account}",
        ),
        NoticeKind::ApplicationLetIn => (
            "An application has access",
            "an application got access in your name on {when}: {application}.",
            "If this was not you, end its access and change your password at once:\n{account}",
        ),
        NoticeKind::ApplicationCutOff => (
            "An application's access was ended",
            "the access of this application in your name was ended on {when}, because a token of it was used twice, \
             as a thief would: {application}.",
            "To go on, let the application in again. If it happens again, tell your administrator.",
        ),
        NoticeKind::Dormant => (
            "Your account was suspended",
            "your account was suspended on {when}, because it was not used for long.",
            "If you need it, ask your administrator.",
        ),
    };
    Words { subject, fact, advice }
}
