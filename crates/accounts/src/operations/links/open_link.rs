//! What a link is for.

use tacenda_contracts::accounts::{
    links::{LinkError, LinkPurpose, LinkToken, OpenLink},
    sign_in::Visit,
};

use crate::{
    error::unanswered,
    operations::sign_in::begin_session::record_refusal,
    password_rules::least_length,
    sealing::Profile,
    service::Accounts,
    store::{
        self,
        accounts::AccountRow,
        links::{self, LinkRow},
    },
    visit::token_hash,
};

/// A link that is good, and whose it is.
pub(crate) struct Good {
    pub(crate) hash: [u8; 32],
    pub(crate) link: LinkRow,
    pub(crate) row: AccountRow,
    pub(crate) profile: Profile,
}

/// What a page shows of the link.
pub(crate) async fn open_link(
    accounts: &Accounts,
    token: &LinkToken,
    visit: &Visit,
) -> Result<OpenLink, LinkError> {
    let Good { link, row, profile, .. } = good_link(accounts, token, visit).await?;
    let sent_to = match (&link.change, link.purpose) {
        (Some(change), LinkPurpose::JoinAddress) => Some(change.address(&accounts.sealer)?),
        _ => profile.email,
    };
    Ok(OpenLink {
        purpose: link.purpose,
        display_name: profile.display_name,
        email: sent_to.ok_or(LinkError::Invalid)?,
        language: profile.language,
        least_password_length: least_length(&row.roles_in_force(accounts.clock.now())),
    })
}

/// The link, if it is good, its account is not suspended and its person signs in here. A refusal is recorded before it is answered.
pub(crate) async fn good_link(
    accounts: &Accounts,
    token: &LinkToken,
    visit: &Visit,
) -> Result<Good, LinkError> {
    if let Some(hash) = token_hash(token) {
        let now = accounts.clock.now();
        let link = links::find(&accounts.database, &hash, now).await.map_err(unanswered)?;
        if let Some(link) = link {
            let row = store::accounts::find(&accounts.database, link.account).await.map_err(unanswered)?;
            if let Some(row) = row.filter(|row| !row.suspended && row.signs_in_here()) {
                let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
                return Ok(Good { hash, link, row, profile });
            }
        }
    }
    record_refusal(accounts, None, "invalid-link", visit).await?;
    Err(LinkError::Invalid)
}
