//! Tables `accounts`, `passwords` and `account_roles`, read together: people as administrators see them.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::PersonState;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

/// A person as stored.
pub(crate) struct PersonRow {
    pub(crate) id: ActorId,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) has_password: bool,
    pub(crate) must_change_password: bool,
    /// Whether they are a patient and have no other role.
    pub(crate) only_patient: bool,
}

/// Which people. Those who are patients and nothing else are found by number or address only.
#[derive(Default)]
pub(crate) struct Which {
    pub(crate) one: Option<ActorId>,
    pub(crate) role: Option<Role>,
    pub(crate) state: Option<PersonState>,
    pub(crate) email_token: Option<i64>,
}

const FIND: &str = "select * from (select a.account, a.state, a.sealed_profile, a.created_at, a.last_used_at, \
         p.account is not null as accepted, coalesce(p.must_change, false), \
         a.patient is not null and not exists (select 1 from account_roles r \
             where r.account = a.account and r.role <> 'patient') as only_patient, a.email_token \
         from accounts a left join passwords p using (account) where a.kind = 'person') found \
     where ($1::uuid is null or account = $1) and ($2::bigint is null or email_token = $2) \
     and ($1::uuid is not null or $2::bigint is not null or not only_patient) \
     and ($3::text is null or exists (select 1 from account_roles r where r.account = found.account \
         and r.role = $3 and (r.until_at is null or r.until_at > $4))) \
     and ($5::text is null or state = $5) and ($6::bool is null or accepted = $6)";

/// The people who fit, in no order.
pub(crate) async fn find(
    database: &Database,
    which: &Which,
    now: Timestamp,
) -> Result<Vec<PersonRow>, DatabaseError> {
    let (state, accepted) = match which.state {
        None => (None, None),
        Some(PersonState::Invited) => (Some("active"), Some(false)),
        Some(PersonState::Active) => (Some("active"), Some(true)),
        Some(PersonState::Suspended) => (Some("suspended"), None),
    };
    let (one, role) = (which.one.map(|one| one.0), which.role.map(Role::as_str));
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&one, &which.email_token, &role, &now, &state, &accepted];
    let rows = database.lanes().query(FIND, parameters).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<PersonRow, DatabaseError> {
    let state: &str = row.try_get(1)?;
    Ok(PersonRow {
        id: ActorId(row.try_get(0)?),
        suspended: state != "active",
        sealed_profile: row.try_get(2)?,
        made_at: row.try_get(3)?,
        last_used_at: row.try_get(4)?,
        has_password: row.try_get(5)?,
        must_change_password: row.try_get(6)?,
        only_patient: row.try_get(7)?,
    })
}
