//! What is run, with which arguments. Pure.

use std::fmt::Write as _;

/// The instant of a backfill: the session of Thursday 2026-11-19 is final.
pub(super) const DAY_OF_BACKFILL: &str = "2026-11-20T12:00:00Z";
/// The instant of a daily update: one session more.
pub(super) const DAY_AFTER: &str = "2026-11-21T12:00:00Z";
/// First and last date of a backfill, both inclusive.
pub(super) const START: &str = "2006-11-20";
pub(super) const END: &str = "2026-11-19";
/// [`END`] for those to whom the end is exclusive.
pub(super) const AFTER_END: &str = "2026-11-20";
/// Years between them.
pub(super) const YEARS: usize = 20;
/// Wait of the vendor before every answer.
pub(super) const LATENCY_MS: u64 = 50;
/// Workers of a backfill.
pub(super) const BACKFILL_WORKERS: usize = 20;
/// Workers of a daily update.
pub(super) const DAILY_WORKERS: usize = 10;

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// Listings of the run that the targets are about.
    pub(super) main: usize,
    /// Listings of the runs that only show how memory grows.
    pub(super) others: [usize; 2],
    /// Listings of the reference.
    pub(super) reference: usize,
    /// How often the main run is repeated.
    pub(super) repeats: usize,
}

impl Scale {
    /// What the published table is made of.
    pub(super) const FULL: Self = Self {
        main: 500,
        others: [100, 1000],
        reference: 40,
        repeats: 3,
    };
    /// To see that it works.
    pub(super) const QUICK: Self = Self {
        main: 50,
        others: [20, 100],
        reference: 10,
        repeats: 1,
    };

    /// Listings of all runs, ascending.
    pub(super) fn listings(self) -> [usize; 3] {
        let [fewer, more] = self.others;
        [fewer, self.main, more]
    }

    /// Listings of the largest run.
    pub(super) fn most(self) -> usize {
        self.listings().into_iter().max().unwrap_or_default()
    }

    /// How often the backfill of so many listings is run.
    pub(super) fn repeats(self, n_listings: usize) -> usize {
        if n_listings == self.main {
            self.repeats
        } else {
            1
        }
    }
}

/// One run of the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    Backfill,
    Daily,
}

impl Job {
    pub(super) fn arguments(self, n_listings: usize) -> Vec<String> {
        let phase = phase(n_listings);
        let text = match self {
            Self::Backfill => format!(
                "backfill --start {START} --end {END} --as-of {DAY_OF_BACKFILL} \
                 --max-workers {BACKFILL_WORKERS} --phase {phase}"
            ),
            Self::Daily => format!(
                "update-daily --as-of {DAY_AFTER} --max-workers {DAILY_WORKERS} --phase {phase}"
            ),
        };
        let always = " --use-local --json --quiet";
        (text + always)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }
}

fn phase(n_listings: usize) -> String {
    format!("bench_{n_listings}")
}

/// `settings.yaml`: the vendor on this machine, as fast as it can.
pub(super) fn settings(base_url: &str) -> String {
    format!(
        "providers:\n  yahoo:\n    base_url: {base_url}\n    requests_per_second: 0\n\
         logging:\n  level: error\n"
    )
}

/// `universes.yaml`: a phase for every size.
pub(super) fn universes(sizes: [usize; 3]) -> String {
    let mut text = String::from("universes:\n");
    for n_listings in sizes {
        let symbols: Vec<String> = (0..n_listings).map(|n| format!("S{n:04}")).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "  {}:\n    - name: listings_{n_listings}\n      description: Synthetic listings\n      \
             source_type: static\n      symbols: [{}]",
            phase(n_listings),
            symbols.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_one_line_of_the_command_line() {
        let words = Job::Daily.arguments(7).join(" ");
        assert_eq!(
            words,
            "update-daily --as-of 2026-11-21T12:00:00Z --max-workers 10 --phase bench_7 --use-local --json --quiet"
        );
        assert!(
            Job::Backfill
                .arguments(7)
                .contains(&"2006-11-20".to_owned())
        );
    }

    #[test]
    fn a_universe_names_its_listings() {
        let text = universes([1, 2, 3]);
        assert!(
            text.contains("bench_2:\n    - name: listings_2\n"),
            "{text}"
        );
        assert!(text.contains("symbols: [S0000, S0001]\n"), "{text}");
    }
}
