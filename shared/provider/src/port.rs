use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use super::ProviderError;
use quantx_market::{Date, Listing, VendorHistory};
use quantx_usage::VendorUsage;

/// Short name of a vendor in messages and reports: `yahoo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderName(pub &'static str);

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One question to a vendor: everything of `listing` from `start` up to `now`.
///
/// The end is always now, whatever range the caller wants to keep: undoing the vendor's split
/// adjustment needs every split up to the moment of the answer.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// What to ask for.
    pub listing: Listing,
    /// First date wanted, in the exchange's time zone, inclusive.
    pub start: Date,
    /// The run's idea of now.
    pub now: Timestamp,
}

/// A source of daily bars.
#[async_trait]
pub trait BarProvider: fmt::Debug + Send + Sync {
    /// Who answers.
    fn name(&self) -> ProviderName;

    /// The daily history of one listing on the vendor's own basis, with all its actions.
    ///
    /// Cancel-safe: nothing is stored.
    ///
    /// # Errors
    /// [`ProviderError`], which says whether asking again can help.
    async fn daily_history(&self, request: &HistoryRequest)
    -> Result<VendorHistory, ProviderError>;

    /// Counters since the provider was made.
    fn usage(&self) -> VendorUsage;
}
