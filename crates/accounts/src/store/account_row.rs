//! An account as it is stored, with its roles and the list of the rows that count for it.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::{ActorId, Pseudonym, Role, realms};
use tacenda_postgres::DatabaseError;
use tokio_postgres::Row;

use super::account_roles;
use crate::{
    account::AccountKind,
    bindings::{Bindings, Kind, NAME},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// The columns of an account `a` that [`read`] reads, in their order; [`account_from`] is where they are.
///
/// The last is the seals of all rows without which the account is none, roles excepted.
macro_rules! account_columns {
    () => {
        "a.account, a.kind, a.state, a.patient, a.email_token, a.seal, a.sealed_profile, a.created_at, \
             a.reinstated_at, a.counter, a.members, g.roles, g.ends, g.givers, g.times, g.seals, \
             array(select one.seal from passwords one where one.account = a.account \
             union all select one.seal from totp_secrets one where one.account = a.account and one.enrolled_at is not null \
             union all select one.seal from passkeys one where one.account = a.account \
             union all select one.seal from recovery_codes one where one.account = a.account and one.used_at is null \
             union all select one.seal from provider_subjects one where one.account = a.account \
             union all select one.seal from clients one where one.account = a.account) as others"
    };
}
pub(crate) use account_columns;

/// Accounts `a`, each with all its roles `g`.
macro_rules! account_from {
    () => {
        " accounts a left join lateral (select array_agg(r.role) as roles, array_agg(r.until_at) as ends, \
         array_agg(r.granted_by) as givers, array_agg(r.granted_at) as times, array_agg(r.seal) as seals \
         from account_roles r where r.account = a.account) g on true "
    };
}
pub(crate) use account_from;

/// How many columns those are.
pub(crate) const COLUMNS: usize = 12 + account_roles::COLUMNS;

/// An account as stored, with its roles and the list of the rows that count for it.
#[derive(Clone)]
pub(crate) struct AccountRow {
    pub(crate) id: ActorId,
    pub(crate) kind: AccountKind,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) patient: Option<Pseudonym<realms::Account>>,
    pub(crate) email_token: Option<i64>,
    pub(crate) created_at: Timestamp,
    pub(crate) reinstated_at: Option<Timestamp>,
    /// How often it, or what counts for it, was changed.
    pub(crate) counter: i64,
    pub(crate) bindings: Bindings,
    /// All its roles, those that are over included.
    pub(crate) roles: Vec<HeldRole>,
}

impl AccountRow {
    pub(crate) fn meaning(&self) -> Meaning {
        Meaning::of("accounts")
            .id(self.id.0)
            .text(self.kind.as_str())
            .flag(self.suspended)
            .bytes(&self.sealed_profile)
            .optional(self.patient, |meaning, patient| meaning.bytes(&patient.to_bytes()))
            .optional(self.email_token, Meaning::number)
            .time(self.created_at)
            .optional(self.reinstated_at, Meaning::time)
            .number(self.counter)
            .bytes(&self.bindings.to_bytes())
    }

    /// The roles the account has at this time.
    pub(crate) fn roles_in_force(&self, now: Timestamp) -> Vec<Role> {
        account_roles::those_in_force(&self.roles, now)
    }

    /// Whether an identity provider vouches for its person.
    pub(crate) fn is_vouched_for(&self) -> bool {
        self.bindings.any(Kind::Subject)
    }

    /// Whether its person has a second factor here, an app or a passkey.
    pub(crate) fn has_second_factor(&self) -> bool {
        self.bindings.any(Kind::Totp) || self.bindings.any(Kind::Passkey)
    }

    /// Whether the account's person signs in by an address of theirs, and not at an identity provider.
    ///
    /// SECURITY: whoever a provider vouches for is let in for as long as it does. No link, password or passkey alone is a
    /// way around it.
    pub(crate) fn signs_in_here(&self) -> bool {
        !self.is_vouched_for() && self.email_token.is_some()
    }
}

/// Why an account is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not bear its seal.
    Seal,
    /// A row is missing that it names, and without which it is none.
    Missing(Kind),
}

/// An account as it was found.
pub(crate) struct Judged {
    pub(crate) account: AccountRow,
    pub(crate) fault: Option<Fault>,
    /// Whether there are rows that it does not name, among those without which an account is none.
    pub(crate) strays: bool,
}

/// The account whose columns begin there; none for one that is not believed, or not the newest, or of which a row is
/// missing. The log says which.
pub(crate) fn read(key: &RowKey, row: &Row, at: usize) -> Result<Option<AccountRow>, DatabaseError> {
    let Judged { account, fault, strays } = judge(key, row, at)?;
    if strays {
        not_of_the_account("account_roles, passwords, factors, provider_subjects or clients");
    }
    if let Some(Fault::Missing(kind)) = fault {
        tracing::error!(
            table = kind.table(),
            "a row without which an account is none is missing, so the account is not believed: somebody else wrote to \
             the account database"
        );
    }
    let believed = fault.is_none() && key.is_newest(account.id, account.counter);
    Ok(believed.then_some(account))
}

/// The account whose columns begin there, and what is wrong with it.
pub(crate) fn judge(key: &RowKey, row: &Row, at: usize) -> Result<Judged, DatabaseError> {
    let (kind, state): (&str, &str) = (row.try_get(at + 1)?, row.try_get(at + 2)?);
    let patient: Option<&[u8]> = row.try_get(at + 3)?;
    let members: &[u8] = row.try_get(at + 10)?;
    let mut account = AccountRow {
        id: ActorId(row.try_get(at)?),
        // The CHECK admits no other name; a program with no rights is the safe reading of one.
        kind: AccountKind::from_name(kind).unwrap_or(AccountKind::Device),
        suspended: state != "active",
        patient: patient.and_then(|bytes| bytes.try_into().ok()).map(Pseudonym::from_bytes),
        email_token: row.try_get(at + 4)?,
        sealed_profile: row.try_get(at + 6)?,
        created_at: row.try_get(at + 7)?,
        reinstated_at: row.try_get(at + 8)?,
        counter: row.try_get(at + 9)?,
        // What is no list has another meaning than what was sealed.
        bindings: Bindings::from_bytes(members).unwrap_or_default(),
        roles: Vec::new(),
    };
    if !key.believes(&account.meaning(), row.try_get(at + 5)?) {
        return Ok(Judged { account, fault: Some(Fault::Seal), strays: false });
    }
    let (roles, mut seals) = account_roles::read(key, row, at + 11, account.id, &account.bindings)?;
    account.roles = roles;
    seals.extend(row.try_get::<_, Vec<Vec<u8>>>(at + 11 + account_roles::COLUMNS)?);
    let named =
        |seal: &&Vec<u8>| account.bindings.iter().any(|one| Some(&one.name) == seal.first_chunk::<NAME>());
    let strays = seals.iter().filter(named).count() != seals.len();
    let is_there = |name: &[u8; NAME]| seals.iter().any(|seal| seal.first_chunk() == Some(name));
    let must_be = account.bindings.iter().filter(|one| one.kind.must_be_there());
    let missing = must_be.filter(|one| !is_there(&one.name)).map(|one| one.kind).next();
    Ok(Judged { account, fault: missing.map(Fault::Missing), strays })
}
