//! Table `taken_roles`: which roles an account had, and when they were taken.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};

const NOTE: &str = "insert into taken_roles (account, role, taken_at) \
     select account, role, $3 from account_roles where account = $1 and role = $2 \
     on conflict on constraint taken_roles_key do update set taken_at = excluded.taken_at";

/// Notes that a role, if it is there, is about to be taken.
pub(crate) async fn note(
    transaction: &Transaction<'_>,
    account: ActorId,
    role: Role,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(NOTE, &[&account.0, &role.as_str(), &now]).await?;
    Ok(())
}

const SINCE: &str = "select role from taken_roles where account = $1 and taken_at > $2";

/// The roles that were taken since then, and perhaps given back.
pub(crate) async fn since(
    database: &Database,
    account: ActorId,
    then: Timestamp,
) -> Result<Vec<Role>, DatabaseError> {
    let rows = database.lanes().query(SINCE, &[&account.0, &then]).await?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(0)?;
        roles.extend(name.parse::<Role>());
    }
    Ok(roles)
}
