//! Tables `accounts`, `passwords` and `account_roles`, read together: people as administrators see them.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::{HeldRole, PersonState};
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::DatabaseError;
use tokio_postgres::Row;

use super::{
    SealedDatabase,
    accounts::{self, COLUMNS, account_columns, account_from},
    passwords::{self, password_columns},
};
use crate::row_seal::RowKey;

/// A person as stored.
pub(crate) struct PersonRow {
    pub(crate) id: ActorId,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    /// Whether they have a password, or sign in at an identity provider.
    pub(crate) accepted: bool,
    pub(crate) must_change_password: bool,
    /// Whether they are a patient and have no other role.
    pub(crate) only_patient: bool,
    /// All their roles, those that are over included.
    pub(crate) roles: Vec<HeldRole>,
}

/// Which people. Those who are patients and nothing else are found by number or address only.
#[derive(Default)]
pub(crate) struct Which {
    pub(crate) one: Option<ActorId>,
    pub(crate) role: Option<Role>,
    pub(crate) state: Option<PersonState>,
    pub(crate) email_token: Option<i64>,
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    password_columns!(),
    ", a.last_used_at from ",
    account_from!(),
    " left join passwords p on p.account = a.account where a.kind = 'person' \
     and ($1::uuid is null or a.account = $1) and ($2::bigint is null or a.email_token = $2) \
     and ($1::uuid is not null or $2::bigint is not null or a.patient is null \
         or exists (select 1 from account_roles r where r.account = a.account and r.role <> 'patient')) \
     and ($3::text is null or exists (select 1 from account_roles r where r.account = a.account \
         and r.role = $3 and (r.until_at is null or r.until_at > $4))) \
     and ($5::text is null or a.state = $5)"
);

/// The people who fit, in no order.
///
/// SECURITY: what narrows in SQL is looked at again where it is believed, so that no row that somebody wrote uncovers a
/// patient.
pub(crate) async fn find(
    database: &SealedDatabase,
    which: &Which,
    now: Timestamp,
) -> Result<Vec<PersonRow>, DatabaseError> {
    let state = match which.state {
        None => None,
        Some(PersonState::Invited | PersonState::Active) => Some("active"),
        Some(PersonState::Suspended) => Some("suspended"),
    };
    let (one, role) = (which.one.map(|one| one.0), which.role.map(Role::as_str));
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&one, &which.email_token, &role, &now, &state];
    let rows = database.lanes().query(FIND, parameters).await?;
    rows.iter().filter_map(|row| read(&database.key, row, which, now).transpose()).collect()
}

fn read(key: &RowKey, row: &Row, which: &Which, now: Timestamp) -> Result<Option<PersonRow>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    let password = passwords::read(key, row, COLUMNS, account.id, &account.bindings)?;
    let only_patient =
        account.patient.is_some() && account.roles.iter().all(|held| held.grant.role == Role::Patient);
    let named = which.one.is_some() || which.email_token.is_some();
    let in_role = which.role.is_none_or(|role| account.roles_in_force(now).contains(&role));
    let accepted = password.is_some() || account.is_vouched_for();
    let in_state = match which.state {
        None => true,
        Some(PersonState::Invited) => !account.suspended && !accepted,
        Some(PersonState::Active) => !account.suspended && accepted,
        Some(PersonState::Suspended) => account.suspended,
    };
    if (only_patient && !named) || !in_role || !in_state {
        return Ok(None);
    }
    Ok(Some(PersonRow {
        id: account.id,
        suspended: account.suspended,
        sealed_profile: account.sealed_profile,
        made_at: account.created_at,
        last_used_at: row.try_get(COLUMNS + 4)?,
        accepted,
        must_change_password: password.is_some_and(|password| password.must_change),
        only_patient,
        roles: account.roles,
    }))
}
