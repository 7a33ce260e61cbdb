//! Revocation (RFC 7009): with one token everything ends that came of the same authorisation.

use tacenda_contracts::{
    accounts::{TokenError, oauth::ClientClaim},
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Secret, TraceId};

use super::tokens::client;
use crate::{
    error::unanswered,
    operations::prove_client::Refusal,
    recorder::{about, announced},
    service::Accounts,
    store::{
        authorisations::{self, Ending},
        held::Held,
        refresh_tokens,
    },
};

pub(crate) async fn revoke(
    accounts: &Accounts,
    claim: &ClientClaim,
    token: &Secret<String>,
    trace: TraceId,
) -> Result<(), Refusal> {
    let client = client(accounts, claim, None).await?;
    let now = accounts.clock.now();
    // EXPOSE: the token is hashed, or verified.
    let text = token.expose();
    let refresh = refresh_tokens::find(&accounts.database, &sha256(text.as_bytes())).await;
    let authorisation = match (refresh.map_err(unanswered)?, accounts.signing.verifier.verify(text, now)) {
        (Some(refresh), _) => refresh.authorisation,
        (None, Ok(actor)) => match actor.delegation {
            Some(delegation) => delegation.authorisation,
            None => return Err(Refusal::new(TokenError::UnsupportedTokenType, "no-authorisation", None)),
        },
        // RFC 7009 §2.2: what is no token is as good as revoked.
        (None, Err(_)) => return Ok(()),
    };
    let row = authorisations::find(&accounts.database, authorisation).await.map_err(unanswered)?;
    let Some(row) = row.filter(|row| row.client_id == client.client_id) else { return Ok(()) };
    let mut connection = accounts.database.client().await.map_err(unanswered)?;
    let transaction = connection.transaction().await.map_err(unanswered)?;
    let key = &accounts.database.key;
    let held = Held::lock(&transaction, key, row.person).await.map_err(unanswered)?;
    let Some(mut held) = held else { return Ok(()) };
    let ended = authorisations::end(&transaction, key, &mut held, row.id, Ending::Revoked, now).await;
    if !ended.map_err(unanswered)? {
        return Ok(());
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    let entry = accounts.recorder.entry(Event::AccountChanged, Outcome::Allowed, trace);
    let client = Fact::Client(row.client_id.clone());
    let mut facts =
        vec![about(row.person), Fact::step("end-authorisation"), Fact::Authorisation(row.id), client];
    facts.extend(announced(kept));
    let source = Source { application: Some(row.client_id), ..entry.source };
    accounts.recorder.record(Entry { facts, source, ..entry }).await?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    accounts.known.clear();
    Ok(())
}
