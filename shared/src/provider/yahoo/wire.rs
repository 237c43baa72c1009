//! The shape of a v8 chart answer. Fields that are not named here are skipped.
//!
//! Whole-number prices come as JSON integers (JPY); serde_json reads them as `f64` all the same.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    // Refusals by Yahoo's gateway have the same shape under another name.
    #[serde(alias = "finance")]
    pub(super) chart: Chart,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chart {
    pub(super) result: Option<Vec<History>>,
    pub(super) error: Option<Fault>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Fault {
    pub(super) code: String,
    #[serde(default)]
    pub(super) description: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct History {
    pub(super) meta: Meta,
    /// Missing when there is no row.
    #[serde(default)]
    pub(super) timestamp: Vec<i64>,
    #[serde(default)]
    pub(super) events: Events,
    pub(super) indicators: Indicators,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) symbol: String,
    pub(super) data_granularity: String,
    /// Null for some funds.
    pub(super) currency: Option<String>,
    /// Null for some dead listings, which then have no rows either.
    pub(super) exchange_timezone_name: Option<String>,
    pub(super) first_trade_date: Option<i64>,
    pub(super) current_trading_period: Option<TradingPeriods>,
    pub(super) regular_market_price: Option<f64>,
    pub(super) regular_market_time: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TradingPeriods {
    pub(super) regular: Option<Period>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Keyed by a stamp that is not always that of the event: read `date` instead.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Events {
    pub(super) dividends: BTreeMap<String, Cash>,
    pub(super) capital_gains: BTreeMap<String, Cash>,
    pub(super) splits: BTreeMap<String, Split>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cash {
    pub(super) date: i64,
    /// Null is as good as nothing paid.
    pub(super) amount: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Split {
    pub(super) date: i64,
    /// Null is as impossible as zero.
    pub(super) numerator: Option<f64>,
    pub(super) denominator: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Indicators {
    pub(super) quote: Vec<Quote>,
    /// Missing for intervals below a day; `[{}]` when there is no row.
    #[serde(default)]
    pub(super) adjclose: Vec<AdjustedClose>,
}

/// Columns, empty when there is no row.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quote {
    pub(super) open: Vec<Option<f64>>,
    pub(super) high: Vec<Option<f64>>,
    pub(super) low: Vec<Option<f64>>,
    pub(super) close: Vec<Option<f64>>,
    pub(super) volume: Vec<Option<f64>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AdjustedClose {
    #[serde(default)]
    pub(super) adjclose: Vec<Option<f64>>,
}
