//! Looking up across patients: which records *may* match. Nothing is opened, so nothing is disclosed but that; each
//! candidate then needs a permit for its own patient.

use tacenda_contracts::{
    entry::{EntrySubject, Outcome},
    vault::{Candidate, Query, Use, VaultError},
};
use tacenda_kernel::{RecordId, Service};

use super::search_records::blind;
use crate::{disclosure::permitted, error::from_ledger, service::Vault, store::tokens};

/// At most so many candidates at a time.
const MOST: u32 = 200;

/// Finds candidates by terms that may be searched for across patients; any other term finds nothing.
pub(crate) async fn find(vault: &Vault, asked: &Use, query: Query) -> Result<Vec<Candidate>, VaultError> {
    if query.terms.iter().flatten().any(|term| !term.population) {
        return Ok(Vec::new());
    }
    let blind = blind(vault, [0; 16], &query.terms);
    let after: Option<RecordId> = query.after;
    let found = tokens::of_anyone(&vault.database, &blind, after, query.limit.min(MOST)).await?;
    let mut entry = permitted(asked, vault.clock.now(), Outcome::Allowed);
    entry.compartment = Some(vault.compartment);
    let mut names: Vec<&str> = query.terms.iter().flatten().map(|term| term.parameter.as_ref()).collect();
    names.dedup();
    entry.elements = names.into_iter().map(str::to_owned).collect();
    let nobody = EntrySubject::Nobody(Service::Vault(vault.compartment));
    let sealed = entry.seal(&vault.general_audit, nobody, vault.random.as_ref());
    vault.ledger.append(vec![sealed]).await.map_err(from_ledger)?;
    Ok(found)
}
