//! Table `sign_in_failures`: what failed how often, and until when the next try is refused.
//!
//! A try is counted as a failure before it is made and taken back when it succeeds, so that many made at the same time
//! are counted like many made one after another.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError};

/// What is counted, and how it slows down.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    /// Keyed hash of what it is.
    pub(crate) subject: i64,
    /// How many failures cost nothing.
    pub(crate) free: i32,
    /// The longest wait, in seconds.
    pub(crate) longest: i32,
}

/// Whether a try may be made.
pub(crate) enum Turn {
    Taken,
    WaitUntil(Timestamp),
}

/// Counts for every subject or refuses where one must wait. After the free ones the wait doubles from one second.
/// A row that another try has changed meanwhile is looked at again, as it is now, by the last `where`.
const TAKE: &str = "with subjects as ( \
         select * from unnest($1::bigint[], $2::int[], $3::int[]) as s (subject, free, longest)), \
     waiting as (select max(f.wait_until) as until from sign_in_failures f join subjects using (subject) \
         where f.wait_until > $4), \
     taken as (insert into sign_in_failures as f (subject, failures, failed_at, wait_until) \
         select subject, 1, $4, $4 from subjects where (select until from waiting) is null order by subject \
         on conflict on constraint sign_in_failures_key do update set failed_at = $4, \
             failures = case when f.failed_at < $5 then 1 else f.failures + 1 end, \
             wait_until = $4 + make_interval(secs => (select case \
                 when f.failed_at < $5 or f.failures + 1 < s.free then 0 \
                 else least(s.longest, power(2, least(f.failures + 1 - s.free, 20))) end \
                 from subjects s where s.subject = f.subject)) \
         where f.wait_until <= $4 returning 1) \
     select (select until from waiting), (select count(*) from taken)";

/// Takes a turn for all that is counted. Failures before `forgotten` count no more.
pub(crate) async fn take(
    database: &Database,
    counted: &[Counted],
    now: Timestamp,
    forgotten: Timestamp,
) -> Result<Turn, DatabaseError> {
    let subjects: Vec<i64> = counted.iter().map(|one| one.subject).collect();
    let free: Vec<i32> = counted.iter().map(|one| one.free).collect();
    let longest: Vec<i32> = counted.iter().map(|one| one.longest).collect();
    let rows = database.lanes().query(TAKE, &[&subjects, &free, &longest, &now, &forgotten]).await?;
    let Some(row) = rows.first() else { return Ok(Turn::WaitUntil(now)) };
    let (until, taken): (Option<Timestamp>, i64) = (row.try_get(0)?, row.try_get(1)?);
    match until {
        Some(until) => Ok(Turn::WaitUntil(until)),
        None if usize::try_from(taken) == Ok(counted.len()) => Ok(Turn::Taken),
        None => Ok(Turn::WaitUntil(now)),
    }
}

const FORGIVE: &str = "with gone as (delete from sign_in_failures where subject = any($1)) \
     update sign_in_failures set failures = greatest(failures - 1, 0), wait_until = $3 where subject = any($2)";

/// The try succeeded: `own` failures are forgotten, and of `shared` ones this try is taken back.
pub(crate) async fn forgive(
    database: &Database,
    own: &[i64],
    shared: &[i64],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    database.lanes().execute(FORGIVE, &[&own, &shared, &now]).await?;
    Ok(())
}

const FORGET: &str = "delete from sign_in_failures where failed_at < $1 and wait_until < $1";

/// Forgets those of before.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before]).await
}
