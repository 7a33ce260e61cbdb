//! Table `sign_in_failures`: what failed how often, and until when the next try is refused.
//!
//! A try is counted as a failure before it is made and taken back when it succeeds, so that many made at the same time
//! are counted like many made one after another.

use jiff::{SignedDuration, Timestamp};
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// What is counted, and how it slows down.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    /// Keyed hash of what it is.
    pub(crate) subject: i64,
    /// How many failures cost nothing.
    pub(crate) free: i32,
    /// The longest wait, in seconds.
    pub(crate) longest: i32,
    /// Who is counted under it.
    pub(crate) whose: Whose,
}

/// Who is counted under a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Whoever tries, and nobody else: the wait is there while the try is made.
    Own,
    /// Others as well. Each minute a failure is forgotten, and only what failed makes others wait; beyond the free
    /// failures one try is made at a time, for at most a second.
    Shared,
    /// The same, for those alone who failed so often themselves.
    SharedAfter(i32),
}

/// Beyond the free ones no more shared failures are counted than lead to the longest wait, so that the count is soon below
/// them when whoever fails has gone.
const BEYOND: i32 = 6;
/// A try that others wait for is over by then.
const ONE_TRY: SignedDuration = SignedDuration::from_secs(1);

impl Counted {
    const fn is_shared(&self) -> bool {
        !matches!(self.whose, Whose::Own)
    }

    /// How long one waits after so many failures: from the last free one a second, then twice as long each time.
    fn wait(&self, failures: i32) -> SignedDuration {
        let doubled =
            failures.checked_sub(self.free).filter(|beyond| *beyond >= 0).map(|beyond| 1 << beyond.min(20));
        SignedDuration::from_secs(doubled.unwrap_or(0).min(self.longest).into())
    }
}

/// Whether a try may be made.
pub(crate) enum Turn {
    Taken,
    WaitUntil(Timestamp),
}

#[derive(Clone, Copy)]
struct Row {
    failures: i32,
    failed_at: Timestamp,
    wait_until: Timestamp,
}

impl Row {
    /// As it is now, without what is forgotten.
    fn now(self, counted: &Counted, now: Timestamp, forgotten: Timestamp) -> Self {
        if self.failed_at < forgotten {
            return Self { failures: 0, failed_at: now, wait_until: now };
        }
        if !counted.is_shared() {
            return self;
        }
        let minutes = i32::try_from(now.duration_since(self.failed_at).as_mins()).unwrap_or(i32::MAX).max(0);
        let failures = self.failures.min(counted.free + BEYOND).saturating_sub(minutes).max(0);
        let counted_to = self.failed_at.saturating_add(SignedDuration::from_mins(minutes.into()));
        let failed_at = if failures == 0 { now } else { counted_to.unwrap_or(now) };
        Self { failures, failed_at, ..self }
    }

    /// With one more failure.
    fn failed(self, counted: &Counted, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let wait = counted.wait(failures);
        let until = |wait| now.saturating_add(wait).unwrap_or(now);
        match counted.whose {
            Whose::Own => Self { failures, failed_at: now, wait_until: until(wait) },
            _ => Self { failures, wait_until: self.wait_until.max(until(wait.min(ONE_TRY))), ..self },
        }
    }
}

const MAKE: &str = "insert into sign_in_failures (subject, failures, failed_at, wait_until) \
     select s.subject, 0, $2, $2 from unnest($1::bigint[]) as s (subject) order by s.subject on conflict do nothing";
const READ: &str =
    "select failures, failed_at, wait_until from sign_in_failures where subject = $1 for update";
const WRITE: &str = "insert into sign_in_failures (subject, failures, failed_at, wait_until) values ($1, $2, $3, $4) \
     on conflict on constraint sign_in_failures_key do update \
     set failures = excluded.failures, failed_at = excluded.failed_at, wait_until = excluded.wait_until";

/// Takes a turn for all that is counted, or for nothing of it where one must wait. Failures before `forgotten` count no
/// more.
pub(crate) async fn take(
    database: &Database,
    counted: &[Counted],
    now: Timestamp,
    forgotten: Timestamp,
) -> Result<Turn, DatabaseError> {
    let mut counted = counted.to_vec();
    // All take them in one order, so that no two wait for each other.
    counted.sort_by_key(|one| one.subject);
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    let rows = lock(&transaction, &counted, now, forgotten).await?;
    let all = || counted.iter().zip(&rows);
    let own: i32 = all().filter(|(one, _)| !one.is_shared()).map(|(_, row)| row.failures).sum();
    let holds = |one: &Counted| !matches!(one.whose, Whose::SharedAfter(least) if own < least);
    let waits = all().filter(|(one, row)| holds(one) && row.wait_until > now).map(|(_, row)| row.wait_until);
    if let Some(until) = waits.max() {
        transaction.rollback().await?;
        return Ok(Turn::WaitUntil(until));
    }
    for (one, row) in all() {
        let Row { failures, failed_at, wait_until } = row.failed(one, now);
        super::one(transaction.execute(WRITE, &[&one.subject, &failures, &failed_at, &wait_until]).await)?;
    }
    transaction.commit().await?;
    Ok(Turn::Taken)
}

async fn lock(
    transaction: &Transaction<'_>,
    counted: &[Counted],
    now: Timestamp,
    forgotten: Timestamp,
) -> Result<Vec<Row>, DatabaseError> {
    let subjects: Vec<i64> = counted.iter().map(|one| one.subject).collect();
    transaction.execute(MAKE, &[&subjects, &now]).await?;
    let mut rows = Vec::with_capacity(counted.len());
    for one in counted {
        let row = match transaction.query_opt(READ, &[&one.subject]).await? {
            Some(row) => {
                Row { failures: row.try_get(0)?, failed_at: row.try_get(1)?, wait_until: row.try_get(2)? }
            }
            // It was forgiven a moment ago.
            None => Row { failures: 0, failed_at: now, wait_until: now },
        };
        rows.push(row.now(one, now, forgotten));
    }
    Ok(rows)
}

const FAILED: &str = "update sign_in_failures f set wait_until = greatest(f.wait_until, \
         $4::timestamptz + make_interval(secs => case when f.failures < s.free then 0 \
             else least(s.longest, power(2, least(f.failures - s.free, 20))) end)) \
     from unnest($1::bigint[], $2::int[], $3::int[]) as s (subject, free, longest) where f.subject = s.subject";

/// The try failed: whoever is counted with whoever made it waits, too.
pub(crate) async fn failed(
    database: &Database,
    counted: &[Counted],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let shared = || counted.iter().filter(|one| one.is_shared());
    let subjects: Vec<i64> = shared().map(|one| one.subject).collect();
    let free: Vec<i32> = shared().map(|one| one.free).collect();
    let longest: Vec<i32> = shared().map(|one| one.longest).collect();
    database.lanes().execute(FAILED, &[&subjects, &free, &longest, &now]).await?;
    Ok(())
}

const FORGIVE: &str = "with gone as (delete from sign_in_failures where subject = any($1)) \
     update sign_in_failures set failures = greatest(failures - 1, 0), \
         wait_until = case when wait_until <= $3::timestamptz + interval '1 second' then $3 else wait_until end \
     where subject = any($2)";

/// The try succeeded: own failures are forgotten, and of shared ones this try is taken back.
pub(crate) async fn forgive(
    database: &Database,
    counted: &[Counted],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (shared, own): (Vec<_>, Vec<_>) = counted.iter().partition(|one| one.is_shared());
    let subjects = |of: Vec<&Counted>| of.into_iter().map(|one| one.subject).collect::<Vec<i64>>();
    database.lanes().execute(FORGIVE, &[&subjects(own), &subjects(shared), &now]).await?;
    Ok(())
}

const FORGET_OWN: &str = "delete from sign_in_failures where subject = any($1)";

/// Forgets own failures; no try was made.
pub(crate) async fn forget_own(database: &Database, counted: &[Counted]) -> Result<(), DatabaseError> {
    let own = counted.iter().filter(|one| !one.is_shared());
    let subjects: Vec<i64> = own.map(|one| one.subject).collect();
    database.lanes().execute(FORGET_OWN, &[&subjects]).await?;
    Ok(())
}

const FORGET: &str = "delete from sign_in_failures where failed_at < $1 and wait_until < $1";

/// Forgets those of before.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANE: Counted = Counted { subject: 1, free: 5, longest: 30, whose: Whose::Shared };

    #[test]
    fn the_wait_doubles_after_the_free_failures() {
        let waits = [0, 4, 5, 6, 7, 9, 10, 1000, i32::MAX].map(|failures| LANE.wait(failures).as_secs());
        assert_eq!(waits, [0, 0, 1, 2, 4, 16, 30, 30, 30]);
    }

    #[test]
    fn shared_failures_are_forgotten_by_the_minute_and_own_ones_after_a_day() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes + 10_000);
        let row = Row { failures: 100, failed_at: at(0), wait_until: at(0) };
        let seconds = SignedDuration::from_secs(90);
        let later = row.now(&LANE, at(0) + seconds, at(-1440));
        assert_eq!((later.failures, later.failed_at), (10, at(1)), "the half minute is not lost");
        assert_eq!(row.now(&LANE, at(11), at(-1440)).failures, 0);
        let own = Counted { whose: Whose::Own, ..LANE };
        assert_eq!(row.now(&own, at(60), at(60 - 1440)).failures, 100);
        assert_eq!(row.now(&own, at(1441), at(1)).failures, 0);
    }
}
