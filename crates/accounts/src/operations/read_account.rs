//! An account as those who manage accounts see it.

use tacenda_kernel::{ActorId, Secret};

use crate::{
    account::Account,
    error::{ChangeError, Unanswered, unanswered},
    sealing::Profile,
    service::Accounts,
    store,
};

/// The account with this number, if there is one.
pub(crate) async fn read_account(accounts: &Accounts, id: ActorId) -> Result<Option<Account>, ChangeError> {
    let Some(row) = store::accounts::find(&accounts.database, id).await? else { return Ok(None) };
    let profile = Profile::open(id, &row.sealed_profile, &accounts.sealer)?;
    Ok(Some(Account {
        id,
        kind: row.kind,
        display_name: profile.display_name,
        email: profile.email,
        language: profile.language,
        suspended: row.suspended,
        roles: row.roles.iter().map(|held| held.grant).collect(),
    }))
}

/// The account with this e-mail address, if there is one.
pub(crate) async fn find_by_email(
    accounts: &Accounts,
    email: &Secret<String>,
) -> Result<Option<ActorId>, ChangeError> {
    let token = accounts.sealer.email_token(email);
    let row = store::accounts::find_by_email(&accounts.database, token).await?;
    Ok(row.map(|row| row.id))
}

/// Name, address and language of the account with this number, if there is one.
pub(crate) async fn open_profile(accounts: &Accounts, id: ActorId) -> Result<Option<Profile>, Unanswered> {
    let row = store::accounts::find(&accounts.database, id).await.map_err(unanswered)?;
    Ok(row.map(|row| Profile::open(id, &row.sealed_profile, &accounts.sealer)).transpose()?)
}
