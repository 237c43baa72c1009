//! What a run did: one outcome per listing, totals, and a verdict; and what the lake holds of what
//! it should. Pure.

mod coverage;
mod listing;
mod run;

pub use coverage::{
    CoverageEvent, CoverageFindings, CoverageReport, EventKind, ExchangeCoverage, ExchangeFrame,
    HoleRange, ListingCoverage, SurveyedListing,
};
pub use listing::{ListingReport, Outcome, RowCounts};
pub use run::{
    MarketEvent, Results, RunReport, RunTotals, StoreUsage, Thresholds, VendorUsage, Verdict,
};
