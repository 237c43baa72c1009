//! What a run did: one outcome per listing, totals, and a verdict. Pure.

mod certificate;
mod listing;
mod refresh;
mod run;

pub use certificate::{Certificate, WrittenFile};
pub use listing::{ListingReport, Outcome, RowCounts};
pub use refresh::{
    PhaseMetadata, RefreshOutcome, RefreshReport, UnionReport, UniverseMetadata, UniverseReport,
};
pub use run::{
    MarketEvent, Results, RunReport, RunTotals, StoreUsage, Thresholds, VendorUsage, Verdict,
};
