//! Table `authorisations`: one answer of one person to one application, and all that came of it.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

pub(crate) use super::authorisation_row::{AuthorisationRow, Ending};
use super::{
    SealedDatabase,
    accounts::{account_columns, account_from},
    authorisation_row::{authorisation_columns, read_all, read_own, strength_name},
    clients,
    held::Held,
    one,
};
use crate::{bindings::Kind, row_seal::RowKey};

/// Authorisations with their people, as [`read_all`] reads them.
macro_rules! with_person {
    ($which:literal) => {
        concat!(
            "select ",
            account_columns!(),
            ", ",
            authorisation_columns!(),
            " from ",
            account_from!(),
            " join authorisations z on z.person = a.account where ",
            $which
        )
    };
}

const FIND: &str = with_person!("z.authorisation = $1");

/// The authorisation with this number. One that was ended is found until it is forgotten.
pub(crate) async fn find(
    database: &SealedDatabase,
    id: Uuid,
) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id]).await?;
    Ok(read_all(&database.key, &rows)?.pop())
}

/// Those of somebody who is held.
///
/// The person is not read anew: within a transaction that changes them they bear no seal until it ends.
macro_rules! of_held {
    ($which:literal) => {
        concat!(
            "select ",
            authorisation_columns!(),
            " from authorisations z where z.person = $1 and ",
            $which
        )
    };
}

const WITHIN: &str = of_held!("z.authorisation = $2");

/// The authorisation of somebody who is held.
pub(crate) async fn find_within(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &Held,
    id: Uuid,
) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let rows = transaction.query(WITHIN, &[&held.id().0, &id]).await?;
    Ok(read_held(key, held, &rows)?.pop())
}

fn read_held(key: &RowKey, held: &Held, rows: &[Row]) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    rows.iter().filter_map(|row| read_own(key, row, 0, &held.row).transpose()).collect()
}

const OF_PERSON: &str = with_person!(
    "z.person = $1 and z.ended_at is null and z.ends_at > $2 order by z.created_at desc limit 500"
);

/// Those of the person that are in force, newest first.
pub(crate) async fn of_person(
    database: &SealedDatabase,
    person: ActorId,
    now: Timestamp,
) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(OF_PERSON, &[&person.0, &now]).await?;
    read_all(&database.key, &rows)
}

/// Whether access tokens of it are still believed.
pub(crate) async fn holds(
    database: &SealedDatabase,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let Some(row) = find(database, id).await?.filter(|row| row.holds(now)) else { return Ok(false) };
    Ok(clients::find(database, &row.client_id).await?.is_some_and(|client| !client.suspended))
}

const INSERT: &str = "insert into authorisations (authorisation, client_id, person, role, scopes, strength, \
     proven_at, session, sealed_context, created_at, ends_at, next, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Stores a new authorisation.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    new: &AuthorisationRow,
) -> Result<(), DatabaseError> {
    let (strength, seal) = (strength_name(new.strength), key.seal(&new.meaning()));
    let parameters: &[&(dyn ToSql + Sync)] = &[
        &new.id,
        &new.client_id,
        &new.person.0,
        &new.role.as_str(),
        &new.scopes,
        &strength,
        &new.proven_at,
        &new.session,
        &new.sealed_context,
        &new.created_at,
        &new.ends_at,
        &new.next,
        &seal,
    ];
    one(transaction.execute(INSERT, parameters).await)?;
    held.bind(new.binding(key, &seal));
    Ok(())
}

const ADVANCE: &str = "update authorisations set next = $2, seal = $3 where authorisation = $1";

/// Another refresh token, or none, is the one that is good next. False where the authorisation is not as it was read.
pub(crate) async fn advance(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &AuthorisationRow,
    next: Option<Vec<u8>>,
) -> Result<bool, DatabaseError> {
    if !held.release(Kind::Authorisation, &key.seal(&row.meaning())) {
        return Ok(false);
    }
    let advanced = AuthorisationRow { next, ..row.clone() };
    let seal = key.seal(&advanced.meaning());
    one(transaction.execute(ADVANCE, &[&row.id, &advanced.next, &seal]).await)?;
    held.bind(advanced.binding(key, &seal));
    Ok(true)
}

const END: &str =
    "update authorisations set ended_at = $2, ended_why = $3, seal = $4 where authorisation = $1";

/// Ends it. To end what is over changes nothing.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    id: Uuid,
    why: Ending,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let row = find_within(transaction, key, held, id).await?.filter(|row| !row.ended);
    let there = row.is_some();
    mark_ended(transaction, key, held, row.into_iter().collect(), why, now).await?;
    Ok(there)
}

const OF_CLIENT: &str = of_held!("z.client_id = $2 and z.ended_at is null");

/// Ends all of one person and one client.
pub(crate) async fn end_of_person(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    client_id: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_held(key, held, &transaction.query(OF_CLIENT, &[&held.id().0, &client_id]).await?)?;
    mark_ended(transaction, key, held, rows, Ending::ByPerson, now).await?;
    let group = clients::group(key, client_id);
    held.release_all(|one| one.kind == Kind::Authorisation && one.group == group);
    Ok(())
}

const ALL: &str = of_held!("z.ended_at is null");

/// Ends all of one person, whoever has them: whoever got one by a stolen password loses it with the password.
pub(crate) async fn end_all(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_held(key, held, &transaction.query(ALL, &[&held.id().0]).await?)?;
    mark_ended(transaction, key, held, rows, Ending::AccountChanged, now).await?;
    held.release_all(|one| one.kind == Kind::Authorisation);
    Ok(())
}

const OF_SESSIONS: &str = of_held!("z.session = any($2) and z.ended_at is null");

/// Ends those of the person that end with these sessions.
pub(crate) async fn end_of_sessions(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    sessions: &[Uuid],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_held(key, held, &transaction.query(OF_SESSIONS, &[&held.id().0, &sessions]).await?)?;
    mark_ended(transaction, key, held, rows, Ending::SessionEnded, now).await
}

async fn mark_ended(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    rows: Vec<AuthorisationRow>,
    why: Ending,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    for row in rows {
        held.release(Kind::Authorisation, &key.seal(&row.meaning()));
        let ended = AuthorisationRow { ended: true, ..row };
        let seal = key.seal(&ended.meaning());
        one(transaction.execute(END, &[&ended.id, &now, &why.as_str(), &seal]).await)?;
    }
    Ok(())
}

const USED: &str = "update authorisations set used_at = date_trunc('hour', $2::timestamptz) \
     where authorisation = $1 and used_at is distinct from date_trunc('hour', $2::timestamptz)";

/// Notes, to the hour, that it gave a token.
pub(crate) async fn used(
    transaction: &Transaction<'_>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(USED, &[&id, &now]).await?;
    Ok(())
}

const FORGET: &str = "delete from authorisations where ends_at < $1";

/// Forgets those that ended by themselves before that time, with their codes and tokens.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().query(FORGET, &[&before]).await?;
    Ok(())
}
