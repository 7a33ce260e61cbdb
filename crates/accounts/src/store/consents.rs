//! Table `consents`: what people allowed applications.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};

use super::{
    SealedDatabase,
    accounts::{self, AccountRow, COLUMNS, account_columns, account_from},
    clients::group,
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// A consent as stored.
pub(crate) struct ConsentRow {
    pub(crate) role: Role,
    pub(crate) scopes: Vec<String>,
    pub(crate) sealed_patient: Option<Vec<u8>>,
}

impl ConsentRow {
    fn meaning(&self, person: ActorId, client_id: &str, given_at: Timestamp) -> Meaning {
        Meaning::of("consents")
            .id(person.0)
            .text(client_id)
            .text(self.role.as_str())
            .texts(&self.scopes)
            .optional(self.sealed_patient.as_deref(), Meaning::bytes)
            .time(given_at)
    }
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", c.scopes, c.sealed_patient, c.given_at, c.seal from ",
    account_from!(),
    " join consents c on c.person = a.account where c.person = $1 and c.client_id = $2 and c.role = $3"
);

/// What the person allowed the client in this role.
pub(crate) async fn find(
    database: &SealedDatabase,
    person: ActorId,
    client_id: &str,
    role: Role,
) -> Result<Option<ConsentRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&person.0, &client_id, &role.as_str()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some(account) = accounts::read(&database.key, row, 0)? else { return Ok(None) };
    read_own(&database.key, row, COLUMNS, (client_id, role), &account)
}

/// None for a row that does not count for its person.
pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    (client_id, role): (&str, Role),
    account: &AccountRow,
) -> Result<Option<ConsentRow>, DatabaseError> {
    let consent = ConsentRow { role, scopes: row.try_get(at)?, sealed_patient: row.try_get(at + 1)? };
    let (given_at, seal): (Timestamp, &[u8]) = (row.try_get(at + 2)?, row.try_get(at + 3)?);
    if !key.believes(&consent.meaning(account.id, client_id, given_at), seal) {
        return Ok(None);
    }
    let counts = account.bindings.has(Kind::Consent, seal);
    if !counts {
        not_of_the_account("consents");
    }
    Ok(counts.then_some(consent))
}

const REMOVE: &str = "delete from consents where person = $1 and client_id = $2 and role = $3 returning seal";
const INSERT: &str = "insert into consents (person, client_id, role, scopes, sealed_patient, given_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7)";

/// Keeps the newest answer.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    client_id: &str,
    consent: &ConsentRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (person, ConsentRow { role, scopes, sealed_patient }) = (held.id(), consent);
    for row in &transaction.query(REMOVE, &[&person.0, &client_id, &role.as_str()]).await? {
        held.release(Kind::Consent, row.try_get(0)?);
    }
    let seal = key.seal(&consent.meaning(person, client_id, now));
    let parameters: &[&(dyn ToSql + Sync)] =
        &[&person.0, &client_id, &role.as_str(), scopes, sealed_patient, &now, &seal];
    one(transaction.execute(INSERT, parameters).await)?;
    held.bind(Binding::lasting(Kind::Consent, &seal).of(group(key, client_id)));
    Ok(())
}

const WITHDRAW: &str = "delete from consents where person = $1 and client_id = $2";

/// Forgets what the person allowed the client: it must ask again. False where that was nothing.
pub(crate) async fn withdraw(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    client_id: &str,
) -> Result<bool, DatabaseError> {
    let withdrawn = transaction.execute(WITHDRAW, &[&held.id().0, &client_id]).await? > 0;
    let group = group(key, client_id);
    let counted = held.release_all(|one| one.kind == Kind::Consent && one.group == group) > 0;
    Ok(withdrawn || counted)
}
