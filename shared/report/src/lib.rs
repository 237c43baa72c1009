//! What a run did: one outcome per listing, totals, and a verdict; and what the lake holds of what
//! it should. Pure.
//!
//! ```
//! use quantx_report::{CoverageFindings, CoverageReport};
//!
//! let report = CoverageReport::new(CoverageFindings {
//!     now: jiff::Timestamp::UNIX_EPOCH,
//!     selection: "AAPL".to_owned(),
//!     hole_asks: 3,
//!     outage_share: 0.5,
//!     exchanges: Default::default(),
//!     listings: Vec::new(),
//!     not_in_lake: vec![quantx_fixtures::us_listing("AAPL")],
//! });
//! assert!(!report.is_complete());
//! assert_eq!(report.not_in_lake, ["AAPL"]);
//! ```

mod causes;
mod certificate;
mod cost;
mod coverage;
mod holiday;
mod listing;
mod market;
mod outlook;
pub mod page;
mod quantity;
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
pub use holiday::holidays_to_confirm;
pub use listing::{ListingReport, NOT_LISTED_YET, Outcome, ReportedEvent, RowCounts};
pub use market::{MarketEvent, proven_sessions};
pub use quantity::{bytes, duration_ms, grouped};
pub use refresh::{
    PhaseMetadata, RefreshOutcome, RefreshReport, UnionReport, UniverseMetadata, UniverseReport,
};
pub use repair::{Repair, RepairKind, RepairState};
pub use run::{Results, RunReport, RunTotals, VendorShare};
pub use verdict::{Thresholds, Verdict};
pub use verification::VerifyReport;
