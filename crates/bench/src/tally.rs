//! Slices of one cell and one side, added up.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::{
    drive::{Slice, waits},
    processes::Spent,
};

/// What one side did in one cell.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    waits: Histogram<u64>,
    pub(crate) wrong: u64,
    lasted: Duration,
    spent: Spent,
}

impl Tally {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { waits: waits()?, wrong: 0, lasted: Duration::ZERO, spent: Spent::default() })
    }

    pub(crate) fn add(&mut self, slice: &Slice) -> Result<()> {
        self.waits.add(&slice.waits)?;
        self.wrong += slice.wrong;
        self.lasted += slice.lasted;
        self.spent = self.spent + slice.spent;
        Ok(())
    }

    /// Requests a second.
    #[expect(clippy::cast_precision_loss, reason = "a run has some hundred thousand requests")]
    pub(crate) fn rate(&self) -> f64 {
        self.waits.len() as f64 / self.lasted.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Milliseconds within which this part of the answers came.
    #[expect(clippy::cast_precision_loss, reason = "a minute has sixty million microseconds")]
    pub(crate) fn within(&self, quantile: f64) -> f64 {
        self.waits.value_at_quantile(quantile) as f64 / 1_000.0
    }

    /// Milliseconds of processor time for one request.
    #[expect(clippy::cast_precision_loss, reason = "a run has some hundred thousand requests")]
    pub(crate) fn cost(&self) -> Spent {
        let each = 1.0 / (self.waits.len() + self.wrong).max(1) as f64;
        let Spent { client, server, postgres } = self.spent;
        Spent { client: client * each, server: server * each, postgres: postgres * each }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_add_up() {
        let mut tally = Tally::new().expect("bounds are right");
        for spent in [100.0, 300.0] {
            let mut waits = waits().expect("bounds are right");
            waits.saturating_record_n(2_000, 99);
            waits.saturating_record(50_000);
            let spent = Spent { client: 10.0, server: spent, postgres: 20.0 };
            let slice = Slice { waits, wrong: 0, lasted: Duration::from_secs(2), spent };
            tally.add(&slice).expect("bounds are equal");
        }
        assert!((tally.rate() - 50.0).abs() < 1e-9);
        assert!((tally.within(0.5) - 2.0).abs() < 0.01 && (tally.within(0.999) - 50.0).abs() < 0.1);
        assert!((tally.cost().server - 2.0).abs() < 1e-9 && (tally.cost().postgres - 0.2).abs() < 1e-9);
    }
}
