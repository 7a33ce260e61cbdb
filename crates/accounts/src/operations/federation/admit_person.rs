//! The account of somebody whom a provider vouches for.
//!
//! INVARIANT: an account belongs to an issuer's subject because it was made for it, never because of a name or an address
//! that is the same. So nobody takes an account over by what their provider lets them call themselves.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::people::{HeldRole, RoleGrant};
use tacenda_kernel::{ActorId, Role, TraceId};

use super::{identity::Identity, provider::Provider, refusal::Refusal};
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

/// How long a role lasts that a provider gave: longer than any session, and then it must be given again.
const LASTS: SignedDuration = SignedDuration::from_hours(36);
/// How much of it must be left for another session.
const LEFT: SignedDuration = SignedDuration::from_hours(24);

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
    let subject = ProviderSubject { issuer: &provider.issuer, subject: &identity.subject };
    let token = subject.token(&accounts.sealer);
    let author = Author::Provider(provider.id.clone());
    let account = match active(accounts, &subject, token).await? {
        Some(account) => {
            follow(accounts, &author, account, &identity.roles, trace).await?;
            account
        }
        None => make(accounts, provider, &author, identity, token, trace).await?,
    };
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
    let subject = ProviderSubject { issuer: &provider.issuer, subject: &identity.subject };
    let token = subject.token(&accounts.sealer);
    let author = Author::Provider(provider.id.clone());
    let account = match active(accounts, &subject, token).await? {
        Some(account) => account,
        None => make(accounts, provider, &author, identity, token, trace).await?,
    };
    let now = accounts.clock.now();
    if let Some(issued_at) = issued_at {
        let has = account_roles::of_accounts(&accounts.database, &[account.0]).await.map_err(unanswered)?;
        let has: Vec<_> = has.into_iter().map(|(_, held)| held).collect();
        let until = issued_at.min(now).saturating_add(LASTS).unwrap_or(now);
        change(accounts, &author, account, &renewals(&has, &identity.roles, author.id(), until, now), trace)
            .await?;
    }
    let held = account_roles::in_force(&accounts.database, account, now).await.map_err(unanswered)?;
    let roles: Vec<_> = held.into_iter().filter(|role| identity.roles.contains(role)).collect();
    if roles.is_empty() {
        return Err(Refusal::NotAdmitted("no-role", Some(account)));
    }
    Ok(Admitted { account, token, roles })
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
    let has = account_roles::of_account(&accounts.database, account).await.map_err(unanswered)?;
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
    let takes = steps.iter().any(|step| matches!(step, Step::TakeRole(_)));
    change.commit(steps).await?;
    if takes {
        accounts.known.clear();
        accounts.sessions.clear();
    }
    Ok(())
}

fn steps(has: &[RoleGrant], roles: &BTreeSet<Role>, now: Timestamp) -> Vec<Step> {
    let enough = |grant: &RoleGrant| {
        let left = now.saturating_add(LEFT).unwrap_or(now);
        let longest = now.saturating_add(LASTS).unwrap_or(now);
        grant.until.is_some_and(|until| until > left && until <= longest)
    };
    let kept = |role: &Role| has.iter().any(|grant| grant.role == *role && enough(grant));
    let give = roles.iter().filter(|role| !kept(role)).map(|role| Step::GiveRole(lasting(*role, now)));
    let take =
        has.iter().filter(|grant| !roles.contains(&grant.role)).map(|grant| Step::TakeRole(grant.role));
    give.chain(take).collect()
}

/// Roles that this provider gave, and that end sooner than they would had the token come when it was issued.
fn renewals(
    has: &[HeldRole],
    roles: &BTreeSet<Role>,
    provider: ActorId,
    until: Timestamp,
    now: Timestamp,
) -> Vec<Step> {
    let nearly_over = now.saturating_add(LEFT).unwrap_or(now);
    let is_due = |held: &&HeldRole| {
        let ends = held.grant.until;
        held.given_by == provider
            && roles.contains(&held.grant.role)
            && ends.is_some_and(|ends| ends < until && ends <= nearly_over)
    };
    let renewed = |held: &HeldRole| Step::GiveRole(RoleGrant { role: held.grant.role, until: Some(until) });
    if until <= now { Vec::new() } else { has.iter().filter(is_due).map(renewed).collect() }
}

fn lasting(role: Role, now: Timestamp) -> RoleGrant {
    RoleGrant { role, until: now.saturating_add(LASTS).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_the_provider_and_nothing_else() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let names = |has: &[RoleGrant], roles: &[Role]| {
            let steps = steps(has, &roles.iter().copied().collect(), now);
            steps.iter().map(Step::name).collect::<Vec<_>>()
        };
        let until = |hours| Some(now + SignedDuration::from_hours(hours));
        let grant = |role, hours| RoleGrant { role, until: until(hours) };
        let end = until(36).unwrap();
        assert!(names(&[grant(Role::Clinician, 30)], &[Role::Clinician]).is_empty());
        let given = format!("give-role/clinician/until/{end}");
        assert_eq!(names(&[], &[Role::Clinician]), std::slice::from_ref(&given));
        assert_eq!(
            names(&[grant(Role::Clinician, 20)], &[Role::Clinician]),
            std::slice::from_ref(&given),
            "nearly over"
        );
        assert_eq!(names(&[RoleGrant::lasting(Role::Clinician)], &[Role::Clinician]), [given], "without end");
        let by_hand = [grant(Role::Clinician, 30), RoleGrant::lasting(Role::Administrator)];
        assert_eq!(names(&by_hand, &[Role::Clinician]), ["take-role/administrator"]);
        assert_eq!(names(&by_hand, &[]).len(), 2);
    }

    #[test]
    fn an_access_token_makes_a_role_last_and_gives_none() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (here, other) = (ActorId(uuid::Uuid::from_u128(1)), ActorId(uuid::Uuid::from_u128(2)));
        let after = |hours| now.saturating_add(SignedDuration::from_hours(hours)).unwrap();
        let held = |given_by, until: Option<i64>| {
            let grant = RoleGrant { role: Role::Clinician, until: until.map(after) };
            HeldRole { grant, given_by, given_at: now }
        };
        let renewed = |has: &[HeldRole], until| {
            renewals(has, &BTreeSet::from([Role::Clinician]), here, after(until), now).len()
        };
        assert_eq!(renewed(&[held(here, Some(20))], 30), 1, "nearly over");
        assert_eq!(renewed(&[held(here, Some(-5))], 30), 1, "over, and not taken");
        assert_eq!(renewed(&[], 30), 0, "taken, or never given");
        assert_eq!(renewed(&[held(here, Some(20))], 10), 0, "the token is older than the sign-in");
        assert_eq!(renewed(&[held(here, Some(-5))], -1), 0, "it is older than a role lasts");
        assert_eq!(renewed(&[held(here, Some(30))], 36), 0, "it lasts long enough");
        assert_eq!(renewed(&[held(other, Some(2))], 30), 0, "an administrator said until when");
        assert_eq!(renewed(&[held(here, None)], 30), 0);
    }
}
