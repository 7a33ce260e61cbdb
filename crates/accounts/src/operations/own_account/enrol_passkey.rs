//! A passkey: made by the browser, checked, and kept under a name.

use serde_json::json;
use tacenda_contracts::accounts::{
    own_account::{Enrolled, OwnAccountError},
    sign_in::{Duty, PasskeyChallenge, SessionToken, Visit},
};
use tacenda_kernel::{ActorId, Secret};
use webauthn_rs::prelude::{CredentialID, RegisterPublicKeyCredential};

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
    recovery_codes::first_codes,
};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    operations::{
        issue_token::random_uuid,
        read_account::open_profile,
        sign_in::{
            keep_session::{Proof, rise},
            read_session::Current,
        },
    },
    passkeys::{self, Asked, LONGEST_ANSWER, NamedPasskey, credential_hash},
    sealing::SealingFailed,
    service::Accounts,
    store::passkeys::{self as table, PasskeyRow},
};

const MOST: usize = 10;
const LONGEST_NAME: usize = 60;

/// Asks the browser for a passkey that is not there yet.
pub(crate) async fn begin_passkey_enrolment(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<PasskeyChallenge, OwnAccountError> {
    let party = accounts.relying_party.as_ref().ok_or(OwnAccountError::Unavailable)?;
    let current = authorise_proven(accounts, token, Asks::Fulfil(Duty::EnrolSecondFactor)).await?;
    let person = current.session.person;
    let there = credentials(accounts, person).await?;
    if there.len() >= MOST {
        return Err(OwnAccountError::TooMany);
    }
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    // EXPOSE: the person's own device shows to which account the passkey belongs.
    let (name, label) =
        (profile.display_name.expose(), profile.email.as_ref().unwrap_or(&profile.display_name));
    let asked = party.start_passkey_registration(person.0, label.expose(), name, Some(there));
    let (question, state) = asked.map_err(|_| OwnAccountError::Unavailable)?;
    let mut question = serde_json::to_value(question).map_err(|_| OwnAccountError::Unavailable)?;
    // One that the browser finds by itself signs in without an address being typed.
    question["publicKey"]["authenticatorSelection"]["residentKey"] = "preferred".into();
    let options = json!({ "publicKey": question["publicKey"] }).to_string();
    let handle = passkeys::handle(accounts, Asked::Enrol { state, account: person })?;
    Ok(PasskeyChallenge { handle, options })
}

/// Enrols the passkey that the browser made. The session has proven a second factor by that.
pub(crate) async fn finish_passkey_enrolment(
    accounts: &Accounts,
    token: &SessionToken,
    handle: &Secret<String>,
    name: &Secret<String>,
    response: &str,
    visit: &Visit,
) -> Result<Enrolled, OwnAccountError> {
    let name = checked_name(name)?;
    let party = accounts.relying_party.as_ref().ok_or(OwnAccountError::Unavailable)?;
    let Current { session, row, token } =
        authorise_proven(accounts, token, Asks::Fulfil(Duty::EnrolSecondFactor)).await?;
    let person = session.person;
    let change = OwnChange { accounts, person, visit };
    let state = match passkeys::asked(accounts, handle) {
        Some(Asked::Enrol { state, account }) if account == person => state,
        _ => return Err(OwnAccountError::NotFound),
    };
    if response.len() > LONGEST_ANSWER {
        return Err(OwnAccountError::Malformed("passkey".into()));
    }
    let answer: RegisterPublicKeyCredential =
        serde_json::from_str(response).map_err(|_| OwnAccountError::Malformed("passkey".into()))?;
    let Ok(passkey) = party.finish_passkey_registration(&answer, &state) else {
        return Err(change.refuse("wrong-passkey", "enrol-passkey", OwnAccountError::Wrong).await);
    };
    if !passkeys::use_up(accounts, handle).await? {
        return Err(OwnAccountError::NotFound);
    }
    let (id, now) = (random_uuid(accounts), accounts.clock.now());
    let credential = credential_hash(passkey.cred_id());
    let sealed_passkey = NamedPasskey { name, passkey }.seal(id, person, &accounts.sealer)?;
    let made = PasskeyRow {
        id,
        account: person,
        credential: credential.to_vec(),
        sealed_passkey,
        enrolled_at: now,
        used_at: None,
    };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    table::insert(&transaction, &accounts.database.key, &mut held, &made).await.map_err(unanswered)?;
    let recovery_codes = first_codes(accounts, &transaction, &mut held, &session).await?;
    let session =
        rise(accounts, &transaction, &mut held, &token, &row, Proof::second_factor(now), visit).await?;
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    change.tell(&transaction, &profile, NoticeKind::FactorAdded).await?;
    change.commit(transaction, held, "enrol-passkey").await?;
    accounts.sessions.clear();
    Ok(Enrolled { session, recovery_codes })
}

async fn credentials(accounts: &Accounts, person: ActorId) -> Result<Vec<CredentialID>, OwnAccountError> {
    let rows = table::of_account(&accounts.database, person).await.map_err(unanswered)?;
    let id = |row: &PasskeyRow| -> Result<CredentialID, SealingFailed> {
        let named = NamedPasskey::open(row, &accounts.sealer)?;
        Ok(named.passkey.cred_id().clone())
    };
    Ok(rows.iter().map(id).collect::<Result<_, _>>()?)
}

fn checked_name(name: &Secret<String>) -> Result<String, OwnAccountError> {
    // EXPOSE: it is sealed with the passkey.
    let name = name.expose().trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(OwnAccountError::Malformed("name".into())) }
}
