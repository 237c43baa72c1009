use std::collections::{BTreeMap, VecDeque};

use super::super::chart::Window;

/// Requests kept in full; the counts go on for ever.
const KEPT: usize = 100_000;

/// One request to the chart endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Upper case, decoded.
    pub symbol: String,
    /// The part of history asked for; `None` if the query was unreadable.
    pub window: Option<Window>,
    /// Counted per symbol, from 1.
    pub attempt: u64,
}

/// What has been asked so far.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    pub(super) total: u64,
    pub(super) by_symbol: BTreeMap<String, u64>,
    /// Requests to other vendors than Yahoo, by name.
    pub(super) by_vendor: BTreeMap<&'static str, u64>,
    pub(super) last: VecDeque<LoggedRequest>,
}

impl RequestLog {
    /// Counts a request and says which of its symbol it is.
    pub(super) fn add(&mut self, symbol: &str, window: Option<Window>) -> u64 {
        self.total += 1;
        let attempt = self.by_symbol.entry(symbol.to_owned()).or_default();
        *attempt += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(LoggedRequest {
            symbol: symbol.to_owned(),
            window,
            attempt: *attempt,
        });
        *attempt
    }
}
