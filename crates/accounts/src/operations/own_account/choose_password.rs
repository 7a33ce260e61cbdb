//! A password that somebody chooses: accepted, or what is wrong with it.

use tacenda_contracts::accounts::{links::LinkError, own_account::OwnAccountError, sign_in::PasswordFault};
use tacenda_kernel::{ActorId, Role, Secret};

use crate::{
    error::{Unanswered, unanswered},
    password_rules,
    sealing::{Profile, Sealed},
    service::Accounts,
    store::passwords,
};

/// No password was chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotChosen {
    Fault(PasswordFault),
    Unanswered,
}

/// The sealed hash of a password that the person may choose: long enough, hard to guess, and none of the last ten.
pub(crate) async fn choose_password(
    accounts: &Accounts,
    person: ActorId,
    roles: &[Role],
    profile: &Profile,
    password: &Secret<String>,
) -> Result<Vec<u8>, NotChosen> {
    // EXPOSE: the password is compared with them; they go nowhere.
    let email = profile.email.as_ref().map(Secret::expose).map(String::as_str).unwrap_or_default();
    password_rules::check(password, roles, &[profile.display_name.expose(), email])?;
    let last = passwords::last(&accounts.database, person).await.map_err(unanswered)?;
    let present = last.present.iter().map(|row| (Sealed::Password(person), row));
    let old = last.old.iter().map(|row| (Sealed::OldPassword(person, row.set_at), row));
    for (what, row) in present.chain(old) {
        let phc = accounts.sealer.open_text(&what, &row.sealed_hash).map_err(Unanswered::from)?;
        if accounts.hasher.fits(password, Some(phc)).await.map_err(Unanswered::from)? {
            return Err(NotChosen::Fault(PasswordFault::UsedBefore));
        }
    }
    let phc = accounts.hasher.hash(password).await.map_err(Unanswered::from)?;
    // EXPOSE: the hash is sealed.
    Ok(accounts.sealer.seal(&Sealed::Password(person), phc.expose().as_bytes()))
}

impl From<PasswordFault> for NotChosen {
    fn from(fault: PasswordFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unanswered> for NotChosen {
    fn from(_: Unanswered) -> Self {
        Self::Unanswered
    }
}

macro_rules! not_chosen {
    ($($error:ty),+) => {$(
        impl From<NotChosen> for $error {
            fn from(not_chosen: NotChosen) -> Self {
                match not_chosen {
                    NotChosen::Fault(fault) => Self::Password(fault),
                    NotChosen::Unanswered => Self::Unavailable,
                }
            }
        }
    )+};
}

not_chosen!(OwnAccountError, LinkError);
