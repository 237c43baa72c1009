use std::collections::BTreeMap;
use std::sync::Arc;

use super::Market;
use crate::sessions::Sessions;
use crate::truth::{DailyRow, SymbolTruth};
use crate::venue::{UNITED_STATES, Venue};
use quantx_market::ActionSet;

/// A market whose histories are all in memory.
#[derive(Debug)]
pub(super) struct LoadedMarket {
    venue: Arc<Venue>,
    truths: BTreeMap<String, Arc<SymbolTruth>>,
}

impl LoadedMarket {
    /// US listings with their rows (ascending) and actions.
    pub(super) fn new(histories: BTreeMap<String, (Vec<DailyRow>, ActionSet)>) -> Self {
        let zone = Venue::zone_of(&UNITED_STATES);
        let dates = histories
            .values()
            .flat_map(|(rows, _)| rows.iter().map(|row| row.date));
        let venue = Arc::new(Venue {
            facts: &UNITED_STATES,
            sessions: Sessions::on_dates(&UNITED_STATES, &zone, dates),
            zone,
        });
        let truths = histories
            .into_iter()
            .filter_map(|(symbol, (rows, actions))| {
                let truth = SymbolTruth {
                    symbol: symbol.clone(),
                    venue: Arc::clone(&venue),
                    first_trade: rows.first()?.date,
                    rows,
                    actions,
                    delisted: None,
                    suspensions: Vec::new(),
                    rename: None,
                };
                Some((symbol, Arc::new(truth)))
            })
            .collect();
        Self { venue, truths }
    }
}

impl Market for LoadedMarket {
    fn symbols(&self) -> Vec<String> {
        self.truths.keys().cloned().collect()
    }

    fn truth(&self, symbol: &str) -> Option<Arc<SymbolTruth>> {
        self.truths.get(symbol).cloned()
    }

    fn venue(&self, symbol: &str) -> Option<Arc<Venue>> {
        self.truths
            .contains_key(symbol)
            .then(|| Arc::clone(&self.venue))
    }
}
