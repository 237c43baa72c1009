//! The shapes of Alpaca's answers. Fields that are not named here are skipped.

use std::collections::BTreeMap;

use serde::Deserialize;

/// An answer of `bars`.
#[derive(Debug, Deserialize)]
pub(super) struct Bars {
    /// Null when there is no bar at all.
    pub(super) bars: Option<BTreeMap<String, Vec<Bar>>>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bar {
    /// New York's midnight, in UTC.
    pub(super) t: jiff::Timestamp,
    pub(super) o: f64,
    pub(super) h: f64,
    pub(super) l: f64,
    pub(super) c: f64,
    pub(super) v: f64,
}

/// An answer of `corporate-actions`.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) corporate_actions: Actions,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Actions {
    pub(super) forward_splits: Vec<Split>,
    pub(super) reverse_splits: Vec<Split>,
    pub(super) stock_dividends: Vec<Dividend>,
    pub(super) cash_dividends: Vec<Dividend>,
    pub(super) spin_offs: Vec<SpinOff>,
    pub(super) name_changes: Vec<NameChange>,
    pub(super) cash_mergers: Vec<Merger>,
    pub(super) stock_mergers: Vec<Merger>,
    pub(super) stock_and_cash_mergers: Vec<Merger>,
    pub(super) worthless_removals: Vec<Removal>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Split {
    pub(super) symbol: String,
    pub(super) ex_date: String,
    pub(super) new_rate: f64,
    pub(super) old_rate: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Dividend {
    pub(super) symbol: String,
    pub(super) ex_date: String,
    /// Dollars per share, or new shares per share.
    pub(super) rate: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct SpinOff {
    pub(super) source_symbol: String,
    pub(super) new_symbol: String,
    pub(super) ex_date: String,
    pub(super) source_rate: f64,
    pub(super) new_rate: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct NameChange {
    pub(super) old_symbol: String,
    pub(super) new_symbol: String,
    pub(super) process_date: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Merger {
    pub(super) acquiree_symbol: String,
    /// None in a merger for cash.
    pub(super) acquirer_symbol: Option<String>,
    pub(super) effective_date: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Removal {
    pub(super) symbol: String,
    pub(super) process_date: String,
}

/// A refusal.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) message: String,
}
