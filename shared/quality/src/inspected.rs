use std::collections::BTreeSet;

use quantx_market::{
    Action, ActionSet, AsTradedHistory, Bar, Date, ForeignCash, InstrumentKind, Price,
    VendorHistory,
};

/// One row as it came, in as-traded terms, before anything is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InspectedRow {
    /// The session.
    pub date: Date,
    /// Open, high, low, close in the quoted unit; `None` where the vendor does not know.
    pub prices: [Option<f64>; 4],
    /// Shares traded.
    pub volume: Option<f64>,
    /// The vendor's adjusted close as a share of its close: what its dividends left of the price.
    pub adjustment: Option<f64>,
}

impl InspectedRow {
    /// A stored bar; the lake does not keep the vendor's adjusted close.
    pub fn of_bar(bar: &Bar) -> Self {
        Self {
            date: bar.date.date(),
            prices: bar.prices().map(|price| price.map(Price::get)),
            volume: bar.volume.map(|volume| volume as f64),
            adjustment: None,
        }
    }

    /// Whether the vendor has no price at all for the date.
    pub fn is_null(&self) -> bool {
        self.prices.iter().all(Option::is_none)
    }
}

/// A run of rows of one listing and the actions that go with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspected {
    /// What the listing is.
    pub kind: InstrumentKind,
    /// Ascending by date, one row per date.
    pub rows: Vec<InspectedRow>,
    /// How many of the first rows are stored already. They are right and never flagged; what is
    /// new is judged against them.
    pub n_stored: usize,
    /// Dates of stored rows among them, where they are known one by one: a row between them that is
    /// not stored yet proves nothing. Empty: all of the first `n_stored`.
    pub stored: BTreeSet<Date>,
    /// All actions of the answer, in as-declared amounts.
    pub actions: ActionSet,
    /// Cash events of the answer in another currency than the prices; they are not among `actions`.
    pub foreign: Vec<ForeignCash>,
    /// The actions known before, as the vendor sent them, to tell a revised or vanished one.
    pub known_actions: Option<ActionSet>,
    /// Cash events about which a judgement stands, ascending.
    pub settled: Vec<Settled>,
    /// Quoted unit as the vendor spells it.
    pub currency: Option<String>,
    /// The price now, where the vendor gives one: on the level that is true now.
    pub market_price: Option<f64>,
}

/// An event about which a judgement stands already, with what is applied of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settled {
    /// The event as the vendor sends it, in as-declared terms.
    pub event: Action,
    /// What of its amount is applied: 1 as sent, 0 held out.
    pub times: f64,
}

impl Inspected {
    /// The rows and actions of a vendor's answer: its numbers `as_traded`, and beside them what only the
    /// vendor says.
    pub fn of_answer(history: &VendorHistory, as_traded: &AsTradedHistory) -> Self {
        let rows = history.rows.iter().zip(&as_traded.rows);
        let rows = rows.map(|(vendor, row)| InspectedRow {
            date: row.date,
            prices: row.prices,
            volume: row.volume,
            adjustment: vendor
                .close
                .zip(vendor.adjusted_close)
                .map(|(close, adjusted)| adjusted / close)
                .filter(|adjustment| adjustment.is_finite() && *adjustment > 0.0),
        });
        let foreign = as_traded.foreign.iter().map(|cash| ForeignCash {
            action: cash.action,
            currency: cash.currency.clone().unwrap_or_default(),
            conversion: cash.conversion.clone(),
        });
        Self {
            kind: InstrumentKind::Share,
            rows: rows.collect(),
            n_stored: 0,
            stored: BTreeSet::new(),
            actions: as_traded.actions.iter().map(|a| a.action).collect(),
            foreign: foreign.collect(),
            known_actions: None,
            settled: Vec::new(),
            currency: history.currency.clone(),
            market_price: history.market_price.map(|now| now.price),
        }
    }

    /// Whether the row at `index`, of `date`, is stored.
    pub(super) fn is_stored(&self, index: usize, date: Date) -> bool {
        match self.stored.is_empty() {
            true => index < self.n_stored,
            false => self.stored.contains(&date),
        }
    }

    /// The same of a listing of `kind`.
    pub fn of_kind(mut self, kind: InstrumentKind) -> Self {
        self.kind = kind;
        self
    }

    /// Puts stored bars in place of the vendor's rows of their dates: they are right.
    pub fn with_stored(mut self, bars: &[Bar]) -> Self {
        self.stored = bars.iter().map(|bar| bar.date.date()).collect();
        for bar in bars {
            let at = self
                .rows
                .binary_search_by_key(&bar.date.date(), |row| row.date);
            if let Some(row) = at.ok().and_then(|at| self.rows.get_mut(at)) {
                let adjustment = row.adjustment;
                *row = InspectedRow {
                    adjustment,
                    ..InspectedRow::of_bar(bar)
                };
            }
        }
        self
    }
}
