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

const NAMED: &str = "select s.session, s.account from provider_sessions p join sessions s using (session) \
     where ($1::bigint is null or p.subject = $1) and ($2::bigint is null or p.sid = $2) \
     and ($1 is not null or $2 is not null)";

/// The sessions of a subject, of one session at the provider, or of both.
pub(crate) async fn named(
    database: &Database,
    subject: Option<i64>,
    sid: Option<i64>,
) -> Result<Vec<(Uuid, ActorId)>, DatabaseError> {
    let rows = database.lanes().query(NAMED, &[&subject, &sid]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, ActorId(row.try_get(1)?)))).collect()
}
