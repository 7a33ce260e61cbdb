//! Wants another password of somebody.

use tacenda_kernel::{ActorId, TraceId};

use crate::{
    account::{AccountKind, Author},
    error::ChangeError,
    notices::NoticeKind,
    operations::change_account::{Change, Step},
    sealing::Profile,
    service::Accounts,
};

/// From now the person must choose another password before anything else; every session has ended.
pub(crate) async fn demand_password(
    accounts: &Accounts,
    author: &Author,
    person: ActorId,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, person, trace).await?;
    let row = change.existing().await?;
    if row.kind != AccountKind::Person {
        return Err(ChangeError::Invalid("account"));
    }
    let profile = Profile::open(person, &row.sealed_profile, &accounts.sealer)?;
    let mut steps = vec![Step::DemandPassword];
    steps.extend(change.notice(&profile, NoticeKind::PasswordDemanded)?);
    change.commit(&steps).await
}
