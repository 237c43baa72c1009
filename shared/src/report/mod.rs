//! What a run did: one outcome per listing, totals, and a verdict. Pure.

mod cost;
mod listing;
mod refresh;
mod run;

pub use cost::{CostEstimate, CostLine};
pub use listing::{ListingReport, Outcome, RowCounts};
pub use refresh::{
    PhaseMetadata, RefreshOutcome, RefreshReport, UnionReport, UniverseMetadata, UniverseReport,
};
pub use run::{
    BilledUsage, MarketEvent, Results, RunReport, RunTotals, StoreUsage, Thresholds, VendorUsage,
    Verdict,
};
