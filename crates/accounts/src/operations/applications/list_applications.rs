//! Which applications there are.

use tacenda_contracts::accounts::applications::Application;
use tacenda_kernel::TraceId;

use crate::{
    account::Author,
    error::ChangeError,
    operations::people::read_people::{authorise, record},
    recorder::about,
    sealing::Profile,
    service::Accounts,
    store::clients::{self, ApplicationRow, GrantType},
};

/// Every application, by name. That they are shown is in the ledger first.
pub(crate) async fn list_applications(
    accounts: &Accounts,
    author: &Author,
    trace: TraceId,
) -> Result<Vec<Application>, ChangeError> {
    authorise(accounts, author, trace).await?;
    let rows = clients::applications(&accounts.database).await?;
    let mut applications = Vec::with_capacity(rows.len());
    for row in rows {
        applications.push(application(accounts, row)?);
    }
    applications.sort_by_cached_key(|one| (one.name.to_lowercase(), one.client_id.clone()));
    record(accounts, author, applications.iter().map(|one| about(one.id)).collect(), trace).await?;
    Ok(applications)
}

fn application(accounts: &Accounts, row: ApplicationRow) -> Result<Application, ChangeError> {
    let ApplicationRow { client_id, client, sealed_profile, roles, made_at, last_used_at } = row;
    let roles = roles.into_iter().map(|held| held.grant).collect();
    let profile = Profile::open(client.account, &sealed_profile, &accounts.sealer)?;
    Ok(Application {
        id: client.account,
        client_id,
        // EXPOSE: an application's name is no person's.
        name: profile.display_name.expose().clone(),
        proves_itself: !client.is_public(),
        roles: if client.may(GrantType::ClientCredentials) { roles } else { Vec::new() },
        redirect_uris: client.redirect_uris,
        post_logout_uris: client.post_logout_uris,
        scopes: client.scopes,
        disabled: client.suspended,
        made_at,
        last_used_at,
    })
}
