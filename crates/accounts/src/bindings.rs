//! Which rows of other tables count for an account: a list that its own seal covers.
//!
//! SECURITY: a row's seal says that it was written here, and not that it is the newest. So the account names the rows that
//! count by the beginnings of their seals, and a row that it does not name is none: whoever puts back a role that was
//! taken, a session that was ended or a link that was used has a row of which the account knows nothing.

use jiff::Timestamp;
use tacenda_kernel::Role;

/// What a row is. Its number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    Role = 1,
    Password = 2,
    Totp = 3,
    Passkey = 4,
    RecoveryCode = 5,
    Subject = 6,
    Client = 7,
    Session = 16,
    Authorisation = 17,
    Consent = 18,
    Invitation = 19,
    NewPassword = 20,
    LeaveAddress = 21,
    JoinAddress = 22,
    ResetRequest = 23,
    OldPassword = 24,
    /// A role that was taken: it has no row.
    TakenRole = 25,
    SignIn = 26,
}

const KINDS: [Kind; 18] = [
    Kind::Role,
    Kind::Password,
    Kind::Totp,
    Kind::Passkey,
    Kind::RecoveryCode,
    Kind::Subject,
    Kind::Client,
    Kind::Session,
    Kind::Authorisation,
    Kind::Consent,
    Kind::Invitation,
    Kind::NewPassword,
    Kind::LeaveAddress,
    Kind::JoinAddress,
    Kind::ResetRequest,
    Kind::OldPassword,
    Kind::TakenRole,
    Kind::SignIn,
];

impl Kind {
    /// Whether the account is none without the row: what somebody proves themselves by is not lost in silence.
    pub(crate) const fn must_be_there(self) -> bool {
        matches!(
            self,
            Self::Role
                | Self::Password
                | Self::Totp
                | Self::Passkey
                | Self::RecoveryCode
                | Self::Subject
                | Self::Client
        )
    }

    /// The table whose rows they are.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Role => "account_roles",
            Self::Password => "passwords",
            Self::Totp => "totp_secrets",
            Self::Passkey => "passkeys",
            Self::RecoveryCode => "recovery_codes",
            Self::Subject => "provider_subjects",
            Self::Client => "clients",
            Self::Session => "sessions",
            Self::Authorisation => "authorisations",
            Self::Consent => "consents",
            Self::Invitation | Self::NewPassword | Self::LeaveAddress | Self::JoinAddress => "links",
            Self::ResetRequest => "reset_requests",
            Self::OldPassword => "old_passwords",
            Self::TakenRole => "accounts",
            Self::SignIn => "sign_in_attempts",
        }
    }

    /// How many of them an account has at most; the oldest make room.
    const fn most(self) -> usize {
        match self {
            Self::Session => 100,
            // As many as their owner is shown.
            Self::SignIn => 50,
            _ => 500,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        KINDS.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// How much of a seal names its row.
pub(crate) const NAME: usize = 16;
/// What several rows have in common: the client they are for, the subject they began with.
pub(crate) type Group = [u8; 8];
/// What has nothing in common.
pub(crate) const ALONE: Group = [0; 8];
const LENGTH: usize = 1 + NAME + 8 + 8;

/// A row that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) kind: Kind,
    pub(crate) name: [u8; NAME],
    pub(crate) group: Group,
    /// Until when, in microseconds since 1970; what has no end has the greatest number.
    until: i64,
}

impl Binding {
    pub(crate) fn lasting(kind: Kind, seal: &[u8]) -> Self {
        Self { kind, name: name(seal), group: ALONE, until: i64::MAX }
    }

    pub(crate) fn until(kind: Kind, seal: &[u8], until: Timestamp) -> Self {
        Self { until: until.as_microsecond(), ..Self::lasting(kind, seal) }
    }

    pub(crate) const fn of(self, group: Group) -> Self {
        Self { group, ..self }
    }

    /// Whether it still counts.
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        self.until > now.as_microsecond()
    }
}

fn name(seal: &[u8]) -> [u8; NAME] {
    seal.first_chunk().copied().unwrap_or_default()
}

/// All rows that count for one account, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bindings(Vec<Binding>);

impl Bindings {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * LENGTH);
        for Binding { kind, name, group, until } in &self.0 {
            bytes.push(*kind as u8);
            bytes.extend(name);
            bytes.extend(group);
            bytes.extend(until.to_be_bytes());
        }
        bytes
    }

    /// None for what [`Bindings::to_bytes`] did not make.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (whole, rest) = bytes.as_chunks::<LENGTH>();
        let read = |bytes: &[u8; LENGTH]| {
            let (kind, rest) = bytes.split_first()?;
            let (name, rest) = rest.split_first_chunk()?;
            let (group, until) = rest.split_first_chunk()?;
            let until = i64::from_be_bytes(until.try_into().ok()?);
            Some(Binding { kind: Kind::from_number(*kind)?, name: *name, group: *group, until })
        };
        rest.is_empty().then(|| whole.iter().map(read).collect::<Option<Vec<_>>>().map(Self))?
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Binding> {
        self.0.iter()
    }

    /// Whether the row with this seal counts.
    pub(crate) fn has(&self, kind: Kind, seal: &[u8]) -> bool {
        self.0.iter().any(|binding| binding.kind == kind && binding.name == name(seal))
    }

    pub(crate) fn any(&self, kind: Kind) -> bool {
        self.count(kind) > 0
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.0.iter().filter(|binding| binding.kind == kind).count()
    }

    pub(crate) fn add(&mut self, binding: Binding) {
        if self.count(binding.kind) >= binding.kind.most()
            && let Some(oldest) = self.0.iter().position(|one| one.kind == binding.kind)
        {
            self.0.remove(oldest);
        }
        self.0.push(binding);
    }

    /// False where the row did not count.
    pub(crate) fn remove(&mut self, kind: Kind, seal: &[u8]) -> bool {
        let name = name(seal);
        let found = self.0.iter().position(|binding| binding.kind == kind && binding.name == name);
        found.map(|at| self.0.remove(at)).is_some()
    }

    /// Removes all for which this is so; how many those were.
    pub(crate) fn remove_all(&mut self, which: impl Fn(&Binding) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(|binding| !which(binding));
        before - self.0.len()
    }

    /// Forgets what is over.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        self.0.retain(|binding| binding.lasts(now));
    }

    /// A role was taken: noted until then.
    pub(crate) fn note_taken(&mut self, role: Role, until: Timestamp) {
        let seal = taken_name(role);
        self.remove(Kind::TakenRole, &seal);
        self.add(Binding::until(Kind::TakenRole, &seal, until));
    }

    /// Whether a role was taken that is still noted.
    pub(crate) fn was_taken(&self, role: Role, now: Timestamp) -> bool {
        let name = taken_name(role);
        self.0.iter().any(|one| one.kind == Kind::TakenRole && one.name == name && one.lasts(now))
    }
}

/// No row: the role's own number stands for it.
fn taken_name(role: Role) -> [u8; NAME] {
    let mut name = [0; NAME];
    name[0] = Role::ALL
        .into_iter()
        .position(|one| one == role)
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or(u8::MAX);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_list_reads_back_and_nothing_else_is_one() {
        let mut list = Bindings::default();
        list.add(Binding::lasting(Kind::Role, &[1; 32]));
        list.add(Binding::until(Kind::Session, &[2; 32], at(9)).of([3; 8]));
        list.note_taken(Role::Administrator, at(7));
        let bytes = list.to_bytes();
        assert_eq!(Bindings::from_bytes(&bytes), Some(list));
        assert_eq!(Bindings::from_bytes(&bytes[1..]), None);
        assert_eq!(Bindings::from_bytes(&[0xff; LENGTH]), None, "no such kind");
        assert_eq!(Bindings::from_bytes(&[]), Some(Bindings::default()));
    }

    #[test]
    fn a_row_counts_as_what_it_is_and_until_it_is_over() {
        let mut list = Bindings::default();
        list.add(Binding::lasting(Kind::Role, &[1; 32]));
        list.add(Binding::until(Kind::Session, &[2; 32], at(9)));
        assert!(list.has(Kind::Role, &[1; 32]) && !list.has(Kind::Password, &[1; 32]));
        list.prune(at(9));
        assert!(!list.has(Kind::Session, &[2; 32]) && list.any(Kind::Role));
        assert!(list.remove(Kind::Role, &[1; 32]) && !list.remove(Kind::Role, &[1; 32]));
        list.note_taken(Role::Administrator, at(20));
        assert!(list.was_taken(Role::Administrator, at(19)) && !list.was_taken(Role::Administrator, at(20)));
        assert!(!list.was_taken(Role::Clinician, at(1)));
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let mut list = Bindings::default();
        for number in 0..=100 {
            list.add(Binding::until(Kind::Session, &[number; 32], at(9)));
        }
        assert_eq!(list.count(Kind::Session), 100);
        assert!(!list.has(Kind::Session, &[0; 32]) && list.has(Kind::Session, &[100; 32]));
    }

    #[test]
    fn every_kind_has_a_number_of_its_own() {
        assert!(KINDS.iter().all(|kind| Kind::from_number(*kind as u8) == Some(*kind)));
    }
}
