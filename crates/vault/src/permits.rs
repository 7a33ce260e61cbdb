//! Permits as they come: verified by the keystore, and looked at for what they allow here. A refusal is recorded.
//!
//! SECURITY: nothing that a slice says is believed before the keystore verified it, not even by a call that needs no key.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome},
    keystore::KeyRelease,
    permit::Slice,
    strangers::{Strangers, StrangersParts},
    vault::{Use, VaultError},
};
use tacenda_kernel::{Action, Service};

use crate::{
    error::{from_ledger, from_release},
    service::{Vault, VaultParts},
};

/// How long a slice that was verified, and the keys released for it, are kept in memory.
const KEPT: SignedDuration = SignedDuration::from_secs(5);

/// A slice that the keystore verified, and when.
#[derive(Clone)]
pub(crate) struct Kept {
    slice: Arc<Slice>,
    since: Timestamp,
    keys: Option<Arc<KeyRelease>>,
}

/// What refusals are recorded by, in the log about nobody: of a permit that does not hold here no patient is believed.
pub(crate) fn strangers(parts: &VaultParts) -> Strangers {
    let (key, random, compartment) =
        (parts.general_audit.clone(), Arc::clone(&parts.random), parts.compartment);
    Strangers::new(StrangersParts {
        ledger: Arc::clone(&parts.ledger),
        seal: Box::new(move |entry| {
            entry.seal(&key, EntrySubject::Nobody(Service::Vault(compartment)), random.as_ref())
        }),
        clock: Arc::clone(&parts.clock),
    })
}

/// Verifies a permit for one of these actions here, where no key is needed.
pub(crate) async fn check(vault: &Vault, asked: &Use, allowed: &[Action]) -> Result<(), VaultError> {
    is_for(vault, asked).await?;
    if kept(vault, &asked.permit).is_none() {
        let since = vault.clock.now();
        vault.keystore.holds(&asked.permit).await.map_err(from_release)?;
        keep(vault, &asked.permit, since, None);
    }
    admit(vault, asked, allowed).await
}

/// The keys that a permit for one of these actions gives here.
pub(crate) async fn release(
    vault: &Vault,
    asked: &Use,
    allowed: &[Action],
) -> Result<Arc<KeyRelease>, VaultError> {
    is_for(vault, asked).await?;
    let keys = match kept(vault, &asked.permit).and_then(|kept| kept.keys) {
        Some(keys) => keys,
        None => {
            let since = vault.clock.now();
            let keys = vault.keystore.release(&asked.permit).await.map_err(from_release)?;
            keep(vault, &asked.permit, since, Some(Arc::clone(&keys)));
            keys
        }
    };
    admit(vault, asked, allowed).await?;
    Ok(keys)
}

/// Whether a slice is for this vault. Of another one's nothing is believed but that it came.
async fn is_for(vault: &Vault, asked: &Use) -> Result<(), VaultError> {
    let claims = asked.permit.claims();
    if claims.opening.compartment == vault.compartment {
        return Ok(());
    }
    let entry = Entry::new(vault.clock.now(), Event::Unauthenticated, Outcome::Denied, asked.context);
    refuse(vault, asked, entry.because("permit-of-another-vault")).await
}

/// Whether a permit that was verified allows one of these actions, and is not over.
async fn admit(vault: &Vault, asked: &Use, allowed: &[Action]) -> Result<(), VaultError> {
    let claims = asked.permit.claims();
    let reason = match allowed.contains(&claims.action) {
        false => "permit-does-not-cover",
        true if vault.clock.now() >= claims.expires_at => "permit-expired",
        true => return Ok(()),
    };
    let event = Event::Access(claims.action);
    let entry = Entry::new(vault.clock.now(), event, Outcome::Denied, asked.context).by(&claims.actor);
    refuse(vault, asked, Entry { permit: Some(claims.id), ..entry.because(reason) }).await
}

async fn refuse(vault: &Vault, asked: &Use, entry: Entry) -> Result<(), VaultError> {
    let entry = Entry { compartment: Some(vault.compartment), ..entry };
    vault.strangers.record(entry, asked.context).await.map_err(from_ledger)?;
    Err(VaultError::Refused)
}

/// What is kept of this very slice. Its tag alone is not enough: another claim may be presented under it.
fn kept(vault: &Vault, slice: &Arc<Slice>) -> Option<Kept> {
    let kept = vault.keys.get(&slice.tag())?;
    let same = Arc::ptr_eq(&kept.slice, slice) || kept.slice == *slice;
    (same && vault.clock.now().duration_since(kept.since).abs() < KEPT).then_some(kept)
}

/// Keeps it from when it was asked for: what a slow answer gave is no younger.
fn keep(vault: &Vault, slice: &Arc<Slice>, since: Timestamp, keys: Option<Arc<KeyRelease>>) {
    let kept = Kept { slice: Arc::clone(slice), since, keys };
    vault.keys.insert(slice.tag(), kept);
}
