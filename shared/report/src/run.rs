use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::cost::CostEstimate;
use super::listing::{ListingReport, RowCounts};
use super::market::{MarketEvent, market_events, probable_holidays};
use super::outlook::Outlook;
use super::verdict::{Thresholds, Verdict, judge};
use quantx_lake::RunId;
use quantx_lake::gaps::Coverage;
use quantx_lake::merge::MergeStats;
use quantx_usage::{StoreUsage, VendorUsage};

/// The report of one run, `reports/<run id>.json`. The first four fields are the original's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run's idea of now.
    pub timestamp: Timestamp,
    /// `backfill`, `daily_update`.
    pub operation: String,
    /// Listings in the work list.
    pub symbols_processed: usize,
    /// The original's three counts; they add up to `symbols_processed`.
    pub results: Results,
    /// The run's name, which is also its path.
    pub run: String,
    /// Whether the run did what it was for.
    pub verdict: Verdict,
    /// Why, when it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What an operator should know in time; no reason for another verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// How many listings ended how.
    pub outcomes: BTreeMap<String, usize>,
    /// Sums over all listings.
    pub totals: RunTotals,
    /// What the run can prove of the lake it leaves behind.
    pub certificate: Certificate,
    /// What the vendors were asked, all together.
    pub vendor: VendorUsage,
    /// What each answered and was asked, where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vendors: BTreeMap<String, VendorShare>,
    /// What the store did.
    pub store: StoreUsage,
    /// What it is estimated to have cost; not for a lake that nobody bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostEstimate>,
    /// Wall time.
    pub elapsed_ms: u64,
    /// Sessions that most listings of a market lack: one event each, not hundreds of gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub market_events: Vec<MarketEvent>,
    /// One entry per listing, ascending by exchange and symbol.
    pub listings: Vec<ListingReport>,
}

/// One vendor's part of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorShare {
    /// Listings whose history it gave.
    pub listings: usize,
    /// What it was asked.
    #[serde(flatten)]
    pub used: VendorUsage,
}

/// The original design's counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// Updated or unchanged.
    pub success: usize,
    /// Throttled, refused or failed.
    pub failed: usize,
    /// No data, unknown to the vendor, complete already, or not reached.
    pub skipped: usize,
}

/// Sums over all listings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTotals {
    /// What merges changed.
    pub changes: MergeStats,
    /// Rows that were not stored.
    pub rows: RowCounts,
    /// Cells.
    pub coverage: Coverage,
    /// Year files written.
    pub files_written: usize,
    /// Sessions that were due.
    pub sessions_due: usize,
    /// What was said on earlier days and stands, beside what needs a look.
    #[serde(default)]
    pub standing: usize,
}

impl RunReport {
    /// Makes the run red: what is derived from its listings could not be written.
    pub fn add_problem(&mut self, reason: String) {
        self.verdict = Verdict::Red;
        self.reasons.insert(0, reason);
    }

    /// Sums up a run. `listings` may come in any order.
    pub fn new(
        run: &RunId,
        operation: &str,
        now: Timestamp,
        mut listings: Vec<ListingReport>,
        limits: Thresholds,
    ) -> Self {
        listings.sort_by(|a, b| (&a.exchange, &a.symbol).cmp(&(&b.exchange, &b.symbol)));
        let mut results = Results::default();
        let mut outcomes = BTreeMap::new();
        let mut totals = RunTotals::default();
        let mut vendors: BTreeMap<String, VendorShare> = BTreeMap::new();
        for listing in &listings {
            if let Some(vendor) = &listing.vendor {
                vendors.entry(vendor.clone()).or_default().listings += 1;
            }
            *outcomes
                .entry(listing.outcome.as_str().to_owned())
                .or_insert(0) += 1;
            if listing.is_success() {
                results.success += 1;
            } else if listing.is_failure() {
                results.failed += 1;
            } else {
                results.skipped += 1;
            }
            totals.add(listing);
        }
        let market_events = market_events(&listings, limits.outage_share);
        let certificate = Certificate::of(&listings);
        let (mut verdict, mut reasons) = judge(&listings, &results, &market_events, limits);
        let outlook = Outlook::of(now, limits.calendars);
        if let Outlook::Outside(reason) = &outlook {
            verdict = Verdict::Red;
            reasons.insert(0, reason.clone());
        }
        Self {
            timestamp: now,
            operation: operation.to_owned(),
            symbols_processed: listings.len(),
            results,
            run: run.to_string(),
            verdict,
            reasons,
            notices: outlook
                .notice()
                .into_iter()
                .chain(probable_holidays(&market_events))
                .collect(),
            outcomes,
            totals,
            certificate,
            vendor: VendorUsage::default(),
            vendors,
            store: StoreUsage::default(),
            cost: None,
            elapsed_ms: 0,
            market_events,
            listings,
        }
    }
}

impl RunTotals {
    fn add(&mut self, listing: &ListingReport) {
        let (sum, one) = (&mut self.changes, &listing.changes);
        sum.bars_added += one.bars_added;
        sum.prices_corrected += one.prices_corrected;
        sum.volumes_corrected += one.volumes_corrected;
        sum.values_filled += one.values_filled;
        sum.actions_added += one.actions_added;
        sum.actions_revised += one.actions_revised;
        sum.actions_removed += one.actions_removed;
        self.rows += listing.rows;
        self.coverage += listing.coverage;
        self.files_written += listing.files_written;
        self.sessions_due += listing.sessions_due;
        self.standing += listing.standing;
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "verdict_tests.rs"]
mod verdict_tests;
