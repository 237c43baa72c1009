//! Corporate actions of one listing, told apart by what can be done with them. Pure.

use quantx_market::{Action, ActionKind, ForeignCash, RefusedAction, currency_of};

/// The events that a vendor gives of one listing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// In order of date, one of a kind per date: cash is summed, splits are multiplied.
    pub actions: Vec<Action>,
    /// Cash in another currency than the prices.
    pub foreign: Vec<ForeignCash>,
    /// What no listing can have: one wrong event says nothing against the rows.
    pub refused: Vec<RefusedAction>,
}

impl Events {
    /// Notes an event; what cannot be is put aside, and nothing paid is nothing that happened.
    pub(crate) fn add(&mut self, action: Action) {
        if action.kind.cash() != Some(0.0) && is_possible(&action, &mut self.refused) {
            self.actions.push(action);
        }
    }

    /// Notes cash in `currency` of a listing whose prices are `quoted` in another or the same.
    pub(crate) fn add_cash(
        &mut self,
        action: Action,
        currency: Option<&str>,
        quoted: Option<&str>,
    ) {
        let before = self.actions.len();
        self.add(action);
        let is_taken = self.actions.len() > before;
        if let Some(currency) = foreign_currency(currency, quoted).filter(|_| is_taken) {
            self.actions.truncate(before);
            self.foreign.push(ForeignCash {
                action,
                currency: currency.to_owned(),
                conversion: None,
            });
        }
    }

    /// The events in order, those of one kind and date as one.
    #[must_use]
    pub(crate) fn joined(mut self) -> Self {
        // Stable, and by kind: actions that belong together are neighbours.
        let kind = |action: &Action| match action.kind {
            ActionKind::Split { .. } => 0,
            ActionKind::Dividend { .. } => 1,
            ActionKind::CapitalGain { .. } => 2,
        };
        self.actions
            .sort_by_key(|action| (action.ex_date, kind(action)));
        self.actions.dedup_by(|next, previous| {
            let joined = (next.ex_date == previous.ex_date)
                .then(|| join(previous.kind, next.kind))
                .flatten();
            if let Some(kind) = joined {
                previous.kind = kind;
            }
            joined.is_some()
        });
        // Sums and products of possible numbers may leave the range of numbers.
        let refused = &mut self.refused;
        self.actions.retain(|action| is_possible(action, refused));
        self.foreign.sort_by_key(|cash| cash.action.ex_date);
        self
    }
}

/// The currency of cash, where it is not that of the prices. A currency and its hundredth count as
/// one: which of both an amount is in is not what a vendor's spelling tells reliably.
fn foreign_currency<'a>(cash: Option<&'a str>, quoted: Option<&str>) -> Option<&'a str> {
    let currency = cash.filter(|name| !name.trim().is_empty())?;
    (currency_of(currency) != currency_of(quoted?)).then_some(currency)
}

/// Two actions of one kind and date as one, `None` when they are of different kinds.
fn join(first: ActionKind, second: ActionKind) -> Option<ActionKind> {
    use ActionKind::{CapitalGain, Dividend, Split};
    match (first, second) {
        (
            Split {
                numerator,
                denominator,
            },
            Split {
                numerator: n,
                denominator: d,
            },
        ) => {
            let is_listed_twice = numerator * d == n * denominator;
            let (n, d) = if is_listed_twice { (1.0, 1.0) } else { (n, d) };
            Some(Split {
                numerator: numerator * n,
                denominator: denominator * d,
            })
        }
        (Dividend { amount: a }, Dividend { amount: b }) => Some(Dividend { amount: a + b }),
        (CapitalGain { amount: a }, CapitalGain { amount: b }) => {
            Some(CapitalGain { amount: a + b })
        }
        _ => None,
    }
}

/// Whether the numbers of an action can be true; if not, it is noted with what was read.
fn is_possible(action: &Action, refused: &mut Vec<RefusedAction>) -> bool {
    let (is_possible, reason) = match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => {
            let parts = [numerator, denominator];
            let are_counts = parts.iter().all(|part| part.is_finite() && *part > 0.0);
            let reason = format!("no split has the ratio {numerator}:{denominator}");
            (are_counts && action.kind.split_ratio().is_some(), reason)
        }
        ActionKind::Dividend { amount } => {
            let reason = format!("no dividend is {amount} per share");
            (amount.is_finite() && amount > 0.0, reason)
        }
        ActionKind::CapitalGain { amount } => {
            let reason = format!("no capital gain is {amount} per share");
            (amount.is_finite() && amount > 0.0, reason)
        }
    };
    if !is_possible {
        refused.push(RefusedAction {
            action: *action,
            reason,
        });
    }
    is_possible
}

#[cfg(test)]
mod tests {
    use super::*;
    use quantx_fixtures::{day, dividend, split};

    #[test]
    fn cash_in_another_currency_is_put_aside_and_a_hundredth_is_none() {
        let mut events = Events::default();
        let on = day("2024-05-02");
        events.add_cash(dividend(on, 0.5), Some("USD"), Some("GBp"));
        events.add_cash(dividend(on, 12.0), Some("GBP"), Some("GBp"));
        events.add_cash(dividend(on, 3.0), Some(" "), Some("GBp"));
        events.add_cash(dividend(on, 1.0), Some("USD"), None);
        let events = events.joined();
        assert_eq!(events.actions, [dividend(on, 16.0)]);
        assert_eq!(events.foreign.len(), 1);
        assert_eq!(events.foreign[0].currency, "USD");
    }

    #[test]
    fn events_of_one_date_stand_split_first_and_impossible_ones_are_told() {
        let mut events = Events::default();
        let (early, late) = (day("2024-05-02"), day("2024-06-03"));
        events.add(dividend(late, 0.5));
        events.add(split(late, 2.0));
        events.add(split(late, 2.0));
        events.add(dividend(early, 0.0));
        events.add(dividend(early, -1.0));
        let events = events.joined();
        assert_eq!(events.actions, [split(late, 2.0), dividend(late, 0.5)]);
        assert_eq!(events.refused.len(), 1);
    }
}
