use crate::market::{Action, ActionKind, ActionSet, Bar, Date, VendorHistory};

/// One row as it came, in as-traded terms, before anything is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InspectedRow {
    /// The session.
    pub date: Date,
    /// Open, high, low, close in the quoted unit; `None` where the vendor said null.
    pub prices: [Option<f64>; 4],
    /// Shares traded.
    pub volume: Option<f64>,
    /// The vendor's adjusted close as a share of its close: what its dividends left of the price.
    pub kept: Option<f64>,
}

impl InspectedRow {
    /// A stored bar; the lake does not keep the vendor's adjusted close.
    pub fn of_bar(bar: &Bar) -> Self {
        Self {
            date: bar.date.date(),
            prices: bar.prices().map(|price| Some(price.get())),
            volume: Some(bar.volume as f64),
            kept: None,
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
    /// Ascending by date, one row per date.
    pub rows: Vec<InspectedRow>,
    /// How many of the first rows are stored already. They are right and never flagged; what is
    /// new is judged against them.
    pub n_stored: usize,
    /// All actions of the answer, in as-declared amounts.
    pub actions: ActionSet,
    /// The actions known before, to tell a revised or vanished one.
    pub known_actions: Option<ActionSet>,
    /// Quoted unit as the vendor spells it.
    pub currency: Option<String>,
}

impl Inspected {
    /// The rows and actions of a vendor's answer, its split adjustment undone but nothing rounded,
    /// dropped or refused.
    pub fn of_answer(history: &VendorHistory) -> Self {
        let vendor: ActionSet = history.actions.iter().copied().collect();
        let mut factor = FactorCache::new(&vendor);
        let rows = history.rows.iter().map(|row| {
            let s = factor.after(row.date);
            let [open, high, low, close] = [row.open, row.high, row.low, row.close];
            InspectedRow {
                date: row.date,
                prices: [open, high, low, close].map(|price| price.map(|value| value * s)),
                volume: row.volume.map(|volume| volume / s),
                kept: close
                    .zip(row.adjusted_close)
                    .map(|(close, adjusted)| adjusted / close)
                    .filter(|kept| kept.is_finite() && *kept > 0.0),
            }
        });
        Self {
            rows: rows.collect(),
            n_stored: 0,
            actions: vendor
                .iter()
                .map(|action| as_declared(action, &vendor))
                .collect(),
            known_actions: None,
            currency: history.currency.clone(),
        }
    }
}

/// Cash per share that traded on the ex-date: the vendor divides it by later splits.
fn as_declared(action: &Action, vendor: &ActionSet) -> Action {
    let factor = vendor.split_factor_after(action.ex_date);
    let kind = match action.kind {
        ActionKind::Dividend { amount } => ActionKind::Dividend {
            amount: amount * factor,
        },
        ActionKind::CapitalGain { amount } => ActionKind::CapitalGain {
            amount: amount * factor,
        },
        split @ ActionKind::Split { .. } => split,
    };
    Action { kind, ..*action }
}

/// The split factor of ascending dates; the product is only taken anew after an ex-date.
#[derive(Debug)]
pub(super) struct FactorCache<'a> {
    actions: &'a ActionSet,
    /// Ex-dates of splits, descending: the last is the next to be passed.
    ahead: Vec<Date>,
    factor: f64,
}

impl<'a> FactorCache<'a> {
    pub(super) fn new(actions: &'a ActionSet) -> Self {
        let splits = actions.iter().rev();
        let splits = splits.filter(|action| action.kind.split_ratio().is_some());
        Self {
            actions,
            ahead: splits.map(|action| action.ex_date).collect(),
            factor: actions.split_factor_after(Date::MIN),
        }
    }

    /// Product of the ratios of splits after `date`; `date` must not fall from call to call.
    pub(super) fn after(&mut self, date: Date) -> f64 {
        let mut passed = false;
        while self.ahead.pop_if(|ex_date| *ex_date <= date).is_some() {
            passed = true;
        }
        if passed {
            self.factor = self.actions.split_factor_after(date);
        }
        self.factor
    }
}
