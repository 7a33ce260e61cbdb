//! Another e-mail address: asked for in a session, confirmed at both.

use tacenda_contracts::accounts::{
    links::{AddressChange as Progress, LinkError, LinkPurpose, LinkToken},
    own_account::OwnAccountError,
    sign_in::{SessionToken, Visit},
};
use tacenda_kernel::Secret;
use tacenda_postgres::DatabaseError;

use super::{
    make_link::make_link,
    open_link::{Good, good_link},
};
use crate::{
    address,
    error::unanswered,
    notices::{Notice, NoticeKind},
    operations::{
        issue_token::random_uuid,
        own_account::{
            authorise::{Asks, authorise_proven},
            change_own::OwnChange,
        },
        read_account::open_profile,
        sign_in::tries::Tries,
    },
    sealing::{Profile, Sealed},
    service::Accounts,
    store::{
        self,
        links::{self, AddressChange},
        sessions,
    },
};

const BOTH: [LinkPurpose; 2] = [LinkPurpose::LeaveAddress, LinkPurpose::JoinAddress];

/// Sends a link to both addresses. Whether another account has the new one is told only to whoever reads mail there.
pub(crate) async fn ask_address_change(
    accounts: &Accounts,
    token: &SessionToken,
    email: &Secret<String>,
    visit: &Visit,
) -> Result<(), OwnAccountError> {
    let person = authorise_proven(accounts, token, Asks::Change).await?.session.person;
    let wrong = OwnAccountError::Malformed("e-mail address".into());
    let email = address::normal(email).map_err(|_| wrong.clone())?;
    let change = OwnChange { accounts, person, visit };
    let row = store::accounts::find(&accounts.database, person).await.map_err(unanswered)?;
    if !row.is_some_and(|row| row.signs_in_here()) {
        let error = OwnAccountError::KeptElsewhere;
        return Err(change.refuse("signs-in-elsewhere", "ask-address-change", error).await);
    }
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    let email_token = accounts.sealer.email_token(&email);
    let present = profile.email.as_ref().ok_or(wrong.clone())?;
    if accounts.sealer.email_token(present) == email_token {
        return Err(wrong);
    }
    change.take(&Tries::at_mail(accounts, email_token, visit), "ask-address-change").await?;
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let id = random_uuid(accounts);
    // EXPOSE: it is sealed.
    let sealed_address = accounts.sealer.seal(&Sealed::LinkAddress(id), email.expose().as_bytes());
    let of_change = AddressChange { id, sealed_address };
    for (purpose, kind, to) in [
        (LinkPurpose::LeaveAddress, NoticeKind::LeaveAddress, present.clone()),
        (LinkPurpose::JoinAddress, NoticeKind::JoinAddress, email),
    ] {
        let link = make_link(accounts, &transaction, &mut held, purpose, Some(of_change.clone())).await?;
        let (link, application) = (Some(link), None);
        let notice = Notice { to, language: profile.language, kind, link, application };
        change.queue(&transaction, &notice).await?;
    }
    Ok(change.commit(transaction, held, "ask-address-change").await?)
}

/// Uses one of the two links; with the second the address changes, and every session ends.
pub(crate) async fn confirm_address(
    accounts: &Accounts,
    token: &LinkToken,
    visit: &Visit,
) -> Result<Progress, LinkError> {
    let Good { hash, link, row, profile } = good_link(accounts, token, visit).await?;
    let of_change = link.change.ok_or(LinkError::Invalid)?;
    let (person, now) = (row.id, accounts.clock.now());
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let key = &accounts.database.key;
    if !links::use_up(&transaction, key, &mut held, &hash, now).await.map_err(unanswered)? {
        return Err(LinkError::Invalid);
    }
    if !links::both_used(&transaction, key, &held, of_change.id).await.map_err(unanswered)? {
        change.commit(transaction, held, "confirm-address").await?;
        return Ok(Progress::OtherAwaited);
    }
    let email = of_change.address(&accounts.sealer)?;
    let email_token = accounts.sealer.email_token(&email);
    let sealed = Profile { email: Some(email), ..profile.clone() }.seal(person, &accounts.sealer)?;
    let set = store::accounts::set_profile(&transaction, &mut held, sealed, Some(email_token)).await;
    if let Err(error) = set {
        return Err(match error {
            DatabaseError::Conflict => {
                change.record_refusal("address-taken", "change-address").await?;
                LinkError::Taken
            }
            other => unanswered(other).into(),
        });
    }
    sessions::end_all(&transaction, &mut held, None).await.map_err(unanswered)?;
    links::withdraw(&transaction, &mut held, &BOTH).await.map_err(unanswered)?;
    change.tell(&transaction, &profile, NoticeKind::AddressChanged).await?;
    change.commit(transaction, held, "change-address").await?;
    accounts.sessions.clear();
    Ok(Progress::Done)
}
