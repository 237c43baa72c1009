//! What libFuzzer says at the end. Pure.

use std::fmt::Write as _;

use anyhow::Result;

/// One target's run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) n_seeds: usize,
    /// Inputs that were run.
    pub(super) executions: u64,
    /// Edges of our own code that were reached.
    pub(super) edges: u64,
    /// Files that the corpus has now.
    pub(super) corpus: u64,
    pub(super) peak_mb: u64,
    /// How it ended: 0 when nothing was found, and none at a signal.
    pub(super) code: Option<i32>,
    /// The input that was found.
    pub(super) found: Option<String>,
}

impl Outcome {
    /// Whether nothing was found.
    pub(super) fn is_clean(&self) -> bool {
        self.code == Some(0)
    }

    /// Reads the log of a run.
    pub(super) fn read(log: &str, n_seeds: usize, code: Option<i32>) -> Self {
        let last = log.lines().rev().find(|line| line.contains(" cov: "));
        let after = |name: &str| {
            let mut words = last.unwrap_or_default().split_whitespace();
            words.find(|word| *word == name)?;
            // `corp: 12/34Kb` says files and bytes.
            words.next()?.split('/').next()?.parse().ok()
        };
        let statistic = |name: &str| {
            let line = log.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().parse().ok()
        };
        let found = "Test unit written to ";
        let found = log.lines().find_map(|line| line.split_once(found));
        Self {
            n_seeds,
            executions: statistic("stat::number_of_executed_units").unwrap_or_default(),
            edges: after("cov:").unwrap_or_default(),
            corpus: after("corp:").unwrap_or_default(),
            peak_mb: statistic("stat::peak_rss_mb").unwrap_or_default(),
            code,
            found: found.map(|(_, path)| path.trim().to_owned()),
        }
    }
}

/// A Markdown table, one row for each target.
pub(super) fn table(outcomes: &[(String, Result<Outcome>)]) -> String {
    let mut text = String::from(
        "\n| target | seeds | executions | edges | corpus | peak MB | found |\n|---|---|---|---|---|---|---|\n",
    );
    for (name, outcome) in outcomes {
        // Writing into a String cannot fail.
        let _ = match outcome {
            Ok(it) => writeln!(
                text,
                "| `{name}` | {} | {} | {} | {} | {} | {} |",
                it.n_seeds,
                it.executions,
                it.edges,
                it.corpus,
                it.peak_mb,
                if it.is_clean() {
                    "nothing"
                } else {
                    "SOMETHING"
                },
            ),
            Err(error) => writeln!(text, "| `{name}` | not run: {error:#} | | | | | |"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "INFO: seed corpus: files: 64\n#65\tINITED cov: 812 ft: 3011 corp: 40/120Kb exec/s: 0 rss: 60Mb\n\
        #52900\tDONE   cov: 1044 ft: 5120 corp: 212/1200Kb lim: 15008 exec/s: 1763 rss: 88Mb\n\
        Done 52900 runs in 31 second(s)\nstat::number_of_executed_units: 52900\nstat::average_exec_per_sec:     1763\n\
        stat::peak_rss_mb:              88\n";

    #[test]
    fn the_last_lines_of_a_clean_run_are_read() {
        let read = Outcome::read(LOG, 64, Some(0));
        let expected = Outcome {
            n_seeds: 64,
            executions: 52_900,
            edges: 1_044,
            corpus: 212,
            peak_mb: 88,
            code: Some(0),
            found: None,
        };
        assert_eq!(read, expected);
        let text = table(&[("chart_parser".to_owned(), Ok(read))]);
        assert!(
            text.contains("| `chart_parser` | 64 | 52900 | 1044 | 212 | 88 | nothing |"),
            "{text}"
        );
    }

    #[test]
    fn what_was_found_is_named() {
        let log = format!(
            "{LOG}artifact_prefix='x-'; Test unit written to /t/found/x-crash-0a\nBase64: AA==\n"
        );
        let read = Outcome::read(&log, 1, Some(77));
        assert_eq!(read.found.as_deref(), Some("/t/found/x-crash-0a"));
        assert!(!read.is_clean());
    }

    #[test]
    fn a_target_that_said_nothing_has_no_numbers() {
        let read = Outcome::read("", 0, None);
        assert_eq!((read.executions, read.edges), (0, 0));
    }
}
