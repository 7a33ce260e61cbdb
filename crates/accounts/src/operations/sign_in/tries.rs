//! How often somebody may try.
//!
//! What is counted, and after how many failures one waits how long at most:
//!
//! | a try at a password | free | longest wait |
//! |---|---|---|
//! | from a browser that is not known, for this address from this network | 5 | 15 min |
//! | from all such browsers, for this address | 20 | 30 s |
//! | from all such browsers, from this network | 50 | 60 s |
//! | from a browser in which this person has signed in | 5 | 15 min |
//!
//! SECURITY: a stranger cannot lock a colleague out. Their failures never slow a known browser; for any other they cost
//! half a minute, and passkeys and mailed links are not counted with passwords.

use jiff::SignedDuration;
use tacenda_contracts::accounts::{
    links::LinkError,
    own_account::OwnAccountError,
    sign_in::{SignInError, Visit},
};
use tacenda_kernel::ActorId;

use crate::{
    error::{Unanswered, unanswered},
    service::Accounts,
    store::{
        devices,
        sign_in_failures::{self, Counted, Turn},
    },
    visit,
};

/// Failures older than this count no more.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);
const QUARTER_HOUR: i32 = 15 * 60;

/// No turn now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoTurn {
    Wait { seconds: u32 },
    Unanswered,
}

/// What one try is counted under.
pub(crate) struct Tries {
    counted: Vec<Counted>,
    /// How many of them are forgotten when the try succeeds; of the others only this try is taken back.
    own: usize,
}

impl Tries {
    /// Of a password, for an address that somebody may or may not have.
    pub(crate) fn at_password(accounts: &Accounts, email: i64, visit: &Visit, known: bool) -> Self {
        let counted = |what, of: String, free, longest| Counted {
            subject: accounts.sealer.counted_token(what, &of),
            free,
            longest,
        };
        if known && let Some(device) = device_name(visit) {
            let device = counted("password-device", format!("{email} {device}"), 5, QUARTER_HOUR);
            return Self { counted: vec![device], own: 1 };
        }
        let network = visit::network(visit);
        let counted = vec![
            counted("password-pair", format!("{email} {network}"), 5, QUARTER_HOUR),
            counted("password-address", email.to_string(), 20, 30),
            counted("password-network", network, 50, 60),
        ];
        Self { counted, own: 2 }
    }

    /// Of a second factor, or of the old password in a session: whoever fails here knows something already, so only
    /// known browsers are counted apart.
    pub(crate) fn in_session(accounts: &Accounts, account: ActorId, visit: &Visit, known: bool) -> Self {
        let device = device_name(visit).filter(|_| known).unwrap_or_default();
        let subject = accounts.sealer.counted_token("factor", &format!("{account} {device}"));
        Self { counted: vec![Counted { subject, free: 5, longest: QUARTER_HOUR }], own: 1 }
    }

    /// Of asking for something by mail.
    pub(crate) fn at_mail(accounts: &Accounts, email: i64, visit: &Visit) -> Self {
        let counted = |what, of: String, free, longest| Counted {
            subject: accounts.sealer.counted_token(what, &of),
            free,
            longest,
        };
        let counted = vec![
            counted("mail-address", email.to_string(), 3, QUARTER_HOUR),
            counted("mail-network", visit::network(visit), 20, 300),
        ];
        Self { counted, own: 0 }
    }

    /// Counts a failure in advance, or says how long to wait.
    pub(crate) async fn take(&self, accounts: &Accounts) -> Result<(), NoTurn> {
        let now = accounts.clock.now();
        let forgotten = now.saturating_sub(FORGOTTEN).unwrap_or(now);
        let turn = sign_in_failures::take(&accounts.database, &self.counted, now, forgotten).await;
        match turn.map_err(unanswered)? {
            Turn::Taken => Ok(()),
            Turn::WaitUntil(until) => {
                let seconds = (until.duration_since(now).as_millis() + 999) / 1000;
                Err(NoTurn::Wait { seconds: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) })
            }
        }
    }

    /// It was no failure.
    pub(crate) async fn forgive(&self, accounts: &Accounts) -> Result<(), Unanswered> {
        let subjects: Vec<i64> = self.counted.iter().map(|one| one.subject).collect();
        let (own, shared) = subjects.split_at(self.own.min(subjects.len()));
        let now = accounts.clock.now();
        sign_in_failures::forgive(&accounts.database, own, shared, now).await.map_err(unanswered)
    }
}

/// Whether the account's owner has signed in in this browser. It takes the same work for nobody's account.
pub(crate) async fn is_known(
    accounts: &Accounts,
    account: ActorId,
    visit: &Visit,
) -> Result<bool, Unanswered> {
    let device = visit.device.as_ref().and_then(visit::token_hash).unwrap_or_default();
    devices::known(&accounts.database, &device, account).await.map_err(unanswered)
}

fn device_name(visit: &Visit) -> Option<String> {
    let hash = visit.device.as_ref().and_then(visit::token_hash)?;
    Some(data_encoding::HEXLOWER.encode(&hash))
}

impl From<Unanswered> for NoTurn {
    fn from(_: Unanswered) -> Self {
        Self::Unanswered
    }
}

macro_rules! slow {
    ($($error:ty),+) => {$(
        impl From<NoTurn> for $error {
            fn from(no_turn: NoTurn) -> Self {
                match no_turn {
                    NoTurn::Wait { seconds } => Self::Slow { seconds },
                    NoTurn::Unanswered => Self::Unavailable,
                }
            }
        }
    )+};
}

slow!(SignInError, OwnAccountError, LinkError);
