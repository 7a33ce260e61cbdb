//! Registers an OAuth client for an application or a device.

use data_encoding::BASE64URL_NOPAD;
use tacenda_crypto::{check_client_keys, sha256};
use tacenda_kernel::{ActorId, ScopeContext, Secret, TraceId};

use super::{
    change_account::{Change, Step},
    oauth::{redirects, scopes::Scopes},
};
use crate::{
    account::{AccountKind, Author, Credential, NewClient},
    error::ChangeError,
    sealing::Sealed,
    service::Accounts,
    store::clients::{ClientRow, GrantType},
};

const LONGEST_KEY_SET: usize = 16 * 1024;
const MOST_ADDRESSES: usize = 20;

/// Registers the client. Where it is to have a secret, this is the only time that secret is told.
pub(crate) async fn register_client(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    new: NewClient,
    trace: TraceId,
) -> Result<Option<Secret<String>>, ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    if change.existing().await?.kind == AccountKind::Person {
        return Err(ChangeError::Invalid("account"));
    }
    let (step, told) = step(accounts, account, new)?;
    change.commit(&[step]).await?;
    Ok(told)
}

/// What registers the client, and its secret, where it is to have one.
pub(crate) fn step(
    accounts: &Accounts,
    account: ActorId,
    new: NewClient,
) -> Result<(Step, Option<Secret<String>>), ChangeError> {
    check(&new)?;
    let NewClient { client_id, credential, grant_types, redirect_uris, post_logout_uris, scopes } = new;
    let mut client = ClientRow {
        account,
        sealed_secret_hash: None,
        jwks: None,
        grant_types: grant_types.iter().map(|one| one.as_str().to_owned()).collect(),
        redirect_uris,
        post_logout_uris,
        scopes,
        suspended: false,
    };
    let mut told = None;
    match credential {
        Credential::None => {}
        Credential::Keys(jwks) => client.jwks = Some(jwks),
        Credential::Secret => {
            let secret = random_token(accounts);
            client.sealed_secret_hash = Some(sealed_hash(accounts, &client_id, &secret));
            told = Some(secret);
        }
    }
    Ok((Step::Register { client_id, client }, told))
}

fn check(new: &NewClient) -> Result<(), ChangeError> {
    check_id(&new.client_id)?;
    if let Credential::Keys(jwks) = &new.credential
        && (jwks.len() > LONGEST_KEY_SET || check_client_keys(jwks).is_err())
    {
        return Err(ChangeError::Invalid("key set"));
    }
    let has = |grant| new.grant_types.contains(&grant);
    let for_itself = has(GrantType::ClientCredentials);
    let for_people = has(GrantType::AuthorizationCode);
    let public = matches!(new.credential, Credential::None);
    if new.grant_types.is_empty() || (public && for_itself) || (has(GrantType::RefreshToken) && !for_people) {
        return Err(ChangeError::Invalid("grant types"));
    }
    let addresses = new.redirect_uris.iter().chain(&new.post_logout_uris);
    if !addresses.clone().all(|uri| redirects::may_be_registered(uri))
        || addresses.count() > MOST_ADDRESSES
        || for_people == new.redirect_uris.is_empty()
    {
        return Err(ChangeError::Invalid("redirect URIs"));
    }
    check_scopes(new, for_itself)
}

/// What no grant type of the client can ever ask for is a mistake.
fn check_scopes(new: &NewClient, for_itself: bool) -> Result<(), ChangeError> {
    let Some(words) = &new.scopes else { return Ok(()) };
    let known = words.iter().all(|word| Scopes::parse(word).is_ok_and(|scopes| !scopes.is_empty()));
    let system = words.iter().filter_map(|word| word.parse().ok());
    let system = system.filter(|scope: &tacenda_kernel::ResourceScope| scope.context == ScopeContext::System);
    // Two roles, for example, are none that could be asked for together.
    let together = Scopes::of(words.iter().map(String::as_str)).is_ok();
    if words.is_empty() || !known || !together || (system.count() > 0 && !for_itself) {
        return Err(ChangeError::Invalid("scopes"));
    }
    Ok(())
}

/// Printable ASCII without a colon, which would end it early in an `Authorization: Basic` header.
fn check_id(client_id: &str) -> Result<(), ChangeError> {
    let printable = client_id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
    if printable && (1..=128).contains(&client_id.len()) {
        Ok(())
    } else {
        Err(ChangeError::Invalid("client id"))
    }
}

/// Under what the secret of a client is stored: it has 256 random bits, so the hash tells nothing, and takes no time.
fn sealed_hash(accounts: &Accounts, client_id: &str, secret: &Secret<String>) -> Vec<u8> {
    // EXPOSE: it is hashed.
    let hash = sha256(secret.expose().as_bytes());
    accounts.sealer.seal(&Sealed::ClientSecret(client_id), &hash)
}

/// 256 random bits.
pub(crate) fn random_token(accounts: &Accounts) -> Secret<String> {
    let mut bytes = [0; 32];
    accounts.random.fill(&mut bytes);
    Secret::new(BASE64URL_NOPAD.encode(&bytes))
}
