//! Table `provider_sessions`: which sessions began at a provider.

use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use uuid::Uuid;

/// What is kept beside a session that began at a provider.
#[derive(Clone, Copy)]
pub(crate) struct ProviderSessionRow {
    pub(crate) subject: i64,
    pub(crate) sid: Option<i64>,
}

const INSERT: &str = "insert into provider_sessions (session, subject, sid) values ($1, $2, $3)";

/// Stores it with its session, and ends with it.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    session: Uuid,
    row: &ProviderSessionRow,
) -> Result<(), DatabaseError> {
    transaction.execute(INSERT, &[&session, &row.subject, &row.sid]).await?;
    Ok(())
}

/// A session of which the provider's own number is not known is meant with its subject.
const NAMED: &str = "select s.session, s.account from provider_sessions p join sessions s using (session) \
     where case when $2::bigint is null then p.subject = $1::bigint \
         else p.sid = $2 or (p.sid is null and p.subject = $1) end";

/// The sessions of a subject; with the number of a session at the provider, those of that.
pub(crate) async fn named(
    database: &Database,
    subject: Option<i64>,
    sid: Option<i64>,
) -> Result<Vec<(Uuid, ActorId)>, DatabaseError> {
    let rows = database.lanes().query(NAMED, &[&subject, &sid]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, ActorId(row.try_get(1)?)))).collect()
}
