//! When it is no use to send more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::target::{PostError, Posted};

/// Bundles in a row for which the target was not available.
const PATIENCE: usize = 3;

pub(super) const TOKEN: &str = "the access token was refused: tokens last 5 minutes. Get another (`tacenda demo token \
                                application --data <folder>`, or from the server's token endpoint) and run this \
                                again: what is there already is not added twice";
const GONE: &str =
    "the server is not available now: run this again later, what is there already is not added twice";

/// Felt by every job, pulled by some.
#[derive(Default)]
pub(super) struct Brake {
    token_refused: AtomicBool,
    unavailable: AtomicUsize,
}

impl Brake {
    /// Why nothing more is sent.
    pub(super) fn reason(&self) -> Option<&'static str> {
        if self.token_refused.load(Ordering::Relaxed) {
            return Some(TOKEN);
        }
        (self.unavailable.load(Ordering::Relaxed) >= PATIENCE).then_some(GONE)
    }

    pub(super) fn feel(&self, posted: &Result<Posted, PostError>) {
        match posted {
            Err(PostError::Token) => self.token_refused.store(true, Ordering::Relaxed),
            Err(PostError::Unavailable(_) | PostError::Unreachable(_)) => {
                self.unavailable.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) | Err(PostError::Refused(_)) => self.unavailable.store(0, Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Problem;

    #[test]
    fn a_bundle_that_is_refused_stops_no_other() {
        let brake = Brake::default();
        let gone = || Err(PostError::Unavailable("x".to_owned()));
        for posted in [gone(), gone(), Err(PostError::Refused(vec![Problem::new("x")])), gone(), gone()] {
            brake.feel(&posted);
            assert_eq!(brake.reason(), None);
        }
        brake.feel(&gone());
        assert_eq!(brake.reason(), Some(GONE));
        brake.feel(&Err(PostError::Token));
        assert_eq!(brake.reason(), Some(TOKEN));
    }
}
