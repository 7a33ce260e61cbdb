//! The account of somebody whom a provider vouches for.
//!
//! INVARIANT: an account belongs to an issuer's subject because it was made for it, never because of a name or an address
//! that is the same. So nobody takes an account over by what their provider lets them call themselves.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::{ActorId, Role, TraceId};

use super::{
    identity::Identity,
    provider::Provider,
    refusal::Refusal,
    role_steps::{lasting, renewals, steps},
};
use crate::{
    account::{AccountKind, Author},
    error::{ChangeError, unanswered},
    operations::{
        change_account::{Change, Step},
        issue_token::random_uuid,
    },
    sealing::{Profile, ProviderSubject},
    service::Accounts,
    store::{
        self, account_roles,
        accounts::NewAccountRow,
        provider_subjects::{self, SubjectRow},
    },
};

/// Somebody who is let in.
pub(super) struct Admitted {
    pub(super) account: ActorId,
    /// Under what their subject is stored.
    pub(super) token: i64,
    pub(super) roles: Vec<Role>,
}

/// Finds or makes the account of somebody who signs in, and gives it the roles that the provider's claims mean now: no
/// fewer and no more.
pub(super) async fn admit(
    accounts: &Accounts,
    provider: &Provider,
    identity: &Identity,
    trace: TraceId,
) -> Result<Admitted, Refusal> {
    let author = Author::Provider(provider.id.clone());
    let Owner { account, token, is_new } = owner(accounts, provider, &author, identity, trace).await?;
    if !is_new {
        follow(accounts, &author, account, &identity.roles, trace).await?;
    }
    if identity.roles.is_empty() {
        return Err(Refusal::NotAdmitted("no-role", Some(account)));
    }
    Ok(Admitted { account, token, roles: identity.roles.iter().copied().collect() })
}

/// Finds or makes the account of somebody whose access token an application shows, with those roles that the token names
/// and that they have.
///
/// SECURITY: such a token may be older than what the provider said since, and one given to another application may name
/// fewer roles. So it gives none that was taken, and takes none. It makes a role last as long as if it had come when it
/// was issued, for those who use nothing but applications.
pub(super) async fn recognise(
    accounts: &Accounts,
    provider: &Provider,
    identity: &Identity,
    issued_at: Option<Timestamp>,
    trace: TraceId,
) -> Result<Admitted, Refusal> {
    let author = Author::Provider(provider.id.clone());
    let Owner { account, token, .. } = owner(accounts, provider, &author, identity, trace).await?;
    let now = accounts.clock.now();
    if let Some(issued_at) = issued_at {
        let has = roles_of(accounts, account).await?;
        let steps = renewals(&has, &identity.roles, author.id(), issued_at, now);
        change(accounts, &author, account, &steps, trace).await?;
    }
    let held = account_roles::those_in_force(&roles_of(accounts, account).await?, now);
    let roles: Vec<_> = held.into_iter().filter(|role| identity.roles.contains(role)).collect();
    if roles.is_empty() {
        return Err(Refusal::NotAdmitted("no-role", Some(account)));
    }
    Ok(Admitted { account, token, roles })
}

/// All roles of the account, those that are over included.
async fn roles_of(accounts: &Accounts, account: ActorId) -> Result<Vec<HeldRole>, Refusal> {
    let row = store::accounts::find(&accounts.database, account).await.map_err(unanswered)?;
    Ok(row.map(|row| row.roles).unwrap_or_default())
}

struct Owner {
    account: ActorId,
    token: i64,
    is_new: bool,
}

/// The account of the identity's subject, found or made.
async fn owner(
    accounts: &Accounts,
    provider: &Provider,
    author: &Author,
    identity: &Identity,
    trace: TraceId,
) -> Result<Owner, Refusal> {
    let subject = ProviderSubject { issuer: &provider.issuer, subject: &identity.subject };
    let token = subject.token(&accounts.sealer);
    if let Some(account) = active(accounts, &subject, token).await? {
        return Ok(Owner { account, token, is_new: false });
    }
    let account = make(accounts, provider, author, identity, token, trace).await?;
    Ok(Owner { account, token, is_new: true })
}

/// The account of the subject, if there is one; a refusal where it is suspended.
async fn active(
    accounts: &Accounts,
    subject: &ProviderSubject<'_>,
    token: i64,
) -> Result<Option<ActorId>, Refusal> {
    let Some(account) = find(accounts, subject, token).await? else { return Ok(None) };
    let row = store::accounts::find(&accounts.database, account).await.map_err(unanswered)?;
    match row.is_none_or(|row| row.suspended) {
        true => Err(Refusal::NotAdmitted("suspended", Some(account))),
        false => Ok(Some(account)),
    }
}

/// The account of the subject. The token narrows, and what is sealed decides.
pub(super) async fn find(
    accounts: &Accounts,
    subject: &ProviderSubject<'_>,
    token: i64,
) -> Result<Option<ActorId>, Refusal> {
    let found = provider_subjects::find(&accounts.database, token).await.map_err(unanswered)?;
    let Some(row) = found else { return Ok(None) };
    if subject.is_sealed_in(&row.sealed_subject, row.account, &accounts.sealer)? {
        Ok(Some(row.account))
    } else {
        Err(Refusal::Unproven("subject-token-collides"))
    }
}

async fn make(
    accounts: &Accounts,
    provider: &Provider,
    author: &Author,
    identity: &Identity,
    token: i64,
    trace: TraceId,
) -> Result<ActorId, Refusal> {
    let Some(language) = provider.new_accounts else {
        return Err(Refusal::NotAdmitted("no-account", None));
    };
    if identity.roles.is_empty() {
        return Err(Refusal::NotAdmitted("no-role", None));
    }
    let id = ActorId(random_uuid(accounts));
    let change = Change::authorise(accounts, author, id, trace).await?;
    let (now, sealer) = (change.now(), &accounts.sealer);
    let profile =
        Profile { display_name: identity.display_name.clone(), email: identity.email.clone(), language };
    let subject = ProviderSubject { issuer: &provider.issuer, subject: &identity.subject };
    let make = NewAccountRow {
        id,
        kind: AccountKind::Person,
        sealed_profile: profile.seal(id, sealer)?,
        // SECURITY: the address is for mail only. Nobody signs in or gets a new password by it, and another account may
        // have the same.
        email_token: None,
        patient: None,
        created_at: now,
    };
    let link = SubjectRow { account: id, sealed_subject: subject.seal(id, sealer)? };
    let mut steps = vec![Step::Make(make), Step::Link(token, link)];
    steps.extend(identity.roles.iter().map(|role| Step::GiveRole(lasting(*role, now))));
    match change.commit(&steps).await {
        Ok(()) => Ok(id),
        // Two requests of one person who is new: the other one made the account.
        Err(ChangeError::Taken) => {
            let found = find(accounts, &subject, token).await?;
            found.ok_or(Refusal::Unavailable)
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives what is missing or nearly over, and takes what the claims do not mean (any more).
async fn follow(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    roles: &BTreeSet<Role>,
    trace: TraceId,
) -> Result<(), Refusal> {
    let has: Vec<_> = roles_of(accounts, account).await?.iter().map(|held| held.grant).collect();
    change(accounts, author, account, &steps(&has, roles, accounts.clock.now()), trace).await
}

async fn change(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    steps: &[Step],
    trace: TraceId,
) -> Result<(), Refusal> {
    if steps.is_empty() {
        return Ok(());
    }
    let change = Change::authorise(accounts, author, account, trace).await?;
    Ok(change.commit(steps).await?)
}
