//! Table `sign_in_attempts`: who tried to sign in, for the owner of the account.

use std::collections::HashSet;

use jiff::Timestamp;
use tacenda_contracts::accounts::{own_account::AttemptOutcome, sign_in::FactorKind};
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{SealedDatabase, account_row::AccountRow, held::Held, one};
use crate::{
    account::OPERATOR,
    bindings::{Binding, Kind},
    limits::ATTEMPTS_KEPT,
    row_seal::{Meaning, RowKey},
};

/// An attempt as stored.
pub(crate) struct AttemptRow {
    pub(crate) id: Uuid,
    pub(crate) account: ActorId,
    pub(crate) at: Timestamp,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) factor: Option<FactorKind>,
    pub(crate) new_device: bool,
    pub(crate) sealed_visit: Vec<u8>,
}

impl AttemptRow {
    fn meaning(&self) -> Meaning {
        Meaning::of("sign_in_attempts")
            .id(self.id)
            .id(self.account.0)
            .time(self.at)
            .text(outcome_name(self.outcome))
            .optional(self.factor.map(factor_name), Meaning::text)
            .flag(self.new_device)
            .bytes(&self.sealed_visit)
    }
}

const INSERT: &str = "insert into sign_in_attempts \
     (attempt, account, at, outcome, factor, new_device, sealed_visit, seal) values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores an attempt by itself.
pub(crate) async fn insert(database: &SealedDatabase, row: &AttemptRow) -> Result<(), DatabaseError> {
    let (outcome, factor) = (outcome_name(row.outcome), row.factor.map(factor_name));
    let seal = database.key.seal(&row.meaning());
    let parameters: [&(dyn ToSql + Sync); 8] =
        [&row.id, &row.account.0, &row.at, &outcome, &factor, &row.new_device, &row.sealed_visit, &seal];
    one(database.lanes().execute(INSERT, &parameters).await)
}

/// Stores an attempt together with the session that came of it. It is missed where it is removed.
pub(crate) async fn insert_with(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &AttemptRow,
) -> Result<(), DatabaseError> {
    let (outcome, factor) = (outcome_name(row.outcome), row.factor.map(factor_name));
    let seal = key.seal(&row.meaning());
    let until = row.at.saturating_add(ATTEMPTS_KEPT).unwrap_or(row.at);
    held.bind(Binding::until(Kind::SignIn, &seal, until));
    let parameters: [&(dyn ToSql + Sync); 8] =
        [&row.id, &row.account.0, &row.at, &outcome, &factor, &row.new_device, &row.sealed_visit, &seal];
    one(transaction.execute(INSERT, &parameters).await)
}

/// Successes by their names, since the account knows them; of failures the last ones.
const OF_ACCOUNT: &str = "select * from ( \
         (select attempt, account, at, outcome, factor, new_device, sealed_visit, seal from sign_in_attempts \
             where account = $1 and outcome = 'signed-in' and substring(seal for 16) = any($2)) \
         union all \
         (select attempt, account, at, outcome, factor, new_device, sealed_visit, seal from sign_in_attempts \
             where account = $1 and outcome <> 'signed-in' order by at desc, attempt limit 50)) last \
     order by at desc, attempt";

/// The account's last successes and last failures, the newest first: no number of failures hides a success. A success is
/// there once, however often its row is.
pub(crate) async fn of_account(
    database: &SealedDatabase,
    account: &AccountRow,
) -> Result<Vec<AttemptRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.id.0, &names(account)]).await?;
    let mut seen = HashSet::new();
    let mut attempts = Vec::new();
    for row in &rows {
        if let Some(attempt) = read(&database.key, row, account)?
            && seen.insert(attempt.id)
        {
            attempts.push(attempt);
        }
    }
    Ok(attempts)
}

/// By what the successes that count are found.
fn names(account: &AccountRow) -> Vec<&[u8]> {
    let signed_in = account.bindings.iter().filter(|one| one.kind == Kind::SignIn);
    signed_in.map(|one| one.name.as_slice()).collect()
}

const FORGET: &str = "delete from sign_in_attempts where at < $1 or account = $2";

/// Forgets those of before, and those of nobody.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before, &OPERATOR.0]).await
}

const fn outcome_name(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::SignedIn => "signed-in",
        AttemptOutcome::WrongPassword => "wrong-password",
        AttemptOutcome::WrongFactor => "wrong-factor",
    }
}

/// The name of a factor in the database and in ledger entries.
pub(crate) const fn factor_name(factor: FactorKind) -> &'static str {
    match factor {
        FactorKind::Passkey => "passkey",
        FactorKind::Totp => "totp",
        FactorKind::RecoveryCode => "recovery-code",
    }
}

/// None for a row that is not believed, and for a success of which the account knows nothing.
fn read(key: &RowKey, row: &Row, account: &AccountRow) -> Result<Option<AttemptRow>, DatabaseError> {
    let (outcome, factor): (&str, Option<&str>) = (row.try_get(3)?, row.try_get(4)?);
    let attempt = AttemptRow {
        id: row.try_get(0)?,
        account: ActorId(row.try_get(1)?),
        at: row.try_get(2)?,
        outcome: match outcome {
            "signed-in" => AttemptOutcome::SignedIn,
            "wrong-factor" => AttemptOutcome::WrongFactor,
            _ => AttemptOutcome::WrongPassword,
        },
        factor: factor.map(|name| match name {
            "passkey" => FactorKind::Passkey,
            "totp" => FactorKind::Totp,
            _ => FactorKind::RecoveryCode,
        }),
        new_device: row.try_get(5)?,
        sealed_visit: row.try_get(6)?,
    };
    let seal: &[u8] = row.try_get(7)?;
    let succeeded = attempt.outcome == AttemptOutcome::SignedIn;
    let counts = !succeeded || account.bindings.has(Kind::SignIn, seal);
    Ok((counts && key.believes(&attempt.meaning(), seal)).then_some(attempt))
}
