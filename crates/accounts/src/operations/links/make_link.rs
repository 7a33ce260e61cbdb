//! A link, stored; what it holds goes into mail and nowhere else.

use jiff::SignedDuration;
use tacenda_contracts::accounts::links::{LinkPurpose, LinkToken};
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};

use crate::{
    error::{Unanswered, unanswered},
    row_seal::RowKey,
    service::Accounts,
    store::{
        held::Held,
        links::{self, AddressChange, LinkRow},
    },
    visit::{make_token, token_hash},
};

/// How long a link is good.
const fn lasts(purpose: LinkPurpose) -> SignedDuration {
    match purpose {
        LinkPurpose::Invitation => SignedDuration::from_hours(24 * 7),
        LinkPurpose::NewPassword | LinkPurpose::LeaveAddress | LinkPurpose::JoinAddress => {
            SignedDuration::from_mins(30)
        }
    }
}

/// Makes a link for the account, instead of any that it has for the same purpose.
pub(crate) async fn make_link(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    held: &mut Held,
    purpose: LinkPurpose,
    change: Option<AddressChange>,
) -> Result<LinkToken, Unanswered> {
    let link = new_link(accounts, held.id(), purpose, change);
    keep_link(transaction, &accounts.database.key, held, &link).await.map_err(unanswered)?;
    Ok(link.token)
}

/// A link that is good once it is kept.
pub(crate) struct NewLink {
    pub(crate) token: LinkToken,
    row: LinkRow,
}

/// Makes a link that is kept later.
pub(crate) fn new_link(
    accounts: &Accounts,
    account: ActorId,
    purpose: LinkPurpose,
    change: Option<AddressChange>,
) -> NewLink {
    let (token, made_at) = (make_token(accounts), accounts.clock.now());
    let expires_at = made_at.saturating_add(lasts(purpose)).unwrap_or(made_at);
    NewLink { token, row: LinkRow { account, purpose, change, made_at, expires_at } }
}

/// Keeps the link, instead of any that the account has for the same purpose.
pub(crate) async fn keep_link(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    link: &NewLink,
) -> Result<(), DatabaseError> {
    let NewLink { token, row } = link;
    links::withdraw(transaction, held, &[row.purpose]).await?;
    links::insert(transaction, key, held, &token_hash(token).unwrap_or_default(), row).await
}
