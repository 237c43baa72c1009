//! What a run did: one outcome per listing, totals, and a verdict. Pure.

mod listing;
mod repair;
mod run;
mod verification;

pub use listing::{ListingReport, Outcome, RowCounts};
pub use repair::{Repair, RepairKind, RepairState};
pub use run::{
    MarketEvent, Results, RunReport, RunTotals, StoreUsage, Thresholds, VendorUsage, Verdict,
};
pub use verification::VerifyReport;
