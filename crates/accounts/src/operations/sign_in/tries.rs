//! How often somebody may try.
//!
//! What is counted, and after how many failures one waits how long at most:
//!
//! | a try at a password | free | longest wait | forgotten |
//! |---|---|---|---|
//! | from a browser that is not known, for this address from this network | 5 | 15 min | after a day |
//! | the same, having failed three times: from all networks, for this address | 20 | 30 s | one a minute |
//! | from all such browsers, from this network | 300 | 30 s | one a minute |
//! | from a browser in which this person has signed in | 5 | 15 min | after a day |
//!
//! Mail is asked for three times at no cost for one address from one network, then after up to 15 minutes; from one
//! network once a second when that was done 200 times. So are sign-ins at identity providers, begun or ended.
//!
//! SECURITY: a stranger cannot lock a colleague out. Their failures never slow a known browser, nor a network that has
//! not failed at this address. Who must share a network with them waits for half a minute at most, and passkeys and
//! mailed links are not counted with passwords.

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
        sign_in_failures::{self, Counted, Turn, Whose},
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
    Unanswered(Unanswered),
}

/// What one try is counted under.
pub(crate) struct Tries(Vec<Counted>);

impl Tries {
    /// Of a password, for an address that somebody may or may not have.
    pub(crate) fn at_password(accounts: &Accounts, email: i64, visit: &Visit, known: bool) -> Self {
        let counted = |what, of: String, (free, longest), whose| {
            let subject = accounts.sealer.counted_token(what, &of);
            Counted { subject, free, longest, whose }
        };
        if known && let Some(device) = device_name(visit) {
            let subject = format!("{email} {device}");
            return Self(vec![counted("password-device", subject, (5, QUARTER_HOUR), Whose::Own)]);
        }
        let network = visit::network(visit);
        Self(vec![
            counted("password-pair", format!("{email} {network}"), (5, QUARTER_HOUR), Whose::Own),
            counted("password-address", email.to_string(), (20, 30), Whose::SharedAfter(3)),
            counted("password-network", network, (300, 30), Whose::Shared),
        ])
    }

    /// Of a second factor, or of the old password in a session: whoever fails here knows something already, so only
    /// known browsers are counted apart.
    pub(crate) fn in_session(accounts: &Accounts, account: ActorId, visit: &Visit, known: bool) -> Self {
        let device = device_name(visit).filter(|_| known).unwrap_or_default();
        let subject = accounts.sealer.counted_token("factor", &format!("{account} {device}"));
        Self(vec![Counted { subject, free: 5, longest: QUARTER_HOUR, whose: Whose::Own }])
    }

    /// Of asking for something by mail.
    pub(crate) fn at_mail(accounts: &Accounts, email: i64, visit: &Visit) -> Self {
        let network = visit::network(visit);
        let pair = accounts.sealer.counted_token("mail-pair", &format!("{email} {network}"));
        let network = accounts.sealer.counted_token("mail-network", &network);
        Self(vec![
            Counted { subject: pair, free: 3, longest: QUARTER_HOUR, whose: Whose::Own },
            Counted { subject: network, free: 200, longest: 1, whose: Whose::Shared },
        ])
    }

    /// Of beginning or ending a sign-in at an identity provider, which leaves a row or an entry behind whoever does it.
    pub(crate) fn at_provider(accounts: &Accounts, visit: &Visit) -> Self {
        let subject = accounts.sealer.counted_token("provider-network", &visit::network(visit));
        Self(vec![Counted { subject, free: 200, longest: 1, whose: Whose::Shared }])
    }

    /// Counts a failure in advance, or says how long to wait.
    pub(crate) async fn take(&self, accounts: &Accounts) -> Result<(), NoTurn> {
        let now = accounts.clock.now();
        let forgotten = now.saturating_sub(FORGOTTEN).unwrap_or(now);
        let turn = sign_in_failures::take(&accounts.database, &self.0, now, forgotten).await;
        match turn.map_err(unanswered)? {
            Turn::Taken => Ok(()),
            Turn::WaitUntil(until) => {
                let seconds = (until.duration_since(now).as_millis() + 999) / 1000;
                Err(NoTurn::Wait { seconds: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) })
            }
        }
    }

    /// It was a failure: others wait for it, too.
    pub(crate) async fn fail(&self, accounts: &Accounts) -> Result<(), Unanswered> {
        let now = accounts.clock.now();
        sign_in_failures::failed(&accounts.database, &self.0, now).await.map_err(unanswered)
    }

    /// It was no failure.
    pub(crate) async fn forgive(&self, accounts: &Accounts) -> Result<(), Unanswered> {
        let now = accounts.clock.now();
        sign_in_failures::forgive(&accounts.database, &self.0, now).await.map_err(unanswered)
    }

    /// Forgets what failed before, of whoever tries here alone.
    pub(crate) async fn forget(&self, accounts: &Accounts) -> Result<(), Unanswered> {
        sign_in_failures::forget_own(&accounts.database, &self.0).await.map_err(unanswered)
    }
}

/// Whether the account's owner has signed in in this browser. It takes the same work for nobody's account.
pub(crate) async fn is_known(
    accounts: &Accounts,
    account: ActorId,
    visit: &Visit,
) -> Result<bool, Unanswered> {
    let device = visit::device(visit).unwrap_or_default();
    devices::known(&accounts.database, &device, account).await.map_err(unanswered)
}

fn device_name(visit: &Visit) -> Option<String> {
    visit::device(visit).map(|hash| data_encoding::HEXLOWER.encode(&hash))
}

impl From<Unanswered> for NoTurn {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unanswered(unanswered)
    }
}

macro_rules! slow {
    ($($error:ty),+) => {$(
        impl From<NoTurn> for $error {
            fn from(no_turn: NoTurn) -> Self {
                match no_turn {
                    NoTurn::Wait { seconds } => Self::Slow { seconds },
                    NoTurn::Unanswered(unanswered) => unanswered.into(),
                }
            }
        }
    )+};
}

slow!(SignInError, OwnAccountError, LinkError);
