//! The page as metrics for Prometheus, in its text format (version 0.0.4), for a scraper that reads
//! files, such as the node exporter's textfile collector.

use std::fmt::Write;

use super::Page;
use crate::verdict::Verdict;

/// Metrics of one lake.
pub fn metrics_text(page: &Page) -> String {
    let mut text = Text::default();
    text.family(
        "quantx_page_timestamp_seconds",
        "When these metrics were made.",
    );
    text.sample(&[], page.now.as_second());
    text.family(
        "quantx_sessions_behind",
        "Sessions that are over and later than the newest stored one.",
    );
    for exchange in &page.exchanges {
        text.sample(&[("exchange", &exchange.code)], exchange.behind);
    }
    text.family("quantx_listings", "Listings with rows.");
    for exchange in &page.exchanges {
        text.sample(&[("exchange", &exchange.code)], exchange.listings);
    }
    text.family(
        "quantx_listings_behind",
        "Listings without the newest session that is over.",
    );
    for exchange in &page.exchanges {
        text.sample(&[("exchange", &exchange.code)], exchange.listings_behind);
    }
    text.family(
        "quantx_cells",
        "Expected sessions of all listings, by what became of them.",
    );
    for exchange in &page.exchanges {
        let cells = &exchange.cells;
        let states = [
            ("present", cells.present),
            ("excused", cells.excused),
            ("missing", cells.missing),
        ];
        for (state, n) in states {
            text.sample(&[("exchange", &exchange.code), ("state", state)], n);
        }
    }
    text.family(
        "quantx_open_decisions",
        "Rows and events that wait for a person.",
    );
    for (kind, n) in page.open_counts() {
        text.sample(&[("kind", kind.name())], n);
    }
    last_runs(&mut text, page);
    text.lines
}

/// The newest run of each operation.
fn last_runs(text: &mut Text, page: &Page) {
    let mut newest: Vec<_> = Vec::new();
    for run in &page.runs {
        if newest
            .iter()
            .all(|it: &&super::PageRun| it.operation != run.operation)
        {
            newest.push(run);
        }
    }
    newest.sort_by(|a, b| a.operation.cmp(&b.operation));
    text.family("quantx_run_timestamp_seconds", "When the newest run began.");
    for run in &newest {
        text.sample(&[("operation", &run.operation)], run.timestamp.as_second());
    }
    text.family(
        "quantx_run_verdict",
        "1 for the verdict of the newest run, else 0.",
    );
    for run in &newest {
        let verdicts = [
            ("green", Verdict::Green),
            ("yellow", Verdict::Yellow),
            ("red", Verdict::Red),
        ];
        for (name, verdict) in verdicts {
            let labels = [("operation", run.operation.as_str()), ("verdict", name)];
            text.sample(&labels, i32::from(run.verdict == verdict));
        }
    }
    text.family(
        "quantx_run_listings",
        "Listings of the newest run, by the three counts.",
    );
    for run in &newest {
        let results = [
            ("success", run.results.success),
            ("failed", run.results.failed),
            ("skipped", run.results.skipped),
        ];
        for (name, n) in results {
            let labels = [("operation", run.operation.as_str()), ("result", name)];
            text.sample(&labels, n);
        }
    }
    type Figure = (&'static str, &'static str, fn(&super::PageRun) -> f64);
    let figures: [Figure; 6] = [
        (
            "quantx_run_duration_seconds",
            "Wall time of the newest run.",
            |run| run.elapsed_ms as f64 / 1e3,
        ),
        (
            "quantx_run_bars_added",
            "Sessions that the newest run stored first.",
            |run| run.bars_added as f64,
        ),
        (
            "quantx_run_rows_refused",
            "Rows that the newest run refused.",
            |run| run.rows_refused as f64,
        ),
        (
            "quantx_run_requests",
            "Requests of the newest run to the vendor.",
            |run| run.requests as f64,
        ),
        (
            "quantx_run_throttled",
            "Answers that told the newest run to ask less.",
            |run| run.throttled as f64,
        ),
        (
            "quantx_run_throttle_wait_seconds",
            "Time that workers of the newest run waited for the rate limit, summed.",
            |run| run.throttle_wait_ms as f64 / 1e3,
        ),
    ];
    for (name, help, figure) in figures {
        text.family(name, help);
        for run in &newest {
            text.sample(&[("operation", &run.operation)], figure(run));
        }
    }
    text.family(
        "quantx_run_cost_usd",
        "Estimated cost of the newest run; none where nobody bills.",
    );
    for run in &newest {
        if let Some(cost) = run.cost_usd {
            text.sample(&[("operation", &run.operation)], cost);
        }
    }
}

/// The lines, and the family that is being written.
#[derive(Debug, Default)]
struct Text {
    lines: String,
    family: &'static str,
}

impl Text {
    /// Begins a gauge.
    fn family(&mut self, name: &'static str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.lines, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        self.family = name;
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.lines.push_str(self.family);
        for (at, (label, text)) in labels.iter().enumerate() {
            let begin = if at == 0 { '{' } else { ',' };
            let _ = write!(self.lines, "{begin}{label}=\"{}\"", escaped(text));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.lines, "{end} {value}");
    }
}

/// A label's value, as the format wants it.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    text.replace('"', "\\\"").replace('\n', "\\n")
}
