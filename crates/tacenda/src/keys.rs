//! The keys of an installation: made once, in one that holds nothing, and opened ever after.

use anyhow::{Context, Result, bail};
use tacenda_crypto::{MasterKey, RootKey};
use tacenda_kernel::{Clock, Compartment, Random};
use tacenda_keystore::OpenError;

use crate::databases::{Databases, vault_name};

/// Makes every key where no service has stored anything yet. Where the keys were made before, it changes nothing.
///
/// SECURITY: the keystore's database alone does not say that nothing was sealed: it may have been lost, or put back
/// empty, beside vaults and a ledger that need its keys.
///
/// # Errors
/// Where keys are missing beside data, each by its name.
pub async fn make_first(
    databases: &Databases,
    root: &RootKey,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<()> {
    let keystore = databases.get("keystore")?;
    if tacenda_keystore::is_new(&keystore).await? {
        let holding = holding(databases).await?;
        if !holding.is_empty() {
            bail!(
                "the keystore's database is empty, but these are not: {}. No key is made beside data, which could never \
                 be read with it: restore a backup of the keystore's database",
                holding.join(", ")
            );
        }
    }
    tacenda_keystore::make_keys(&keystore, root, clock, random).await.context("the keys were not made")
}

/// The master secret, from which keys are derived. It makes nothing.
///
/// # Errors
/// Where it is missing, or was wrapped by another root key.
pub async fn unseal(databases: &Databases, root: &RootKey) -> Result<MasterKey> {
    let keystore = databases.get("keystore")?;
    tacenda_keystore::unseal(&keystore, root).await.context("the keys of this installation do not open")
}

/// What is wrong with the stored keys, where that is why they do not open: some of them are missing, or all of them are and
/// other services have stored something. None where it is something else, such as another root key.
pub async fn lost(databases: &Databases, error: &anyhow::Error) -> Option<String> {
    let refused = error.chain().find_map(|cause| cause.downcast_ref::<OpenError>())?;
    match refused {
        OpenError::MissingKeys(_) => Some(refused.to_string()),
        OpenError::NoKeys => {
            let holding = holding(databases).await.ok().filter(|holding| !holding.is_empty())?;
            Some(format!(
                "every key is missing in the keystore's database, and these hold data: {}",
                holding.join(", ")
            ))
        }
        _ => None,
    }
}

/// The services that have stored something.
async fn holding(databases: &Databases) -> Result<Vec<String>> {
    let mut asked = vec![
        ("accounts".to_owned(), "select exists (select from accounts)"),
        ("ledger".to_owned(), "select exists (select from entries)"),
        ("records".to_owned(), "select exists (select from sagas) or exists (select from submissions)"),
    ];
    let vaults =
        "select exists (select from records) or exists (select from versions) or exists (select from staged)";
    asked.extend(Compartment::ALL.map(|compartment| (vault_name(compartment), vaults)));
    let mut holding = Vec::new();
    for (name, statement) in asked {
        let row = databases.get(&name)?.lanes().query_opt(statement, &[]).await?;
        if row.map(|row| row.try_get::<_, bool>(0)).transpose()?.unwrap_or(true) {
            holding.push(name);
        }
    }
    Ok(holding)
}
