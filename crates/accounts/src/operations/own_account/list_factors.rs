//! The second factors of the person.

use tacenda_contracts::accounts::{
    own_account::{Factors, OwnAccountError, PasskeyFactor, TotpFactor},
    sign_in::SessionToken,
};
use tacenda_kernel::Secret;

use super::authorise::{Asks, authorise};
use crate::{
    error::unanswered,
    limits::need_second_factor,
    passkeys::NamedPasskey,
    sealing::SealingFailed,
    service::Accounts,
    store::{
        passkeys::{self, PasskeyRow},
        recovery_codes, totp_secrets,
    },
};

/// What is enrolled.
pub(crate) async fn list_factors(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<Factors, OwnAccountError> {
    let session = authorise(accounts, token, Asks::Look).await?.session;
    let database = &accounts.database;
    let (totp, passkeys, left) = tokio::join!(
        totp_secrets::find(database, session.person),
        passkeys::of_account(database, session.person),
        recovery_codes::left(database, session.person),
    );
    let totp = totp
        .map_err(unanswered)?
        .and_then(|row| row.enrolled_at.map(|enrolled_at| TotpFactor { enrolled_at, used_at: row.used_at }));
    let shown = |row: PasskeyRow| -> Result<PasskeyFactor, SealingFailed> {
        let named = NamedPasskey::open(&row, &accounts.sealer)?;
        let PasskeyRow { id, enrolled_at, used_at, .. } = row;
        Ok(PasskeyFactor { id, name: Secret::new(named.name), enrolled_at, used_at })
    };
    let passkeys = passkeys.map_err(unanswered)?.into_iter().map(shown).collect::<Result<_, _>>()?;
    Ok(Factors {
        totp,
        passkeys,
        recovery_codes_left: left.map_err(unanswered)?,
        needed: need_second_factor(&session.roles),
    })
}
