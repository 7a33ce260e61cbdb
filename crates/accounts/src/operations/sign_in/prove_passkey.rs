//! A passkey: the second factor of a session, or both factors of a new one.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tacenda_contracts::accounts::{
    own_account::AttemptOutcome,
    sign_in::{FactorKind, NewSession, PasskeyChallenge, SessionToken, SignInError, Standing, Visit},
};
use tacenda_kernel::{ActorId, Secret};
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential};

use super::{
    begin_session::record_refusal,
    keep_session::{Means, Start, keep_attempt, raise_session, start_session},
    read_session::{current, whole},
    tries::is_known,
};
use crate::{
    error::unanswered,
    passkeys::{self, Asked, LONGEST_ANSWER, NamedPasskey, credential_hash},
    service::Accounts,
    store::{
        self,
        held::Held,
        passkeys::{self as table, PasskeyRow},
    },
};

/// Asks for one of the session's passkeys, or, without a session, for any that the browser finds.
pub(crate) async fn begin_passkey(
    accounts: &Accounts,
    token: Option<&SessionToken>,
) -> Result<PasskeyChallenge, SignInError> {
    let party = accounts.relying_party.as_ref().ok_or(SignInError::Unavailable)?;
    let (question, state) =
        party.start_discoverable_authentication().map_err(|_| SignInError::Unavailable)?;
    let mut question = serde_json::to_value(question).map_err(|_| SignInError::Unavailable)?;
    let session = match token {
        None => None,
        Some(token) => {
            let found = current(accounts, token).await?;
            question["publicKey"]["allowCredentials"] = credentials(accounts, found.session.person).await?;
            Some(found.token)
        }
    };
    // The library asks for a choice in a form field; here a button was pressed.
    let options = json!({ "publicKey": question["publicKey"] }).to_string();
    Ok(PasskeyChallenge { handle: passkeys::handle(accounts, Asked::SignIn { state, session })?, options })
}

async fn credentials(accounts: &Accounts, person: ActorId) -> Result<Value, SignInError> {
    let rows = table::of_account(&accounts.database, person).await.map_err(unanswered)?;
    let open = |row: &PasskeyRow| NamedPasskey::open(row, &accounts.sealer);
    let named = rows.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let ids = named.iter().map(|named| BASE64URL_NOPAD.encode(named.passkey.cred_id()));
    let allowed: Vec<_> = ids.map(|id| json!({ "type": "public-key", "id": id })).collect();
    if allowed.is_empty() { Err(SignInError::Wrong) } else { Ok(Value::Array(allowed)) }
}

/// Takes the browser's answer. The session, new or not, has both factors: the passkey and what unlocked it.
pub(crate) async fn finish_passkey(
    accounts: &Accounts,
    handle: &Secret<String>,
    response: &str,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    if response.len() > LONGEST_ANSWER {
        return Err(SignInError::Malformed("passkey".into()));
    }
    let Some(Asked::SignIn { state, session }) = passkeys::asked(accounts, handle) else {
        return Err(SignInError::Ended);
    };
    let answer: PublicKeyCredential =
        serde_json::from_str(response).map_err(|_| SignInError::Malformed("passkey".into()))?;
    let hash = credential_hash(answer.get_credential_id());
    let row = table::by_credential(&accounts.database, &hash).await.map_err(unanswered)?;
    let Some(row) = row else { return Err(refuse(accounts, None, "unknown-passkey", visit).await) };
    let whole = match &session {
        None => None,
        Some(hash) => Some(whole(accounts, hash).await?),
    };
    let other = whole.as_ref().is_some_and(|whole| whole.session.account != row.account);
    let named = answer.get_user_unique_id().is_none_or(|id| id == row.account.0.as_bytes());
    if other || !named {
        return Err(refuse(accounts, None, "another-s-passkey", visit).await);
    }
    if !answers(accounts, &row, &answer, state).await? || !passkeys::use_up(accounts, handle).await? {
        return Err(refuse(accounts, Some(row.account), "wrong-passkey", visit).await);
    }
    let factor = Some(FactorKind::Passkey);
    match (whole, session) {
        (Some(whole), Some(hash)) => {
            let roles = whole.account.roles_in_force(accounts.clock.now());
            raise_session(accounts, &hash, whole.session, &roles, Standing::Multi, factor, visit).await
        }
        _ => signed_in(accounts, row.account, visit).await,
    }
}

/// Whether the passkey answers what was asked. It was used by that, and its counter moved.
async fn answers(
    accounts: &Accounts,
    row: &PasskeyRow,
    answer: &PublicKeyCredential,
    state: DiscoverableAuthentication,
) -> Result<bool, SignInError> {
    let party = accounts.relying_party.as_ref().ok_or(SignInError::Unavailable)?;
    let mut named = NamedPasskey::open(row, &accounts.sealer)?;
    let Ok(result) = party.finish_discoverable_authentication_v2(answer, state, &named.passkey) else {
        return Ok(false);
    };
    named.passkey.update_credential(&result);
    let sealed = named.seal(row.id, row.account, &accounts.sealer)?;
    let now = accounts.clock.now();
    let key = &accounts.database.key;
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    let held = Held::lock(&transaction, key, row.account).await.map_err(unanswered)?;
    let Some(mut held) = held else { return Ok(false) };
    if !table::used(&transaction, key, &mut held, row, sealed, now).await.map_err(unanswered)? {
        return Ok(false);
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(result.user_verified())
}

async fn signed_in(accounts: &Accounts, account: ActorId, visit: &Visit) -> Result<NewSession, SignInError> {
    let row = store::accounts::find(&accounts.database, account).await.map_err(unanswered)?;
    let Some(row) = row.filter(|row| !row.suspended) else {
        return Err(refuse(accounts, Some(account), "suspended", visit).await);
    };
    // SECURITY: for somebody whom a provider vouches for, a passkey is the second step only.
    if !row.signs_in_here() {
        return Err(refuse(accounts, Some(account), "signs-in-elsewhere", visit).await);
    }
    let roles = row.roles_in_force(accounts.clock.now());
    if roles.is_empty() {
        return Err(refuse(accounts, Some(account), "no-role", visit).await);
    }
    let start = Start {
        account,
        roles: &roles,
        standing: Standing::Multi,
        means: Means::Own(Some(FactorKind::Passkey)),
    };
    start_session(accounts, start, visit).await
}

async fn refuse(accounts: &Accounts, account: Option<ActorId>, reason: &str, visit: &Visit) -> SignInError {
    let kept = match account {
        None => Ok(()),
        Some(account) => {
            let (outcome, factor) = (AttemptOutcome::WrongFactor, Some(FactorKind::Passkey));
            match is_known(accounts, account, visit).await {
                Ok(known) => keep_attempt(accounts, account, outcome, factor, !known, visit).await,
                Err(unanswered) => Err(unanswered),
            }
        }
    };
    if let Err(unanswered) = kept {
        return unanswered.into();
    }
    match record_refusal(accounts, account, reason, visit).await {
        Ok(()) => SignInError::Wrong,
        Err(unavailable) => unavailable,
    }
}
