//! Makes an account for a person, an application or a device.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role, TraceId};

use super::{
    change_account::{Change, Step},
    issue_token::random_uuid,
};
use crate::{
    account::{AccountKind, Author, NewAccount},
    address,
    error::ChangeError,
    sealing::Profile,
    service::Accounts,
    store::accounts::NewAccountRow,
};

const LONGEST_NAME: usize = 200;

/// Makes the account with its roles; its number.
pub(crate) async fn create_account(
    accounts: &Accounts,
    author: &Author,
    new: NewAccount,
    trace: TraceId,
) -> Result<ActorId, ChangeError> {
    let (id, change) = begin(accounts, author, trace).await?;
    change.commit(&steps(accounts, &change, id, &new)?).await?;
    Ok(id)
}

/// A number for a new account, and a change that may make it.
pub(crate) async fn begin<'a>(
    accounts: &'a Accounts,
    author: &'a Author,
    trace: TraceId,
) -> Result<(ActorId, Change<'a>), ChangeError> {
    let id = ActorId(random_uuid(accounts));
    Ok((id, Change::authorise(accounts, author, id, trace).await?))
}

/// What makes the account, with its roles.
pub(crate) fn steps(
    accounts: &Accounts,
    change: &Change<'_>,
    id: ActorId,
    new: &NewAccount,
) -> Result<Vec<Step>, ChangeError> {
    check(new, change.now())?;
    let mut steps = vec![Step::Make(sealed_row(accounts, id, new, change.now())?)];
    steps.extend(new.roles.iter().map(|grant| Step::GiveRole(*grant)));
    Ok(steps)
}

fn check(new: &NewAccount, now: Timestamp) -> Result<(), ChangeError> {
    // EXPOSE: only length and line ends are looked at.
    let name = new.display_name.expose();
    if name.trim().is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(ChangeError::Invalid("display name"));
    }
    let unfit = |email| address::normal(email).is_err() || new.kind != AccountKind::Person;
    if new.email.as_ref().is_some_and(unfit) {
        return Err(ChangeError::Invalid("e-mail address"));
    }
    let is_patient = new.roles.iter().any(|grant| grant.role == Role::Patient);
    if is_patient != new.patient.is_some() {
        return Err(ChangeError::Invalid("patient"));
    }
    let fitting = |grant: &crate::RoleGrant| {
        new.kind.may_have(grant.role) && grant.until.is_none_or(|until| until > now)
    };
    if new.roles.is_empty() || !new.roles.iter().all(fitting) {
        return Err(ChangeError::Invalid("roles"));
    }
    Ok(())
}

fn sealed_row(
    accounts: &Accounts,
    id: ActorId,
    new: &NewAccount,
    created_at: Timestamp,
) -> Result<NewAccountRow, ChangeError> {
    let profile =
        Profile { display_name: new.display_name.clone(), email: new.email.clone(), language: new.language };
    let sealed_profile = profile.seal(id, &accounts.sealer)?;
    // The form in which a sign-in looks for it.
    let normal = new.email.as_ref().map(address::normal).transpose();
    let normal = normal.map_err(|_| ChangeError::Invalid("e-mail address"))?;
    let email_token = normal.map(|email| accounts.sealer.email_token(&email));
    Ok(NewAccountRow { id, kind: new.kind, sealed_profile, email_token, patient: new.patient, created_at })
}
