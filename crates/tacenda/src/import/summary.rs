//! What an import did.

use std::{fmt, time::Duration};

use super::failure::Failure;

/// What an import did. Its text is what the command prints.
#[derive(Clone, Debug, Default)]
pub struct ImportSummary {
    /// Bundles that were done now.
    pub done: usize,
    /// Bundles that an earlier run had done.
    pub already_there: usize,
    /// What was not done, and why.
    pub failed: Vec<Failure>,
    /// How many bundles were not even sent, and why.
    pub not_sent: Vec<(usize, &'static str)>,
    /// Resources in the bundles that were done now.
    pub resources: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl ImportSummary {
    /// Whether everything is there now.
    #[must_use]
    pub fn all_done(&self) -> bool {
        self.failed.is_empty() && self.not_sent.is_empty()
    }

    /// Resources in a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate, shown with few digits")]
        let resources = self.resources as f64;
        resources / self.elapsed.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        write!(f, "imported {} with {} resources in {seconds:.1} s", bundles(self.done), self.resources)?;
        if self.resources > 0 {
            write!(f, ": {:.0} resources/s", self.rate())?;
        }
        if self.already_there > 0 {
            write!(f, "\nalready there: {}", bundles(self.already_there))?;
        }
        for (count, why) in &self.not_sent {
            write!(f, "\nnot sent: {}, because {why}", bundles(*count))?;
        }
        if !self.failed.is_empty() {
            write!(f, "\nfailed: {}", self.failed.len())?;
        }
        self.failed.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

fn bundles(count: usize) -> String {
    format!("{count} {}", if count == 1 { "bundle" } else { "bundles" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Problem;

    #[test]
    fn the_text_says_what_was_done_and_what_was_not() {
        let elapsed = Duration::from_millis(2_500);
        let summary =
            ImportSummary { done: 27, already_there: 1, resources: 7_000, elapsed, ..Default::default() };
        assert!(summary.all_done());
        let text =
            "imported 27 bundles with 7000 resources in 2.5 s: 2800 resources/s\nalready there: 1 bundle";
        assert_eq!(summary.to_string(), text);
        let problem = Problem::new("required element missing").at("Bundle.entry[3].resource.code");
        let failed = vec![Failure::new("a.json", problem)];
        let summary = ImportSummary { failed, not_sent: vec![(2, "x")], elapsed, ..Default::default() };
        assert!(!summary.all_done());
        assert_eq!(
            summary.to_string(),
            "imported 0 bundles with 0 resources in 2.5 s\nnot sent: 2 bundles, because x\nfailed: 1\n  a.json\n    \
             Bundle.entry[3].resource.code: required element missing"
        );
    }
}
