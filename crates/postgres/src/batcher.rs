//! Group commit: whoever waits while a round trip is under way shares the next one.
//!
//! ```text
//!  submit ─┐                       ┌─ worker ── handler(all that wait) ─┐
//!  submit ─┼──▶ bounded queue ──▶──┤                                    ├──▶ each its own answer
//!  submit ─┘                       └─ worker ── handler(all that wait) ─┘
//! ```
//!
//! There is no timer: an idle batcher hands a lone request on at once, a busy one fills its batches by itself. A worker
//! that has something to do only lets those go first who are ready to run at that moment: what they submit comes along.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::DatabaseError;

/// How a batcher is laid out.
#[derive(Clone, Copy, Debug)]
pub struct BatcherOptions {
    /// How many batches may be under way at once. With one, requests are handled strictly in the order of `submit`.
    pub workers: usize,
    /// The most requests in one batch.
    pub max_batch: usize,
    /// The most requests that wait; one more is refused.
    pub queue: usize,
}

impl Default for BatcherOptions {
    fn default() -> Self {
        Self { workers: 2, max_batch: 64, queue: 4096 }
    }
}

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError<E> {
    /// The queue is full; the request was not handled.
    #[error("too many requests wait")]
    Overloaded,
    /// The handler gave no answer to this request; nobody knows what it did.
    #[error("the batch was lost")]
    Lost,
    /// The handler refused the whole batch.
    #[error(transparent)]
    Failed(E),
}

/// Collects requests into batches. Clones share the queue.
pub struct Batcher<Request, Answer, E = DatabaseError> {
    queue: mpsc::Sender<Waiting<Request, Answer, E>>,
}

impl<Request, Answer, E> Clone for Batcher<Request, Answer, E> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<Request, Answer, E> std::fmt::Debug for Batcher<Request, Answer, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batcher")
    }
}

struct Waiting<Request, Answer, E> {
    request: Request,
    answer: oneshot::Sender<Result<Answer, E>>,
}

type Queue<Request, Answer, E> = Arc<Mutex<mpsc::Receiver<Waiting<Request, Answer, E>>>>;

impl<Request, Answer, E> Batcher<Request, Answer, E>
where
    Request: Send + 'static,
    Answer: Send + 'static,
    E: Clone + Send + 'static,
{
    /// Starts the workers on the current tokio runtime. They end when the last clone is dropped and the queue is
    /// empty.
    ///
    /// `handler` answers a batch with one answer for each request, in the same order, or with one error for all.
    pub fn start<Handler, Answers>(options: BatcherOptions, handler: Handler) -> Self
    where
        Handler: Fn(Vec<Request>) -> Answers + Send + Sync + 'static,
        Answers: Future<Output = Result<Vec<Answer>, E>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(options.queue.max(1));
        let (waiting, handler) = (Arc::new(Mutex::new(waiting)), Arc::new(handler));
        for _ in 0..options.workers.max(1) {
            tokio::spawn(work(Arc::clone(&waiting), options.max_batch.max(1), Arc::clone(&handler)));
        }
        Self { queue }
    }

    /// Queues the request and waits for its answer. Once queued it is handled even if the caller goes away.
    ///
    /// # Errors
    /// See [`BatchError`].
    pub async fn submit(&self, request: Request) -> Result<Answer, BatchError<E>> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { request, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => BatchError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => BatchError::Lost,
        })?;
        match answered.await {
            Ok(answer) => answer.map_err(BatchError::Failed),
            Err(_) => Err(BatchError::Lost),
        }
    }
}

/// One worker: while it handles a batch, the next one gathers in the queue.
async fn work<Request, Answer, E, Handler, Answers>(
    queue: Queue<Request, Answer, E>,
    max_batch: usize,
    handler: Arc<Handler>,
) where
    E: Clone,
    Handler: Fn(Vec<Request>) -> Answers,
    Answers: Future<Output = Result<Vec<Answer>, E>>,
{
    let mut batch = Vec::with_capacity(max_batch);
    while gather(&queue, &mut batch, max_batch).await > 0 {
        let (requests, callers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.request, waiting.answer)).unzip();
        // The closure itself runs inside the guarded future, so that its panic is caught as well.
        let answers = AssertUnwindSafe(async { handler(requests).await }).catch_unwind().await;
        match answers {
            Ok(answers) => hand_out(answers, callers),
            // Dropping the callers' channels tells each of them that its request is lost.
            Err(_) => tracing::error!(requests = callers.len(), "a batch handler panicked"),
        }
    }
}

/// Waits for requests and takes all there are. Requests come in swarms, since a batch before them was answered at once;
/// the first of a swarm wakes the worker, which would otherwise go without the rest.
async fn gather<Request, Answer, E>(
    queue: &Queue<Request, Answer, E>,
    batch: &mut Vec<Waiting<Request, Answer, E>>,
    max_batch: usize,
) -> usize {
    let mut queue = queue.lock().await;
    if queue.recv_many(batch, max_batch).await > 0 {
        tokio::task::yield_now().await;
        while batch.len() < max_batch
            && let Ok(waiting) = queue.try_recv()
        {
            batch.push(waiting);
        }
    }
    batch.len()
}

fn hand_out<Answer, E: Clone>(
    answers: Result<Vec<Answer>, E>,
    callers: Vec<oneshot::Sender<Result<Answer, E>>>,
) {
    match answers {
        Ok(answers) => {
            if answers.len() != callers.len() {
                // Which answer belongs to whom is a guess, so nobody gets one.
                tracing::error!(requests = callers.len(), answers = answers.len(), "a batch was miscounted");
                return;
            }
            for (caller, answer) in callers.into_iter().zip(answers) {
                // A caller who went away needs no answer.
                let _gone = caller.send(Ok(answer));
            }
        }
        Err(error) => {
            for caller in callers {
                let _gone = caller.send(Err(error.clone()));
            }
        }
    }
}
