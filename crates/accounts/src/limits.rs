//! How long a session of a role lives, and what a role asks of its owner.

use jiff::SignedDuration;
use tacenda_kernel::Role;

/// How long a right password waits for its second factor.
pub(crate) const PARTIAL: SignedDuration = SignedDuration::from_mins(5);
/// How recent a proof must be for factors, password and address to be changed.
pub(crate) const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// How long attempts to sign in are kept for their owner.
pub(crate) const ATTEMPTS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// Without being used.
    pub(crate) idle: SignedDuration,
    /// In all.
    pub(crate) whole: SignedDuration,
}

/// The strictest of what the roles allow.
pub(crate) fn lifetime(roles: &[Role]) -> Lifetime {
    let of_roles = roles.iter().map(|role| match role {
        Role::SecurityOfficer | Role::Administrator => (10, 8),
        Role::Clinician => (15, 12),
        Role::Patient => (30, 24),
        Role::Technician | Role::Monitor | Role::Researcher | Role::Application | Role::Device => (30, 12),
    });
    let (idle, whole) = of_roles.fold((30, 24), |(idle, whole), role| (idle.min(role.0), whole.min(role.1)));
    Lifetime { idle: SignedDuration::from_mins(idle), whole: SignedDuration::from_hours(whole) }
}

/// Whether the role decides over others: its password must be stronger, and changes with time.
pub(crate) const fn is_privileged(role: Role) -> bool {
    matches!(role, Role::SecurityOfficer | Role::Administrator)
}

/// Whether the roles need a second factor: all but the patient's, who sees nobody but themselves.
pub(crate) fn need_second_factor(roles: &[Role]) -> bool {
    roles.iter().any(|role| *role != Role::Patient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_role_counts() {
        let of = |roles: &[Role]| {
            let Lifetime { idle, whole } = lifetime(roles);
            (idle.as_mins(), whole.as_hours())
        };
        assert_eq!(of(&[Role::Clinician]), (15, 12));
        assert_eq!(of(&[Role::Patient]), (30, 24));
        assert_eq!(of(&[Role::Monitor, Role::Researcher]), (30, 12));
        assert_eq!(of(&[Role::Patient, Role::Clinician]), (15, 12));
        assert_eq!(of(&[Role::Clinician, Role::Administrator]), (10, 8));
        assert!(!need_second_factor(&[Role::Patient]));
        assert!(need_second_factor(&[Role::Patient, Role::Monitor]));
    }
}
