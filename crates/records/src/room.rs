//! Room for large answers: what becomes one is in memory several times, so few are made at the same time.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::RecordsError;

/// What is disclosed for an answer and is smaller needs no room.
const SMALL: usize = 256 << 10;
/// Large answers that are made at the same time.
const LARGE: usize = 2;
/// How long one waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// The room of all large answers.
pub(crate) struct Rooms(Arc<Semaphore>);

/// The room of one request's answer, which it has as long as any copy is there.
#[derive(Clone, Default)]
pub struct Room(Arc<OnceCell<OwnedSemaphorePermit>>);

impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Room")
    }
}

impl Rooms {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(LARGE)))
    }

    /// Waits for room for a request of which so many bytes are in memory, unless it has room already.
    ///
    /// INVARIANT: a request takes room once, and whoever has it waits for nobody who waits for it.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where others take too long.
    pub(crate) async fn take(&self, room: &Room, bytes: usize) -> Result<(), RecordsError> {
        if bytes <= SMALL {
            return Ok(());
        }
        let taking = room.0.get_or_try_init(|| async {
            let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
            permit.ok().and_then(Result::ok).ok_or(RecordsError::Unavailable)
        });
        taking.await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn few_large_answers_are_made_at_the_same_time_and_small_ones_never_wait() {
        let (rooms, taken) = (Rooms::new(), [Room::default(), Room::default()]);
        for room in &taken {
            rooms.take(room, SMALL + 1).await.unwrap();
            rooms.take(room, SMALL + 1).await.unwrap();
        }
        let third = Room::default();
        rooms.take(&third, SMALL).await.unwrap();
        let mut waiting = Box::pin(rooms.take(&third, SMALL + 1));
        assert!((&mut waiting).now_or_never().is_none());
        drop(taken);
        waiting.await.unwrap();
    }
}
