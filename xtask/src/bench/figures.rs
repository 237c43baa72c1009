//! What was measured, as a Markdown table. Pure.

use std::fmt::Write as _;

use super::config::{BACKFILL_WORKERS, DAILY_WORKERS, LATENCY_MS, Scale, YEARS};
use super::measured::Usage;
use super::reference::Reference;

/// One run over so many listings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) n_listings: usize,
    pub(super) usage: Usage,
}

impl Rate {
    fn per_second(&self) -> f64 {
        self.n_listings as f64 / self.usage.wall.as_secs_f64()
    }

    fn cpu_ms_per_symbol_year(&self) -> f64 {
        self.usage.cpu_s * 1e3 / (self.n_listings * YEARS) as f64
    }
}

/// Everything measured.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) machine: String,
    /// Before and after.
    pub(super) load: (String, String),
    pub(super) backfills: Vec<Rate>,
    pub(super) reference: Option<Reference>,
    pub(super) daily: Option<Rate>,
    pub(super) daily_again: Option<Rate>,
    /// Files that the second update wrote.
    pub(super) written_again: Option<usize>,
    /// Milliseconds, sorted.
    pub(super) starts: Vec<f64>,
}

impl Figures {
    /// The table, with the targets of `scale`'s full runs beside the results.
    pub(super) fn markdown(&self, scale: Scale) -> String {
        let mut text = format!(
            "\nMachine: {}. Load average before {}, after {}.\n\n\
             | measure | result | target |\n|---|---|---|\n",
            self.machine, self.load.0, self.load.1
        );
        let mut line = |measure: String, result: String, target: &str| {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "| {measure} | {result} | {target} |");
        };
        for run in &self.backfills {
            line(
                format!(
                    "backfill, {} listings × {YEARS} years, {BACKFILL_WORKERS} workers, {LATENCY_MS} ms",
                    run.n_listings
                ),
                format!(
                    "{:.0} symbols/s; {:.2} s wall, {:.2} s CPU; peak RSS {:.0} MB",
                    run.per_second(),
                    run.usage.wall.as_secs_f64(),
                    run.usage.cpu_s,
                    run.usage.peak_rss_mb
                ),
                "RSS ≤ 150 MB",
            );
        }
        let best = self.median(scale.main);
        if let (Some(reference), Some(ours)) = (self.reference, best) {
            line(
                format!("Python reference, {} symbols", reference.n_listings),
                format!(
                    "{:.1} symbols/s; peak RSS {:.0} MB",
                    reference.symbols_per_s, reference.peak_rss_mb
                ),
                "about 5/s",
            );
            line(
                "backfill (median) : reference".to_owned(),
                format!("{:.1} ×", ours.per_second() / reference.symbols_per_s),
                "≥ 20 ×",
            );
        }
        if let Some(ours) = best {
            line(
                "CPU per symbol-year of the whole backfill (median)".to_owned(),
                format!("{:.2} ms", ours.cpu_ms_per_symbol_year()),
                "≤ 1.5 ms",
            );
        }
        for (name, run) in [
            ("one new session", self.daily),
            ("nothing new", self.daily_again),
        ] {
            let Some(run) = run else { continue };
            // Every worker waits for one answer at a time.
            let bound = DAILY_WORKERS as f64 * 1e3 / LATENCY_MS as f64;
            line(
                format!(
                    "daily update, {} listings, {DAILY_WORKERS} workers, {LATENCY_MS} ms, {name}",
                    run.n_listings
                ),
                format!(
                    "{:.0} symbols/s, {:.0} % of the latency bound; {:.2} s CPU; peak RSS {:.0} MB",
                    run.per_second(),
                    run.per_second() / bound * 100.0,
                    run.usage.cpu_s,
                    run.usage.peak_rss_mb
                ),
                "≥ 90 % of 200/s",
            );
        }
        if let Some(n_files) = self.written_again {
            line(
                "files written by the update with nothing new".to_owned(),
                format!("{n_files} (beside its own report)"),
                "0",
            );
        }
        if let Some(median) = self.starts.get(self.starts.len() / 2) {
            line(
                format!("start to `--help`, median of {}", self.starts.len()),
                format!("{median:.1} ms"),
                "< 15 ms",
            );
        }
        text
    }

    /// The backfill of `n_listings` with the median wall time.
    fn median(&self, n_listings: usize) -> Option<&Rate> {
        let mut runs: Vec<&Rate> = self
            .backfills
            .iter()
            .filter(|run| run.n_listings == n_listings)
            .collect();
        runs.sort_by_key(|run| run.usage.wall);
        runs.get(runs.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn run(n_listings: usize, seconds: u64) -> Rate {
        Rate {
            n_listings,
            usage: Usage {
                wall: Duration::from_secs(seconds),
                cpu_s: 8.0,
                peak_rss_mb: 101.4,
            },
        }
    }

    #[test]
    fn the_table_has_the_figures_and_their_targets() {
        let figures = Figures {
            machine: "two cores".to_owned(),
            backfills: vec![run(500, 9), run(500, 4), run(500, 5)],
            reference: Some(Reference {
                n_listings: 40.0,
                symbols_per_s: 5.0,
                peak_rss_mb: 309.0,
            }),
            daily: Some(run(500, 2)),
            written_again: Some(0),
            starts: vec![1.0, 2.0, 9.0],
            ..Figures::default()
        };
        let text = figures.markdown(Scale::FULL);
        for part in [
            "| 56 symbols/s; 9.00 s wall, 8.00 s CPU; peak RSS 101 MB | RSS ≤ 150 MB |",
            "| backfill (median) : reference | 20.0 × | ≥ 20 × |",
            "(median) | 0.80 ms | ≤ 1.5 ms |",
            "| 250 symbols/s, 125 % of the latency bound;",
            "| 0 (beside its own report) | 0 |",
            "median of 3 | 2.0 ms | < 15 ms |",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
