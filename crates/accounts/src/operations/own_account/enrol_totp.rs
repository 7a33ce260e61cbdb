//! An authenticator app: a secret is offered, and holds once a code of it was shown.

use jiff::SignedDuration;
use tacenda_contracts::accounts::{
    own_account::{Enrolled, OwnAccountError, TotpOffer},
    sign_in::{Duty, SessionToken, Visit},
};
use tacenda_kernel::{ActorId, Secret};

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
    recovery_codes::first_codes,
};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    one_time_codes::{LONGEST_CODE, Typed, base32, make_secret, step_of, typed, uri},
    operations::{
        read_account::open_profile,
        sign_in::{
            keep_session::{Proof, rise},
            read_session::Current,
            tries::{Tries, is_known},
        },
    },
    sealing::Sealed,
    service::Accounts,
    store::totp_secrets,
};

/// How long an offered secret waits for its first code.
const OFFERED: SignedDuration = SignedDuration::from_mins(10);
/// What apps show beside the account.
const ISSUER: &str = "Tacenda";

/// Offers a secret, or tells the one that was offered a moment ago.
pub(crate) async fn begin_totp(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<TotpOffer, OwnAccountError> {
    let current = authorise_proven(accounts, token, Asks::Fulfil(Duty::EnrolSecondFactor)).await?;
    let person = current.session.person;
    let secret = match offered(accounts, person).await? {
        Some((secret, _)) => secret,
        None => {
            let secret = make_secret(accounts.random.as_ref());
            // EXPOSE: it is sealed.
            let sealed = accounts.sealer.seal(&Sealed::TotpSecret(person), secret.expose());
            let now = accounts.clock.now();
            let kept = totp_secrets::offer(&accounts.database, person, &sealed, now).await;
            if !kept.map_err(unanswered)? {
                return Err(OwnAccountError::TooMany);
            }
            secret
        }
    };
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    // EXPOSE: the app shows to which account it belongs.
    let label = profile.email.as_ref().unwrap_or(&profile.display_name).expose().replace(':', " ");
    let uri = uri(&secret, &label, ISSUER).map_err(|_| OwnAccountError::Unavailable)?;
    Ok(TotpOffer { secret: base32(&secret), uri })
}

/// Enrols the offered secret by a code of it. The session has proven a second factor by that.
pub(crate) async fn finish_totp(
    accounts: &Accounts,
    token: &SessionToken,
    code: &Secret<String>,
    visit: &Visit,
) -> Result<Enrolled, OwnAccountError> {
    // EXPOSE: only its length is looked at.
    if code.expose().len() > LONGEST_CODE {
        return Err(OwnAccountError::Malformed("code".into()));
    }
    let Current { session, row, token } =
        authorise_proven(accounts, token, Asks::Fulfil(Duty::EnrolSecondFactor)).await?;
    let person = session.person;
    let change = OwnChange { accounts, person, visit };
    let known = is_known(accounts, person, visit).await?;
    let tries = Tries::in_session(accounts, person, visit, known);
    change.take(&tries, "enrol-totp").await?;
    let now = accounts.clock.now();
    let (secret, offered_at) = offered(accounts, person).await?.ok_or(OwnAccountError::NotFound)?;
    let step = match typed(code) {
        // EXPOSE: it is compared with the codes of now.
        Typed::Totp(code) => {
            step_of(&secret, code.expose(), now).map_err(|_| OwnAccountError::Unavailable)?
        }
        Typed::Recovery(_) => None,
    };
    let Some(step) = step else {
        return Err(change.refuse("wrong-code", "enrol-totp", OwnAccountError::Wrong).await);
    };
    tries.forgive(accounts).await?;
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let key = &accounts.database.key;
    let enrolled = totp_secrets::enrol(&transaction, key, &mut held, offered_at, step, now).await;
    if !enrolled.map_err(unanswered)? {
        return Err(OwnAccountError::NotFound);
    }
    let recovery_codes = first_codes(accounts, &transaction, &mut held, &session).await?;
    let session =
        rise(accounts, &transaction, &mut held, &token, &row, Proof::second_factor(now), visit).await?;
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    change.tell(&transaction, &profile, NoticeKind::FactorAdded).await?;
    change.commit(transaction, held, "enrol-totp").await?;
    accounts.sessions.clear();
    Ok(Enrolled { session, recovery_codes })
}

/// The secret that is offered now, and since when. [`OwnAccountError::TooMany`] where one is enrolled.
async fn offered(
    accounts: &Accounts,
    person: ActorId,
) -> Result<Option<(Secret<Vec<u8>>, jiff::Timestamp)>, OwnAccountError> {
    let row = totp_secrets::find(&accounts.database, person).await.map_err(unanswered)?;
    let Some(row) = row else { return Ok(None) };
    if row.enrolled_at.is_some() {
        return Err(OwnAccountError::TooMany);
    }
    if accounts.clock.now().duration_since(row.offered_at) > OFFERED {
        return Ok(None);
    }
    let secret = accounts.sealer.open(&Sealed::TotpSecret(person), &row.sealed_secret)?;
    Ok(Some((secret, row.offered_at)))
}
