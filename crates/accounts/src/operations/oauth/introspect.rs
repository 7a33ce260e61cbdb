//! Introspection (RFC 7662): a client learns of its own tokens what they are, of others' nothing.

use tacenda_contracts::accounts::{
    TokenError,
    oauth::{ClientClaim, Introspected},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Actor, Secret};

use super::{
    authorisation::Context,
    tokens::{Client, client},
};
use crate::{
    error::unanswered,
    operations::{
        issue_token::{TOKEN_LIFETIME, scope_of},
        prove_client::Refusal,
    },
    service::Accounts,
    store::{self, authorisations, refresh_tokens},
};

pub(crate) async fn introspect(
    accounts: &Accounts,
    claim: &ClientClaim,
    token: &Secret<String>,
) -> Result<Option<Introspected>, Refusal> {
    let client = client(accounts, claim, None).await?;
    if client.row.is_public() {
        // RFC 7662 §2.1: whoever proves nothing could try tokens.
        return Err(Refusal::new(TokenError::InvalidClient, "public-client", Some(client.row.account)));
    }
    let now = accounts.clock.now();
    // EXPOSE: the token is verified, or hashed.
    let text = token.expose();
    if let Ok(actor) = accounts.signing.verifier.verify(text, now) {
        return access(accounts, &client, actor).await;
    }
    let refresh = refresh_tokens::find(&accounts.database, &sha256(text.as_bytes())).await;
    let Some(refresh) = refresh.map_err(unanswered)?.filter(|row| !row.used && now < row.expires_at) else {
        return Ok(None);
    };
    let row = authorisations::find(&accounts.database, refresh.authorisation).await.map_err(unanswered)?;
    let Some(row) = row.filter(|row| row.client_id == client.client_id && row.holds(now)) else {
        return Ok(None);
    };
    let context = Context::open(&row, &accounts.sealer)?;
    Ok(Some(Introspected {
        client_id: row.client_id,
        subject: row.person,
        scope: row.scopes.join(" "),
        is_access_token: false,
        issued_at: refresh.issued_at,
        expires_at: refresh.expires_at,
        patient: context.patient,
    }))
}

async fn access(accounts: &Accounts, client: &Client, actor: Actor) -> Result<Option<Introspected>, Refusal> {
    let now = accounts.clock.now();
    let may = store::accounts::may_act(&accounts.database, actor.id, actor.role, now).await;
    if !may.map_err(unanswered)? {
        return Ok(None);
    }
    let issued_at = actor.expires_at.saturating_sub(TOKEN_LIFETIME).unwrap_or(actor.expires_at);
    let mut found = Introspected {
        client_id: client.client_id.clone(),
        subject: actor.id,
        scope: scope_of(&actor),
        is_access_token: true,
        issued_at,
        expires_at: actor.expires_at,
        patient: None,
    };
    let Some(delegation) = actor.delegation else {
        // It was issued to an account for itself: this client's account, or another's.
        return Ok((actor.id == client.row.account).then_some(found));
    };
    let row = authorisations::find(&accounts.database, delegation.authorisation).await.map_err(unanswered)?;
    let Some(row) = row.filter(|row| row.client_id == client.client_id && row.holds(now)) else {
        return Ok(None);
    };
    found.patient = Context::open(&row, &accounts.sealer)?.patient;
    Ok(Some(found))
}
