//! The shape of a v8 chart answer. Fields that are not named here are skipped.
//!
//! Whole-number prices come as JSON integers (JPY); serde_json reads them as `f64` all the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

/// Reads an answer. `NaN` and `Infinity`, which are no JSON, count as null below `adjclose` and
/// `events`: the first is a checksum only, and one wrong event says nothing against the rows.
pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Answer> {
    serde_json::from_slice(bytes).or_else(|error| match without_non_numbers(bytes) {
        Cow::Owned(mended) => serde_json::from_slice(&mended),
        Cow::Borrowed(_) => Err(error),
    })
}

/// The bytes with `null` for the words that are no numbers below `adjclose` and `events`.
fn without_non_numbers(bytes: &[u8]) -> Cow<'_, [u8]> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    // Per open bracket whether what is in it is mended.
    let mut open: Vec<bool> = Vec::new();
    let mut last_text: &[u8] = &[];
    let mut is_key = false;
    let mut changed = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let is_mended = open.last() == Some(&true);
        let length = match byte {
            b'"' => {
                let length = text_length(rest);
                last_text = rest.get(1..length - 1).unwrap_or_default();
                length
            }
            b'{' | b'[' => {
                let named = is_key && matches!(last_text, b"adjclose" | b"events");
                open.push(is_mended || named);
                1
            }
            b'}' | b']' => {
                open.pop();
                1
            }
            _ => match WORDS
                .iter()
                .find(|word| is_mended && rest.starts_with(word))
            {
                Some(word) => {
                    out.extend_from_slice(b"null");
                    changed = true;
                    at += word.len();
                    continue;
                }
                None => 1,
            },
        };
        if !byte.is_ascii_whitespace() {
            is_key = byte == b':';
        }
        out.extend_from_slice(&rest[..length]);
        at += length;
    }
    if changed {
        Cow::Owned(out)
    } else {
        Cow::Borrowed(bytes)
    }
}

/// Bytes of the quoted text that begins here, both quotes included.
fn text_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    // Refusals by Yahoo's gateway have the same shape under another name.
    #[serde(alias = "finance")]
    pub(super) chart: Chart,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chart {
    pub(super) result: Option<Vec<History>>,
    pub(super) error: Option<ErrorBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
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
    /// Of the amount; only newer answers name it.
    pub(super) currency: Option<String>,
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
