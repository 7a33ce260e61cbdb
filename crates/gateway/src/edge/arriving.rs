//! A body on its way here: a stranger's comes within seconds, and a large one waits for its share of the memory first.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::load::{Busy, InFlight, LARGEST, SMALL};

/// Why a body did not come whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Halted {
    /// It took too long.
    #[error("the body did not come in time")]
    Slow,
    /// There is no room for it now.
    #[error("there is no room for the body now")]
    Busy,
}

type Share = Pin<Box<dyn Future<Output = Result<(), Busy>> + Send>>;

/// A body with a deadline.
pub(crate) struct Arriving {
    body: Body,
    request: Arc<InFlight>,
    due: Pin<Box<Sleep>>,
    /// Whether `due` is the stranger's deadline or, for somebody known, the end of a pause.
    known: bool,
    received: u64,
    share: Option<Share>,
    has_share: bool,
    /// What came before its share.
    held: Option<Frame<Bytes>>,
    halted: Option<Halted>,
}

impl Arriving {
    /// Its time begins now: when the head was there.
    pub(crate) fn new(body: Body, request: Arc<InFlight>) -> Self {
        let due = Box::pin(sleep_until(Instant::now() + request.capacity().stranger_body));
        Self {
            body,
            request,
            due,
            known: false,
            received: 0,
            share: None,
            has_share: false,
            held: None,
            halted: None,
        }
    }

    fn pause(&mut self) {
        self.due.as_mut().reset(Instant::now() + self.request.capacity().body_pause);
    }

    /// Asks for the share of what is larger than small, once.
    fn weigh(&mut self) {
        let exact = self.body.size_hint().exact();
        let weight = match exact {
            Some(rest) => self.received.saturating_add(rest),
            None if self.received > SMALL => LARGEST,
            None => return,
        };
        if weight > SMALL && !self.has_share {
            self.has_share = true;
            let request = Arc::clone(&self.request);
            self.share = Some(Box::pin(async move { request.take_in(weight).await }));
        }
    }

    fn poll_share(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Halted>> {
        if let Some(share) = &mut self.share {
            let waited = ready!(share.as_mut().poll(context));
            self.share = None;
            self.pause();
            return Poll::Ready(waited.map_err(|Busy| Halted::Busy));
        }
        Poll::Ready(Ok(()))
    }

    fn halt(&mut self, why: Halted) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.halted = Some(why);
        self.held = None;
        Poll::Ready(Some(Err(axum::Error::new(why))))
    }

    /// Its place was given to another.
    fn cut(&mut self) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.request.arrival.cut();
        self.halt(Halted::Busy)
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Some(why) = this.halted {
            return this.halt(why);
        }
        if this.request.arrival.is_given_up() {
            return this.cut();
        }
        if !this.known && this.request.knows() {
            this.known = true;
            this.pause();
        }
        // SECURITY: a stranger sends nothing large anywhere, so only who is known can wait for others, or make them wait.
        if this.known {
            this.weigh();
        }
        if let Err(why) = ready!(this.poll_share(context)) {
            return this.halt(why);
        }
        if let Some(held) = this.held.take() {
            return Poll::Ready(Some(Ok(held)));
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Pending if this.due.as_mut().poll(context).is_ready() => this.halt(Halted::Slow),
            Poll::Pending => {
                this.request.arrival.stalls(context.waker());
                if this.request.arrival.is_given_up() { this.cut() } else { Poll::Pending }
            }
            Poll::Ready(Some(Ok(frame))) => {
                this.request.arrival.moves();
                let size = frame.data_ref().map_or(0, Bytes::len);
                this.received = this.received.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
                if this.known {
                    this.pause();
                    this.weigh();
                }
                match this.poll_share(context) {
                    Poll::Ready(Ok(())) => Poll::Ready(Some(Ok(frame))),
                    Poll::Ready(Err(why)) => this.halt(why),
                    Poll::Pending => {
                        this.held = Some(frame);
                        Poll::Pending
                    }
                }
            }
            end => {
                this.request.arrival.moves();
                end
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.halted.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use futures::{StreamExt, stream};
    use tacenda_kernel::Network;

    use super::*;
    use crate::edge::{
        body,
        load::{Capacity, Load},
    };

    const DEADLINE: Duration = Duration::from_millis(200);

    fn load() -> Arc<Load> {
        Load::new(Capacity {
            stranger_body: DEADLINE,
            body_pause: 3 * DEADLINE,
            patience: DEADLINE,
            ..Capacity::default()
        })
    }

    /// A letter every few milliseconds, for so long.
    fn dripping(letters: usize) -> Body {
        let letters = stream::iter(0..letters).then(|_| async {
            tokio::time::sleep(DEADLINE / 4).await;
            Ok::<_, Infallible>(Bytes::from_static(b"a"))
        });
        Body::from_stream(letters)
    }

    async fn status(body: Body, request: Arc<InFlight>) -> u16 {
        let body = Body::new(Arriving::new(body, request));
        match body::read(body, usize::try_from(2 * LARGEST).unwrap()).await {
            Ok(_) => 200,
            Err(problem) => problem.status.as_u16(),
        }
    }

    #[tokio::test]
    async fn a_stranger_s_body_comes_within_seconds() {
        let load = load();
        let request = || load.begin(Network::Unknown, true).unwrap();
        assert_eq!(status(Body::from("short"), request()).await, 200);
        assert_eq!(
            status(Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()), request()).await,
            408
        );
        let begun = Instant::now();
        assert_eq!(status(dripping(100), request()).await, 408, "letters are no life");
        assert!(begun.elapsed() < 10 * DEADLINE, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn somebody_known_may_be_slow_and_not_silent() {
        let load = load();
        let request = || {
            let request = load.begin(Network::Unknown, true).unwrap();
            request.is_known();
            request
        };
        assert_eq!(status(dripping(12), request()).await, 200, "longer than a stranger may take");
        assert_eq!(
            status(Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()), request()).await,
            408
        );
    }

    #[tokio::test]
    async fn large_bodies_wait_for_their_share_whether_they_say_how_large_they_are_or_not() {
        let load = load();
        let known = || {
            let request = load.begin(Network::Unknown, true).unwrap();
            request.is_known();
            request
        };
        let large = || Body::from(vec![b'a'; 2 * usize::try_from(SMALL).unwrap()]);
        let unsized_one = || Body::from_stream(large().into_data_stream());
        let others = (known(), known());
        others.0.take_in(LARGEST).await.unwrap();
        assert_eq!(status(unsized_one(), known()).await, 200);
        others.1.take_in(LARGEST).await.unwrap();
        assert_eq!(status(large(), known()).await, 503);
        assert_eq!(status(unsized_one(), known()).await, 503);
        assert_eq!(status(Body::from("small"), known()).await, 200);
        drop(others);
        assert_eq!(status(large(), known()).await, 200);
    }
}
