//! What a run did: one outcome per listing, totals, and a verdict; and what the lake holds of what
//! it should. Pure.

mod causes;
mod certificate;
mod cost;
mod coverage;
mod listing;
mod outlook;
mod refresh;
mod repair;
mod run;
mod verdict;
mod verification;

pub use causes::with_causes;
pub use certificate::{Certificate, WrittenFile};
pub use cost::{CostEstimate, CostLine};
pub use coverage::{
    CoverageEvent, CoverageFindings, CoverageReport, EventKind, ExchangeCoverage, ExchangeFrame,
    HoleRange, ListingCoverage, SurveyedListing,
};
pub use listing::{ListingReport, NOT_LISTED_YET, Outcome, ReportedEvent, RowCounts};
pub use refresh::{
    PhaseMetadata, RefreshOutcome, RefreshReport, UnionReport, UniverseMetadata, UniverseReport,
};
pub use repair::{Repair, RepairKind, RepairState};
pub use run::{MarketEvent, Results, RunReport, RunTotals};
pub use verdict::{Thresholds, Verdict};
pub use verification::VerifyReport;
