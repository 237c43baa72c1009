use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Date, Ratio};

/// What a corporate action does, in as-traded terms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActionKind {
    /// `numerator` new shares for `denominator` old ones; effective before the ex-date's open.
    Split { numerator: f64, denominator: f64 },
    /// Cash per share as declared: per share that trades on the ex-date (after a split of that day).
    Dividend { amount: f64 },
    /// A fund's distributed gain, per share; adjusted for like a dividend.
    CapitalGain { amount: f64 },
}

impl ActionKind {
    fn slot(&self) -> Slot {
        match self {
            Self::Split { .. } => Slot::Split,
            Self::Dividend { .. } => Slot::Dividend,
            Self::CapitalGain { .. } => Slot::CapitalGain,
        }
    }

    /// New shares per old share, if this is a split with a possible ratio.
    #[inline]
    pub fn split_ratio(&self) -> Option<Ratio> {
        match *self {
            Self::Split {
                numerator,
                denominator,
            } => Ratio::new(numerator / denominator),
            Self::Dividend { .. } | Self::CapitalGain { .. } => None,
        }
    }

    /// Cash per share, if this pays any.
    #[inline]
    pub fn cash(&self) -> Option<f64> {
        match *self {
            Self::Dividend { amount } | Self::CapitalGain { amount } => Some(amount),
            Self::Split { .. } => None,
        }
    }
}

/// One corporate action on its own ex-date (which need not be a session).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// First date on which the share trades without the right, in the exchange's time zone.
    pub ex_date: Date,
    /// What happens.
    #[serde(flatten)]
    pub kind: ActionKind,
}

/// An action that does not adjust anything, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedAction {
    /// The action as declared.
    #[serde(flatten)]
    pub action: Action,
    /// What is wrong with it.
    pub reason: String,
}

/// Two roundings of one amount differ by less, relatively.
const SAME_AMOUNT: f64 = 1e-6;

impl Action {
    /// Whether both pay cash of one kind and amount on one date: the same statement of a vendor.
    pub fn is_same_cash(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (self.kind.cash(), other.kind.cash()) else {
            return false;
        };
        let same_amount = a == b || (a - b).abs() <= SAME_AMOUNT * a.abs().max(b.abs());
        self.ex_date == other.ex_date && self.kind.slot() == other.kind.slot() && same_amount
    }

    /// The same event with another amount of cash; a split is left as it is.
    #[must_use]
    pub fn with_cash(&self, amount: f64) -> Self {
        let kind = match self.kind {
            ActionKind::Dividend { .. } => ActionKind::Dividend { amount },
            ActionKind::CapitalGain { .. } => ActionKind::CapitalGain { amount },
            split @ ActionKind::Split { .. } => split,
        };
        Self { kind, ..*self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    // In the order of application: a dividend is per share after the split of its day.
    Split,
    Dividend,
    CapitalGain,
}

/// The known actions of one listing: at most one of each kind per ex-date, ascending.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionSet(BTreeMap<(Date, Slot), Action>);

impl ActionSet {
    /// Adds `action`; one of the same kind on the same date is replaced and returned.
    pub fn insert(&mut self, action: Action) -> Option<Action> {
        self.0.insert((action.ex_date, action.kind.slot()), action)
    }

    /// Removes the action of the same kind on the same date.
    pub fn remove(&mut self, action: &Action) -> Option<Action> {
        self.0.remove(&(action.ex_date, action.kind.slot()))
    }

    /// The action of the same kind on the same date.
    pub fn same_slot(&self, action: &Action) -> Option<&Action> {
        self.0.get(&(action.ex_date, action.kind.slot()))
    }

    /// Ascending by ex-date; a split comes before a dividend of its date.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Action> {
        self.0.values()
    }

    /// Number of actions.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Product of the ratios of all splits with an ex-date after `date`: Yahoo's close of `date`
    /// times this is the price as traded.
    pub fn split_factor_after(&self, date: Date) -> f64 {
        // Numerators and denominators apart, so that 3:2 twice is 9/4 and not a rounded 2.25.
        let (new, old) = self
            .iter()
            .rev()
            .take_while(|action| action.ex_date > date)
            .filter_map(|action| match action.kind {
                ActionKind::Split {
                    numerator,
                    denominator,
                } if action.kind.split_ratio().is_some() => Some((numerator, denominator)),
                _ => None,
            })
            .fold((1.0, 1.0), |(new, old), (n, d)| (new * n, old * d));
        new / old
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let mut set = Self::default();
        for action in actions {
            set.insert(action);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_split_factor_counts_only_splits_after_the_date() {
        let split = |day, numerator, denominator| Action {
            ex_date: day,
            kind: ActionKind::Split {
                numerator,
                denominator,
            },
        };
        let set: ActionSet = [
            split(date(2014, 6, 9), 7.0, 1.0),
            split(date(2020, 8, 31), 4.0, 1.0),
            split(date(2022, 1, 3), 1.0, 10.0),
        ]
        .into_iter()
        .collect();
        assert_eq!(set.split_factor_after(date(2014, 6, 6)), 2.8);
        assert_eq!(set.split_factor_after(date(2020, 8, 31)), 0.1);
        assert_eq!(set.split_factor_after(date(2022, 1, 3)), 1.0);
    }
}
