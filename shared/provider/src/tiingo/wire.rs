//! The shape of Tiingo's daily prices. Fields that are not named here are skipped.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Price {
    /// `2015-01-02T00:00:00.000Z`: the session's date, whatever the zone.
    pub(super) date: String,
    pub(super) open: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) close: Option<f64>,
    pub(super) volume: Option<f64>,
    pub(super) div_cash: f64,
    pub(super) split_factor: f64,
}

/// A refusal.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) detail: String,
}
