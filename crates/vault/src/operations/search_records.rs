//! Searching one patient's records, or the directory: tokens narrow, opened candidates are checked exactly.

use tacenda_contracts::vault::{Disclosed, Query, Term, VaultError};
use tacenda_crypto::TokenScope;

use crate::{
    service::Vault,
    session::Session,
    store::tokens::{self, Page},
};

/// More than any page a caller may ask for.
const MOST: u32 = 1_000;

/// The records that match, in the vault's order.
pub(crate) async fn search(session: &Session<'_>, query: Query) -> Result<Vec<Disclosed>, VaultError> {
    let vault = session.vault;
    let blind = blind(vault, session.opening.patient, &query.terms);
    let rows = tokens::of_patient(
        &vault.database,
        vault.compartment,
        session.opening.patient,
        &blind,
        &Page { after: query.after, only: query.only, limit: query.limit.min(MOST) },
    )
    .await?;
    session.disclose(rows, &query.exactly).await
}

/// The tokens of terms. Those of one patient say nothing about another's.
pub(crate) fn blind(vault: &Vault, patient: [u8; 16], terms: &[Term]) -> Vec<i64> {
    let token = |term: &Term| {
        let scope = if term.population { TokenScope::Population } else { TokenScope::Patient(patient) };
        // EXPOSE: the value becomes a keyed hash and goes no further.
        vault.index_key.token(scope, term.parameter, term.value.expose())
    };
    terms.iter().map(token).collect()
}
