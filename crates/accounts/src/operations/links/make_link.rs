//! A link, stored; what it holds goes into mail and nowhere else.

use jiff::SignedDuration;
use tacenda_contracts::accounts::links::LinkPurpose;
use tacenda_kernel::{ActorId, Secret};
use tacenda_postgres::Transaction;

use crate::{
    error::{Unanswered, unanswered},
    service::Accounts,
    store::links::{self, AddressChange, LinkRow},
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
    account: ActorId,
    purpose: LinkPurpose,
    change: Option<AddressChange>,
) -> Result<Secret<String>, Unanswered> {
    let (token, made_at) = (make_token(accounts), accounts.clock.now());
    let expires_at = made_at.saturating_add(lasts(purpose)).unwrap_or(made_at);
    let row = LinkRow { account, purpose, change, made_at, expires_at };
    links::withdraw(transaction, account, &[purpose]).await.map_err(unanswered)?;
    let hash = token_hash(&token).unwrap_or_default();
    links::insert(transaction, &hash, &row).await.map_err(unanswered)?;
    Ok(token)
}
