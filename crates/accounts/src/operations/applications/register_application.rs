//! Registers an application: its account and its client, both or neither.

use tacenda_contracts::accounts::{
    applications::{ApplicationProof, NewApplication, Registered},
    people::RoleGrant,
};
use tacenda_kernel::{Language, Role, Secret, TraceId};

use crate::{
    account::{AccountKind, Author, Credential, NewAccount, NewClient},
    error::ChangeError,
    operations::{create_account, register_client},
    service::Accounts,
    store::clients::GrantType,
};

const MOST_SCOPES: usize = 200;

/// Registers it. Where it has a secret, this is the only time that secret is told.
pub(crate) async fn register_application(
    accounts: &Accounts,
    author: &Author,
    new: NewApplication,
    trace: TraceId,
) -> Result<Registered, ChangeError> {
    let (id, change) = create_account::begin(accounts, author, trace).await?;
    let grant_types = grant_types(&new);
    let NewApplication { name, client_id, proof, redirect_uris, post_logout_uris, scopes, roles } = new;
    if scopes.as_ref().is_some_and(|scopes| scopes.len() > MOST_SCOPES) {
        return Err(ChangeError::Invalid("scopes"));
    }
    let account = NewAccount {
        kind: AccountKind::Application,
        display_name: Secret::new(name),
        email: None,
        language: Language::default(),
        patient: None,
        // Every account has a role; without the grant type, nobody can act in it.
        roles: if roles.is_empty() { vec![RoleGrant::lasting(Role::Application)] } else { roles },
    };
    let client = NewClient {
        client_id,
        credential: match proof {
            ApplicationProof::Public => Credential::None,
            ApplicationProof::Secret => Credential::Secret,
            ApplicationProof::Keys(jwks) => Credential::Keys(jwks),
        },
        grant_types,
        redirect_uris,
        post_logout_uris,
        scopes,
    };
    let mut steps = create_account::steps(accounts, &change, id, &account)?;
    let (step, secret) = register_client::step(accounts, id, client)?;
    steps.push(step);
    change.commit(&steps).await?;
    Ok(Registered { id, secret })
}

/// For itself where it has roles, in people's names where it has addresses.
fn grant_types(new: &NewApplication) -> Vec<GrantType> {
    let mut grant_types = Vec::new();
    if !new.roles.is_empty() {
        grant_types.push(GrantType::ClientCredentials);
    }
    if !new.redirect_uris.is_empty() {
        grant_types.extend([GrantType::AuthorizationCode, GrantType::RefreshToken]);
    }
    grant_types
}
