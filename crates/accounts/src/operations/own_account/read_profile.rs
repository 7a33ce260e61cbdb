//! The person as they see themselves.

use tacenda_contracts::accounts::{
    own_account::{HeldRole, OwnAccountError, OwnProfile},
    sign_in::SessionToken,
};

use super::authorise::{Asks, authorise};
use crate::{
    error::unanswered,
    password_rules::least_length,
    sealing::Profile,
    service::Accounts,
    store::{self, links, passwords},
};

/// Name, addresses, language and roles.
pub(crate) async fn read_profile(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<OwnProfile, OwnAccountError> {
    let session = authorise(accounts, token, Asks::Look).await?.session;
    let (database, person, now) = (&accounts.database, session.person, accounts.clock.now());
    let (row, password, change) = tokio::join!(
        store::accounts::find(database, person),
        passwords::find(database, person),
        links::pending_change(database, person, now),
    );
    let row = row.map_err(unanswered)?.ok_or(OwnAccountError::Ended)?;
    let profile = Profile::open(person, &row.sealed_profile, &accounts.sealer)?;
    let change = change.map_err(unanswered)?;
    let next_email = change.map(|change| change.address(&accounts.sealer)).transpose()?;
    let in_force = |grant: &crate::RoleGrant| grant.until.is_none_or(|until| until > now);
    let roles = row.roles.iter().map(|held| held.grant).filter(in_force);
    Ok(OwnProfile {
        display_name: profile.display_name,
        email: profile.email,
        next_email,
        language: profile.language,
        roles: roles.map(|grant| HeldRole { role: grant.role, until: grant.until }).collect(),
        since: row.created_at,
        password_set_at: password.map_err(unanswered)?.map(|password| password.set_at),
        least_password_length: least_length(&session.roles),
    })
}
