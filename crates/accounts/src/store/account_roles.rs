//! Table `account_roles`: what an account may be, and until when.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use super::SealedDatabase;
use crate::{
    account::RoleGrant,
    row_seal::{Meaning, RowKey},
};

fn meaning(account: ActorId, grant: RoleGrant) -> Meaning {
    let RoleGrant { role, until } = grant;
    Meaning::of("account_roles").id(account.0).text(role.as_str()).optional(until, Meaning::time)
}

/// Whether this service gave the account this role until then.
pub(crate) fn believed(key: &RowKey, account: ActorId, grant: RoleGrant, seal: &[u8]) -> bool {
    key.believes(&meaning(account, grant), seal)
}

const OF_ACCOUNT: &str = "select role, until_at, seal from account_roles where account = $1 order by role";

/// All roles of the account, those that are over included.
pub(crate) async fn of_account(
    database: &SealedDatabase,
    account: ActorId,
) -> Result<Vec<RoleGrant>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0]).await?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(0)?;
        // The CHECK admits only names of roles; any other gives no right.
        if let Ok(role) = name.parse::<Role>() {
            let grant = RoleGrant { role, until: row.try_get(1)? };
            if believed(&database.key, account, grant, row.try_get(2)?) {
                grants.push(grant);
            }
        }
    }
    Ok(grants)
}

/// The roles the account has at this time.
pub(crate) async fn in_force(
    database: &SealedDatabase,
    account: ActorId,
    now: Timestamp,
) -> Result<Vec<Role>, DatabaseError> {
    Ok(those_in_force(&of_account(database, account).await?, now))
}

/// Those of these roles that are not over.
pub(crate) fn those_in_force(grants: &[RoleGrant], now: Timestamp) -> Vec<Role> {
    let in_force = grants.iter().filter(|grant| grant.until.is_none_or(|until| until > now));
    in_force.map(|grant| grant.role).collect()
}

/// All roles of the account, from three columns: the arrays of their names, ends and seals.
pub(crate) fn read_arrays(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: ActorId,
) -> Result<Vec<RoleGrant>, DatabaseError> {
    let (names, ends): (Vec<&str>, Vec<Option<Timestamp>>) = (row.try_get(at)?, row.try_get(at + 1)?);
    let seals: Vec<&[u8]> = row.try_get(at + 2)?;
    let grants = names.into_iter().zip(ends).zip(seals).filter_map(|((name, until), seal)| {
        // The CHECK admits only names of roles; any other gives no right.
        let grant = RoleGrant { role: name.parse().ok()?, until };
        believed(key, account, grant, seal).then_some(grant)
    });
    Ok(grants.collect())
}

const OF_ACCOUNTS: &str = "select account, role, until_at, granted_by, granted_at, seal from account_roles \
     where account = any($1) order by account, role";

/// All roles of these accounts, with who gave them.
pub(crate) async fn of_accounts(
    database: &SealedDatabase,
    accounts: &[Uuid],
) -> Result<Vec<(ActorId, HeldRole)>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNTS, &[&accounts]).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(1)?;
        if let Ok(role) = name.parse::<Role>() {
            let (account, grant) = (ActorId(row.try_get(0)?), RoleGrant { role, until: row.try_get(2)? });
            let given_by = ActorId(row.try_get(3)?);
            if believed(&database.key, account, grant, row.try_get(5)?) {
                held.push((account, HeldRole { grant, given_by, given_at: row.try_get(4)? }));
            }
        }
    }
    Ok(held)
}

const PUT: &str = "insert into account_roles (account, role, granted_by, granted_at, until_at, seal) \
     values ($1, $2, $3, $4, $5, $6) on conflict on constraint account_roles_key do update \
     set granted_by = excluded.granted_by, granted_at = excluded.granted_at, until_at = excluded.until_at, \
     seal = excluded.seal";

/// Gives the role, or gives it another end.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    account: ActorId,
    grant: RoleGrant,
    by: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (role, seal) = (grant.role.as_str(), key.seal(&meaning(account, grant)));
    transaction.execute(PUT, &[&account.0, &role, &by.0, &now, &grant.until, &seal]).await?;
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
