//! What a year came to.

use std::collections::BTreeMap;
use std::fmt;

/// At most so many lines of one problem are told.
const LINES: usize = 20;
/// Days of one life of the process after which its memory can be judged, the first quarter left out.
const LONG_LIFE: usize = 12;
/// What memory may grow by from the second quarter of a life to its last.
const GROWTH: (u64, u64) = (10, 8 * 1024);

/// Counts and measures, and everything that is not as it must be.
#[derive(Debug, Default)]
pub struct YearFigures {
    pub(super) days: u32,
    pub(super) listings: usize,
    pub(super) verdicts: BTreeMap<String, u64>,
    /// Runs that people started beside the timer.
    pub(super) by_hand: u64,
    pub(super) kills: u32,
    pub(super) vendor_requests: u64,
    /// By process: what it held at the end of each day, in KiB.
    pub(super) memory: BTreeMap<u32, Vec<u64>>,
    pub(super) objects: usize,
    pub(super) findings: usize,
    problems: Vec<String>,
}

impl YearFigures {
    pub(super) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    pub(super) fn compare(&mut self, with: &str, differences: Vec<String>) {
        let n = differences.len();
        let told = differences.into_iter().take(LINES);
        let told = told.map(|it| format!("not as {with}: {it}"));
        self.problems.extend(told);
        if n > LINES {
            self.problem(format!("{} objects more are not as {with}", n - LINES));
        }
    }

    /// Judges the memory of every life that was long enough.
    pub(super) fn judge_memory(&mut self) {
        let lives = self
            .memory
            .iter()
            .filter(|(_, days)| days.len() >= LONG_LIFE);
        let grown = lives.filter_map(|(pid, days)| {
            let (early, late) = quarters(days);
            let allowed = early + early * GROWTH.0 / 100 + GROWTH.1;
            (late > allowed).then(|| {
                let n = days.len();
                format!("process {pid} grew from {early} to {late} KiB in {n} days")
            })
        });
        let grown: Vec<String> = grown.collect();
        self.problems.extend(grown);
    }

    /// Everything that is not as it must be, one sentence each; empty when all is well.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Daily updates that ended with `verdict`.
    pub fn ended(&self, verdict: &str) -> u64 {
        self.verdicts.get(verdict).copied().unwrap_or_default()
    }
}

/// Means of the second and of the last quarter.
fn quarters(days: &[u64]) -> (u64, u64) {
    let quarter = days.len() / 4;
    let mean = |days: &[u64]| days.iter().sum::<u64>() / days.len().max(1) as u64;
    let early = days.get(quarter..2 * quarter).unwrap_or_default();
    let late = days.get(days.len() - quarter..).unwrap_or_default();
    (mean(early), mean(late))
}

impl fmt::Display for YearFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | result |\n|---|---|")?;
        writeln!(f, "| days, listings | {}, {} |", self.days, self.listings)?;
        let verdicts = self
            .verdicts
            .iter()
            .map(|(verdict, n)| format!("{n} {verdict}"));
        let verdicts = verdicts.collect::<Vec<_>>().join(", ");
        writeln!(f, "| daily updates | {verdicts} |")?;
        writeln!(f, "| runs by hand meanwhile | {} |", self.by_hand)?;
        writeln!(f, "| kills survived | {} |", self.kills)?;
        writeln!(f, "| requests at the vendor | {} |", self.vendor_requests)?;
        if let Some(days) = self.memory.values().max_by_key(|days| days.len()) {
            let (early, late) = quarters(days);
            let (n, early, late) = (days.len(), early / 1024, late / 1024);
            writeln!(
                f,
                "| memory of the longest life, {n} days: second quarter, last | {early}, {late} MB |"
            )?;
        }
        writeln!(f, "| year files and records | {} |", self.objects)?;
        write!(f, "| findings of verify --deep | {} |", self.findings)?;
        for problem in &self.problems {
            write!(f, "\nWRONG: {problem}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_grows_is_a_problem_and_memory_that_sways_is_none() {
        let mut figures = YearFigures::default();
        let swaying = (0..40).map(|day| 60_000 + day % 7 * 500).collect();
        figures.memory.insert(1, swaying);
        // A life that is too short to be judged.
        figures.memory.insert(2, vec![10_000, 90_000]);
        figures.judge_memory();
        assert!(figures.problems().is_empty(), "{figures}");
        let growing = (0..40).map(|day| 60_000 + day * 1_000).collect();
        figures.memory.insert(3, growing);
        figures.judge_memory();
        assert_eq!(figures.problems().len(), 1, "{figures}");
    }
}
