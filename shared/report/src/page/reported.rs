//! What the page shows of runs and refreshes: out of their reports, stored for later pages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::market::MarketEvent;
use crate::refresh::{RefreshReport, UniverseReport};
use crate::run::{Results, RunReport};
use crate::verdict::Verdict;

/// Reasons that are kept of one run.
const REASONS_KEPT: usize = 20;

/// What the page shows of one run. Kept in `site/status.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRun {
    /// Its name.
    pub run: String,
    /// `backfill`, `daily_update`.
    pub operation: String,
    /// The run's idea of now.
    pub timestamp: Timestamp,
    /// How it ended.
    pub verdict: Verdict,
    /// Why not green.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Listings in the work list.
    pub listings: usize,
    /// Listings by how they ended.
    pub outcomes: BTreeMap<String, usize>,
    /// The original's three counts.
    pub results: Results,
    /// Sessions that were not stored before.
    pub bars_added: usize,
    /// Rows that broke a rule.
    pub rows_refused: usize,
    /// Wall time.
    pub elapsed_ms: u64,
    /// Requests to the vendor, retries included.
    pub requests: u64,
    /// Of these, second and later attempts.
    pub retries: u64,
    /// Answers that said "too many requests".
    pub throttled: u64,
    /// Time that workers waited for the rate limit, summed.
    pub throttle_wait_ms: u64,
    /// Objects read from the store.
    pub store_reads: u64,
    /// Objects written to it.
    pub store_writes: u64,
    /// Estimated cost in USD, free grants counted; `None` where nobody bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Sessions that most listings of a market lacked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub market_events: Vec<MarketEvent>,
}

impl PageRun {
    /// What the page shows of the run with this report.
    pub fn of(report: &RunReport) -> Self {
        let reasons = report.reasons.iter().take(REASONS_KEPT);
        Self {
            run: report.run.clone(),
            operation: report.operation.clone(),
            timestamp: report.timestamp,
            verdict: report.verdict,
            reasons: reasons.cloned().collect(),
            listings: report.symbols_processed,
            outcomes: report.outcomes.clone(),
            results: report.results,
            bars_added: report.totals.changes.bars_added,
            rows_refused: report.totals.rows.refused,
            elapsed_ms: report.elapsed_ms,
            requests: report.vendor.requests,
            retries: report.vendor.retries,
            throttled: report.vendor.throttled,
            throttle_wait_ms: report.vendor.throttle_wait_ms,
            store_reads: report.store.reads,
            store_writes: report.store.writes,
            cost_usd: report.cost.as_ref().map(|cost| cost.net),
            market_events: report.market_events.clone(),
        }
    }
}

/// What the page shows of one refresh of universes. Kept in `site/status.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRefresh {
    /// Its name.
    pub run: String,
    /// The run's idea of now.
    pub timestamp: Timestamp,
    /// How it ended.
    pub verdict: Verdict,
    /// Universes that are other ones than before, or not as fresh as their source.
    pub universes: Vec<UniverseChange>,
}

/// What a refresh changed of one universe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UniverseChange {
    /// Its name.
    pub name: String,
    /// How its refresh ended.
    pub outcome: String,
    /// Why, where the source could not be read or was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Members of the list in force.
    pub members: usize,
    /// Who is new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
    /// Who is no longer there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// Old and new symbol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<(String, String)>,
}

impl PageRefresh {
    /// What the page shows of the refresh with this report.
    pub fn of(report: &RefreshReport) -> Self {
        let is_news = |universe: &&UniverseReport| {
            let changes_nothing = universe.joined.is_empty()
                && universe.left.is_empty()
                && universe.renamed.is_empty();
            !(universe.outcome.is_fresh() && changes_nothing)
        };
        let universes = report.universes.iter().filter(is_news);
        Self {
            run: report.run.clone(),
            timestamp: report.timestamp,
            verdict: report.verdict,
            universes: universes
                .map(|universe| UniverseChange {
                    name: universe.name.clone(),
                    outcome: universe.outcome.as_str().to_owned(),
                    detail: universe.detail.clone(),
                    members: universe.members,
                    joined: universe.joined.clone(),
                    left: universe.left.clone(),
                    renamed: universe.renamed.clone(),
                })
                .collect(),
        }
    }
}
