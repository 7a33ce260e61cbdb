//! Which roles a provider's claims give, lengthen and take.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::people::{HeldRole, RoleGrant};
use tacenda_kernel::{ActorId, Role};

use crate::operations::change_account::Step;

/// How long a role lasts that a provider gave: longer than any session, and then it must be given again.
const LASTS: SignedDuration = SignedDuration::from_hours(36);
/// How much of it must be left for another session.
const LEFT: SignedDuration = SignedDuration::from_hours(24);

/// What makes the roles an account has those that the claims mean.
pub(super) fn steps(has: &[RoleGrant], roles: &BTreeSet<Role>, now: Timestamp) -> Vec<Step> {
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
pub(super) fn renewals(
    has: &[HeldRole],
    roles: &BTreeSet<Role>,
    provider: ActorId,
    issued_at: Timestamp,
    now: Timestamp,
) -> Vec<Step> {
    let until = issued_at.min(now).saturating_add(LASTS).unwrap_or(now);
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

/// The role, for as long as a provider's word is good.
pub(super) fn lasting(role: Role, now: Timestamp) -> RoleGrant {
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
            steps
                .iter()
                .flat_map(Step::facts)
                .map(|fact| format!("{}/{}", fact.name(), fact.value()))
                .collect::<Vec<_>>()
        };
        let until = |hours| Some(now + SignedDuration::from_hours(hours));
        let grant = |role, hours| RoleGrant { role, until: until(hours) };
        let end = until(36).unwrap();
        assert!(names(&[grant(Role::Clinician, 30)], &[Role::Clinician]).is_empty());
        let given = format!("give-role/clinician until {end}");
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
        let renewed = |has: &[HeldRole], until: i64| {
            renewals(has, &BTreeSet::from([Role::Clinician]), here, after(until - 36), now).len()
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
