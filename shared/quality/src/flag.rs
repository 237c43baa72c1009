use serde::{Deserialize, Serialize};

use super::rule::{Rule, Severity};
use super::settings::RuleSettings;
use quantx_market::Date;

/// A broken rule at one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The rule.
    pub rule: Rule,
    /// What follows for the row, by the settings.
    pub severity: Severity,
    /// The session; for an event its ex-date's session.
    pub date: Date,
    /// The column, where a single one is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Column>,
    /// What was read and what was expected, for people.
    pub detail: String,
}

/// A column of a row, or of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Open,
    High,
    Low,
    Close,
    Volume,
    Dividends,
    StockSplits,
}

impl Column {
    /// Open, high, low, close: the order of a row's prices.
    pub const PRICES: [Self; 4] = [Self::Open, Self::High, Self::Low, Self::Close];

    /// As written in flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Dividends => "dividends",
            Self::StockSplits => "stock_splits",
        }
    }
}

/// Flags as they are found.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    pub(super) settings: &'a RuleSettings,
    flags: Vec<Flag>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(settings: &'a RuleSettings) -> Self {
        Self {
            settings,
            flags: Vec::new(),
        }
    }

    /// Notes a broken rule, unless the rule is off.
    pub(super) fn add(&mut self, rule: Rule, date: Date, column: Option<Column>, detail: String) {
        if let Some(severity) = self.settings.severity(rule) {
            self.flags.push(Flag {
                rule,
                severity,
                date,
                column,
                detail,
            });
        }
    }

    /// Whether `rule` is on.
    pub(super) fn wants(&self, rule: Rule) -> bool {
        self.settings.severity(rule).is_some()
    }

    /// Ascending by date, rule and column.
    pub(super) fn into_flags(mut self) -> Vec<Flag> {
        self.flags
            .sort_by_key(|flag| (flag.date, flag.rule, flag.column));
        self.flags
    }
}
