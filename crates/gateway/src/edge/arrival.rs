//! The body of a request on its way, as others see it: whether nothing comes of it, and whether it was given up for them.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    task::Waker,
};

use futures::task::AtomicWaker;

/// What becomes of a body.
#[derive(Default)]
pub(super) struct Arrival {
    known: AtomicBool,
    stalls: AtomicBool,
    given_up: AtomicBool,
    cut: AtomicBool,
    waker: AtomicWaker,
}

impl Arrival {
    /// Its sender was identified.
    pub(super) fn know(&self) {
        self.known.store(true, Ordering::Relaxed);
    }

    /// Whether its sender was.
    pub(super) fn knows(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// Nothing has come since it was asked for; `waker` hears when it was given up.
    pub(super) fn stalls(&self, waker: &Waker) {
        self.waker.register(waker);
        self.stalls.store(true, Ordering::SeqCst);
    }

    /// Something came.
    pub(super) fn moves(&self) {
        self.stalls.store(false, Ordering::SeqCst);
    }

    /// Whether a stranger sends it, and nothing comes.
    pub(super) fn is_idle(&self) -> bool {
        !self.knows() && self.stalls.load(Ordering::SeqCst)
    }

    /// Its place is needed.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    /// It ends before it was whole, since its place was given to another.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    /// Whether it did.
    pub(super) fn was_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// Whether its place was given to another.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }
}
