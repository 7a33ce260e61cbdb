//! Table `account_roles`: what an account may be, and until when.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::HeldRole;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{held::Held, one};
use crate::{
    account::RoleGrant,
    bindings::{Binding, Bindings, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// How many columns [`read`] reads: those of `g`, all roles of an account, which `account_from` joins.
pub(crate) const COLUMNS: usize = 5;

fn meaning(account: ActorId, held: &HeldRole) -> Meaning {
    let HeldRole { grant: RoleGrant { role, until }, given_by, given_at } = held;
    Meaning::of("account_roles")
        .id(account.0)
        .text(role.as_str())
        .optional(*until, Meaning::time)
        .id(given_by.0)
        .time(*given_at)
}

/// Those of these roles that are not over.
pub(crate) fn those_in_force(held: &[HeldRole], now: Timestamp) -> Vec<Role> {
    let in_force = held.iter().filter(|held| held.grant.until.is_none_or(|until| until > now));
    in_force.map(|held| held.grant.role).collect()
}

/// All roles that count for the account, and the seals of their rows.
pub(crate) fn read(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: ActorId,
    bindings: &Bindings,
) -> Result<(Vec<HeldRole>, Vec<Vec<u8>>), DatabaseError> {
    let (names, ends): (Option<Vec<&str>>, Option<Vec<Option<Timestamp>>>) =
        (row.try_get(at)?, row.try_get(at + 1)?);
    let (givers, times): (Option<Vec<Uuid>>, Option<Vec<Timestamp>>) =
        (row.try_get(at + 2)?, row.try_get(at + 3)?);
    let seals: Vec<Vec<u8>> = row.try_get::<_, Option<_>>(at + 4)?.unwrap_or_default();
    let grants = names.unwrap_or_default().into_iter().zip(ends.unwrap_or_default());
    let gifts = givers.unwrap_or_default().into_iter().zip(times.unwrap_or_default());
    let rows = grants.zip(gifts).zip(&seals);
    let believed = rows.filter_map(|(((name, until), (given_by, given_at)), seal)| {
        // The CHECK admits only names of roles; any other gives no right.
        let grant = RoleGrant { role: name.parse().ok()?, until };
        let held = HeldRole { grant, given_by: ActorId(given_by), given_at };
        if !key.believes(&meaning(account, &held), seal) {
            return None;
        }
        let counts = bindings.has(Kind::Role, seal);
        if !counts {
            not_of_the_account("account_roles");
        }
        counts.then_some(held)
    });
    let mut roles: Vec<HeldRole> = believed.collect();
    roles.sort_by_key(|held| held.grant.role.as_str());
    Ok((roles, seals))
}

const INSERT: &str = "insert into account_roles (account, role, granted_by, granted_at, until_at, seal) \
     values ($1, $2, $3, $4, $5, $6)";

/// Gives the role, or gives it another end.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    grant: RoleGrant,
    by: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    remove(transaction, held, grant.role).await?;
    let (account, role) = (held.id(), grant.role.as_str());
    let row = HeldRole { grant, given_by: by, given_at: now };
    let seal = key.seal(&meaning(account, &row));
    one(transaction.execute(INSERT, &[&account.0, &role, &by.0, &now, &grant.until, &seal]).await)?;
    held.bind(Binding::lasting(Kind::Role, &seal));
    held.row.roles.retain(|held| held.grant.role != grant.role);
    held.row.roles.push(row);
    Ok(())
}

const REMOVE: &str = "delete from account_roles where account = $1 and role = $2 returning seal";

/// Takes the role. False where the account does not have it.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    held: &mut Held,
    role: Role,
) -> Result<bool, DatabaseError> {
    let had = held.row.roles.iter().any(|held| held.grant.role == role);
    let rows = transaction.query(REMOVE, &[&held.id().0, &role.as_str()]).await?;
    let mut removed = false;
    for row in &rows {
        removed |= held.release(Kind::Role, row.try_get(0)?);
    }
    // SECURITY: a role that is not deleted must not be answered as taken.
    if had != removed {
        return Err(DatabaseError::DidLess);
    }
    held.row.roles.retain(|held| held.grant.role != role);
    Ok(removed)
}
