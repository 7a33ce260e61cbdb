//! Grant type `authorization_code` with PKCE (RFC 6749 §4.1.3, RFC 7636 §4.5).

use tacenda_contracts::accounts::{
    TokenError,
    oauth::{ClientClaim, Tokens},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Secret, TraceId};
use tacenda_postgres::Transaction;

use super::{
    scopes::Scopes,
    tokens::{client, end_for_reuse, give, hand_over, invalid_grant},
};
use crate::{
    error::unanswered,
    operations::prove_client::Refusal,
    service::Accounts,
    store::{
        authorisation_codes,
        authorisations::{self, AuthorisationRow, Ending},
        clients::GrantType,
        held::Held,
    },
};

const LONGEST_CODE: usize = 128;
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// Tokens for a code. Whatever is wrong with what comes with it, the code is used up.
pub(crate) async fn redeem_code(
    accounts: &Accounts,
    claim: &ClientClaim,
    code: &Secret<String>,
    redirect_uri: &str,
    verifier: &Secret<String>,
    trace: TraceId,
) -> Result<Tokens, Refusal> {
    let client = client(accounts, claim, Some(GrantType::AuthorizationCode)).await?;
    // EXPOSE: code and verifier are hashed to be compared with what is stored.
    let (code, verifier) = (code.expose(), verifier.expose());
    if code.is_empty() || code.len() > LONGEST_CODE || !VERIFIER.contains(&verifier.len()) {
        return Err(Refusal::new(TokenError::InvalidGrant, "malformed-code", None));
    }
    let (hash, now) = (sha256(code.as_bytes()), accounts.clock.now());
    let mut connection = accounts.database.client().await.map_err(unanswered)?;
    let transaction = connection.transaction().await.map_err(unanswered)?;
    let used = authorisation_codes::take(&transaction, &accounts.database.key, &hash, now)
        .await
        .map_err(unanswered)?;
    let Some(used) = used else { return Err(invalid_grant("unknown-code", None)) };
    let row = authorisations::find(&accounts.database, used.row.authorisation).await.map_err(unanswered)?;
    let Some(row) = row else { return Err(invalid_grant("unknown-code", None)) };
    if row.client_id != client.client_id {
        // Not marked: a stranger who has the code but not the client's proof must not end what is the client's.
        return Err(invalid_grant("another-clients-code", Some(&row)));
    }
    let key = &accounts.database.key;
    let held = Held::lock(&transaction, key, row.person).await.map_err(unanswered)?;
    let held = held.ok_or_else(|| invalid_grant("authorisation-over", Some(&row)))?;
    let row = authorisations::find_within(&transaction, key, &held, row.id).await.map_err(unanswered)?;
    let Some(row) = row else { return Err(invalid_grant("authorisation-over", None)) };
    // SECURITY: one that was given back and put back as it was is one that came twice.
    if used.again || row.next.as_deref() != Some(&authorisation_codes::stored(key, &hash)) {
        return Err(end_for_reuse(accounts, transaction, held, &row, Ending::CodeReused).await?);
    }
    let fault = if now >= used.row.expires_at {
        Some("code-expired")
    } else if used.row.redirect_uri != redirect_uri {
        Some("another-redirect-uri")
    } else if sha256(verifier.as_bytes()) != used.row.challenge {
        Some("wrong-verifier")
    } else {
        None
    };
    if let Some(fault) = fault {
        use_up(accounts, transaction, held, &row).await?;
        return Err(invalid_grant(fault, Some(&row)));
    }
    let scopes = Scopes::of(row.scopes.iter().map(String::as_str)).unwrap_or_default();
    let given = give(accounts, &row, &scopes, now).await?;
    hand_over(accounts, transaction, held, &client, &row, given, trace).await
}

/// The code is worth nothing from now on, and nothing came of it.
async fn use_up(
    accounts: &Accounts,
    transaction: Transaction<'_>,
    mut held: Held,
    row: &AuthorisationRow,
) -> Result<(), Refusal> {
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    authorisations::advance(&transaction, key, &mut held, row, None).await.map_err(unanswered)?;
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(())
}
