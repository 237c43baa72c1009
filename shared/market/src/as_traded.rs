use super::{
    Action, ActionKind, ActionSet, BasisReading, Conversion, Date, Undecided, VendorHistory,
};

/// A vendor's answer with its split adjustment undone: numbers as traded, nothing rounded, dropped or
/// refused yet. Made once for each answer; the rules of `quality` look at it, and `lake::basis` makes
/// bars of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AsTradedHistory {
    /// One row for each row of the answer, in its order.
    pub rows: Vec<AsTradedRow>,
    /// The answer's actions in the order of an [`ActionSet`].
    pub actions: Vec<DeclaredAction>,
    /// Cash in another currency than the prices; not among `actions`.
    pub foreign: Vec<DeclaredAction>,
    /// Why no row may be stored: the basis cannot be decided yet.
    pub undecided: Option<Undecided>,
}

/// One row of an answer in as-traded terms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AsTradedRow {
    /// The session.
    pub date: Date,
    /// Open, high, low, close in the quoted unit; `None` where the vendor does not know.
    pub prices: [Option<f64>; 4],
    /// Shares traded.
    pub volume: Option<f64>,
    /// By what the vendor's prices were multiplied, and its volume divided.
    pub factor: f64,
}

/// One action of an answer, its cash per share that traded on the ex-date.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredAction {
    /// The action as declared.
    pub action: Action,
    /// By what the vendor's amount was multiplied; 1.0 for splits.
    pub factor: f64,
    /// The currency of the amount, where it is not that of the prices.
    pub currency: Option<String>,
    /// What such an amount is in the quoted unit, where a rate is known.
    pub conversion: Option<Conversion>,
}

impl DeclaredAction {
    fn new(vendor: &Action, factor: f64) -> Self {
        let kind = match vendor.kind {
            ActionKind::Dividend { amount } => ActionKind::Dividend {
                amount: amount * factor,
            },
            ActionKind::CapitalGain { amount } => ActionKind::CapitalGain {
                amount: amount * factor,
            },
            split @ ActionKind::Split { .. } => split,
        };
        Self {
            action: Action { kind, ..*vendor },
            factor,
            currency: None,
            conversion: None,
        }
    }
}

impl BasisReading {
    /// Undoes the vendor's split adjustment of `history`, each row and amount by its factor.
    pub fn undo(&self, history: &VendorHistory) -> AsTradedHistory {
        let rows = history.rows.iter().zip(&self.factors);
        let rows = rows.map(|(row, &factor)| AsTradedRow {
            date: row.date,
            prices: row
                .known_prices()
                .map(|price| price.map(|value| value * factor)),
            volume: row.volume.map(|volume| volume / factor),
            factor,
        });
        let vendor: ActionSet = history.actions.iter().copied().collect();
        let actions = vendor.iter().zip(&self.cash_factors);
        let actions = actions.map(|(action, factor)| DeclaredAction::new(action, *factor));
        let foreign = history.foreign.iter().map(|cash| {
            // The vendor divides it like the row of its ex-date.
            let date = cash.action.ex_date;
            let at = history.rows.partition_point(|row| row.date < date);
            let factor = self.factors.get(at).copied().unwrap_or(1.0);
            DeclaredAction {
                currency: Some(cash.currency.clone()),
                conversion: cash.conversion.clone(),
                ..DeclaredAction::new(&cash.action, factor)
            }
        });
        AsTradedHistory {
            rows: rows.collect(),
            actions: actions.collect(),
            foreign: foreign.collect(),
            undecided: self.undecided.clone(),
        }
    }
}

impl AsTradedHistory {
    /// Drops rows and actions of before `from`.
    pub fn drop_before(&mut self, from: Date) {
        self.rows.retain(|row| row.date >= from);
        let is_kept = |declared: &DeclaredAction| declared.action.ex_date >= from;
        self.actions.retain(is_kept);
        self.foreign.retain(is_kept);
    }
}
