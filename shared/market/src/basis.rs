use super::{ActionKind, ActionSet, Date, ShareBasis, VendorHistory};

/// By what each row of a vendor's answer is to be multiplied to be as traded.
///
/// A vendor says of which shares its rows are ([`ShareBasis`]), but not always truly: a split may not be
/// applied yet, or not to all rows. What was decided for each row stands here; how it is decided is in
/// `quality`.
#[derive(Debug, Clone, PartialEq)]
pub struct BasisReading {
    /// One value per row of the answer: prices times it, volumes divided by it.
    pub factors: Vec<f64>,
    /// The same for the cash of each action, in the order of an [`ActionSet`]; 1.0 for splits.
    pub cash_factors: Vec<f64>,
    /// Why no row may be stored: the basis cannot be decided yet.
    pub undecided: Option<Undecided>,
}

/// Why the basis of an answer cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// What cannot be decided.
    pub basis: UndecidedBasis,
    /// The event, the readings and what decides between them, for people.
    pub reason: String,
}

/// What of the basis of an answer cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndecidedBasis {
    /// Whether a split is in the rows before it.
    Split,
    /// The unit of the prices: pence or pounds.
    Unit,
}

impl BasisReading {
    /// Every row is on the basis that the vendor is known for, as far as its splits go: the rule, where
    /// nothing speaks against it.
    pub fn all_applied(history: &VendorHistory) -> Self {
        let actions: ActionSet = history.actions.iter().copied().collect();
        let mut later = SplitFactors::new(&actions);
        let newest_first = history.rows.iter().rev();
        let mut factors: Vec<f64> = newest_first
            .map(|row| match history.basis {
                ShareBasis::Newest => later.after(row.date),
                ShareBasis::AsTraded => 1.0,
            })
            .collect();
        factors.reverse();
        Self {
            factors,
            cash_factors: cash_factors(history.basis, &actions, |_, applied| applied),
            undecided: None,
        }
    }
}

/// By what the cash of each action is multiplied to be as declared, in the order of `actions`; `of`
/// is asked with the ex-date and the factor that follows from the vendor's basis: the product of the
/// ratios of all later splits, or 1.
pub fn cash_factors(
    basis: ShareBasis,
    actions: &ActionSet,
    of: impl Fn(Date, f64) -> f64,
) -> Vec<f64> {
    let mut later = SplitFactors::new(actions);
    let newest_first = actions.iter().rev();
    let mut factors: Vec<f64> = newest_first
        .map(|action| match action.kind {
            ActionKind::Split { .. } => 1.0,
            _ => match basis {
                ShareBasis::Newest => of(action.ex_date, later.after(action.ex_date)),
                ShareBasis::AsTraded => of(action.ex_date, 1.0),
            },
        })
        .collect();
    factors.reverse();
    factors
}

/// The product of later split ratios for dates asked in descending order.
///
/// Numerators and denominators are multiplied apart, as in
/// [`ActionSet::split_factor_after`], so that both give the same bits.
#[derive(Debug)]
pub struct SplitFactors {
    /// Ascending by ex-date; the last is the next to be passed.
    ahead: Vec<(Date, f64, f64)>,
    new: f64,
    old: f64,
}

impl SplitFactors {
    /// At first after every split.
    pub fn new(actions: &ActionSet) -> Self {
        let ahead = actions
            .iter()
            .filter_map(|action| match action.kind {
                ActionKind::Split {
                    numerator,
                    denominator,
                } if action.kind.split_ratio().is_some() => {
                    Some((action.ex_date, numerator, denominator))
                }
                _ => None,
            })
            .collect();
        Self {
            ahead,
            new: 1.0,
            old: 1.0,
        }
    }

    /// Product of the ratios of splits after `date`; `date` must not grow from call to call.
    #[inline]
    pub fn after(&mut self, date: Date) -> f64 {
        while let Some((_, new, old)) = self.ahead.pop_if(|(ex_date, ..)| *ex_date > date) {
            self.new *= new;
            self.old *= old;
        }
        self.new / self.old
    }
}
