//! The JSON of an answer, field for field as recorded.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::venue::VenueFacts;

#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    pub(super) chart: Chart<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Chart<'a> {
    pub(super) result: Option<[ChartResult<'a>; 1]>,
    pub(super) error: Option<ChartError>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChartError {
    pub(super) code: &'static str,
    pub(super) description: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ChartResult<'a> {
    pub(super) meta: Meta<'a>,
    /// Absent when there is no row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) timestamp: Vec<i64>,
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub(super) events: Events,
    pub(super) indicators: Indicators,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta<'a> {
    pub(super) currency: &'a str,
    pub(super) symbol: &'a str,
    pub(super) exchange_name: &'a str,
    pub(super) full_exchange_name: &'a str,
    pub(super) instrument_type: &'a str,
    pub(super) first_trade_date: i64,
    pub(super) regular_market_time: i64,
    pub(super) has_pre_post_market_data: bool,
    pub(super) gmtoffset: i32,
    pub(super) timezone: String,
    pub(super) exchange_timezone_name: &'a str,
    pub(super) regular_market_price: Option<Number>,
    pub(super) fifty_two_week_high: Option<Number>,
    pub(super) fifty_two_week_low: Option<Number>,
    pub(super) regular_market_day_high: Option<Number>,
    pub(super) regular_market_day_low: Option<Number>,
    pub(super) regular_market_volume: Option<u64>,
    pub(super) long_name: String,
    pub(super) short_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chart_previous_close: Option<Number>,
    pub(super) price_hint: u8,
    pub(super) current_trading_period: TradingPeriods,
    pub(super) data_granularity: &'a str,
    pub(super) range: &'a str,
    pub(super) valid_ranges: [&'a str; 11],
}

#[derive(Debug, Serialize)]
pub(super) struct TradingPeriods {
    pub(super) pre: Period,
    pub(super) regular: Period,
    pub(super) post: Period,
}

#[derive(Debug, Serialize)]
pub(super) struct Period {
    pub(super) timezone: String,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) gmtoffset: i32,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Events {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) dividends: BTreeMap<i64, Cash>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) capital_gains: BTreeMap<i64, Cash>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) splits: BTreeMap<i64, Split>,
}

impl Events {
    fn is_empty(&self) -> bool {
        self.dividends.is_empty() && self.capital_gains.is_empty() && self.splits.is_empty()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Cash {
    pub(super) amount: f64,
    pub(super) date: i64,
    /// Only where it is not that of the prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) currency: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Split {
    pub(super) date: i64,
    pub(super) numerator: f64,
    pub(super) denominator: f64,
    pub(super) split_ratio: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Indicators {
    pub(super) quote: [Quote; 1],
    pub(super) adjclose: [AdjustedClose; 1],
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Quote {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) open: Vec<Option<Number>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) high: Vec<Option<Number>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) low: Vec<Option<Number>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) close: Vec<Option<Number>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) volume: Vec<Option<u64>>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct AdjustedClose {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) adjclose: Vec<Option<Number>>,
}

/// A price; in currencies without decimals Yahoo writes `3250`, elsewhere `269.0`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(f64),
    Decimal(f64),
}

impl Number {
    /// A price as the exchange's currency is written.
    pub(super) fn of(facts: &VenueFacts, price: f64) -> Self {
        if facts.ticks_per_unit == 1 {
            Self::Whole(price)
        } else {
            Self::Decimal(price)
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            // Whole yen are far below 2^53.
            Self::Whole(value) if value.fract() == 0.0 => serializer.serialize_i64(value as i64),
            Self::Whole(value) | Self::Decimal(value) => serializer.serialize_f64(value),
        }
    }
}
