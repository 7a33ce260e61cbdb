//! A password chosen by a link: the first of an invited person, or a new one for one that was forgotten.

use tacenda_contracts::accounts::{
    links::{LinkError, LinkPurpose, LinkToken},
    sign_in::{NewSession, Visit},
};
use tacenda_kernel::Secret;

use super::open_link::{Good, good_link};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    operations::{
        own_account::{change_own::OwnChange, choose_password::choose_password},
        sign_in::{begin_session::signed_in, tries::Tries},
    },
    service::Accounts,
    store::{self, authorisations, devices, links, passwords, sessions},
    visit::device,
};

/// Sets the password, ends every session and what applications may do, makes other browsers unknown, and begins a
/// session. The link is used up by that, not by a password that does not do.
pub(crate) async fn set_password_by_link(
    accounts: &Accounts,
    token: &LinkToken,
    purpose: LinkPurpose,
    password: &Secret<String>,
    visit: &Visit,
) -> Result<NewSession, LinkError> {
    let Good { hash, link, row, profile } = good_link(accounts, token, visit).await?;
    let (person, now) = (row.id, accounts.clock.now());
    let roles = row.roles_in_force(now);
    if link.purpose != purpose || roles.is_empty() {
        return Err(LinkError::Invalid);
    }
    let sealed_hash = choose_password(accounts, person, &roles, &profile, password).await?;
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let key = &accounts.database.key;
    if !links::use_up(&transaction, key, &mut held, &hash, now).await.map_err(unanswered)? {
        return Err(LinkError::Invalid);
    }
    let put = passwords::put(&transaction, key, &accounts.sealer, &mut held, &sealed_hash, now).await;
    put.map_err(unanswered)?;
    devices::forget_others(&transaction, key, person, device(visit)).await.map_err(unanswered)?;
    sessions::end_all(&transaction, &mut held, None).await.map_err(unanswered)?;
    authorisations::end_all(&transaction, key, &mut held, now).await.map_err(unanswered)?;
    let over = [LinkPurpose::Invitation, LinkPurpose::NewPassword];
    links::withdraw(&transaction, &mut held, &over).await.map_err(unanswered)?;
    if purpose == LinkPurpose::NewPassword {
        change.tell(&transaction, &profile, NoticeKind::PasswordChanged).await?;
    }
    change.commit(transaction, held, "set-password/by-link").await?;
    accounts.sessions.clear();
    accounts.known.clear();
    if let Some(email) = &profile.email {
        let token = accounts.sealer.email_token(email);
        Tries::at_password(accounts, token, visit, false).forget(accounts).await?;
    }
    let row = store::accounts::find(&accounts.database, person).await.map_err(unanswered)?;
    let row = row.ok_or(LinkError::Unavailable)?;
    Ok(signed_in(accounts, &row, &sealed_hash, visit).await?)
}
