//! Grant type `refresh_token` with rotation and reuse detection (RFC 6749 §6, RFC 9700 §4.14).

use tacenda_contracts::accounts::{
    TokenError,
    oauth::{ClientClaim, Tokens},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Secret, TraceId};

use super::{
    scopes::Scopes,
    tokens::{client, end_for_reuse, give, hand_over, hold, invalid_grant},
};
use crate::{
    error::unanswered,
    operations::prove_client::Refusal,
    service::Accounts,
    store::{
        authorisations::{self, AuthorisationRow, Ending},
        clients::GrantType,
        refresh_tokens,
    },
};

/// The next tokens. The refresh token that was sent is worth nothing afterwards.
pub(crate) async fn redeem_refresh(
    accounts: &Accounts,
    claim: &ClientClaim,
    token: &Secret<String>,
    scope: Option<&str>,
    trace: TraceId,
) -> Result<Tokens, Refusal> {
    let client = client(accounts, claim, Some(GrantType::RefreshToken)).await?;
    // EXPOSE: the token is hashed to be compared with what is stored.
    let (hash, now) = (sha256(token.expose().as_bytes()), accounts.clock.now());
    let found = refresh_tokens::find(&accounts.database, &hash).await.map_err(unanswered)?;
    let Some(found) = found else { return Err(invalid_grant("unknown-refresh-token", None)) };
    let row = authorisations::find(&accounts.database, found.authorisation).await.map_err(unanswered)?;
    let Some(row) = row else { return Err(invalid_grant("unknown-refresh-token", None)) };
    if row.client_id != client.client_id {
        return Err(invalid_grant("another-clients-refresh-token", Some(&row)));
    }
    let mut connection = accounts.database.client().await.map_err(unanswered)?;
    let (transaction, held, row) = hold(accounts, &mut connection, &row).await?;
    let key = &accounts.database.key;
    // SECURITY: one that was replaced and put back as it was is one that came twice.
    let used = found.used || row.next.as_deref() != Some(&refresh_tokens::stored(key, &hash));
    if used && !row.holds(now) {
        return Err(invalid_grant("authorisation-over", Some(&row)));
    }
    if used {
        return Err(end_for_reuse(accounts, transaction, held, &row, Ending::TokenReused).await?);
    }
    if now >= found.expires_at {
        return Err(invalid_grant("refresh-token-expired", Some(&row)));
    }
    let scopes = narrower(&row, scope)?;
    let given = give(accounts, &row, &scopes, now).await?;
    // INVARIANT: of two who send the same token at once, one gets the next and the other ends the family.
    if !refresh_tokens::replace(&transaction, key, &found, now).await.map_err(unanswered)? {
        return Err(end_for_reuse(accounts, transaction, held, &row, Ending::TokenReused).await?);
    }
    hand_over(accounts, transaction, held, &client, &row, given, trace).await
}

/// What was granted, or as much of it as is asked for now (RFC 6749 §6).
fn narrower(row: &AuthorisationRow, scope: Option<&str>) -> Result<Scopes, Refusal> {
    let granted = Scopes::of(row.scopes.iter().map(String::as_str)).unwrap_or_default();
    let Some(scope) = scope else { return Ok(granted) };
    let invalid = || Refusal::new(TokenError::InvalidScope, "not-granted", Some(row.person));
    let asked = Scopes::parse(scope).map_err(|_| invalid())?;
    if asked.is_empty() || !asked.within(&granted) {
        return Err(invalid());
    }
    Ok(asked)
}
