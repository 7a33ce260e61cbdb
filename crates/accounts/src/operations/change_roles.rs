//! Gives and takes roles.

use tacenda_kernel::{ActorId, Role, TraceId};

use super::change_account::{Change, Step};
use crate::{
    account::{Author, RoleGrant},
    bindings::Kind,
    error::ChangeError,
    limits::is_privileged,
    service::Accounts,
};

/// Gives the account a role, or gives a role it has another end.
pub(crate) async fn give_role(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    grant: RoleGrant,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    let row = change.existing().await?;
    if matches!(author, Author::Administrator(_)) {
        // SECURITY: a role among staff would uncover the name of somebody who is a patient and nothing else.
        let only_patient =
            row.patient.is_some() && row.roles.iter().all(|held| held.grant.role == Role::Patient);
        if grant.role == Role::Patient || only_patient {
            return Err(change.turn_down("a-patient", "role").await);
        }
    }
    let lasts = grant.until.is_none_or(|until| until > change.now());
    let fits = row.kind.may_have(grant.role) && (grant.role != Role::Patient || row.patient.is_some());
    if !lasts || !fits {
        return Err(change.turn_down("role-does-not-fit", "role").await);
    }
    let mut steps = vec![Step::GiveRole(grant)];
    let privileged = row.roles_in_force(change.now()).into_iter().any(is_privileged);
    if is_privileged(grant.role) && !privileged && row.bindings.any(Kind::Password) {
        // Theirs was accepted by the lighter rules.
        steps.push(Step::DemandPassword);
    }
    change.commit(&steps).await
}

/// Takes a role. Tokens for it are not believed any more within seconds.
pub(crate) async fn take_role(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    role: Role,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    change.existing().await?;
    // SECURITY: who is a patient is not told to administrators, so it is not theirs to change either.
    if role == Role::Patient && matches!(author, Author::Administrator(_)) {
        return Err(change.turn_down("a-patient", "role").await);
    }
    change.commit(&[Step::TakeRole(role)]).await
}
