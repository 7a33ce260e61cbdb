//! Invites somebody who is to work here: an account without a password, and a link to set one.

use tacenda_contracts::accounts::{
    links::{LinkPurpose, LinkToken},
    people::Invitation,
};
use tacenda_kernel::{ActorId, TraceId};

use crate::{
    account::{AccountKind, Author, NewAccount},
    address,
    bindings::Kind,
    error::ChangeError,
    notices::{Notice, NoticeKind},
    operations::{
        change_account::{Change, Step},
        create_account,
        links::make_link::new_link,
    },
    sealing::Profile,
    service::Accounts,
};

/// Makes the account and sends an invitation; its number, and what the link holds.
pub(crate) async fn invite(
    accounts: &Accounts,
    author: &Author,
    invitation: Invitation,
    trace: TraceId,
) -> Result<(ActorId, LinkToken), ChangeError> {
    let Invitation { display_name, email, language, roles } = invitation;
    let email = address::normal(&email).map_err(|_| ChangeError::Invalid("e-mail address"))?;
    let email = Some(email);
    let new = NewAccount { kind: AccountKind::Person, display_name, email, language, patient: None, roles };
    let (id, change) = create_account::begin(accounts, author, trace).await?;
    let mut steps = create_account::steps(accounts, &change, id, &new)?;
    let profile = Profile { display_name: new.display_name, email: new.email, language };
    let link = add_link(accounts, &change, id, &profile, &mut steps)?;
    change.commit(&steps).await?;
    Ok((id, link))
}

/// Sends another invitation to somebody who has not accepted theirs; what the link holds. The one before is worth
/// nothing.
pub(crate) async fn invite_again(
    accounts: &Accounts,
    author: &Author,
    person: ActorId,
    trace: TraceId,
) -> Result<LinkToken, ChangeError> {
    let change = Change::authorise(accounts, author, person, trace).await?;
    let row = change.existing().await?;
    let accepted = row.bindings.any(Kind::Password) || !row.signs_in_here();
    if row.kind != AccountKind::Person || row.suspended || accepted {
        return Err(ChangeError::Invalid("account"));
    }
    let profile = Profile::open(person, &row.sealed_profile, &accounts.sealer)?;
    let mut steps = Vec::new();
    let link = add_link(accounts, &change, person, &profile, &mut steps)?;
    change.commit(&steps).await?;
    Ok(link)
}

fn add_link(
    accounts: &Accounts,
    change: &Change<'_>,
    person: ActorId,
    profile: &Profile,
    steps: &mut Vec<Step>,
) -> Result<LinkToken, ChangeError> {
    let notice = Notice::to_owner(profile, NoticeKind::Invitation);
    let notice = notice.ok_or(ChangeError::Invalid("e-mail address"))?;
    let link = new_link(accounts, person, LinkPurpose::Invitation, None);
    let token = link.token.clone();
    steps.push(change.notify(&notice.with_link(token.clone()))?);
    steps.push(Step::KeepLink(link));
    Ok(token)
}
