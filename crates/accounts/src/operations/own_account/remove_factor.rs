//! A second factor that is to prove nothing any more.

use tacenda_contracts::accounts::{
    own_account::{FactorRef, OwnAccountError},
    sign_in::{SessionToken, Standing, Visit},
};
use tacenda_contracts::entry::Fact;

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
};
use crate::{
    error::unanswered,
    limits::need_second_factor,
    notices::NoticeKind,
    operations::{read_account::open_profile, sign_in::read_session::Current},
    service::Accounts,
    store::{
        passkeys, recovery_codes,
        sessions::{self, SessionRow},
        totp_secrets,
    },
};

/// Removes it and ends every other session. With the last one the recovery codes go, and what this session proved by it.
pub(crate) async fn remove_factor(
    accounts: &Accounts,
    token: &SessionToken,
    factor: FactorRef,
    visit: &Visit,
) -> Result<(), OwnAccountError> {
    let Current { session, row, token } = authorise_proven(accounts, token, Asks::Change).await?;
    let person = session.person;
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let (removed, name) = match factor {
        FactorRef::Totp => (totp_secrets::remove(&transaction, &mut held).await, "remove-totp"),
        FactorRef::Passkey(id) => (passkeys::remove(&transaction, &mut held, id).await, "remove-passkey"),
    };
    if !removed.map_err(unanswered)? {
        return Err(OwnAccountError::NotFound);
    }
    let key = &accounts.database.key;
    if !held.row.has_second_factor() {
        if need_second_factor(&session.roles) {
            transaction.rollback().await.map_err(unanswered)?;
            return Err(change.refuse("last-factor", name, OwnAccountError::LastFactor).await);
        }
        let now = accounts.clock.now();
        recovery_codes::replace(&transaction, key, &mut held, &[], now).await.map_err(unanswered)?;
        let lower = SessionRow { standing: Standing::Single, ..row };
        let lowered = sessions::raise(&transaction, key, &mut held, &token, &token, &lower).await;
        if !lowered.map_err(unanswered)? {
            return Err(OwnAccountError::Ended);
        }
    }
    sessions::end_all(&transaction, &mut held, Some(session.id)).await.map_err(unanswered)?;
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    change.tell(&transaction, &profile, NoticeKind::FactorRemoved).await?;
    match factor {
        FactorRef::Totp => change.commit(transaction, held, name).await?,
        FactorRef::Passkey(id) => change.commit(transaction, held, (name, Fact::Passkey(id))).await?,
    }
    accounts.sessions.clear();
    Ok(())
}
