//! A second factor that is to prove nothing any more.

use tacenda_contracts::accounts::{
    own_account::{FactorRef, OwnAccountError},
    sign_in::{SessionToken, Visit},
};

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
};
use crate::{
    error::unanswered,
    limits::need_second_factor,
    notices::NoticeKind,
    operations::read_account::open_profile,
    service::Accounts,
    store::{passkeys, recovery_codes, totp_secrets},
};

/// Removes it; the recovery codes go with the last one.
pub(crate) async fn remove_factor(
    accounts: &Accounts,
    token: &SessionToken,
    factor: FactorRef,
    visit: &Visit,
) -> Result<(), OwnAccountError> {
    let session = authorise_proven(accounts, token, Asks::Change).await?.session;
    let person = session.person;
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let transaction = change.begin(&mut client).await?;
    let (removed, name) = match factor {
        FactorRef::Totp => (totp_secrets::remove(&transaction, person).await, "remove-totp".to_owned()),
        FactorRef::Passkey(id) => {
            (passkeys::remove(&transaction, person, id).await, format!("remove-passkey/{id}"))
        }
    };
    if !removed.map_err(unanswered)? {
        return Err(OwnAccountError::NotFound);
    }
    if !passkeys::any_factor(&transaction, person).await.map_err(unanswered)? {
        if need_second_factor(&session.roles) {
            transaction.rollback().await.map_err(unanswered)?;
            return Err(change.refuse("last-factor", &name, OwnAccountError::LastFactor).await);
        }
        recovery_codes::replace(&transaction, person, &[], accounts.clock.now()).await.map_err(unanswered)?;
    }
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    change.tell(&transaction, &profile, NoticeKind::FactorRemoved).await?;
    change.commit(transaction, &name).await?;
    accounts.sessions.clear();
    Ok(())
}
