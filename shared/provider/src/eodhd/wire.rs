//! The shapes of EODHD's answers. Fields that are not named here are skipped.

use serde::{Deserialize, Deserializer};

/// A row of `eod`.
#[derive(Debug, Deserialize)]
pub(super) struct Price {
    pub(super) date: String,
    pub(super) open: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) close: Option<f64>,
    pub(super) volume: Option<f64>,
    /// In the last row only: what the account's plan kept back.
    pub(super) warning: Option<String>,
}

/// A row of `splits`, and of a day's.
#[derive(Debug, Deserialize)]
pub(super) struct Split {
    /// In a day's answer only.
    pub(super) code: Option<String>,
    pub(super) date: String,
    /// `4.000000/1.000000`: new for old.
    pub(super) split: String,
}

/// A row of `div`, and of a day's, where `value` is called `dividend`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dividend {
    /// In a day's answer only.
    pub(super) code: Option<String>,
    /// The ex-date.
    pub(super) date: String,
    /// Per share of today: divided by later splits.
    #[serde(alias = "dividend", default, deserialize_with = "number")]
    pub(super) value: Option<f64>,
    /// Per share of the ex-date.
    #[serde(default, deserialize_with = "number")]
    pub(super) unadjusted_value: Option<f64>,
    pub(super) currency: Option<String>,
}

/// A row of a day.
#[derive(Debug, Deserialize)]
pub(super) struct DayPrice {
    pub(super) code: String,
    pub(super) date: String,
    pub(super) open: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) close: Option<f64>,
    pub(super) volume: Option<f64>,
}

/// A number, which some answers write as text; what is neither is none.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Exact(f64),
        Text(String),
        Nothing(()),
    }
    Ok(match Number::deserialize(deserializer)? {
        Number::Exact(value) => Some(value),
        Number::Text(text) => text.trim().parse().ok(),
        Number::Nothing(()) => None,
    })
}
