//! Makes an account for a person, an application or a device.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role, TraceId};

use super::{
    change_account::{Change, Step},
    issue_token::random_uuid,
};
use crate::{
    account::{AccountKind, Author, NewAccount},
    error::ChangeError,
    sealing::Profile,
    service::Accounts,
    store::accounts::NewAccountRow,
};

const LONGEST_NAME: usize = 200;
const LONGEST_EMAIL: usize = 254;

/// Makes the account with its roles; its number.
pub(crate) async fn create_account(
    accounts: &Accounts,
    author: &Author,
    new: NewAccount,
    trace: TraceId,
) -> Result<ActorId, ChangeError> {
    let id = ActorId(random_uuid(accounts));
    let change = Change::authorise(accounts, author, id, trace).await?;
    check(&new, change.now())?;
    let mut steps = vec![Step::Make(sealed_row(accounts, id, &new, change.now())?)];
    steps.extend(new.roles.iter().map(|grant| Step::GiveRole(*grant)));
    change.commit(&steps).await?;
    Ok(id)
}

fn check(new: &NewAccount, now: Timestamp) -> Result<(), ChangeError> {
    // EXPOSE: only length and line ends are looked at.
    let name = new.display_name.expose();
    if name.trim().is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(ChangeError::Invalid("display name"));
    }
    if let Some(email) = &new.email {
        let plausible = email
            .expose()
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
        if !plausible || email.expose().len() > LONGEST_EMAIL || new.kind != AccountKind::Person {
            return Err(ChangeError::Invalid("e-mail address"));
        }
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
    let email_token = new.email.as_ref().map(|email| accounts.sealer.email_token(email));
    Ok(NewAccountRow { id, kind: new.kind, sealed_profile, email_token, patient: new.patient, created_at })
}
