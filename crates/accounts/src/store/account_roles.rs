//! Table `account_roles`: what an account may be, and until when.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use uuid::Uuid;

use crate::account::RoleGrant;

const OF_ACCOUNT: &str = "select role, until_at from account_roles where account = $1 order by role";

/// All roles of the account, those that are over included.
pub(crate) async fn of_account(
    database: &Database,
    account: ActorId,
) -> Result<Vec<RoleGrant>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0]).await?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(0)?;
        // The CHECK admits only names of roles; any other gives no right.
        if let Ok(role) = name.parse::<Role>() {
            grants.push(RoleGrant { role, until: row.try_get(1)? });
        }
    }
    Ok(grants)
}

/// The roles the account has at this time.
pub(crate) async fn in_force(
    database: &Database,
    account: ActorId,
    now: Timestamp,
) -> Result<Vec<Role>, DatabaseError> {
    let grants = of_account(database, account).await?;
    let in_force = grants.into_iter().filter(|grant| grant.until.is_none_or(|until| until > now));
    Ok(in_force.map(|grant| grant.role).collect())
}

const OF_ACCOUNTS: &str = "select account, role, until_at, granted_by, granted_at from account_roles \
     where account = any($1) order by account, role";

/// All roles of these accounts, with who gave them.
pub(crate) async fn of_accounts(
    database: &Database,
    accounts: &[Uuid],
) -> Result<Vec<(ActorId, HeldRole)>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNTS, &[&accounts]).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(1)?;
        if let Ok(role) = name.parse::<Role>() {
            let grant = RoleGrant { role, until: row.try_get(2)? };
            let given_by = ActorId(row.try_get(3)?);
            held.push((ActorId(row.try_get(0)?), HeldRole { grant, given_by, given_at: row.try_get(4)? }));
        }
    }
    Ok(held)
}

const PUT: &str = "insert into account_roles (account, role, granted_by, granted_at, until_at) \
     values ($1, $2, $3, $4, $5) on conflict on constraint account_roles_key do update \
     set granted_by = excluded.granted_by, granted_at = excluded.granted_at, until_at = excluded.until_at";

/// Gives the role, or gives it another end.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    account: ActorId,
    grant: RoleGrant,
    by: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(PUT, &[&account.0, &grant.role.as_str(), &by.0, &now, &grant.until]).await?;
    Ok(())
}

const REMOVE: &str = "delete from account_roles where account = $1 and role = $2";

/// Takes the role.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    account: ActorId,
    role: Role,
) -> Result<(), DatabaseError> {
    transaction.execute(REMOVE, &[&account.0, &role.as_str()]).await?;
    Ok(())
}
