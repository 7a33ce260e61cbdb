//! Registers an OAuth client for an application or a device.

use data_encoding::BASE64URL_NOPAD;
use tacenda_crypto::check_client_keys;
use tacenda_kernel::{ActorId, Secret, TraceId};

use super::change_account::{Change, Step};
use crate::{
    account::{AccountKind, Author, Credential},
    error::ChangeError,
    sealing::Sealed,
    service::Accounts,
    store::clients::ClientRow,
};

const LONGEST_KEY_SET: usize = 16 * 1024;

/// Registers the client. Where it is to have a secret, this is the only time that secret is told.
pub(crate) async fn register_client(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    client_id: &str,
    credential: Credential,
    trace: TraceId,
) -> Result<Option<Secret<String>>, ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    if change.existing().await?.kind == AccountKind::Person {
        return Err(ChangeError::Invalid("account"));
    }
    check_id(client_id)?;
    let (client, secret) = match credential {
        Credential::Keys(jwks) => (with_keys(account, jwks)?, None),
        Credential::Secret => {
            let secret = make_secret(accounts);
            (with_secret(accounts, account, client_id, &secret).await?, Some(secret))
        }
    };
    change.commit(&[Step::Register { client_id: client_id.to_owned(), client }]).await?;
    Ok(secret)
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

fn with_keys(account: ActorId, jwks: String) -> Result<ClientRow, ChangeError> {
    if jwks.len() > LONGEST_KEY_SET || check_client_keys(&jwks).is_err() {
        return Err(ChangeError::Invalid("key set"));
    }
    Ok(ClientRow { account, sealed_secret_hash: None, jwks: Some(jwks) })
}

async fn with_secret(
    accounts: &Accounts,
    account: ActorId,
    client_id: &str,
    secret: &Secret<String>,
) -> Result<ClientRow, ChangeError> {
    let phc = accounts.hasher.hash(secret).await?;
    // EXPOSE: the hash is sealed.
    let sealed = accounts.sealer.seal(&Sealed::ClientSecret(client_id), phc.expose().as_bytes());
    Ok(ClientRow { account, sealed_secret_hash: Some(sealed), jwks: None })
}

/// 256 random bits.
fn make_secret(accounts: &Accounts) -> Secret<String> {
    let mut bytes = [0; 32];
    accounts.random.fill(&mut bytes);
    Secret::new(BASE64URL_NOPAD.encode(&bytes))
}
